//! Diagnostics as plain text: a headline, the source line with the place underlined, labels and hints.
//!
//! ```text
//! policy.rego:3:6: error: rego_parse_error: unexpected eof token
//!   3 | p := 1 +
//!     |         ^
//!     = hint: …
//! ```

use super::{Details, Diagnostic, Severity};
use crate::source::{SourceFile, SourceMap, Span};

/// Longest source line that is shown whole; longer ones are cut around the place.
const MAX_LINE_CHARS: usize = 160;

/// One diagnostic, ended by a line break.
pub fn render(sources: &SourceMap, diagnostic: &Diagnostic) -> String {
    let mut out = String::new();
    if let Some(span) = diagnostic.span {
        let position = sources.position(span);
        let name = sources.name(span);
        if !name.is_empty() {
            out.push_str(name);
            out.push(':');
        }
        out.push_str(&format!("{}:{}: ", position.row, position.col));
    }
    let severity = match diagnostic.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    out.push_str(&format!("{severity}: {}: {}\n", diagnostic.code, diagnostic.message));
    if let Some(span) = diagnostic.span {
        push_frame(&mut out, sources, span, "^");
    }
    for label in &diagnostic.labels {
        let position = sources.position(label.span);
        out.push_str(&format!(
            "    = {}:{}:{}: {}\n",
            sources.name(label.span),
            position.row,
            position.col,
            label.text
        ));
        push_frame(&mut out, sources, label.span, "-");
    }
    let details = match &diagnostic.details {
        Some(Details::Lines(lines) | Details::Json { lines, .. }) => lines.as_slice(),
        Some(Details::Source) | None => &[],
    };
    details.iter().for_each(|line| out.push_str(&format!("    | {line}\n")));
    diagnostic.hints.iter().for_each(|hint| out.push_str(&format!("    = hint: {hint}\n")));
    if out.contains(is_harmful) { out.replace(is_harmful, "\u{fffd}") } else { out }
}

/// Control characters of quoted source text, which must not reach a terminal.
fn is_harmful(c: char) -> bool {
    c.is_control() && !matches!(c, '\n' | '\t')
}

/// All diagnostics one after the other.
pub fn render_all(sources: &SourceMap, diagnostics: &[Diagnostic]) -> String {
    diagnostics.iter().map(|d| render(sources, d)).collect()
}

/// Appends the line of `span` with `mark` under each of its characters on that line.
fn push_frame(out: &mut String, sources: &SourceMap, span: Span, mark: &str) {
    let Some(file) = sources.file(span.file) else { return };
    let (line, column, width) = place(file, span);
    let text: Vec<char> = file.line_text(line).chars().map(|c| if c == '\t' { ' ' } else { c }).collect();
    let from = if text.len() <= MAX_LINE_CHARS { 0 } else { column.saturating_sub(MAX_LINE_CHARS / 2) };
    let shown: String = text.iter().skip(from).take(MAX_LINE_CHARS).collect();
    let number = (line + 1).to_string();
    let pad = " ".repeat(number.len());
    let width = width.clamp(1, MAX_LINE_CHARS - (column - from).min(MAX_LINE_CHARS - 1));
    out.push_str(&format!("  {number} | {shown}\n"));
    out.push_str(&format!("  {pad} | {}{}\n", " ".repeat(column - from), mark.repeat(width)));
}

/// Line index, column in characters from 0, and number of characters of `span` on that line. An error at the end of the
/// text or of a line is shown after the last character that is not white space.
fn place(file: &SourceFile, span: Span) -> (usize, usize, usize) {
    let text = file.text();
    let mut start = (span.start as usize).min(text.len());
    if text.as_bytes().get(start).is_none_or(|b| *b == b'\n') {
        start = text.get(..start).map_or(0, |before| before.trim_end().len());
    }
    let line = file.line_index(start as u32);
    let line_text = file.line_text(line);
    let line_start = start - text.get(..start).map_or(0, |b| b.len() - b.rfind('\n').map_or(0, |i| i + 1));
    let column = text.get(line_start..start).map_or(0, |s| s.chars().count());
    let end = (span.end as usize).min(line_start + line_text.len());
    let width = text.get(start..end).map_or(0, |s| s.chars().count());
    (line, column, width)
}
