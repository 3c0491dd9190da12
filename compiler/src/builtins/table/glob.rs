//! Glob patterns.

use super::super::entry::{Builtin, host};

pub(super) const TABLE: &[Builtin] = &[
    host("glob.match", "(pattern: string, delimiters: any<null, array[string]>, match: string) => result: boolean"),
    host("glob.quote_meta", "(pattern: string) => output: string"),
];
