//! Universally unique identifiers.

use super::super::entry::{Builtin, host};

pub(super) const TABLE: &[Builtin] = &[
    host("uuid.parse", "(uuid: string) => result: object[string: any]"),
    host("uuid.rfc4122", "(k: string) => output: string").nondeterministic(),
];
