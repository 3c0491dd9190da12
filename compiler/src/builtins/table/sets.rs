//! Sets.

use super::super::entry::{Builtin, guest};

pub(super) const TABLE: &[Builtin] = &[
    guest("and", "(x: set[any], y: set[any]) => z: set[any]").infix("&"),
    guest("intersection", "(xs: set[set[any]]) => y: set[any]"),
    guest("or", "(x: set[any], y: set[any]) => z: set[any]").infix("|"),
    guest("set_diff", "(set[any], set[any]) => set[any]").deprecated(),
    guest("union", "(xs: set[set[any]]) => y: set[any]"),
];
