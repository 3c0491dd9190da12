//! Semantic versions.

use super::super::entry::{Builtin, host};

pub(super) const TABLE: &[Builtin] = &[
    host("semver.compare", "(a: string, b: string) => result: number"),
    host("semver.is_valid", "(vsn: any) => result: boolean"),
];
