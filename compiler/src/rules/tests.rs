//! What is wrong with documents is said with the right code at the right line; limits hold; units convert exactly; the cache keeps its promises.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that fails panics")]

mod cache;
mod faults;
mod forms;
mod units;

use super::document::Document;
use super::parse;
use crate::source::SourceMap;

/// The document, and its findings as `row:col code: message (hint: …)`.
fn read(name: &str, text: &str) -> (Option<Document>, Vec<String>) {
    let mut sources = SourceMap::default();
    let (document, found) = parse(&mut sources, name, text.as_bytes());
    let one = |d: &crate::diag::Diagnostic| {
        let place = sources.position(d.span.unwrap());
        format!("{}:{} {}: {}", place.row, place.col, d.code, d.full_message())
    };
    (document, found.iter().map(one).collect())
}

/// A YAML document with one rule of these lines; the first is line 5.
fn with_rule(lines: &str) -> String {
    let rule: Vec<String> = lines.lines().map(|line| format!("    {line}\n")).collect();
    format!("id: d\nversion: 1\nrules:\n  -\n{}", rule.concat())
}

/// The same for a comparison, whose lines start at line 8.
fn with_test(lines: &str) -> String {
    with_rule(&format!("id: r\nmessage: m\nlevel: ERROR\n{lines}"))
}
