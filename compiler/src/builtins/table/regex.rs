//! Regular expressions.

use super::super::entry::{Builtin, host};

pub(super) const TABLE: &[Builtin] = &[
    host("re_match", "(string, string) => boolean").deprecated(),
    host(
        "regex.find_all_string_submatch_n",
        "(pattern: string, value: string, number: number) => output: array[array[string]]",
    ),
    host("regex.find_n", "(pattern: string, value: string, number: number) => output: array[string]"),
    host("regex.globs_match", "(glob1: string, glob2: string) => result: boolean"),
    host("regex.is_valid", "(pattern: string) => result: boolean"),
    host("regex.match", "(pattern: string, value: string) => result: boolean"),
    host("regex.replace", "(s: string, pattern: string, value: string) => output: string"),
    host("regex.split", "(pattern: string, value: string) => output: array[string]"),
    host(
        "regex.template_match",
        "(template: string, value: string, delimiter_start: string, delimiter_end: string) => result: boolean",
    ),
];
