//! Differences that are meant. Each is a line of `docs/builtins-differences.md`.

use writ_value::Value;

use crate::case::{Case, Outcome};

/// The beginning of the line in the documentation that describes this difference, if it is a known one.
#[must_use]
pub fn reason(case: &Case, theirs: &Outcome, ours: &Outcome) -> Option<&'static str> {
    if let (Outcome::Crash(_), Outcome::Error(..) | Outcome::Undefined | Outcome::Value(_)) = (theirs, ours) {
        return Some("Where OPA crashes");
    }
    if matches!(theirs, Outcome::Slow) && !matches!(ours, Outcome::Crash(_)) {
        return Some("Where OPA takes more than seconds");
    }
    let text = |i: usize| case.args.get(i).and_then(Value::as_str).unwrap_or_default();
    match case.name.as_str() {
        "strings.render_template" if text(0).contains('i') && is_error(ours, "illegal number syntax") => {
            Some("`strings.render_template`: complex constants")
        }
        _ => None,
    }
}

fn is_error(outcome: &Outcome, part: &str) -> bool {
    matches!(outcome, Outcome::Error(_, text) if text.contains(part))
}
