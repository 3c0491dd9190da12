//! Functions of whole collections.

use super::super::entry::{Builtin, guest};

pub(super) const TABLE: &[Builtin] = &[
    guest("all", "(any<array[any], set[any]>) => boolean").deprecated(),
    guest("any", "(any<array[any], set[any]>) => boolean").deprecated(),
    guest("count", "(collection: any<string, array[any], object[any: any], set[any]>) => n: number"),
    guest("max", "(collection: any<array[any], set[any]>) => n: any"),
    guest("min", "(collection: any<array[any], set[any]>) => n: any"),
    guest("product", "(collection: any<array[number], set[number]>) => n: number"),
    guest("sort", "(collection: any<array[any], set[any]>) => n: array[any]"),
    guest("sum", "(collection: any<array[number], set[number]>) => n: number"),
];
