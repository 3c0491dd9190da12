//! Types of values.

use super::super::entry::{Builtin, guest};

pub(super) const TABLE: &[Builtin] = &[
    guest("cast_array", "(any) => array[any]").deprecated(),
    guest("cast_boolean", "(any) => boolean").deprecated(),
    guest("cast_null", "(any) => null").deprecated(),
    guest("cast_object", "(any) => object[any: any]").deprecated(),
    guest("cast_set", "(any) => set[any]").deprecated(),
    guest("cast_string", "(any) => string").deprecated(),
    guest("is_array", "(x: any) => result: boolean"),
    guest("is_boolean", "(x: any) => result: boolean"),
    guest("is_null", "(x: any) => result: boolean"),
    guest("is_number", "(x: any) => result: boolean"),
    guest("is_object", "(x: any) => result: boolean"),
    guest("is_set", "(x: any) => result: boolean"),
    guest("is_string", "(x: any) => result: boolean"),
    guest("type_name", "(x: any) => type: string"),
];
