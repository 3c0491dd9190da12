//! Walks over graphs.

use super::super::entry::{Builtin, guest};

pub(super) const TABLE: &[Builtin] = &[
    guest(
        "graph.reachable",
        "(graph: object[any: any<array[any], set[any]>], initial: any<array[any], set[any]>) => output: set[any]",
    ),
    guest(
        "graph.reachable_paths",
        "(graph: object[any: any<array[any], set[any]>], initial: any<array[any], set[any]>) => output: set[array[any]]",
    ),
];
