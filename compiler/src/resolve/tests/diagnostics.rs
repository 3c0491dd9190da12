//! What resolution and the checks behind it report, in OPA's codes, words and places.
//!
//! The expectations in `diagnostics.cases` were compared with `opa check -m 1000 -f json` of OPA 1.22.0. Where they differ, a
//! comment in the case says so.

use super::{cases, resolve_texts};
use crate::check::{self, CheckOptions};
use crate::diag;
use crate::resolve::ResolveOptions;
use crate::syntax::{self, ParseOptions, RegoVersion};

/// One line per finding: code, row, column, message. `(strict)` and `(v0)` in the name of a case are options.
fn report(name: &str, input: &str) -> String {
    let options = ResolveOptions { strict: name.contains("(strict)"), prints: true, ..ResolveOptions::default() };
    let version = if name.contains("(v0)") { RegoVersion::V0 } else { RegoVersion::V1 };
    let (sources, program, mut found) = resolve_texts(&[("t.rego", input)], &[], version, &options);
    if !found.iter().any(|d| d.code == diag::Code::Parse) {
        let file = sources.files().next().unwrap().0;
        let (module, _) = syntax::parse_module(file, input, &ParseOptions::new(version));
        let modules: Vec<_> = module.into_iter().collect();
        let check_options = CheckOptions { strict: options.strict, ..CheckOptions::default() };
        found.extend(check::check(&program, &modules, &check_options));
    }
    diag::sort(&mut found);
    let line = |d: &diag::Diagnostic| {
        let position = d.span.map_or_else(
            || "-".to_owned(),
            |span| {
                let p = sources.position(span);
                format!("{}:{}", p.row, p.col)
            },
        );
        format!("{} {position} {}", d.code, d.full_message().replace('\n', "\\n"))
    };
    found.iter().map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn diagnostics_are_those_of_opa() {
    cases::check("diagnostics.cases", report);
}

#[test]
fn rules_and_packages_of_several_files_conflict() {
    let files = [("u.rego", "package t.g\nx := 1\n"), ("v.rego", "package t\ng := 1\n")];
    let (sources, _, found) = resolve_texts(&files, &[], RegoVersion::V1, &ResolveOptions::default());
    let lines: Vec<String> = found
        .iter()
        .map(|d| {
            let position = sources.position(d.span.unwrap());
            format!("{}:{}: {}", sources.name(d.span.unwrap()), position.row, d.message)
        })
        .collect();
    assert_eq!(
        lines,
        [
            "v.rego:1: package t.g conflicts with rule g defined at v.rego:2",
            "v.rego:2: rule data.t.g conflicts with:\n  rule data.t.g.x at u.rego:2",
        ]
    );
}

#[test]
fn queries_report_places_in_their_own_text() {
    let (sources, _, found) =
        resolve_texts(&[], &["x > 1", "y := 1; y := 2"], RegoVersion::V1, &ResolveOptions::default());
    let lines: Vec<String> = found.iter().map(|d| format!("{} {}", sources.text(d.span.unwrap()), d.message)).collect();
    assert_eq!(lines, ["y var y assigned above"]);
    let (_, _, found) = resolve_texts(&[], &["x > 1"], RegoVersion::V1, &ResolveOptions::default());
    let messages: Vec<&str> = found.iter().map(|d| &*d.message).collect();
    assert_eq!(messages, ["var _ is unsafe", "var x is unsafe"], "the value of an expression is a variable, too");
}
