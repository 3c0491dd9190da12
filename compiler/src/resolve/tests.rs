//! Tests of resolution.

mod cases;
mod conformance;
mod diagnostics;
mod programs;
mod scale;

use super::{QuerySource, ResolveOptions, resolve};
use crate::diag::Diagnostic;
use crate::hir::Program;
use crate::source::SourceMap;
use crate::syntax::{self, ParseOptions, RegoVersion};

/// Parses and resolves; what the parser finds comes first and alone.
fn resolve_texts(
    texts: &[(&str, &str)],
    queries: &[&str],
    version: RegoVersion,
    options: &ResolveOptions,
) -> (SourceMap, Program, Vec<Diagnostic>) {
    let mut sources = SourceMap::new();
    let mut modules = Vec::new();
    let mut found = Vec::new();
    let parse_options = ParseOptions::new(version);
    for (name, text) in texts {
        let file = sources.add(*name, *text);
        let (module, errors) = syntax::parse_module(file, text, &parse_options);
        modules.extend(module);
        found.extend(errors);
    }
    let mut parsed = Vec::new();
    for (i, text) in queries.iter().enumerate() {
        let file = sources.add("", *text);
        let (body, errors) = syntax::parse_query(file, text, &parse_options);
        found.extend(errors);
        if let Some(body) = body {
            parsed.push(QuerySource { name: format!("q{i}"), body, package: None, imports: Vec::new() });
        }
    }
    if !found.is_empty() {
        return (sources, Program::default(), found);
    }
    let (program, found) = resolve(&modules, &parsed, &sources, options);
    (sources, program, found)
}
