//! The text that a module gives to `opa_abort`, made into a typed error.
//!
//! Ours says `CODE: [file:row:col: ]message`; OPA's modules say `file:row:col: message` for conflicts, and free text else.

use crate::error::{EvalError, Location, PolicyError};
use writ_abi::names::abort_code;

/// Codes that our guest writes in front of its messages and that are the policy's fault.
const POLICY_CODES: [&str; 6] = [
    abort_code::CONFLICT,
    abort_code::TYPE,
    abort_code::BUILTIN,
    abort_code::WITH_MERGE,
    abort_code::POLICY,
    abort_code::PANIC,
];

/// Messages of OPA's own modules that mean a conflict of rules.
const FOREIGN_CONFLICTS: [&str; 2] = ["var assignment conflict", "object insert conflict"];

/// The error that `text` describes.
pub(crate) fn parse(text: &str) -> EvalError {
    if let Some((code, rest)) = text.split_once(": ") {
        if POLICY_CODES.contains(&code) || is_own_code(code) {
            let (location, message) = split_location(rest);
            return EvalError::Policy(PolicyError { code: code.to_owned(), message: message.to_owned(), location });
        }
        if code == abort_code::INTERNAL {
            return EvalError::internal(rest);
        }
        if code == abort_code::INPUT {
            return EvalError::input(rest);
        }
    }
    let (location, message) = split_location(text);
    if FOREIGN_CONFLICTS.iter().any(|c| message.contains(c)) {
        return EvalError::Policy(PolicyError {
            code: abort_code::CONFLICT.to_owned(),
            message: message.to_owned(),
            location,
        });
    }
    EvalError::internal(text)
}

/// A code that a policy in Rust made up: `policy_error/limit_missing`.
fn is_own_code(code: &str) -> bool {
    let own = code.strip_prefix(abort_code::POLICY).and_then(|rest| rest.strip_prefix('/'));
    own.is_some_and(|own| own.len() <= 64 && own.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-')))
}

/// Takes `file:row:col: ` (or `row:col: ` of a query) off the front. Only what stands before the first `: ` can be a place, since
/// what follows may be text that the input chose.
fn split_location(text: &str) -> (Option<Location>, &str) {
    let place = text.split_once(": ").and_then(|(place, message)| {
        let mut parts = place.rsplitn(3, ':');
        let (col, row) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
        let file = parts.next().unwrap_or_default().to_owned();
        Some((Location { file, row, col }, message))
    });
    match place {
        Some((location, message)) => (Some(location), message),
        None => (None, text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(text: &str) -> PolicyError {
        match parse(text) {
            EvalError::Policy(e) => e,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_place_is_split_off_the_message() {
        let e = policy("eval_conflict_error: a/b.rego:6:1: complete rules: two outputs");
        assert_eq!(e.code, "eval_conflict_error");
        assert_eq!(e.message, "complete rules: two outputs");
        assert_eq!(e.location, Some(Location { file: "a/b.rego".into(), row: 6, col: 1 }));
    }

    #[test]
    fn a_message_without_place_keeps_its_colons() {
        let e = policy("eval_builtin_error: to_number: strconv.ParseFloat: parsing \"x\": invalid syntax");
        assert_eq!(e.message, "to_number: strconv.ParseFloat: parsing \"x\": invalid syntax");
        assert_eq!(e.location, None);
    }

    #[test]
    fn a_query_has_no_file() {
        assert_eq!(
            policy("eval_type_error: 1:4: plus: no").location,
            Some(Location { file: String::new(), row: 1, col: 4 })
        );
    }

    #[test]
    fn foreign_conflicts_are_policy_errors() {
        assert_eq!(policy("p.rego:5:1: var assignment conflict").location.map(|l| l.row), Some(5));
    }

    #[test]
    fn policies_in_rust_have_codes_of_their_own() {
        assert_eq!(policy("policy_error/unknown_plan: there is no plan").code, "policy_error/unknown_plan");
        let e = policy("policy_panic: src/lib.rs:7:9: index out of bounds: the len is 3");
        assert_eq!((e.code.as_str(), e.message.as_str()), ("policy_panic", "index out of bounds: the len is 3"));
        assert_eq!(e.location.map(|l| l.row), Some(7));
        assert!(matches!(parse("eval_input_error: missing field `a`"), EvalError::Input(_)));
        assert!(matches!(parse("policy_error/a b: x"), EvalError::Internal(_)));
    }

    #[test]
    fn anything_else_is_a_defect() {
        assert!(matches!(parse("illegal entrypoint id"), EvalError::Internal(_)));
        assert!(matches!(parse(""), EvalError::Internal(_)));
    }
}
