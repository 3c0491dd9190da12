//! Every optimisation level gives the same answers: random policies of the kinds that the passes look for, on random inputs.

use std::fmt::Write;

use super::host::Host;
use crate::plan::OptLevel;
use crate::{Options, Source, compile, plan_sources};

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
    match random.below(17) {
        0..=6 => format!("{path} == {c}"),
        7 => format!("{c} == {path}"),
        8 => format!("{path} in {{{c}, {}}}", random.of(CONSTANTS)),
        9 => format!("startswith(input.s, \"{}\")", random.of(&["", "a", "ab", "abc", "b", "/"])),
        10 => format!("not {path} == {c}"),
        11 => format!("input.n > {}", random.below(4)),
        12 => format!("some v{n} in input.list; v{n} == {c}"),
        13 => format!("some r{n} in data.rows; r{n}.k == {path}; r{n}.v == {c}"),
        14 => format!(
            "some a{n} in input.{}; some b{n} in input.many; b{n}.{} == a{n}",
            random.of(&["list", "few", "many"]),
            random.of(&["k", "v", "k.k"])
        ),
        15 => format!("some i{n}, r{n} in data.rows; r{n}.k == {c}; input.n > i{n}; {path} != r{n}.v"),
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
    text.push_str(JOINS);
    text
}

/// Loops that ask collections again and again: of the input, of rules, made on the way, by values, keys and the elements themselves.
const JOINS: &str = r#"
kept contains r if { some r in input.many; r.k != input.a }
by_rule := [[x, y] | some x in input.few; some y in kept; y.k == x]
grouped := {k: v | some k in {r.k | some r in input.many}; v := [i | some i, r in input.many; r.k == k]}
once := {k: v | some k in input.few; some r in input.many; r.k == k; v := r.v}
found contains [x, i] if { some x in input.few; some i, y in input.tree; y.k == x; y.v != x }
keyed contains [x, y] if { some x in input.few; some i, y in input.tree; i == x }
at contains [i, j] if { some i, x in input.few; some j, y in input.mixed; y == x }
every_found if { every x in input.few { some r in input.many; r.k == x } }
missing := {x | some x in input.few; not has(x)}
has(x) if { some r in input.many; r.k == x; r.v != input.b }
has_in(coll, x) := v if { some r in coll; r.k == x; v := r.v }
of_two := [[v, w] | some x in input.few; v := has_in(input.many, x); w := has_in(input.tree, x)]
made := [[x, y] | s := {r.k | some r in input.many}; some x in input.few; some y in s; y == x]
old contains [x, j] if { x := input.few[_]; input.many[j].k == x; input.many[j].v }
listed := [[x, y] | some x in input.few; x in input.mixed; y := [z | some z in input.few; not z in input.mixed]]
in_tree contains x if { some r in input.many; x := r.k; x in input.tree }
deep := [[x, a, b] | some x in input.few; some a in input.many; a.k == x; some b in input.tree; b.v == a.v]
scoped := [x | some x in input.few; inner == 3 with input.want as x]
inner := n if { n := count([1 | some r in input.many; r.k == input.want]) + count([1 | some r in data.rows; r.k == input.want]) }
"#;

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
    if random.chance(80) {
        let rows: Vec<String> = (0..random.below(40)).map(|_| row(random)).collect();
        fields.push(format!("\"many\": [{}]", rows.join(", ")));
    }
    if random.chance(80) {
        let n = random.below(40);
        let rows: Vec<String> = (0..n).map(|i| format!("\"{}{i}\": {}", random.of(&["a", "b"]), row(random))).collect();
        fields.push(format!("\"tree\": {{\"a\": {}, {}}}", row(random), rows.join(", ")).replace(", }", "}"));
    }
    if random.chance(80) {
        let items: Vec<&str> = (0..random.below(9)).map(|_| value(random)).collect();
        fields.push(format!("\"few\": [{}]", items.join(", ")));
        let items: Vec<&str> = (0..random.below(40)).map(|_| value(random)).collect();
        let (open, close) = if random.chance(50) { ("[", "]") } else { ("{", "}") };
        let items = if items.is_empty() { vec!["null"] } else { items };
        fields.push(format!("\"mixed\": {open}{}{close}", items.join(", ")));
    }
    format!("{{{}}}", fields.join(", "))
}

fn row(random: &mut Random) -> String {
    match random.below(6) {
        0 => "{}".to_owned(),
        1 => "7".to_owned(),
        _ => format!("{{\"k\": {}, \"v\": {}}}", value(random), value(random)),
    }
}

fn data(random: &mut Random) -> String {
    let rows = random.below(40);
    let rows: Vec<String> = (0..rows).map(|_| row(random)).collect();
    format!("{{\"base\": {{\"x\": {}}}, \"rows\": [{}]}}", value(random), rows.join(", "))
}

fn parts(text: &str, opt_level: OptLevel) -> ([Source; 1], Options) {
    let source = Source { name: "p.rego".to_owned(), text: text.as_bytes().to_vec(), rego_version: None };
    ([source], Options { entrypoints: entrypoints(), opt_level, ..Options::default() })
}

fn wasm(text: &str, opt_level: OptLevel) -> Vec<u8> {
    let (sources, options) = parts(text, opt_level);
    let output = compile(&sources, &options);
    output.wasm.unwrap_or_else(|| panic!("{:?}\n{text}", output.diagnostics))
}

fn entrypoints() -> Vec<String> {
    const NAMES: &str = "allow value names limits same used some_g chain united both picked pairs by_rule grouped once found keyed at every_found \
                         missing of_two made old listed in_tree deep scoped";
    NAMES.split(' ').map(|name| format!("p/{name}")).collect()
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
        let (sources, options) = parts(&text, OptLevel::O2);
        let (plan, _) = plan_sources(&sources, &options).expect("compiles");
        assert!(plan.selects >= 17, "{}", plan.selects);
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
