//! Paths and places as OPA writes them in messages.

use writ_value::Value;

use crate::source::{SourceMap, Span};
use crate::syntax::ast;

/// Words that stand in brackets when they are part of a path.
const KEYWORDS: [&str; 14] = [
    "as", "contains", "data", "default", "else", "every", "false", "if", "import", "in", "input", "not", "null",
    "package",
];
const MORE_KEYWORDS: [&str; 3] = ["some", "true", "with"];

/// True for text that may follow a dot.
fn is_plain(text: &str) -> bool {
    let mut chars = text.chars();
    chars.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
        && chars.all(|c| c.is_ascii_alphanumeric() || c == '_')
        && !KEYWORDS.contains(&text)
        && !MORE_KEYWORDS.contains(&text)
}

/// Appends one step of a path.
pub(crate) fn push_step(out: &mut String, step: &Value) {
    match step.as_str() {
        Some(s) if is_plain(s) => {
            out.push('.');
            out.push_str(s);
        }
        _ => out.push_str(&format!("[{step}]")),
    }
}

/// `data.a["b c"][1]` for `["a", "b c", 1]`.
pub(crate) fn data_path<'v>(path: impl IntoIterator<Item = &'v Value>) -> String {
    let mut out = String::from("data");
    path.into_iter().for_each(|step| push_step(&mut out, step));
    out
}

/// A path without `data`: the first step stands bare.
pub(crate) fn relative_path(path: &[Value]) -> String {
    let mut out = String::new();
    for (i, step) in path.iter().enumerate() {
        match step.as_str() {
            Some(s) if i == 0 => out.push_str(s),
            _ => push_step(&mut out, step),
        }
    }
    out
}

/// `import data.a as b`.
pub(super) fn import(import: &ast::Import) -> String {
    let mut out = format!("import {}", names(&import.path));
    if let Some(alias) = &import.alias {
        out.push_str(&format!(" as {}", alias.text));
    }
    out
}

/// A path of names; the first stands bare.
pub(super) fn names(path: &[ast::Name]) -> String {
    relative_path(&path.iter().map(|n| Value::from(&*n.text)).collect::<Vec<_>>())
}

/// A callee, or any reference whose steps are constants or variables.
pub(super) fn reference(r: &ast::Ref) -> String {
    let mut out = match &r.head.kind {
        ast::TermKind::Var(v) => v.name.to_string(),
        _ => String::from("_"),
    };
    for arg in &r.path {
        match &arg.term.kind {
            ast::TermKind::String(s) => push_step(&mut out, &Value::from(&*s.value)),
            ast::TermKind::Var(v) => out.push_str(&format!("[{}]", if v.wildcard { "_" } else { &v.name })),
            ast::TermKind::Number(n) => out.push_str(&format!("[{n}]")),
            ast::TermKind::Bool(b) => out.push_str(&format!("[{b}]")),
            _ => out.push_str("[_]"),
        }
    }
    out
}

/// `file:row`, or `row:col` for a text without name.
pub(super) fn place(sources: &SourceMap, span: Span) -> String {
    let position = sources.position(span);
    match sources.name(span) {
        "" => format!("{}:{}", position.row, position.col),
        name => format!("{name}:{}", position.row),
    }
}
