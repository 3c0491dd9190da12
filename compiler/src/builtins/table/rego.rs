//! The engine itself: metadata, modules, tracing and output.

use super::super::entry::{Builtin, compiler, host};

pub(super) const TABLE: &[Builtin] = &[
    host("internal.print", "(array[set[any]]) => ???"),
    host("internal.test_case", "(array[any]) => ???"),
    host("opa.runtime", "() => output: object[string: any]").nondeterministic(),
    compiler("print", "(any...) => ???"),
    compiler("rego.metadata.chain", "() => chain: array[any]"),
    compiler("rego.metadata.rule", "() => output: any"),
    host("rego.parse_module", "(filename: string, rego: string) => output: object[string: any]"),
    host("trace", "(note: string) => result: boolean"),
];
