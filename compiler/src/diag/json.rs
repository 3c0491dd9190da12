//! Diagnostics as JSON, in the shape of OPA's `opa check -f json`.

use super::{Details, Diagnostic};
use crate::source::{SourceMap, Span};

/// One diagnostic as a JSON object: `message`, `code`, `location` (`file`, `row`, `col`) and, where there are any,
/// `details`. Warnings also carry `"severity": "warning"`.
pub fn to_json(sources: &SourceMap, diagnostic: &Diagnostic) -> String {
    let mut out = String::from("{\"message\":");
    push_string(&mut out, &diagnostic.full_message());
    out.push_str(",\"code\":");
    push_string(&mut out, diagnostic.code.as_str());
    if let Some(span) = diagnostic.span {
        let position = sources.position(span);
        out.push_str(",\"location\":{\"file\":");
        push_string(&mut out, sources.name(span));
        out.push_str(&format!(",\"row\":{},\"col\":{}}}", position.row, position.col));
    }
    if !diagnostic.is_error() {
        out.push_str(",\"severity\":\"warning\"");
    }
    match &diagnostic.details {
        None => {}
        Some(Details::Source) => {
            if let Some((line, idx)) = diagnostic.span.and_then(|span| source_line(sources, span)) {
                out.push_str(",\"details\":{\"line\":");
                push_string(&mut out, line);
                out.push_str(&format!(",\"idx\":{idx}}}"));
            }
        }
        Some(Details::Json { json, .. }) => {
            out.push_str(",\"details\":");
            out.push_str(json);
        }
        Some(Details::Lines(lines)) => {
            out.push_str(",\"details\":{\"lines\":[");
            for (i, line) in lines.iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                push_string(&mut out, line);
            }
            out.push_str("]}");
        }
    }
    out.push('}');
    out
}

/// All diagnostics as `{"errors":[…]}`.
pub fn report(sources: &SourceMap, diagnostics: &[Diagnostic]) -> String {
    let all: Vec<String> = diagnostics.iter().map(|d| to_json(sources, d)).collect();
    format!("{{\"errors\":[{}]}}", all.join(","))
}

/// The line that OPA shows for a place, and the byte index in it: that of the last character at or before the place that
/// is not white space.
pub(super) fn source_line(sources: &SourceMap, span: Span) -> Option<(&str, usize)> {
    let text = sources.file(span.file)?.text();
    let bytes = text.as_bytes();
    let mut at = (span.start as usize).min(bytes.len().checked_sub(1)?);
    while at > 0 && matches!(bytes.get(at), Some(b'\t' | b'\n' | 0x0b | 0x0c | b'\r' | b' ' | 0x85 | 0xa0)) {
        at -= 1;
    }
    let is_break = |b: &u8| matches!(b, b'\n' | b'\r');
    let begin = bytes.get(..at)?.iter().rposition(is_break).map_or(0, |i| i + 1);
    let end = bytes.get(at..)?.iter().position(is_break).map_or(bytes.len(), |i| at + i);
    Some((text.get(begin..end)?, at - begin))
}

/// Appends `text` as a JSON string.
pub(crate) fn push_string(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if (c as u32) < 0x20 || c == '\u{7f}' => out.push_str(&format!("\\u{:04x}", c as u32)),
            c => out.push(c),
        }
    }
    out.push('"');
}
