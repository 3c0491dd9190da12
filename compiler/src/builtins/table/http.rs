//! HTTP requests and their signatures.

use super::super::entry::{Builtin, host};

pub(super) const TABLE: &[Builtin] = &[
    host("http.send", "(request: object[string: any]) => response: object[any: any]").nondeterministic(),
    host(
        "providers.aws.sign_req",
        "(request: object[string: any], aws_config: object[string: any], time_ns: number) => signed_request: object[any: any]",
    ),
];
