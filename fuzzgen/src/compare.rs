//! Whether two answers to one program are the same, and if not, in what way.

use std::collections::BTreeSet;

use writ_value::{Value, json};

use crate::evaluator::{Answer, Evaluator, Failure, Outcome};
use crate::program::Program;

/// A way in which answers differ. Shrinking keeps it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Only the first compiles it.
    OnlySecondRejects,
    /// Only the second compiles it.
    OnlyFirstRejects,
    /// Both reject it, with different errors.
    Errors,
    /// A document has different values.
    Values,
    /// A document has a value for one only.
    Definedness,
    /// A document is an error for one, or another error.
    EvaluationErrors,
    /// The second broke.
    Failure,
}

/// A difference.
#[derive(Debug, Clone, PartialEq)]
pub struct Difference {
    /// In what way.
    pub kind: Kind,
    /// The document, if it is about one.
    pub document: Option<String>,
    /// What each evaluator says, for a person.
    pub text: String,
    /// What the first evaluator gives for the document.
    pub expected: Option<Outcome>,
}

/// Asks both. `None` if they agree.
///
/// # Errors
/// The first evaluator failed, so that there is nothing to compare with.
pub fn compare(
    first: &mut dyn Evaluator,
    second: &mut dyn Evaluator,
    program: &Program,
) -> Result<Option<Difference>, Failure> {
    let expected = first.evaluate(program)?;
    let found = match second.evaluate(program) {
        Ok(found) => found,
        Err(failure) => {
            let text = format!("{}: {failure}", second.name());
            return Ok(Some(Difference { kind: Kind::Failure, document: None, text, expected: None }));
        }
    };
    Ok(difference((first.name(), &expected), (second.name(), &found), &program.documents()))
}

fn difference(first: (&str, &Answer), second: (&str, &Answer), documents: &[String]) -> Option<Difference> {
    let about_all = |kind: Kind| {
        let text = format!("{}: {}\n{}: {}", first.0, show(first.1), second.0, show(second.1));
        Some(Difference { kind, document: None, text, expected: None })
    };
    let (first_outcomes, second_outcomes) = match (first.1, second.1) {
        (Answer::Rejected(a), Answer::Rejected(b)) => {
            // The place is left out: OPA gives that of the last use for references to one rule.
            let texts = |all: &[crate::evaluator::Rejection]| -> BTreeSet<(String, String)> {
                all.iter().map(|r| (r.code.clone(), plain(&r.message))).collect()
            };
            return if texts(a) == texts(b) { None } else { about_all(Kind::Errors) };
        }
        (Answer::Rejected(_), Answer::Evaluated(_)) => return about_all(Kind::OnlyFirstRejects),
        (Answer::Evaluated(_), Answer::Rejected(_)) => return about_all(Kind::OnlySecondRejects),
        (Answer::Evaluated(a), Answer::Evaluated(b)) => (a, b),
    };
    for ((a, b), document) in first_outcomes.iter().zip(second_outcomes).zip(documents) {
        let kind = match (a, b) {
            (Outcome::Value(x), Outcome::Value(y)) if text(x) == text(y) => continue,
            (a, b) if a == b && !matches!(a, Outcome::Value(_)) => continue,
            (Outcome::Value(_), Outcome::Value(_)) => Kind::Values,
            (Outcome::Error(_), _) | (_, Outcome::Error(_)) => Kind::EvaluationErrors,
            _ => Kind::Definedness,
        };
        let text = format!("{document}\n{}: {a}\n{}: {b}", first.0, second.0);
        return Some(Difference { kind, document: Some(document.clone()), text, expected: Some(a.clone()) });
    }
    None
}

/// A value as JSON, with one form for strings that are not UTF-8.
fn text(value: &Value) -> String {
    let text = json::to_string(value);
    json::parse(text.as_bytes()).map_or(text, |value| json::to_string(&value))
}

/// Messages may hold names that a compiler made up, and comprehensions as it rewrote them.
fn plain(message: &str) -> String {
    let mut out = String::new();
    let mut rest = message.split(" | ").next().unwrap_or("");
    while let Some(at) = rest.find("__local") {
        out.push_str(&rest[..at]);
        let after = rest[at + 7..].find("__").map_or(rest.len(), |end| at + 7 + end + 2);
        out.push('_');
        rest = &rest[after..];
    }
    out + rest
}

fn show(answer: &Answer) -> String {
    match answer {
        Answer::Evaluated(_) => "compiles".to_owned(),
        Answer::Rejected(errors) => {
            let mut lines: Vec<String> =
                errors.iter().map(|e| format!("{}:{} {}: {}", e.row, e.col, e.code, e.message)).collect();
            lines.sort();
            lines.join("\n  ")
        }
    }
}
