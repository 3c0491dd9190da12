//! Every module, query and input term of OPA's conformance cases must parse, and survive printing and parsing again.

#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "test helpers")]

use std::path::Path;

use writ_compiler::diag::render;
use writ_compiler::source::SourceMap;
use writ_compiler::syntax::{ParseOptions, RegoVersion, fuzz, parse_module, parse_query, parse_term};

/// The cases lie outside the repository; a checkout without them says so.
fn case_files() -> Vec<std::path::PathBuf> {
    let folder = std::env::var("WRIT_CONFORMANCE").unwrap_or_else(|_| "/work/shared/conformance/rego-v1".to_owned());
    let Ok(entries) = std::fs::read_dir(Path::new(&folder)) else {
        eprintln!("skipped: {folder} is not there (set WRIT_CONFORMANCE)");
        return Vec::new();
    };
    let mut files: Vec<_> = entries.map(|e| e.unwrap().path()).collect();
    files.sort();
    files
}

#[test]
fn conformance_texts_parse_and_print() {
    let files = case_files();
    if files.is_empty() {
        return;
    }
    let (mut n_modules, mut n_queries, mut n_terms, mut failures) = (0, 0, 0, Vec::new());
    for path in files {
        let cases: serde_json::Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        for case in cases.as_array().unwrap() {
            let note = case["note"].as_str().unwrap_or("");
            let options = ParseOptions::new(if case["v0"] == true { RegoVersion::V0 } else { RegoVersion::V1 });
            for module in case["modules"].as_array().into_iter().flatten() {
                n_modules += 1;
                let text = module.as_str().unwrap();
                let mut sources = SourceMap::new();
                let file = sources.add(note, text);
                match parse_module(file, text, &options) {
                    (Some(_), _) => fuzz::fuzz_parse(text.as_bytes()),
                    (None, errors) => failures.push(render::render_all(&sources, &errors)),
                }
            }
            if let Some(text) = case["query"].as_str() {
                n_queries += 1;
                let mut sources = SourceMap::new();
                let file = sources.add(note, text);
                match parse_query(file, text, &options) {
                    (Some(_), _) => fuzz::fuzz_parse(text.as_bytes()),
                    (None, errors) => failures.push(render::render_all(&sources, &errors)),
                }
            }
            if let Some(text) = case["input_term"].as_str() {
                n_terms += 1;
                let mut sources = SourceMap::new();
                let file = sources.add(note, text);
                if let (None, errors) = parse_term(file, text, &options) {
                    failures.push(render::render_all(&sources, &errors));
                }
            }
        }
    }
    println!("{n_modules} modules, {n_queries} queries, {n_terms} terms");
    assert!(n_modules > 2000 && n_queries > 2000, "{n_modules} modules, {n_queries} queries");
    assert!(failures.is_empty(), "{} failures:\n{}", failures.len(), failures.join("\n"));
}
