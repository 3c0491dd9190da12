//! What v1 asks of a rule beyond its grammar.

use super::ast::*;
use super::token::is_v1_keyword;
use crate::diag::{Code, Diagnostic};

/// Appends an error for each breach of v1's rules about keywords, bodies and values.
pub(super) fn check_v1(rule: &Rule, errors: &mut Vec<Diagnostic>) {
    let head = &rule.head;
    let is_function = head.args.as_ref().is_some_and(|args| !args.is_empty());
    let what = if is_function { "function" } else { "rule" };
    let mut error = |span, message: String| errors.push(Diagnostic::error(Code::Parse, span, message));
    let name = head.reference.head_name().filter(|name| head.reference.path.is_empty() && is_v1_keyword(name));
    let keyword_name = |name: &str| format!("{name} keyword cannot be used for rule name");
    let missing_if = format!("`if` keyword is required before {what} body");
    if let Some(name) = name {
        error(rule.span, keyword_name(name));
    }
    let says_nothing = rule.body.is_empty() && !rule.default && head.value.is_none() && head.kind == HeadKind::Value;
    if says_nothing {
        error(rule.span, format!("{what} must have value assignment and/or body declaration"));
    }
    if !rule.body.is_empty() && !head.has_if {
        error(rule.span, missing_if.clone());
    }
    if head.kind == HeadKind::Set && !head.has_contains {
        error(rule.span, "`contains` keyword is required for partial set rules".to_owned());
    }
    for part in &rule.elses {
        if let Some(name) = name {
            error(part.span, keyword_name(name));
        }
        if !part.body.is_empty() && !part.has_if {
            error(part.span, missing_if.clone());
        }
    }
}
