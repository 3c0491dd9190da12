//! What a type error says: its message, the lines below it, and the same as JSON.

use std::fmt::Write;

use writ_value::{Value, json};

use super::elide;
use super::text::{Printer, constant};
use super::view::View;
use crate::diag::{Code, Details, Diagnostic};
use crate::source::Span;
use crate::types::{Function, Parameter, Type};

/// Most keys that a message lists.
const MAX_KEYS: usize = 100;

/// Why a reference cannot select anything.
#[derive(Debug)]
pub(super) struct RefProblem {
    /// The step that fails.
    at: usize,
    kind: RefProblemKind,
}

#[derive(Debug)]
enum RefProblemKind {
    /// What stands in front of the step has nothing below it.
    NoReference { have: Type },
    /// The step is no key of what stands in front of it.
    BadKey { have: Option<Type>, want: Option<Type>, one_of: Vec<Value> },
}

impl RefProblem {
    pub(super) fn no_reference(at: usize, have: Type) -> RefProblem {
        RefProblem { at, kind: RefProblemKind::NoReference { have } }
    }

    pub(super) fn bad_key(at: usize, have: Option<Type>, want: Option<Type>, one_of: Vec<Value>) -> RefProblem {
        RefProblem { at, kind: RefProblemKind::BadKey { have, want, one_of } }
    }

    pub(super) fn diagnostic(self, printer: Printer<'_>, view: &View<'_>) -> Diagnostic {
        let text = printer.reference(view, view.steps.len());
        // OPA counts `data` as the first element of a reference.
        let mut json = format!("{{\"ref\":{},\"pos\":", printer.reference_json(view));
        let (message, lines) = match self.kind {
            RefProblemKind::NoReference { have } => {
                let message = match have {
                    Type::Function(_) => format!("function {text} used as reference, not called"),
                    _ => format!("undefined ref: {text}"),
                };
                let _ = write!(json, "{},\"have\":{}}}", self.at, have.to_json());
                let width = printer.reference(view, self.at).chars().count();
                (message, vec![text, "^".repeat(width), format!("have: {have}")])
            }
            RefProblemKind::BadKey { have, want, one_of } => {
                let pad = " ".repeat(printer.reference(view, self.at).chars().count() + 1);
                let _ = write!(json, "{}", self.at + 1);
                let have_line = match &have {
                    Some(have) => {
                        let _ = write!(json, ",\"have\":{}", have.to_json());
                        format!("{pad}have (type): {have}")
                    }
                    None => {
                        let mut key = String::new();
                        if let Some(step) = view.steps.get(self.at) {
                            printer.step(*step, &mut key);
                        }
                        format!("{pad}have: {key}")
                    }
                };
                let _ = write!(json, ",\"want\":{}", want.as_ref().map_or("null".into(), Type::to_json));
                let _ = write!(json, ",\"oneOf\":{}}}", keys_json(&one_of));
                let want_line = match want {
                    Some(want) if one_of.is_empty() => format!("{pad}want (type): {want}"),
                    _ => format!("{pad}want (one of): {}", keys_text(&one_of)),
                };
                (format!("undefined ref: {text}"), vec![text, format!("{pad}^"), have_line, want_line])
            }
        };
        Diagnostic::error(Code::Type, view.span, message).with_details(Details::Json { json, lines })
    }
}

fn keys_json(keys: &[Value]) -> String {
    if keys.is_empty() {
        return "null".into();
    }
    let mut out = String::from("[");
    for (i, key) in keys.iter().take(MAX_KEYS).enumerate() {
        out.push_str(if i == 0 { "" } else { "," });
        json::write(key, &mut out);
    }
    out + "]"
}

/// As Go prints a list: no commas.
fn keys_text(keys: &[Value]) -> String {
    let mut out = String::from("[");
    for (i, key) in keys.iter().take(MAX_KEYS).enumerate() {
        out.push_str(if i == 0 { "" } else { " " });
        constant(key, &mut out);
    }
    out + if keys.len() > MAX_KEYS { " …]" } else { "]" }
}

/// Arguments that do not fit a function: `f: invalid argument(s)` and the like.
pub(super) fn arguments(
    span: Span,
    function: &str,
    problem: &str,
    have: &[Type],
    want: &Function,
    with_result: bool,
) -> Diagnostic {
    let mut params: Vec<&Parameter> = want.params.iter().collect();
    if with_result && !want.is_void() {
        params.push(&want.result);
    }
    let haves: Vec<String> = have.iter().map(Type::to_json).collect();
    let mut json = format!("{{\"have\":[{}],\"want\":{{", haves.join(","));
    let args: Vec<String> = params.iter().map(|p| p.to_json()).collect();
    if !args.is_empty() {
        let _ = write!(json, "\"args\":[{}]", args.join(","));
    }
    if let Some(variadic) = &want.variadic {
        let _ = write!(json, "{}\"variadic\":{}", if args.is_empty() { "" } else { "," }, variadic.to_json());
    }
    json.push_str("}}");
    let lines = elide::arguments(have, &params, want.variadic.as_ref());
    Diagnostic::error(Code::Type, span, format!("{function}: {problem}")).with_details(Details::Json { json, lines })
}

/// Two sides that can never be equal.
pub(super) fn mismatch(span: Span, left: &Type, right: &Type) -> Diagnostic {
    let json = format!("{{\"a\":{},\"b\":{}}}", left.to_json(), right.to_json());
    let mut lines = elide::sides(left, right);
    let kind = match (left, right) {
        (Type::Object(_), Type::Object(_)) => "objects",
        (Type::Array(_), Type::Array(_)) => "arrays",
        (Type::Set(_), Type::Set(_)) => "sets",
        _ => "",
    };
    if !kind.is_empty() {
        lines.push(format!(
            "hint  : both sides are {kind} but their types differ, so they can never be equal (see {MATCH_ERROR_HELP})"
        ));
    }
    Diagnostic::error(Code::Type, span, "match error").with_details(Details::Json { json, lines })
}

/// OPA's page on this error, part of its text.
const MATCH_ERROR_HELP: &str = "https://www.openpolicyagent.org/docs/errors/rego-type-error/match-error";
