//! JSON Schema.

use super::super::entry::{Builtin, Varies, host};

pub(super) const TABLE: &[Builtin] = &[
    host("json.match_schema", "(document: any<string, object[any: any]>, schema: any<string, object[any: any]>) => output: array<boolean, array[object<desc: string, error: string, field: string, type: string>]>").nondeterministic().varies(Varies::Never),
    host("json.verify_schema", "(schema: any<string, object[any: any]>) => output: array<boolean, any<null, string>>").nondeterministic().varies(Varies::Never),
];
