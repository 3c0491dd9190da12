//! Large and hostile programs: time stays about linear, the stack stays small.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use super::resolve_texts;
use crate::resolve::ResolveOptions;
use crate::syntax::RegoVersion;

/// Resolves within ten times what a debug build on a slow machine needs; quadratic behaviour needs a hundred times that.
fn resolve_in_time(text: &str) -> usize {
    let start = Instant::now();
    let (_, _, found) = resolve_texts(&[("t.rego", text)], &[], RegoVersion::V1, &ResolveOptions::default());
    assert!(start.elapsed() < Duration::from_secs(30), "took {:?}", start.elapsed());
    found.len()
}

fn body(lines: impl Iterator<Item = String>) -> String {
    lines.fold("package t\np if {\n".to_owned(), |mut text, line| {
        let _ = writeln!(text, "  {line}");
        text
    }) + "}\n"
}

#[test]
fn ten_thousand_literals_in_the_wrong_order() {
    let chain = (1..10_000).rev().map(|i| format!("x{i} = x{} + 1", i - 1)).chain(["x0 = 1".to_owned()]);
    assert_eq!(resolve_in_time(&body(chain)), 0);
}

#[test]
fn one_literal_that_waits_for_ten_thousand() {
    let names: Vec<String> = (0..10_000).map(|i| format!("x{i}")).collect();
    let lines =
        std::iter::once(format!("y := [{}]", names.join(", "))).chain((0..10_000).rev().map(|i| format!("x{i} = {i}")));
    assert_eq!(resolve_in_time(&body(lines)), 0);
    let shifted = format!("[{}] = [{}, 1]", names.join(", "), names[1..].join(", "));
    assert_eq!(resolve_in_time(&body([shifted].into_iter())), 0);
}

#[test]
fn closures_that_wait_for_later_literals() {
    let lines = (0..5_000).map(|i| format!("z{i} := [y | y := x{i}; y > {i}]; x{i} = {i}"));
    assert_eq!(resolve_in_time(&body(lines)), 0);
}

#[test]
fn five_thousand_rules() {
    let mut text = "package t\np0 := true\n".to_owned();
    for i in 1..5_000 {
        let _ = writeln!(text, "p{i} if {{ input.x == {i}; not p{} }}", i - 1);
    }
    assert_eq!(resolve_in_time(&text), 0);
    let on_one_line = text.replace('\n', " ").replacen("package t ", "package t\n", 1);
    assert_eq!(resolve_in_time(&on_one_line), 0);
}

#[test]
fn unsafe_variables_by_the_thousand() {
    let lines = (0..5_000).map(|i| format!("not [y | y = x{i}; z{i} > y]"));
    assert!(resolve_in_time(&body(lines)) > 5_000);
}

#[test]
fn deepest_nesting_that_parses_fits_a_small_stack() {
    let texts = ["[x | x := ", "f(", "[", "{\"k\": ", "not {", "input[", "every x in [1] {"];
    let closes = ["]", ")", "]", "}", "}", "]", "}"];
    for (open, close) in texts.into_iter().zip(closes) {
        let text = |depth: usize| {
            let nested = format!("{}1{}", open.repeat(depth), close.repeat(depth));
            let body = if open.ends_with('{') { nested } else { format!("x := {nested}") };
            format!("package t\nimport future.keywords.not\np if {{ {body} }}\nf(x) := x\n")
        };
        // As deep as the parser allows, found by halving.
        let parses = |depth: usize| {
            let file = crate::source::FileId(0);
            crate::syntax::parse_module(file, &text(depth), &Default::default()).0.is_some()
        };
        let (mut low, mut high) = (1, 512);
        while low < high {
            let middle = usize::midpoint(low, high + 1);
            if parses(middle) { low = middle } else { high = middle - 1 }
        }
        assert!(low > 10, "{open} nests only {low} deep");
        let text = text(low);
        let run = move || resolve_in_time(&text);
        let thread = std::thread::Builder::new().stack_size(2 << 20).spawn(run).unwrap();
        thread.join().unwrap();
    }
}

#[test]
fn paths_are_limited() {
    let path: Vec<String> = (0..300).map(|i| format!("a{i}")).collect();
    let (_, _, found) = resolve_texts(
        &[("t.rego", &format!("package t\n{} := 1\n", path.join(".")))],
        &[],
        RegoVersion::V1,
        &ResolveOptions::default(),
    );
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].code, crate::diag::Code::Limit);
}
