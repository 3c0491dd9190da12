//! Equality, comparison and membership.

use super::super::entry::{Builtin, compiler, guest};

pub(super) const TABLE: &[Builtin] = &[
    compiler("assign", "(any, any) => boolean").infix(":="),
    compiler("eq", "(any, any) => boolean").infix("="),
    guest("equal", "(x: any, y: any) => result: boolean").infix("=="),
    guest("gt", "(x: any, y: any) => result: boolean").infix(">"),
    guest("gte", "(x: any, y: any) => result: boolean").infix(">="),
    guest("internal.member_2", "(any, any) => boolean").infix("in"),
    guest("internal.member_3", "(any, any, any) => boolean").infix("in"),
    guest("lt", "(x: any, y: any) => result: boolean").infix("<"),
    guest("lte", "(x: any, y: any) => result: boolean").infix("<="),
    guest("neq", "(x: any, y: any) => result: boolean").infix("!="),
];
