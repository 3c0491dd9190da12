//! Large and hostile programs are checked in bounded time and memory, and without deep recursion.

#![allow(clippy::unwrap_used, reason = "a test harness")]

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use writ_compiler::check::{self, CheckOptions};
use writ_compiler::diag::Diagnostic;
use writ_compiler::resolve::{ResolveOptions, resolve};
use writ_compiler::source::SourceMap;
use writ_compiler::syntax::{ParseOptions, parse_module};

/// Findings of the checks alone, and how long they took.
fn check_text(text: &str) -> (Vec<Diagnostic>, Duration) {
    let mut sources = SourceMap::new();
    let (module, errors) = parse_module(sources.add("policy.rego", text), text, &ParseOptions::default());
    assert!(errors.is_empty(), "{errors:?}");
    let modules = [module.unwrap()];
    let (program, errors) =
        resolve(&modules, &[], &sources, &ResolveOptions { strict: false, prints: true, ..ResolveOptions::default() });
    assert!(errors.is_empty(), "{:?}", errors.first());
    let start = Instant::now();
    let found = check::check(&program, &modules, &CheckOptions::default());
    (found, start.elapsed())
}

fn repeat(head: &str, n: usize, line: impl Fn(usize) -> String) -> String {
    let mut text = format!("package a\n\n{head}\n");
    (0..n).for_each(|i| writeln!(text, "{}", line(i)).unwrap());
    text
}

/// Debug builds are slow; what matters is that nothing is quadratic.
const PATIENCE: Duration = Duration::from_secs(10);

#[track_caller]
fn accepted_in_time(text: &str) {
    let (found, time) = check_text(text);
    assert!(found.is_empty(), "{:?}", found.first());
    assert!(time < PATIENCE, "{time:?}");
}

#[test]
fn many_rules() {
    accepted_in_time(&repeat("default allow := false", 10_000, |i| {
        format!("allow if {{\n\tinput.user == \"u{i}\"\n\tcount(input.roles) > {i}\n}}")
    }));
}

#[test]
fn long_chain_of_rules() {
    accepted_in_time(&repeat("r0 := [1]", 10_000, |i| format!("r{} := [r{i}]", i + 1)));
}

#[test]
fn long_chain_of_calls_backwards() {
    accepted_in_time(&repeat("f5000(x) := x", 5_000, |i| format!("f{i}(x) := f{}(x) + 1", i + 1)));
}

#[test]
fn types_that_double_with_each_rule() {
    accepted_in_time(&repeat("r0 := {\"a\": 1}", 200, |i| format!("r{} := {{\"l\": r{i}, \"r\": r{i}}}", i + 1)));
}

#[test]
fn many_references_to_the_whole_package() {
    let text = repeat("q := 1", 3_000, |i| format!("p{i} := x if x := data.b[input.k{i}].c"));
    accepted_in_time(&text.replace("package a", "package b.c"));
}

#[test]
fn many_replacements() {
    let text = repeat("v := 1\n\nw := v + 1", 2_000, |i| {
        format!("r{i} := w + {i}\n\ntest_{i} if r{i} == {i} with input.x as {i} with data.a.v as {i}")
    });
    accepted_in_time(&text);
}

#[test]
fn unions_of_many_types() {
    let shapes = |i: usize| format!("p[{i}] := {{\"k{i}\": {{\"n\": {i}}}}} if input.x == {i}");
    let text = repeat("", 3_000, shapes) + "q contains p[_].z if p[_]\n";
    accepted_in_time(&text);
}

#[test]
fn large_constant_indexed_often() {
    let items: Vec<String> = (0..5_000).map(|i| format!("{{\"id\": {i}, \"tags\": [\"t{i}\"]}}")).collect();
    let text = repeat(&format!("items := [{}]", items.join(", ")), 2_000, |i| {
        format!("p{i} if items[_].id == {i}\n\nq{i} := items[{i}].tags[0]")
    });
    accepted_in_time(&text);
}

#[test]
fn cycle_through_thousands_of_rules() {
    let (found, time) = check_text(&repeat("r5000 := r0", 5_000, |i| format!("r{i} := r{}", i + 1)));
    assert!(!found.is_empty() && found.len() <= 100, "{}", found.len());
    assert!(time < PATIENCE, "{time:?}");
}

#[test]
fn thousands_of_errors() {
    let (found, time) = check_text(&repeat("", 5_000, |i| format!("r{i} := {i} + \"a\"")));
    assert!(found.len() >= 1000 && found.len() <= 2 * check::MAX_ERRORS, "{}", found.len());
    assert!(time < PATIENCE, "{time:?}");
}
