//! Constants of the syntax tree as values.

use writ_value::{Number, Value};

use super::ast::{Term, TermKind};

/// The value of a number as written. The parser has checked the text; a text that is no number after all gives `None`.
pub(crate) fn number(text: &str) -> Option<Value> {
    Number::parse(text).or_else(|_| Number::parse_go(text)).ok().map(Value::Number)
}

/// The value of a scalar.
pub(crate) fn scalar(term: &Term) -> Option<Value> {
    match &term.kind {
        TermKind::Null => Some(Value::Null),
        TermKind::Bool(b) => Some(Value::Bool(*b)),
        TermKind::Number(n) => number(n),
        TermKind::String(s) => Some(Value::from(&*s.value)),
        _ => None,
    }
}
