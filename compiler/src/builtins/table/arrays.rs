//! Arrays.

use super::super::entry::{Builtin, guest};

pub(super) const TABLE: &[Builtin] = &[
    guest("array.concat", "(x: array[any], y: array[any]) => z: array[any]"),
    guest("array.flatten", "(arr: array[any]) => flattened: array[any]"),
    guest("array.reverse", "(arr: array[any]) => rev: array[any]"),
    guest("array.slice", "(arr: array[any], start: number, stop: number) => slice: array[any]"),
];
