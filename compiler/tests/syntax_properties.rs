//! Properties over random texts: what the grammar allows parses, and prints and parses to the same tree; anything else
//! neither panics nor hangs. The stored fuzz corpus is replayed here too.
#![allow(clippy::unwrap_used, reason = "test helpers")]

use std::path::Path;

use proptest::prelude::*;
use writ_compiler::source::FileId;
use writ_compiler::syntax::{ParseOptions, RegoVersion, fuzz, parse_module};

fn word() -> BoxedStrategy<String> {
    prop_oneof![Just("x"), Just("y1"), Just("foo"), Just("_"), Just("input"), Just("data"), Just("contains")]
        .prop_map(str::to_owned)
        .boxed()
}

fn scalar() -> BoxedStrategy<String> {
    prop_oneof![
        "(0|[1-9][0-9]{0,3})(\\.[0-9]{1,3})?([eE][+-]?[0-9]{1,2})?",
        "-[1-9]",
        "\"([a-z {}|]|\\\\[nt\"\\\\]|\\\\u00e9)*\"",
        "`[a-z\\\\{}\" \n]*`",
        Just("null".to_owned()),
        Just("true".to_owned()),
        Just("set()".to_owned()),
        Just("{}".to_owned()),
        Just("[]".to_owned()),
    ]
    .boxed()
}

fn operator() -> BoxedStrategy<&'static str> {
    prop::sample::select(vec!["+", "-", "*", "/", "%", "|", "&", "==", "!=", "<", "<=", ">", ">=", "in"]).boxed()
}

/// A term with operators. Where a bar could open a comprehension, it does: that is part of the grammar.
fn term() -> BoxedStrategy<String> {
    let leaf = prop_oneof![word(), scalar()];
    leaf.prop_recursive(5, 48, 4, |inner| {
        let t = inner.clone();
        prop_oneof![
            (t.clone(), operator(), t.clone()).prop_map(|(a, op, b)| format!("{a} {op} {b}")),
            (t.clone(), t.clone(), t.clone()).prop_map(|(a, b, c)| format!("({a}, {b} in {c})")),
            t.clone().prop_map(|a| format!("({a})")),
            (word(), t.clone(), word()).prop_map(|(a, b, c)| format!("{a}[{b}].{c}")),
            (word(), prop::collection::vec(t.clone(), 0..3)).prop_map(|(f, xs)| format!("{f}.g({})", xs.join(", "))),
            word().prop_map(|a| format!("-{a}.z")),
            prop::collection::vec(t.clone(), 1..4).prop_map(|xs| format!("[{}]", xs.join(", "))),
            prop::collection::vec(t.clone(), 2..4).prop_map(|xs| format!("{{{}}}", xs.join(", "))),
            prop::collection::vec((t.clone(), t.clone()), 1..3).prop_map(|es| {
                let es: Vec<String> = es.iter().map(|(k, v)| format!("({k}): ({v})")).collect();
                format!("{{{}}}", es.join(", "))
            }),
            (t.clone(), literal(t.clone())).prop_map(|(a, l)| format!("[({a}) | {l}]")),
            (t.clone(), literal(t.clone()), literal(t.clone())).prop_map(|(a, l, m)| format!("{{({a}) | {l}; {m}}}")),
            (t.clone(), t.clone(), literal(t.clone())).prop_map(|(k, v, l)| format!("{{({k}): ({v}) | {l}}}")),
            ("[a-z {}]*", t.clone()).prop_map(|(s, a)| format!("$\"{}{{({a})}}!\"", s.replace('{', "\\{"))),
        ]
    })
    .boxed()
}

fn literal(t: BoxedStrategy<String>) -> BoxedStrategy<String> {
    prop_oneof![
        4 => t.clone(),
        2 => (t.clone(), t.clone()).prop_map(|(a, b)| format!("({a}) := {b}")),
        1 => (t.clone(), t.clone()).prop_map(|(a, b)| format!("({a}) = {b}")),
        1 => (t.clone(), t.clone()).prop_map(|(a, b)| format!("some ({a}) in ({b})")),
        1 => (t.clone(), t.clone()).prop_map(|(a, b)| format!("some ({a}), k in ({b})")),
        1 => Just("some x, y".to_owned()),
        1 => t.clone().prop_map(|a| format!("not {a}")),
        1 => (t.clone(), t.clone()).prop_map(|(a, b)| format!("every k, v in ({a}) {{ ({b}) }}")),
        1 => (t.clone(), t.clone()).prop_map(|(a, b)| format!("({a}) with input.x as {b} with data.y as 1")),
    ]
    .boxed()
}

fn logical_literal() -> BoxedStrategy<String> {
    let operand = prop_oneof![
        term().prop_map(|a| format!("(({a})) == 1")),
        term().prop_map(|a| format!("not x.y[{a}]")),
        (literal(term()), literal(term())).prop_map(|(a, b)| format!("{{ x; {a}; {b} }}")),
        literal(term()).prop_map(|a| format!("not {{ x; {a} }}")),
    ];
    operand
        .prop_recursive(3, 16, 2, |inner| {
            prop_oneof![
                (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("{a} and {b}")),
                (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("{a} or {b}")),
                (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a} or {b})")),
            ]
        })
        .boxed()
}

fn module() -> BoxedStrategy<String> {
    let body = prop::collection::vec(prop_oneof![4 => literal(term()), 1 => logical_literal()], 1..4);
    let rule = prop_oneof![
        (term(), body.clone()).prop_map(|(v, b)| format!("p := {v} if {{\n\t{}\n}}", b.join("\n\t"))),
        (term(), body.clone()).prop_map(|(v, b)| format!("q contains {v} if {{ x; {} }}", b.join("; "))),
        (term(), term(), body.clone()).prop_map(|(k, v, b)| format!("r.s[{k}].t = {v} if {{ x; {} }}", b.join("; "))),
        (term(), body.clone(), term())
            .prop_map(|(a, b, v)| { format!("f(x, ({a})) if {{ x; {} }} else := {v} if x else = 2", b.join("; ")) }),
        term().prop_map(|v| format!("v := {v}")),
    ];
    prop::collection::vec(rule, 1..4)
        .prop_map(|rules| {
            let imports = "import future.keywords.and\nimport future.keywords.or\nimport future.keywords.not";
            format!("package a.b\n\n{imports}\nimport data.c as d\n\n{}\n", rules.join("\n\n"))
        })
        .boxed()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn printing_and_parsing_gives_the_same_tree(text in module()) {
        fuzz::fuzz_parse(text.as_bytes());
    }

    #[test]
    fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        fuzz::fuzz_parse(&bytes);
    }

    #[test]
    fn any_tokens_are_survived(tokens in prop::collection::vec(prop::sample::select(TOKENS.to_vec()), 0..60)) {
        fuzz::fuzz_parse(format!("package p\n{}", tokens.concat()).as_bytes());
    }
}

const TOKENS: [&str; 52] = [
    "p",
    "x",
    "_",
    "1",
    "\"a\"",
    "`r`",
    "$\"a{",
    "}\"",
    "$`{",
    " ",
    "\n",
    "\n",
    " if ",
    " contains ",
    " := ",
    " = ",
    " == ",
    "[",
    "]",
    "{",
    "}",
    "(",
    ")",
    " | ",
    " & ",
    "-",
    ",",
    ";",
    ":",
    ".",
    "not ",
    "some ",
    " in ",
    "every ",
    " with ",
    " as ",
    " else ",
    "default ",
    " and ",
    " or ",
    "input",
    "data",
    "set()",
    "null",
    "# c\n",
    "import ",
    "future.keywords\n",
    "package ",
    "import rego.v1\n",
    "\\",
    "\"",
    "é",
];

/// How many of the random modules parse at all: were it few, the property above would say little.
#[test]
fn most_random_modules_parse() {
    use proptest::strategy::ValueTree as _;
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let strategy = module();
    let mut n_parsed = 0;
    for _ in 0..200 {
        let text = strategy.new_tree(&mut runner).unwrap().current();
        let (module, _) = parse_module(FileId(0), &text, &ParseOptions::new(RegoVersion::V1));
        n_parsed += usize::from(module.is_some());
    }
    assert!(n_parsed > 150, "only {n_parsed} of 200 parse");
}

#[test]
fn stored_fuzz_corpus_passes() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/corpus/parser");
    let mut n = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        fuzz::fuzz_parse(&std::fs::read(entry.unwrap().path()).unwrap());
        n += 1;
    }
    assert!(n >= 20, "{n} files");
}
