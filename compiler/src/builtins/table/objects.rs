//! Objects and documents as trees.

use super::super::entry::{Builtin, guest};

pub(super) const TABLE: &[Builtin] = &[
    guest(
        "json.filter",
        "(object: object[any: any], paths: any<array[any<string, array[any]>], set[any<string, array[any]>]>) => filtered: object[any: any]",
    ),
    guest("json.patch", "(target: any, patches: array[object<op: string, path: any>[any: any]]) => output: any"),
    guest(
        "json.remove",
        "(object: object[any: any], paths: any<array[any<string, array[any]>], set[any<string, array[any]>]>) => output: object[any: any]",
    ),
    guest(
        "object.filter",
        "(object: object[any: any], keys: any<array[any], object[any: any], set[any]>) => filtered: object[any: any]",
    ),
    guest("object.get", "(object: object[any: any], key: any, default: any) => value: any"),
    guest("object.keys", "(object: object[any: any]) => value: set[any]"),
    guest(
        "object.remove",
        "(object: object[any: any], keys: any<array[any], object[any: any], set[any]>) => output: object[any: any]",
    ),
    guest(
        "object.subset",
        "(super: any<array[any], object[any: any], set[any]>, sub: any<array[any], object[any: any], set[any]>) => result: boolean",
    ),
    guest("object.union", "(a: object[any: any], b: object[any: any]) => output: object[any: any]"),
    guest("object.union_n", "(objects: array[object[any: any]]) => output: object[any: any]"),
    guest("walk", "(x: any) => output: array<array[any], any>").relation(),
];
