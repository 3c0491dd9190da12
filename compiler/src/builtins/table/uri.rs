//! Uniform resource identifiers.

use super::super::entry::{Builtin, host};

pub(super) const TABLE: &[Builtin] = &[
    host("uri.is_valid", "(uri: string) => result: boolean"),
    host("uri.parse", "(uri: string) => output: object[string: string]"),
];
