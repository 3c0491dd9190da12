//! Faulty documents.

use std::time::{Duration, Instant};

use super::super::limits;
use super::{read, with_rule, with_test};

/// Far more than any of these takes, on a busy machine and without optimisation; what is unbounded takes longer.
const PATIENCE: Duration = Duration::from_secs(180);

/// The only finding starts with `expected` and the document is refused.
fn refused(text: &str, expected: &str) {
    let (document, found) = read("d.rules.yaml", text);
    assert!(document.is_none(), "{text}");
    assert!(found.len() == 1 && found[0].starts_with(expected), "{text}\nwant {expected}\ngot  {found:#?}");
}

#[test]
fn mistakes_in_comparisons_are_explained_at_their_line() {
    for (lines, expected) in [
        (
            "param: action.x\noperator: equals\nvalue: 1",
            "9:15 rules_operator_error: there is no operator `equals` (hint: did you mean `==`?)",
        ),
        (
            "param: action.x\noperator: betwen\nvalue: 1",
            "9:15 rules_operator_error: there is no operator `betwen` (hint: did you mean `between`?)",
        ),
        (
            "param: action.x\noperator: frobnicate",
            "9:15 rules_operator_error: there is no operator `frobnicate` (hint: the operators are `==`",
        ),
        (
            "param: speed\noperator: exists",
            "8:12 rules_path_error: the path `speed` starts with neither `action` nor `state`",
        ),
        ("param: action..x\noperator: exists", "8:12 rules_path_error: a path's part is empty"),
        ("param: action.x y\noperator: exists", "8:12 rules_path_error: ' ' stands where a path goes on"),
        ("param: action.x[-1]\noperator: exists", "8:12 rules_path_error: an array's element is written as `[0]`"),
        ("param: action.x\nvalue: 1", "5:5 rules_field_error: a rule needs the field `operator`"),
        ("operator: exists", "5:5 rules_field_error: a rule needs a condition"),
        ("param: action.x\noperator: exists\nvalue: 1", "10:12 rules_field_error: `exists` takes no value"),
        ("param: action.x\noperator: '=='", "9:15 rules_field_error: the operator `==` needs the field `value`"),
        (
            "param: action.x\noperator: <\nvalue: true",
            "10:12 rules_type_error: `<` is for numbers or strings, not a boolean",
        ),
        (
            "param: action.x\noperator: <\nparam_type: boolean\nvalue: 1",
            "9:15 rules_type_error: `<` is for numbers or strings, and the parameter's type is `boolean`",
        ),
        (
            "param: action.x\noperator: ==\nparam_type: string\nvalue: 1",
            "11:12 rules_type_error: the parameter's type is `string`, and this is a number",
        ),
        (
            "param: action.x\noperator: ==\nparam_type: text\nvalue: 1",
            "10:17 rules_value_error: `param_type` is never `text` (hint: write one of `string`",
        ),
        (
            "param: action.x\noperator: in\nvalue: 1",
            "10:12 rules_type_error: the value of `in` is a list of constants, or the path of a list, not a number",
        ),
        ("param: action.x\noperator: in\nvalue: []", "10:12 rules_value_error: `in` has an empty list"),
        (
            "param: action.x\noperator: between\nvalue: [1]",
            "10:12 rules_value_error: `between` has two bounds, and this list has 1 elements",
        ),
        (
            "param: action.x\noperator: between\nvalue: [3, 1]",
            "10:12 rules_value_error: the lower bound of `between` is above the upper one",
        ),
        (
            "param: action.x\noperator: between\nvalue: [3, a]",
            "10:12 rules_type_error: the bounds of `between` are not of one type",
        ),
        (
            "param: action.x\noperator: matches\nvalue: {path: state.p}",
            "10:12 rules_type_error: the value of `matches` is a pattern, which is a string, not a map",
        ),
        (
            "param: action.x\noperator: matches\nvalue: 'a('",
            "10:12 rules_value_error: error parsing regexp: missing closing )",
        ),
        (
            "param: action.x\noperator: starts_with\nvalue: 1",
            "10:12 rules_type_error: `starts_with` is for strings, not a number",
        ),
        (
            "param: action.x\noperator: ==\nvalue: {pth: state.p}",
            "10:13 rules_field_error: a value that is a map has no field `pth` (hint: did you mean `path`?)",
        ),
        ("param: action.x\noperator: ==\nvalue: .nan", "10:12 rules_type_error: a number here must be finite"),
        (
            "param: action.x\noperator: ==\nvalue: 1e999",
            "10:12 rules_limit_error: the power of ten of a number may be 308",
        ),
        (
            "param: action.x\noperator: <\nparam_unit: furlong\nvalue: 1",
            "10:17 rules_unit_error: there is no unit `furlong`",
        ),
        (
            "param: action.x\noperator: <\nparam_unit: KM\nvalue: 1",
            "10:17 rules_unit_error: there is no unit `KM` (hint: did you mean `km`?)",
        ),
        (
            "param: action.x\noperator: <\nparam_unit: km\nvalue: 5 kg",
            "11:12 rules_unit_error: `kg` (a mass) and `km` (a length) do not measure the same",
        ),
        (
            "param: action.x\noperator: <\nparam_unit: EUR\nvalue: 5 USD",
            "11:12 rules_unit_error: `USD` and `EUR` are different currencies, which are not converted",
        ),
        (
            "param: action.x\noperator: <\nparam_unit: km\nvalue: far",
            "11:12 rules_unit_error: `far` is no quantity (hint: write a number in `km`, or a quantity such as \"5 km\")",
        ),
        (
            "param: action.x\noperator: <\nvalue: {path: state.p, unit: km}",
            "10:34 rules_unit_error: there is no `param_unit` to convert to",
        ),
        (
            "param: action.x\noperator: <\nparam_unit: km\nparam_type: string\nvalue: 1",
            "9:15 rules_unit_error: a parameter in `km` is a number",
        ),
        ("all: []", "8:10 rules_value_error: `all` is empty and would always hold"),
        ("all: [{param: action.x, operator: exists}]\nany: []", "9:5 rules_field_error: `any` stands beside `all`"),
        ("not: {param: action.x, operator: exists}\nvalue: 1", "9:5 rules_field_error: `value` stands beside `not`"),
        (
            "any: [{param: action.x, operator: exists, level: INFO}]",
            "8:47 rules_field_error: a condition has no field `level`",
        ),
    ] {
        refused(&with_test(lines), expected);
    }
}

#[test]
fn mistakes_in_documents_and_rules_are_explained_at_their_line() {
    let condition = "param: action.x\noperator: exists";
    for (text, expected) in [
        (
            with_rule(&format!("message: m\nlevel: ERROR\n{condition}")),
            "5:5 rules_field_error: a rule needs the field `id`",
        ),
        (
            with_rule(&format!("id: r\nlevel: ERROR\n{condition}")),
            "5:5 rules_field_error: a rule needs the field `message`",
        ),
        (
            with_rule(&format!("id: r\nmessage: m\n{condition}")),
            "5:5 rules_field_error: a rule needs the field `level`",
        ),
        (
            with_rule(&format!("id: r\nmessage: m\nlevel: FATAL\n{condition}")),
            "7:12 rules_value_error: `level` is never `FATAL`",
        ),
        (
            with_rule(&format!("id: a b\nmessage: m\nlevel: INFO\n{condition}")),
            "5:9 rules_value_error: `a b` cannot be the id of a rule",
        ),
        (
            with_rule(&format!("id: 5\nmessage: m\nlevel: INFO\n{condition}")),
            "5:9 rules_type_error: `id` is a string, not a number (hint: write it in quotes)",
        ),
        (
            with_test(&format!("severity_score: 11\n{condition}")),
            "8:21 rules_value_error: `severity_score` is 11, but goes from 0 to 10",
        ),
        (
            with_test(&format!("mesage: x\n{condition}")),
            "8:5 rules_field_error: a rule has no field `mesage` (hint: did you mean `message`?)",
        ),
        (
            "id: d\nrules: []\nversion: 1".to_owned(),
            "2:8 rules_value_error: `rules` is empty, so that every input would be valid",
        ),
        ("id: d\nversion: 1".to_owned(), "1:1 rules_field_error: a rule document needs the field `rules`"),
        ("id: d\nversion: 1\nrules: 5".to_owned(), "3:8 rules_type_error: `rules` is a list of rules, not a number"),
        ("- a".to_owned(), "1:1 rules_type_error: a rule document is a map of fields, not a list"),
        (String::new(), "1:0 rules_type_error: a rule document is a map of fields, not null"),
        (
            with_test(condition).replace("version: 1", "version: 1.10"),
            "2:10 rules_type_error: `version` is a string or a whole number",
        ),
        (
            with_test(condition).replace("id: d\n", "id: 'a b'\n"),
            "1:5 rules_value_error: `a b` cannot be the id of a document",
        ),
        (
            with_test(condition).replace("version: 1", "version: 1\nmode: some"),
            "3:7 rules_value_error: `mode` is never `some`",
        ),
        (
            with_test(condition).replace("version: 1", "version: 1\nversion: 2"),
            "3:1 rules_duplicate_error: the field `version` comes twice",
        ),
        ("id: [".to_owned(), "1:"),
        ("id: d\nversion: *x\nrules: []".to_owned(), "2:10 rules_parse_error: this is not YAML: "),
        ("id: &a [*a]\n".to_owned(), "1:9 rules_parse_error: the anchor of this alias contains the alias itself"),
        ("? [a]\n: b\n".to_owned(), "1:3 rules_parse_error: a field's name is a string, not a list"),
        (format!("{}---\nid: e\n", with_test(condition)), "10:1 rules_parse_error: a file holds one rule document"),
    ] {
        refused(&text, expected);
    }
}

#[test]
fn every_mistake_is_reported_in_one_go() {
    let rule = |id: &str, operator: &str| {
        format!("  - {{id: {id}, message: m, level: ERROR, param: action.x, operator: {operator}, value: 1}}\n")
    };
    let text = format!("id: d\nversion: 1\nrules:\n{}{}{}", rule("a", "nope"), rule("b", "in"), rule("b", "=="));
    let (_, found) = read("d.rules.yaml", &text);
    assert_eq!(found.len(), 2, "{found:#?}");
    let text = format!("id: d\nversion: 1\nrules:\n{}{}", rule("b", "=="), rule("b", "!=").replace("!=", "\"!=\""));
    let (_, found) = read("d.rules.yaml", &text);
    assert_eq!(found, ["5:10 rules_duplicate_error: the id `b` is that of an earlier rule"]);
}

#[test]
fn operators_that_yaml_reads_as_something_else_get_a_hint() {
    for operator in [">=", ">", "!="] {
        let (document, found) =
            read("d.rules.yaml", &with_test(&format!("param: action.x\noperator: {operator}\nvalue: 1")));
        assert!(document.is_none());
        assert!(
            found.iter().any(|f| f.contains("write operators in quotes") || f.contains("there is no operator")),
            "{operator}: {found:#?}"
        );
    }
}

#[test]
fn words_that_were_booleans_in_older_yaml_are_pointed_out() {
    let (document, found) = read("d.rules.yaml", &with_test("param: action.x\noperator: ==\nvalue: yes"));
    assert!(document.is_some());
    assert_eq!(found.len(), 1);
    assert!(found[0].starts_with("10:12 rules_type_error: `yes` is a string in YAML 1.2"), "{found:?}");
}

#[test]
fn json_mistakes_have_their_line() {
    for (text, expected) in [
        ("{\"id\": \"d\",\n \"version\" 1}", "2:12 rules_parse_error: '1' stands where `:` is expected"),
        ("{\"id\": \"d\",\n}", "2:1 rules_parse_error: '}' stands where a field's name in quotes is expected"),
        ("{\"id\": \"d", "1:8 rules_parse_error: the string that starts here has no end"),
        ("{\"id\": 01}", "1:8 rules_parse_error: `01` is no number"),
        ("{\"id\": \"\\x\"}", "1:8 rules_parse_error: the string has a wrong escape"),
        ("{\"id\": nul}", "1:8 rules_parse_error: 'n' stands where a value is expected"),
        ("{} x", "1:4 rules_parse_error: the document ends here, but more text follows"),
        ("{\"id\": 1, \"id\": 2}", "1:11 rules_duplicate_error: the field `id` comes twice"),
        ("", "1:0 rules_parse_error: the text ends where a value is expected"),
    ] {
        let (document, found) = read("d.rules.json", text);
        assert!(document.is_none());
        assert!(found.len() == 1 && found[0].starts_with(expected), "{text}\n{found:#?}");
    }
}

#[test]
fn deep_nesting_is_refused_in_both_notations() {
    let deep = limits::MAX_DEPTH + 2;
    for (name, text) in [
        ("d.rules.yaml", format!("id: {}{}", "[".repeat(100_000), "]".repeat(100_000))),
        ("d.rules.yaml", (0..deep).map(|n| format!("{}a:\n", " ".repeat(n))).collect()),
        ("d.rules.json", format!("{{\"id\": {}", "[".repeat(1_000_000))),
        ("d.rules.json", "{\"a\":".repeat(deep)),
    ] {
        let started = Instant::now();
        let (document, found) = read(name, &text);
        assert!(document.is_none());
        let is_refused = found.iter().any(|f| f.contains("may be nested 64 deep") || f.contains("rules_parse_error"));
        assert!(is_refused, "{name}: {found:?}");
        assert!(started.elapsed() < PATIENCE, "{name} took {:?}", started.elapsed());
    }
    let mut condition = "{param: action.x, operator: exists}".to_owned();
    for _ in 0..limits::MAX_CONDITION_DEPTH {
        condition = format!("{{not: {condition}}}");
    }
    let (document, _) = read(
        "d.rules.yaml",
        &with_test(&format!("all: [{}]", condition.replacen("{not: ", "", 1).replacen("}}", "}", 1))),
    );
    assert!(document.is_some());
    let (_, found) = read("d.rules.yaml", &with_test(&format!("all: [{condition}]")));
    assert!(found.len() == 1 && found[0].contains("rules_limit_error: conditions may be nested 16 deep"), "{found:?}");
}

#[test]
fn aliases_that_grow_without_bound_are_refused() {
    let mut text = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for n in 1..12 {
        let previous = n - 1;
        let aliases = vec![format!("*a{previous}"); 10].join(", ");
        text.push_str(&format!("a{n}: &a{n} [{aliases}]\n"));
    }
    let started = Instant::now();
    refused(&text, "7:");
    let long = format!("a: &a {}\nb: [{}]\n", "x".repeat(1 << 20), vec!["*a"; 20].join(", "));
    refused(&long, "2:");
    assert!(started.elapsed() < PATIENCE, "{:?}", started.elapsed());
}

#[test]
fn too_many_rules_are_refused_at_the_first_that_is_too_many() {
    let rule =
        |n: usize| format!("  - {{id: r{n}, param: action.x, operator: <, value: {n}, message: m, level: INFO}}\n");
    let document = |count: usize| format!("id: d\nversion: 1\nrules:\n{}", (0..count).map(rule).collect::<String>());
    let started = Instant::now();
    let line = limits::MAX_RULES + 4;
    refused(
        &document(100_000),
        &format!("{line}:5 rules_limit_error: a rule document may have 5000 rules, this one has 100000"),
    );
    assert!(started.elapsed() < PATIENCE, "{:?}", started.elapsed());
    assert!(read("d.rules.yaml", &document(limits::MAX_RULES)).0.is_some());
    let large = "x".repeat(limits::MAX_TEXT_BYTES + 1);
    refused(&large, "1:1 rules_limit_error: a rule document may have 16777216 bytes");
}

#[test]
fn text_that_is_not_utf8_has_its_line() {
    let mut sources = crate::source::SourceMap::default();
    let (document, found) = super::super::parse(&mut sources, "d.rules.yaml", b"id: d\nversion: \xff\n");
    assert!(document.is_none());
    assert_eq!(sources.position(found[0].span.unwrap()).row, 2);
}

#[test]
fn any_bytes_end_in_a_document_or_findings() {
    let seed = with_test(
        "all:\n  - {param: action.x, operator: between, value: [1, 5 km], param_unit: m}\n  - not: &a {param: 'state.\"x y\"[3]', operator: in, value: [a, b]}\n  - *a",
    );
    assert!(read("d.rules.yaml", &seed).0.is_some(), "{:?}", read("d.rules.yaml", &seed).1);
    let mut state = 1u64;
    let mut next = |bound: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % bound
    };
    for _ in 0..3000 {
        let mut bytes = seed.clone().into_bytes();
        for _ in 0..1 + next(3) {
            let at = next(bytes.len());
            match next(3) {
                0 => _ = bytes.remove(at),
                1 => bytes.insert(at, b"[]{}:-&*!|>'\"%@#\n\t \0\xffx0."[next(24)]),
                _ => bytes[at] = next(256) as u8,
            }
        }
        for name in ["d.rules.yaml", "d.rules.json"] {
            let mut sources = crate::source::SourceMap::default();
            let (document, found) = super::super::parse(&mut sources, name, &bytes);
            assert_eq!(document.is_none(), crate::diag::has_errors(&found));
            // Places must lie in the text.
            crate::diag::render::render_all(&sources, &found);
        }
    }
}
