//! Every call in `cases/` gives what OPA gave (see `oracle/main.go`), as a value and, in strict mode, as an error text.

use std::fmt::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};

use writ_guest::json::{Dialect, dump, parse};
use writ_guest::text::Text;
use writ_guest::{heap, mem, value};

/// Calls that we answer otherwise than OPA, with our answer.
const DIFFERENT: &[(&str, &str)] = &[
    // OPA keeps text that is no JSON number as the number; ours is the same number in JSON's grammar.
    ("to_number\t\"+5\"", "5"),
    ("to_number\t\"5.\"", "5"),
    ("to_number\t\".5\"", "0.5"),
    ("to_number\t\"0x1p-2\"", "0.25"),
    ("to_number\t\"0x1P-2\"", "0.25"),
    ("to_number\t\"00\"", "0"),
    ("to_number\t\"007\"", "7"),
    ("to_number\t\"-007\"", "-7"),
    ("to_number\t\"0x.8p1\"", "1"),
    ("to_number\t\"-0x1p1\"", "-2"),
    // OPA lets underscores through, which no number has.
    ("to_number\t\"1_0\"", "error: eval_builtin_error: to_number: strconv.ParseFloat: parsing \"1_0\": invalid syntax"),
    (
        "to_number\t\"0x_1p1\"",
        "error: eval_builtin_error: to_number: strconv.ParseFloat: parsing \"0x_1p1\": invalid syntax",
    ),
    // A slip of OPA's in formatting the text.
    (
        "json.unmarshal\t\"true false\"",
        "error: eval_builtin_error: json.unmarshal: error: invalid character 'false' after top-level value",
    ),
];

/// Starts of `json.patch` errors that tell of the state of OPA's own tree; ours name the missing place.
const TREE_STATES: &[&str] = &["cannot unfold the already deleted", "path {\"k\": 1} does not exist in set term"];

fn print(w: writ_abi::Word) -> String {
    let mut text = Text::new(64);
    dump::rego(&mut text, w);
    String::from_utf8_lossy(value::text(text.finish())).into_owned()
}

fn call(name: &str, operands: &[&str]) -> String {
    let args: Vec<_> = operands.iter().map(|text| parse(text.as_bytes(), Dialect::Value).expect(text)).collect();
    match writ_guest::call(&format!("bi_{name}"), &args) {
        Some(answer) => print(answer),
        None => "undefined".to_owned(),
    }
}

/// What OPA says about a value in Rego notation may differ in what is one set element, so both are read and printed.
fn canonical(answer: &str) -> String {
    parse(answer.as_bytes(), Dialect::Value).map_or_else(|| answer.to_owned(), print)
}

fn strict(name: &str, operands: &[&str]) -> String {
    mem::set_strict(true);
    let outcome = catch_unwind(AssertUnwindSafe(|| call(name, operands)));
    mem::set_strict(false);
    match outcome {
        Ok(answer) => answer,
        Err(panic) => {
            let text = panic.downcast_ref::<String>().cloned().unwrap_or_default();
            format!("error: {}", text.replace('\n', "\\n"))
        }
    }
}

fn same_error(got: &str, want: &str) -> bool {
    let prefix = "error: eval_builtin_error: json.patch: ";
    let tree = |text: &str| text.strip_prefix(prefix).is_some_and(|m| TREE_STATES.iter().any(|s| m.starts_with(s)));
    got == want || (tree(want) && got.starts_with(prefix))
}

fn check(file: &str) {
    let path = format!("{}/tests/cases/{file}.txt", env!("CARGO_MANIFEST_DIR"));
    // OPA cuts a character in two in some error texts.
    let text = String::from_utf8_lossy(&std::fs::read(path).expect("the case file is there")).into_owned();
    let mut failures = String::new();
    let (mut total, mut failed) = (0, 0);
    std::panic::set_hook(Box::new(|_| {}));
    for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let (call_text, want) = line.split_once("\t=>\t").expect(line);
        let mut parts = call_text.split('\t');
        let name = parts.next().unwrap_or_default();
        let operands: Vec<&str> = parts.collect();
        let mark = heap::mark();
        let want = DIFFERENT.iter().find(|(call, _)| *call == call_text).map_or(want, |(_, ours)| ours);
        let is_error = want.starts_with("error: ");
        let want_value = if is_error { "undefined".to_owned() } else { canonical(want) };
        let got = catch_unwind(AssertUnwindSafe(|| call(name, &operands))).unwrap_or_else(|_| "panic".to_owned());
        let got_strict = strict(name, &operands);
        let strict_ok = if is_error { same_error(&got_strict, want) } else { got_strict == want_value };
        total += 1;
        if got != want_value || !strict_ok {
            failed += 1;
            let _ = writeln!(failures, "{call_text}\n   want {want}\n   got  {got}\n   strict {got_strict}");
        }
        heap::release(mark);
    }
    let _ = std::panic::take_hook();
    assert!(failed == 0, "{failed} of {total} calls differ:\n{failures}");
    assert!(total > 100);
}

#[test]
fn numbers() {
    check("numbers");
}

#[test]
fn collections() {
    check("collections");
}

#[test]
fn types() {
    check("types");
}

#[test]
fn objects() {
    check("objects");
}

#[test]
fn strings() {
    check("strings");
}

#[test]
fn units() {
    check("units");
}

#[test]
fn encoding() {
    check("encoding");
}
