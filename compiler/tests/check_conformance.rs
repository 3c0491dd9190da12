//! What OPA accepts, our checks accept; and what it refuses, they refuse in the same words.

#![allow(clippy::unwrap_used, reason = "a test harness")]

use std::path::{Path, PathBuf};
use std::process::Command;

use writ_compiler::capabilities::Capabilities;
use writ_compiler::check::{self, CheckOptions};
use writ_compiler::diag::{Diagnostic, render};
use writ_compiler::resolve::{QuerySource, ResolveOptions, resolve};
use writ_compiler::source::SourceMap;
use writ_compiler::syntax::ast::RegoVersion;
use writ_compiler::syntax::{ParseOptions, parse_module, parse_query};
use writ_compiler::types::Function;

/// Everything that is wrong with some modules and a query.
fn front_end(modules: &[(&str, &str)], query: Option<&str>, version: RegoVersion) -> (SourceMap, Vec<Diagnostic>) {
    let mut sources = SourceMap::new();
    let options = ParseOptions::new(version);
    let (mut parsed, mut found) = (Vec::new(), Vec::new());
    for (name, text) in modules {
        let (module, errors) = parse_module(sources.add(*name, *text), text, &options);
        found.extend(errors);
        parsed.extend(module);
    }
    let mut queries = Vec::new();
    if let Some(text) = query {
        let (body, errors) = parse_query(sources.add("", text), text, &options);
        found.extend(errors);
        queries.extend(body.map(|body| QuerySource { name: "query".into(), body, package: None, imports: Vec::new() }));
    }
    if found.is_empty() {
        let resolve_options = ResolveOptions { strict: false, prints: true, ..ResolveOptions::default() };
        let (program, errors) = resolve(&parsed, &queries, &sources, &resolve_options);
        found.extend(errors);
        // OPA's own runner adds this one.
        let mut capabilities = Capabilities::current();
        capabilities.declare("test.sleep", Function::parse("(string) => null").unwrap());
        let options = CheckOptions { capabilities: Some(&capabilities), ..CheckOptions::default() };
        found.extend(check::check(&program, &parsed, &options));
    }
    (sources, found)
}

#[test]
fn conformance_modules_are_accepted() {
    let folder = std::env::var("WRIT_CONFORMANCE").unwrap_or_else(|_| "/work/shared/conformance/rego-v1".to_owned());
    let Ok(entries) = std::fs::read_dir(Path::new(&folder)) else {
        eprintln!("skipped: {folder} is not there (set WRIT_CONFORMANCE)");
        return;
    };
    let (mut n, mut failures) = (0, Vec::new());
    for entry in entries {
        let cases: serde_json::Value = serde_json::from_slice(&std::fs::read(entry.unwrap().path()).unwrap()).unwrap();
        for case in cases.as_array().unwrap() {
            let texts = case["modules"].as_array().into_iter().flatten();
            let modules: Vec<(&str, &str)> = texts.map(|m| ("module.rego", m.as_str().unwrap())).collect();
            let version = if case["v0"] == true { RegoVersion::V0 } else { RegoVersion::V1 };
            let (sources, found) = front_end(&modules, case["query"].as_str(), version);
            n += 1;
            if !found.is_empty() {
                failures.push(format!("{}\n{}", case["note"], render::render_all(&sources, &found)));
            }
        }
    }
    assert!(failures.is_empty(), "{} of {n} cases refused\n{}", failures.len(), failures.join("\n"));
    assert!(n > 2000, "only {n} cases");
}

/// Needs `OPA`, the program, and `OPA_SOURCE`, a folder with policies such as OPA's own source tree.
#[test]
fn policies_of_a_folder_are_accepted_or_refused_as_by_opa() {
    let (Ok(opa), Ok(folder)) = (std::env::var("OPA"), std::env::var("OPA_SOURCE")) else {
        eprintln!("skipped: set OPA and OPA_SOURCE");
        return;
    };
    let mut failures = Vec::new();
    for path in policies(Path::new(&folder)) {
        let Ok(text) = std::fs::read_to_string(&path) else { continue };
        for (version, flag) in [(RegoVersion::V1, None), (RegoVersion::V0, Some("--v0-compatible"))] {
            let mut command = Command::new(&opa);
            command.args(["check", "--max-errors", "1000", "--format", "json"]).args(flag).arg(&path);
            let output = command.output().unwrap();
            let report = if output.stdout.is_empty() { output.stderr } else { output.stdout };
            let report: serde_json::Value = serde_json::from_slice(&report).unwrap_or_default();
            let mut theirs: Vec<String> = report["errors"].as_array().into_iter().flatten().map(opa_error).collect();
            let (_, found) = front_end(&[(&path.to_string_lossy(), &text)], None, version);
            let mut ours: Vec<String> = found.iter().map(|d| format!("{} {}", d.code, d.full_message())).collect();
            theirs.sort();
            theirs.dedup();
            ours.sort();
            ours.dedup();
            // After errors of syntax each parser goes on in its own way.
            let syntax = |errors: &[String]| errors.iter().any(|e| e.starts_with("rego_parse_error"));
            if theirs != ours && !(syntax(&theirs) && syntax(&ours)) {
                failures.push(format!("{} {version:?}\nopa  {theirs:#?}\nours {ours:#?}", path.display()));
            }
        }
    }
    assert!(failures.is_empty(), "{} differ\n{}", failures.len(), failures.join("\n"));
}

fn opa_error(error: &serde_json::Value) -> String {
    format!("{} {}", error["code"].as_str().unwrap_or(""), error["message"].as_str().unwrap_or(""))
}

fn policies(folder: &Path) -> Vec<PathBuf> {
    let (mut found, mut open) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|e| e == "rego") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}
