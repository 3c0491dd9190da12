//! Every optimisation level gives the same answers: random policies of the kinds that the passes look for, on random inputs.

use std::fmt::Write;

use super::host::Host;
use crate::plan::OptLevel;
use crate::{Options, Source, compile};

/// A small linear congruential generator: the same policies on every run.
struct Random(u64);

impl Random {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }

    fn of<'t>(&mut self, texts: &[&'t str]) -> &'t str {
        texts[self.below(texts.len() as u64) as usize]
    }

    fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }
}

const CONSTANTS: &[&str] = &[
    r#""a""#,
    r#""b""#,
    r#""c""#,
    r#""ab""#,
    r#""abc""#,
    r#""""#,
    "1",
    "1.0",
    "2",
    "true",
    "null",
    r#"["a"]"#,
    r#"{"k": 1}"#,
];
const PATHS: &[&str] = &["input.a", "input.b", "input.c.d", "input.c", "data.base.x", "input.list[0]"];

fn test(random: &mut Random) -> String {
    let path = random.of(PATHS);
    let c = random.of(CONSTANTS);
    let n = random.below(1000);
    match random.below(16) {
        0..=6 => format!("{path} == {c}"),
        7 => format!("{c} == {path}"),
        8 => format!("{path} in {{{c}, {}}}", random.of(CONSTANTS)),
        9 => format!("startswith(input.s, \"{}\")", random.of(&["", "a", "ab", "abc", "b", "/"])),
        10 => format!("not {path} == {c}"),
        11 => format!("input.n > {}", random.below(4)),
        12 => format!("some v{n} in input.list; v{n} == {c}"),
        13 => format!("some r{n} in data.rows; r{n}.k == {path}; r{n}.v == {c}"),
        14 => format!("some i{n}, r{n} in data.rows; r{n}.k == {c}; input.n > i{n}; {path} != r{n}.v"),
        _ => format!("count(input.list) > {}; {path}", random.below(4)),
    }
}

fn body(random: &mut Random, shape: u64) -> String {
    match shape {
        // Many rules of few shapes, so that tables come about.
        0 => format!("input.a == {}", random.of(CONSTANTS)),
        1 => format!("input.a == {}; input.c.d == {}", random.of(CONSTANTS), random.of(CONSTANTS)),
        2 => format!("startswith(input.s, \"{}\")", random.of(&["", "a", "ab", "abc", "b", "/", "/a", "abcd", "c"])),
        3 => {
            format!("input.b in {{{}, {}}}; input.n >= {}", random.of(CONSTANTS), random.of(CONSTANTS), random.below(3))
        }
        4 => format!("some v in input.list; v == {}; input.b == {}", random.of(CONSTANTS), random.of(CONSTANTS)),
        5 => format!("input.n > {}", random.below(5)),
        _ => (0..=random.below(3)).map(|_| test(random)).collect::<Vec<_>>().join("; "),
    }
}

/// An object as authors write one: constants, values, one in another, a computed key.
fn object(random: &mut Random) -> String {
    match random.below(8) {
        0 => random.of(&["{}", r#"{"a": 1}"#, r#"{"n": {"k": 1}, "z": [1]}"#]).to_owned(),
        1 => format!("{{\"a\": {}, \"n\": {}}}", random.of(PATHS), random.of(CONSTANTS)),
        2 => format!("{{\"n\": {{\"l\": {}}}}}", random.of(PATHS)),
        3 => format!("{{\"n\": [{}], \"k\": {}}}", random.of(PATHS), random.of(CONSTANTS)),
        4 => format!("{{{}: {}}}", random.of(PATHS), random.of(PATHS)),
        5 => format!("{{\"x\": v | v := {}}}", random.of(PATHS)),
        6 => format!("object.union({}, {})", object(random), object(random)),
        // Not always an object.
        _ => random.of(&["input.c", "input.a"]).to_owned(),
    }
}

/// Unions of objects that one rule, or a chain in another, makes.
fn unions(random: &mut Random) -> String {
    let mut chain = format!("part := {} if {{ {} }}", object(random), test(random));
    for _ in 0..random.below(3) {
        let _ = write!(chain, " else := {} if {{ {} }}", object(random), test(random));
    }
    let left = random.chance(50);
    let (constant, other) = (random.of(&["{}", r#"{"a": {"k": 2}, "n": 3}"#]), object(random));
    let known = if random.chance(70) { constant } else { &other };
    let united = if left { format!("{known}, part") } else { format!("part, {known}") };
    format!("{chain}\nunited := object.union({united})\nboth := object.union({}, {})\n", object(random), object(random))
}

/// A policy with `n` rules of each kind.
fn policy(random: &mut Random) -> String {
    let mut text = String::from("package p\n\ndefault allow := false\n\nrole := input.c.d\n\n");
    for kind in 0..8 {
        let n = [1, 3, 6, 12, 24][random.below(5) as usize];
        let shape = random.below(9);
        for _ in 0..n {
            let shape = if random.chance(80) { shape } else { 7 };
            let body = body(random, shape);
            let (c, d) = (random.of(CONSTANTS), random.of(CONSTANTS));
            let _ = match kind {
                0 => writeln!(text, "allow if {{ {body} }}"),
                // Rarely two values: then the conflict must come at every level.
                1 => {
                    let value = if random.chance(95) { "1" } else { "2" };
                    writeln!(text, "value := {value} if {{ {body} }}")
                }
                2 => writeln!(text, "names contains {c} if {{ {body} }}"),
                3 => writeln!(text, "names contains input.a if {{ {body} }}"),
                4 => writeln!(text, "limits[{c}] := 7 if {{ {body} }}"),
                5 => writeln!(text, "f({c}, x) := x if {{ {body} }}"),
                6 => writeln!(text, "same := {c} if {{ {body} }} else := {d} if role == {d}"),
                _ => writeln!(text, "g(x, {c}) if {{ x == {d}; {body} }}"),
            };
            if kind == 6 {
                // One chain; further rules of the name would conflict nearly always.
                break;
            }
        }
    }
    text.push_str("used contains y if { some x in input.list; y := f(x, input.a) }\n");
    text.push_str("some_g if { some x in input.list; g(x, input.b) }\n");
    text.push_str("chain := 1 if input.a == \"a\" else := 2 if input.a == \"b\" else := 3 if input.a == \"ab\" else := 4 if input.b == 1\n");
    text.push_str(&unions(random));
    text.push_str("picked := [r | some r in data.rows; r.k == role; r.v != input.a]\n");
    text.push_str("pairs contains [i, r.v] if { some i, r in data.rows; some v in input.list; r.k == v }\n");
    text
}

fn value(random: &mut Random) -> &'static str {
    random.of(CONSTANTS)
}

fn input(random: &mut Random) -> String {
    let mut fields = Vec::new();
    for name in ["a", "b"] {
        if random.chance(85) {
            fields.push(format!("\"{name}\": {}", value(random)));
        }
    }
    if random.chance(85) {
        fields.push(format!("\"c\": {{\"d\": {}}}", value(random)));
    }
    if random.chance(80) {
        let s = random.of(&["", "a", "ab", "abcd", "/a/b", "b", "zz", "é"]);
        fields.push(format!("\"s\": \"{s}\""));
    }
    if random.chance(90) {
        fields.push(format!("\"n\": {}", random.below(6)));
    }
    if random.chance(90) {
        let items: Vec<&str> = (0..random.below(5)).map(|_| value(random)).collect();
        fields.push(format!("\"list\": [{}]", items.join(", ")));
    }
    format!("{{{}}}", fields.join(", "))
}

fn data(random: &mut Random) -> String {
    let rows = random.below(40);
    let row = |random: &mut Random| match random.below(6) {
        0 => "{}".to_owned(),
        1 => "7".to_owned(),
        _ => format!("{{\"k\": {}, \"v\": {}}}", value(random), value(random)),
    };
    let rows: Vec<String> = (0..rows).map(|_| row(random)).collect();
    format!("{{\"base\": {{\"x\": {}}}, \"rows\": [{}]}}", value(random), rows.join(", "))
}

fn wasm(text: &str, opt_level: OptLevel) -> Vec<u8> {
    let sources = [Source { name: "p.rego".to_owned(), text: text.as_bytes().to_vec(), rego_version: None }];
    let options = Options { entrypoints: entrypoints(), opt_level, ..Options::default() };
    let output = compile(&sources, &options);
    output.wasm.unwrap_or_else(|| panic!("{:?}\n{text}", output.diagnostics))
}

fn entrypoints() -> Vec<String> {
    ["allow", "value", "names", "limits", "same", "used", "some_g", "chain", "united", "both", "picked", "pairs"]
        .map(|name| format!("p/{name}"))
        .to_vec()
}

/// What is not fixed where the order of rules is not: which of several conflicting rules a message names, and which of several equal
/// numbers (1 and 1.0) stands in a set.
fn comparable(answer: Result<String, String>) -> Result<String, String> {
    answer
        .map(|text| text.replace("1.0", "1"))
        .map_err(|message| message.chars().filter(|c| !c.is_ascii_digit()).collect())
}

#[test]
fn levels_agree_on_random_policies() {
    let mut random = Random(7);
    let (mut defined, mut aborted) = (0, 0);
    for seed in 0..60 {
        let text = policy(&mut random);
        let mut hosts = [OptLevel::O0, OptLevel::O1, OptLevel::O2].map(|level| Host::new(&wasm(&text, level)));
        hosts[2].indexes = seed % 2 == 0;
        for _ in 0..12 {
            let (input, data) = (input(&mut random), data(&mut random));
            for (id, name) in entrypoints().iter().enumerate() {
                let [none, some, all] =
                    hosts.each_mut().map(|host| comparable(host.fast(id as i32, Some(&input), Some(&data))));
                assert_eq!(none, some, "seed {seed} {name} at O1\n{text}\ninput {input}\ndata {data}");
                assert_eq!(none, all, "seed {seed} {name} at O2\n{text}\ninput {input}\ndata {data}");
                defined += u32::from(none.as_ref().is_ok_and(|answer| answer != "undefined"));
                aborted += u32::from(none.is_err());
            }
        }
    }
    assert!(defined > 2000, "{defined}");
    assert!(aborted > 10, "{aborted}");
}
