//! Rego text to syntax tree: lexer, recursive-descent parser, and printing the tree back.
//!
//!   text ─▶ lexer ─▶ parser ─▶ [`ast::Module`] + diagnostics
//!
//! Several errors are reported per file: after an error the parser goes on at the next line that begins with a letter.
//! The first error of a text has OPA's place and words. Absent on purpose: names, scopes, YAML, files.
//!
//! Checked against OPA 1.22 on the texts of its own tests and mutations of them (`tests/differential/parse`). Known
//! differences, all on purpose: `1 + 2 = x` at file level is an error and defines no function `plus`; names are ASCII
//! throughout; the literal of an unbraced `else` and the head of a chained v0 body keep their own places; in v2 `&` is no
//! name behind a dot; an error that repeats another at the same token is left out.

mod annotation;
pub mod ast;
pub mod ast_util;
pub(crate) mod constant;
mod dialect;
pub mod format;
pub mod fuzz;
mod lexer;
pub mod limits;
pub mod opa_json;
mod parser;
pub mod print;
mod token;

use crate::diag::{Code, Details, Diagnostic};
use crate::source::{FileId, Span};
pub use ast::RegoVersion;

/// How to read a text.
#[derive(Clone, Debug, Default)]
pub struct ParseOptions {
    /// Dialect.
    pub version: RegoVersion,
    /// Keywords to switch on as if `import future.keywords.<name>` stood in the text.
    pub future_keywords: Vec<String>,
    /// Refuse template strings, which capabilities may leave out.
    pub no_templates: bool,
    /// Refuse keywords as parts of references, which capabilities may leave out.
    pub no_keyword_refs: bool,
}

impl ParseOptions {
    /// A dialect without further keywords.
    pub fn new(version: RegoVersion) -> Self {
        ParseOptions { version, ..ParseOptions::default() }
    }

    /// Switches on what these imports, written without the word `import`, do for a text that cannot hold them itself, as a query.
    pub fn with_imports(mut self, imports: &[String]) -> Self {
        for import in imports {
            match import.as_str() {
                "rego.v1" => self.version = self.version.max(RegoVersion::V1),
                "future.keywords" => self.future_keywords.extend(token::FUTURE_KEYWORDS.map(str::to_owned)),
                path => self.future_keywords.extend(path.strip_prefix("future.keywords.").map(str::to_owned)),
            }
        }
        self
    }
}

/// Parses a module. Gives `None` if there is any error.
///
/// Cost: linear in the length of the text. Limits: see [`limits`].
pub fn parse_module(file: FileId, text: &str, options: &ParseOptions) -> (Option<ast::Module>, Vec<Diagnostic>) {
    match check_text(file, text) {
        Some(error) => (None, vec![error]),
        None => parser::module(file, text, options),
    }
}

/// As [`parse_module`], for bytes that may not be UTF-8. A byte order mark at the start is skipped.
pub fn parse_module_bytes(
    file: FileId,
    bytes: &[u8],
    options: &ParseOptions,
) -> (Option<ast::Module>, Vec<Diagnostic>) {
    if let Some(error) = check_size(file, bytes.len()) {
        return (None, vec![error]);
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => parse_module(file, text, options),
        Err(error) => {
            let at = error.valid_up_to() as u32;
            (None, vec![Diagnostic::error(Code::Parse, Span::new(file, at, at), "illegal utf-8 character")])
        }
    }
}

/// Parses a query: literals separated by `;` or line breaks.
pub fn parse_query(file: FileId, text: &str, options: &ParseOptions) -> (Option<ast::Body>, Vec<Diagnostic>) {
    match check_text(file, text) {
        Some(error) => (None, vec![error]),
        None => parser::query(file, text, options),
    }
}

/// Parses exactly one term, such as `{"a": [1, 2]}` or `data.a.b`.
pub fn parse_term(file: FileId, text: &str, options: &ParseOptions) -> (Option<ast::Term>, Vec<Diagnostic>) {
    let (body, errors) = parse_query(file, text, options);
    let Some(body) = body else { return (None, errors) };
    let span = body.span;
    let mut literals = body.literals.into_iter();
    match (literals.next(), literals.next()) {
        (Some(ast::Literal { kind: ast::LiteralKind::Expr(term), with, .. }), None) if with.is_empty() => {
            (Some(term), Vec::new())
        }
        _ => (None, vec![Diagnostic::error(Code::Parse, span, "expected exactly one term")]),
    }
}

/// Parses exactly one reference, such as `data.a.b` or `input`. A variable counts as a reference without path.
pub fn parse_ref(file: FileId, text: &str, options: &ParseOptions) -> (Option<ast::Ref>, Vec<Diagnostic>) {
    let (term, errors) = parse_term(file, text, options);
    let Some(term) = term else { return (None, errors) };
    let span = term.span;
    match term.kind {
        ast::TermKind::Ref(reference) => (Some(*reference), Vec::new()),
        ast::TermKind::Var(_) => (Some(ast::Ref { span, head: term, path: Vec::new() }), Vec::new()),
        _ => {
            let message = format!("expected ref but got {}", term.kind_name());
            (None, vec![Diagnostic::error(Code::Parse, span, message)])
        }
    }
}

fn check_size(file: FileId, len: usize) -> Option<Diagnostic> {
    (len > limits::MAX_SOURCE_BYTES).then(|| {
        let message = format!("text of {len} bytes is longer than {} bytes", limits::MAX_SOURCE_BYTES);
        Diagnostic::error(Code::Limit, Span::new(file, 0, 0), message)
    })
}

/// What is wrong with a text before any token of it is read.
fn check_text(file: FileId, text: &str) -> Option<Diagnostic> {
    if let Some(error) = check_size(file, text.len()) {
        return Some(error);
    }
    let error = |at: usize, len: usize, message: &str| {
        let span = Span::new(file, at as u32, (at + len) as u32);
        Some(Diagnostic::error(Code::Parse, span, message).with_details(Details::Source))
    };
    if let Some(at) = text.bytes().position(|b| b == 0) {
        return error(at, 1, "illegal null character");
    }
    match text.char_indices().find(|(at, c)| *at > 0 && *c == '\u{feff}') {
        Some((at, _)) => error(at, 3, "illegal byte-order mark"),
        None => None,
    }
}
