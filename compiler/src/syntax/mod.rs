//! Rego text to syntax tree: lexer, recursive-descent parser, and printing the tree back.
//!
//!   text ─▶ lexer ─▶ parser ─▶ [`ast::Module`] + diagnostics
//!
//! Several errors are reported per file: after an error the parser goes on at the next rule.

pub mod ast;
pub mod ast_util;
pub mod limits;

use crate::diag::Diagnostic;
use crate::source::FileId;
pub use ast::RegoVersion;

/// How to read a text.
#[derive(Clone, Debug, Default)]
pub struct ParseOptions {
    /// Dialect.
    pub version: RegoVersion,
    /// Keywords to switch on as if `import future.keywords.<name>` stood in the text.
    pub future_keywords: Vec<String>,
}

/// Parses a module. Gives `None` if there is any error.
///
/// Cost: linear in the length of the text. Limits: see [`limits`].
pub fn parse_module(_file: FileId, _text: &str, _options: &ParseOptions) -> (Option<ast::Module>, Vec<Diagnostic>) {
    (None, Vec::new())
}

/// As [`parse_module`], for bytes that may not be UTF-8.
pub fn parse_module_bytes(
    _file: FileId,
    _bytes: &[u8],
    _options: &ParseOptions,
) -> (Option<ast::Module>, Vec<Diagnostic>) {
    (None, Vec::new())
}

/// Parses a query: literals separated by `;` or line breaks.
pub fn parse_query(_file: FileId, _text: &str, _options: &ParseOptions) -> (Option<ast::Body>, Vec<Diagnostic>) {
    (None, Vec::new())
}

/// Parses exactly one term, such as `{"a": [1, 2]}` or `data.a.b`.
pub fn parse_term(_file: FileId, _text: &str, _options: &ParseOptions) -> (Option<ast::Term>, Vec<Diagnostic>) {
    (None, Vec::new())
}

/// Parses exactly one reference, such as `data.a.b` or `input`.
pub fn parse_ref(_file: FileId, _text: &str, _options: &ParseOptions) -> (Option<ast::Ref>, Vec<Diagnostic>) {
    (None, Vec::new())
}
