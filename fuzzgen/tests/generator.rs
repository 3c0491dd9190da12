//! The generator makes programs that mean something, the same ones everywhere; the shrinker keeps what it should and no more.

#![allow(clippy::unwrap_used, reason = "a test harness")]

use std::collections::BTreeSet;

use writ_compiler::syntax::RegoVersion;
use writ_compiler::{Options as CompilerOptions, Source, check_sources};
use writ_fuzzgen::compare::{Kind, compare};
use writ_fuzzgen::evaluator::{Answer, Evaluator, Failure, Outcome};
use writ_fuzzgen::generate::{self, Options};
use writ_fuzzgen::program::Program;
use writ_fuzzgen::{case, print, shrink};
use writ_value::{Value, json};

fn programs(n: u64) -> impl Iterator<Item = Program> {
    (0..n).map(|seed| generate::program(seed, Options::default()))
}

#[test]
fn one_seed_gives_one_program() {
    assert!(programs(50).eq(programs(50)));
    let texts: BTreeSet<String> = programs(50).map(|p| print::program(&p)).collect();
    assert!(texts.len() > 45, "{}", texts.len());
}

#[test]
fn most_programs_compile_and_nearly_all_parse() {
    let (mut accepted, mut malformed, mut n) = (0, 0, 0);
    for program in programs(400) {
        let version = Some(if program.v0 { RegoVersion::V0 } else { RegoVersion::V1 });
        let source =
            |text: String| Source { name: "policy.rego".into(), text: text.into_bytes(), rego_version: version };
        let sources: Vec<Source> = print::modules(&program).into_iter().map(source).collect();
        let output = check_sources(&sources, &CompilerOptions::default());
        // A few have `with` inside of parentheses, which OPA's parser refuses as well.
        malformed += usize::from(output.diagnostics.iter().any(|d| d.code.as_str() == "rego_parse_error"));
        accepted += usize::from(output.diagnostics.is_empty());
        n += 1;
    }
    assert!(malformed * 50 < n, "{malformed} of {n} do not parse");
    assert!(accepted * 10 > n * 8, "{accepted} of {n}");
    assert!(accepted < n, "mistakes are part of the plan");
}

#[test]
fn programs_use_the_whole_language() {
    let all: String = programs(400).map(|p| print::program(&p)).collect();
    for piece in [
        "default ",
        " else ",
        " contains ",
        "every ",
        "some ",
        " in ",
        "not ",
        "not {",
        "} and {",
        "} or {",
        " with ",
        "walk(",
        "$\"",
        "[_]",
        " := ",
        " = ",
        " | ",
        " & ",
        " % ",
        "set()",
        "f1(",
        "input.",
        "data.base",
        "sprintf(",
        "object.",
        "json.",
        "units.",
        "import data.lib.util",
        "util.r",
        "# query",
        "import future.keywords.every",
    ] {
        assert!(all.contains(piece), "{piece}");
    }
}

/// Gives each document the same answer.
struct Fixed(Outcome);

impl Evaluator for Fixed {
    fn name(&self) -> &str {
        "fixed"
    }

    fn evaluate(&mut self, program: &Program) -> Result<Answer, Failure> {
        Ok(Answer::Evaluated(program.documents().iter().map(|_| vec![self.0.clone()]).collect()))
    }
}

#[test]
fn differences_are_found_and_written_as_cases() {
    let program = programs(50).find(|p| !p.documents().is_empty()).unwrap();
    let (mut one, mut two) = (Fixed(Outcome::Value(Value::from(1))), Fixed(Outcome::Undefined));
    assert_eq!(compare(&mut one, &mut Fixed(Outcome::Value(Value::from(1))), &program), Ok(None));
    let difference = compare(&mut one, &mut two, &program).unwrap().unwrap();
    assert_eq!(difference.kind, Kind::Definedness);
    let file = json::parse(case::file(&program, &difference, "a note").unwrap().as_bytes()).unwrap();
    let case = &file.as_array().unwrap()[0];
    assert_eq!(case.get("want_result").unwrap().to_string(), "[{\"x\": 1}]");
    assert_eq!(case.get("modules").unwrap().as_array().unwrap()[0].as_str(), Some(&*print::modules(&program)[0]));
}

#[test]
fn shrinking_keeps_the_property_and_little_else() {
    let has = |p: &Program| print::program(p).contains("every ");
    for program in programs(200).filter(|p| has(p)).take(5) {
        let small = shrink::shrink(&program, 5_000, has);
        let text = print::program(&small);
        assert!(has(&small), "{text}");
        assert!(text.len() < 200 && small.rules.len() <= 1, "{text}");
    }
}
