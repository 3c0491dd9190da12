//! Diagnostics as OPA's lines: `file:row: code: message`, with the source line and a mark below a syntax error.

use super::{Details, Diagnostic, json};
use crate::source::SourceMap;

/// One diagnostic without a line break at its end.
pub fn to_text(sources: &SourceMap, diagnostic: &Diagnostic) -> String {
    let mut out = String::new();
    if let Some(span) = diagnostic.span {
        let position = sources.position(span);
        match sources.name(span) {
            "" => out.push_str(&format!("{}:{}: ", position.row, position.col)),
            name => out.push_str(&format!("{name}:{}: ", position.row)),
        }
    }
    out.push_str(&format!("{}: {}", diagnostic.code, diagnostic.full_message()));
    let lines = match &diagnostic.details {
        None => Vec::new(),
        Some(Details::Lines(lines) | Details::Json { lines, .. }) => lines.clone(),
        Some(Details::Source) => {
            diagnostic.span.and_then(|span| json::source_line(sources, span)).map(marked).unwrap_or_default()
        }
    };
    for line in lines {
        out.push_str("\n\t");
        out.push_str(&line);
    }
    out
}

/// The source line without its leading tabs, and a mark below the byte at the index.
fn marked((line, index): (&str, usize)) -> Vec<String> {
    let shown = line.trim_start_matches('\t');
    let indent = index.saturating_sub(line.len() - shown.len());
    vec![shown.to_owned(), format!("{}^", " ".repeat(indent))]
}

/// Several diagnostics: `1 error occurred: …`.
pub fn report(sources: &SourceMap, diagnostics: &[Diagnostic]) -> String {
    let lines: Vec<_> = diagnostics.iter().map(|d| to_text(sources, d)).collect();
    match lines.as_slice() {
        [one] => format!("1 error occurred: {one}"),
        all => format!("{} errors occurred:\n{}", all.len(), all.join("\n")),
    }
}
