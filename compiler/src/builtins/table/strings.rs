//! Strings.

use super::super::entry::{Builtin, guest, host};

pub(super) const TABLE: &[Builtin] = &[
    guest("concat", "(delimiter: string, collection: any<array[string], set[string]>) => output: string"),
    guest("contains", "(haystack: string, needle: string) => result: boolean"),
    guest("endswith", "(search: string, base: string) => result: boolean"),
    guest("indexof", "(haystack: string, needle: string) => output: number"),
    guest("indexof_n", "(haystack: string, needle: string) => output: array[number]"),
    guest("internal.template_string", "(array[any]) => string"),
    guest("lower", "(x: string) => y: string"),
    guest("replace", "(x: string, old: string, new: string) => y: string"),
    guest("split", "(x: string, delimiter: string) => ys: array[string]"),
    guest("sprintf", "(format: string, values: array[any]) => output: string"),
    guest("startswith", "(search: string, base: string) => result: boolean"),
    guest(
        "strings.any_prefix_match",
        "(search: any<string, array[string], set[string]>, base: any<string, array[string], set[string]>) => result: boolean",
    ),
    guest(
        "strings.any_suffix_match",
        "(search: any<string, array[string], set[string]>, base: any<string, array[string], set[string]>) => result: boolean",
    ),
    guest("strings.count", "(search: string, substring: string) => output: number"),
    host("strings.render_template", "(value: string, vars: object[string: any]) => result: string"),
    guest("strings.replace_n", "(patterns: object[string: string], value: string) => output: string"),
    guest("strings.reverse", "(x: string) => y: string"),
    guest("strings.split_n", "(x: string, delimiter: string, n: number) => ys: array[string]"),
    guest("substring", "(value: string, offset: number, length: number) => output: string"),
    guest("trim", "(value: string, cutset: string) => output: string"),
    guest("trim_left", "(value: string, cutset: string) => output: string"),
    guest("trim_prefix", "(value: string, prefix: string) => output: string"),
    guest("trim_right", "(value: string, cutset: string) => output: string"),
    guest("trim_space", "(value: string) => output: string"),
    guest("trim_suffix", "(value: string, suffix: string) => output: string"),
    guest("upper", "(x: string) => y: string"),
];
