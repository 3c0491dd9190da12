//! Every module and query of OPA's conformance suite resolves.

use std::path::Path;

use super::resolve_texts;
use crate::resolve::ResolveOptions;
use crate::syntax::RegoVersion;

const SUITE: &str = "/work/shared/conformance/rego-v1";

#[test]
fn all_conformance_modules_resolve() {
    let dir = Path::new(SUITE);
    if !dir.is_dir() {
        println!("skipped: no conformance suite at {SUITE}");
        return;
    }
    let mut cases = 0;
    let mut failures = Vec::new();
    let mut files: Vec<_> = std::fs::read_dir(dir).unwrap().map(|f| f.unwrap().path()).collect();
    files.sort();
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        let list: serde_json::Value = serde_json::from_str(&text).unwrap();
        for case in list.as_array().unwrap() {
            cases += 1;
            let note = case["note"].as_str().unwrap();
            let modules: Vec<(String, &str)> = case["modules"]
                .as_array()
                .map(|m| m.iter().enumerate().map(|(i, t)| (format!("{i}.rego"), t.as_str().unwrap())).collect())
                .unwrap_or_default();
            let texts: Vec<(&str, &str)> = modules.iter().map(|(n, t)| (n.as_str(), *t)).collect();
            let query = case["query"].as_str().unwrap();
            let options = ResolveOptions { prints: true, ..ResolveOptions::default() };
            let (sources, _, found) = resolve_texts(&texts, &[query], RegoVersion::V1, &options);
            for d in found {
                failures.push(format!("{note}: {}", crate::diag::render::render(&sources, &d)));
            }
        }
    }
    assert!(cases > 2000, "only {cases} cases");
    assert!(
        failures.is_empty(),
        "{} findings, first:\n{}",
        failures.len(),
        failures[..failures.len().min(20)].join("\n")
    );
}
