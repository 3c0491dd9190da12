//! Time stamps, dates and durations.

use super::super::entry::{Builtin, Varies, host};

pub(super) const TABLE: &[Builtin] = &[
    host("time.add_date", "(ns: number, years: number, months: number, days: number) => output: number"),
    host("time.clock", "(x: any<number, array<number, string>>) => output: array<number, number, number>"),
    host("time.date", "(x: any<number, array<number, string>>) => date: array<number, number, number>"),
    host(
        "time.diff",
        "(ns1: any<number, array<number, string>>, ns2: any<number, array<number, string>>) => output: array<number, number, number, number, number, number>",
    ),
    host(
        "time.format",
        "(x: any<number, array<number, string>, array<number, string, string>>) => formatted timestamp: string",
    ),
    host("time.now_ns", "() => now: number").nondeterministic().varies(Varies::Clock),
    host("time.parse_duration_ns", "(duration: string) => ns: number"),
    host("time.parse_ns", "(layout: string, value: string) => ns: number"),
    host("time.parse_rfc3339_ns", "(value: string) => ns: number"),
    host("time.weekday", "(x: any<number, array<number, string>>) => day: string"),
];
