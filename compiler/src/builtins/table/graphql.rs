//! GraphQL queries and schemas.

use super::super::entry::{Builtin, host};

pub(super) const TABLE: &[Builtin] = &[
    host(
        "graphql.is_valid",
        "(query: any<string, object[any: any]>, schema: any<string, object[any: any]>) => output: boolean",
    ),
    host(
        "graphql.parse",
        "(query: any<string, object[any: any]>, schema: any<string, object[any: any]>) => output: array<object[any: any], object[any: any]>",
    ),
    host(
        "graphql.parse_and_verify",
        "(query: any<string, object[any: any]>, schema: any<string, object[any: any]>) => output: array<boolean, object[any: any], object[any: any]>",
    ),
    host("graphql.parse_query", "(query: string) => output: object[any: any]"),
    host("graphql.parse_schema", "(schema: string) => output: object[any: any]"),
    host("graphql.schema_is_valid", "(schema: any<string, object[any: any]>) => output: boolean"),
];
