//! Rule documents: rules written as a table in YAML or JSON, checked with places, and lowered to Rego.
//!
//! ```text
//!   text ──yaml, json──▶ Node ──read──▶ Document ──rego──▶ Rego text ──▶ the path of any Rego source
//!         (places)             (checked)
//! ```
//!
//! A document becomes Rego text, so that it shares every later stage, and what `--emit rego` prints is what runs. `docs/rules.md` is the reference
//! for authors; `docs/rules.schema.json` describes the form of a document.

mod cache;
pub mod document;
mod fields;
mod json;
pub mod limits;
mod node;
mod operator;
mod path;
mod rational;
mod read;
mod rego;
mod unit;
mod yaml;

#[cfg(test)]
mod tests;

pub use cache::{CacheStats, ContentCache};
pub use operator::Operator;
pub use path::{Path, Step};
pub use rego::to_rego;
pub use unit::{Conversion, Unit};

use crate::diag::{self, Code, Diagnostic};
use crate::source::{FileId, SourceMap, Span};
use crate::syntax;
use document::Document;

/// Ends of names of files that hold rule documents.
const SUFFIXES: [&str; 3] = [".rules.yaml", ".rules.yml", ".rules.json"];

/// True for the name of a rule document: it ends in `.rules.yaml`, `.rules.yml` or `.rules.json`.
pub fn is_document_name(name: &str) -> bool {
    SUFFIXES.iter().any(|suffix| name.ends_with(suffix))
}

/// Name of the Rego that a document becomes: `gate.rules.yaml` gives `gate.rules.rego`.
pub fn rego_name(name: &str) -> String {
    let stem = SUFFIXES.iter().find_map(|suffix| name.strip_suffix(suffix)).unwrap_or(name);
    format!("{stem}.rules.rego")
}

/// Reads and checks a document, whose text is added to `sources` under `name`. There is a document exactly if no diagnostic is an error.
///
/// Text that starts with `{` or `[` is read as JSON unless the name ends in `.yaml` or `.yml`, all other text as YAML. Cost: linear in the text and
/// what its aliases stand for, within [`limits`].
pub fn parse(sources: &mut SourceMap, name: &str, text: &[u8]) -> (Option<Document>, Vec<Diagnostic>) {
    let shown = String::from_utf8_lossy(text);
    let file = sources.add(name, shown.as_ref());
    let mut found = Vec::new();
    let document = parse_text(file, name, text, &mut found);
    diag::sort(&mut found);
    (document.filter(|_| !diag::has_errors(&found)), found)
}

fn parse_text(file: FileId, name: &str, text: &[u8], found: &mut Vec<Diagnostic>) -> Option<Document> {
    let start = Span::new(file, 0, 0);
    if text.len() > limits::MAX_TEXT_BYTES {
        let message = format!("a rule document may have {} bytes, this one has {}", limits::MAX_TEXT_BYTES, text.len());
        found.push(Diagnostic::error(Code::RulesLimit, start, message));
        return None;
    }
    let text = match std::str::from_utf8(text) {
        Ok(text) => text,
        Err(error) => {
            // The lossy text that the source map holds is the same up to here.
            let at = error.valid_up_to() as u32;
            found.push(Diagnostic::error(Code::RulesParse, Span::new(file, at, at), "the text is not UTF-8"));
            return None;
        }
    };
    let is_yaml = name.ends_with(".yaml") || name.ends_with(".yml");
    let is_json = !is_yaml && (name.ends_with(".json") || text.trim_start().starts_with(['{', '[']));
    let root = if is_json { json::parse(file, text, found) } else { yaml::parse(file, text, found) }?;
    let document = read::document(&root, found)?;
    if diag::has_errors(found) {
        return None;
    }
    let length = to_rego(&document).len();
    if length > syntax::limits::MAX_SOURCE_BYTES {
        let message = format!("the document amounts to {length} bytes of Rego, more than can be compiled");
        found.push(Diagnostic::error(Code::RulesLimit, start, message).with_hint("split it into several documents"));
        return None;
    }
    Some(document)
}
