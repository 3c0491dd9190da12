//! JSON Schema.

use super::super::entry::{Builtin, host};

pub(super) const TABLE: &[Builtin] = &[
    host("json.match_schema", "(document: any<string, object[any: any]>, schema: any<string, object[any: any]>) => output: array<boolean, array[object<desc: string, error: string, field: string, type: string>]>").nondeterministic(),
    host("json.verify_schema", "(schema: any<string, object[any: any]>) => output: array<boolean, any<null, string>>").nondeterministic(),
];
