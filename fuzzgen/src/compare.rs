//! Whether two answers to one program are the same, and if not, in what way.

use std::collections::BTreeSet;

use writ_value::{Value, json};

use crate::evaluator::{Answer, Evaluator, Failure, Outcome, Rejection};
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
    /// Both reject it, for the same reason first; later errors, which may follow from it, differ.
    FollowingErrors,
    /// A document has different values.
    Values,
    /// A document has a value for one only.
    Definedness,
    /// A document is an error for one, or another error.
    EvaluationErrors,
    /// The second meets a conflict here that the first meets in another document: it computes more of a rule than is asked for.
    WiderError,
    /// The second broke.
    Failure,
}

/// A difference.
#[derive(Debug, Clone, PartialEq)]
pub struct Difference {
    /// In what way.
    pub kind: Kind,
    /// The document or query, if it is about one.
    pub asked: Option<Asked>,
    /// What each evaluator says, for a person.
    pub text: String,
    /// What the first evaluator gives for it.
    pub expected: Option<Outcome>,
}

/// What a program is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asked {
    /// The document at this path below `data`.
    Document(String),
    /// The query with this number.
    Query(usize),
}

/// Asks both. `None` if they agree: the second gives one of the answers that the first may give.
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
            return Ok(Some(Difference { kind: Kind::Failure, asked: None, text, expected: None }));
        }
    };
    let documents = program.documents().into_iter().map(Asked::Document);
    let asked: Vec<Asked> = documents.chain((0..program.queries.len()).map(Asked::Query)).collect();
    Ok(difference((first.name(), &expected), (second.name(), &found), &asked))
}

fn difference(first: (&str, &Answer), second: (&str, &Answer), asked: &[Asked]) -> Option<Difference> {
    let about_all = |kind: Kind| {
        let text = format!("{}: {}\n{}: {}", first.0, show(first.1), second.0, show(second.1));
        Some(Difference { kind, asked: None, text, expected: None })
    };
    let (first_outcomes, second_outcomes) = match (first.1, second.1) {
        (Answer::Rejected(a), Answer::Rejected(b)) => {
            return match same_errors(a, b) {
                Sameness::Same => None,
                Sameness::First => about_all(Kind::FollowingErrors),
                Sameness::No => about_all(Kind::Errors),
            };
        }
        // Nothing but what OPA is known to report in vain.
        (Answer::Rejected(a), Answer::Evaluated(_)) if a.iter().all(is_false_alarm) => return None,
        (Answer::Rejected(_), Answer::Evaluated(_)) => return about_all(Kind::OnlyFirstRejects),
        (Answer::Evaluated(_), Answer::Rejected(_)) => return about_all(Kind::OnlySecondRejects),
        (Answer::Evaluated(a), Answer::Evaluated(b)) => (a, b),
    };
    for ((all, found), asked) in first_outcomes.iter().zip(second_outcomes).zip(asked) {
        let (Some(a), Some(b)) = (all.first(), found.first()) else { continue };
        if all.iter().any(|a| same(a, b)) {
            continue;
        }
        let kind = match (a, b) {
            (_, b) if is_conflict(b) && first_outcomes.iter().flatten().any(is_conflict) => Kind::WiderError,
            (Outcome::Value(_), Outcome::Value(_)) => Kind::Values,
            (Outcome::Error(_), _) | (_, Outcome::Error(_)) => Kind::EvaluationErrors,
            _ => Kind::Definedness,
        };
        let text = format!("{asked:?}\n{}: {a}\n{}: {b}", first.0, second.0);
        return Some(Difference { kind, asked: Some(asked.clone()), text, expected: Some(a.clone()) });
    }
    None
}

/// How much two lists of errors have in common.
enum Sameness {
    /// Everything.
    Same,
    /// The first error of each, in the order of the text, is among the other's.
    First,
    /// Less.
    No,
}

/// Places are left out: OPA gives that of the last use for references to one rule. OPA's parser stops at the first statement with errors,
/// so that the second may have found more.
fn same_errors(first: &[Rejection], second: &[Rejection]) -> Sameness {
    let text = |r: &Rejection| (r.code.clone(), plain(&r.message));
    let texts = |all: &[Rejection]| -> BTreeSet<(String, String)> { all.iter().map(text).collect() };
    let (a, b) = (texts(first), texts(second));
    let parse = |all: &BTreeSet<(String, String)>| all.iter().any(|(code, _)| code == "rego_parse_error");
    if a == b || (parse(&a) && a.is_subset(&b)) {
        return Sameness::Same;
    }
    let earliest =
        |all: &[Rejection]| all.iter().filter(|r| !is_false_alarm(r)).min_by_key(|r| (r.row, r.col)).map(text);
    let among =
        |found: Option<(String, String)>, all: &BTreeSet<(String, String)>| found.is_none_or(|e| all.contains(&e));
    if among(earliest(first), &b) && among(earliest(second), &a) { Sameness::First } else { Sameness::No }
}

/// OPA takes `some x in {v: 1 | …}` and `some x in {v}` for mistakes where it does not know the type of `v`: a parameter, or a variable of a
/// comprehension around it.
fn is_false_alarm(r: &Rejection) -> bool {
    let reference = r.message.strip_prefix("undefined ref: ").unwrap_or("");
    let composite = reference.starts_with(['{', '[']);
    composite && (reference.contains(" | ") || names_variable(reference))
}

/// True if a name stands in what a reference goes into, outside of strings.
fn names_variable(reference: &str) -> bool {
    let base = reference.rsplit_once('[').map_or("", |(base, _)| base);
    let outside: String = base.split('"').step_by(2).collect::<Vec<_>>().join(" ");
    let mut words = outside.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|w| !w.is_empty());
    words.any(|w| w.starts_with(|c: char| c.is_alphabetic() || c == '_') && !matches!(w, "true" | "false" | "null"))
}

fn is_conflict(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Error(code) if code == "eval_conflict_error")
}

impl Kind {
    /// True for a difference that `docs/differential.md` explains as such.
    pub fn is_explained(&self) -> bool {
        matches!(self, Kind::FollowingErrors | Kind::WiderError)
    }
}

fn same(a: &Outcome, b: &Outcome) -> bool {
    match (a, b) {
        (Outcome::Value(x), Outcome::Value(y)) => text(x) == text(y),
        (a, b) => a == b,
    }
}

/// A value as JSON, with one form for strings that are not UTF-8.
fn text(value: &Value) -> String {
    let text = json::to_string(value);
    json::parse(text.as_bytes()).map_or(text, |value| json::to_string(&value))
}

/// Messages may hold names that a compiler made up, and comprehensions as it rewrote them.
fn plain(message: &str) -> String {
    // A reference into something computed is shown as each compiler rewrote it.
    if let Some(reference) = message.strip_prefix("undefined ref: ")
        && (reference.contains('(') || !["input", "data"].iter().any(|root| reference.starts_with(root)))
    {
        return "undefined ref".to_owned();
    }
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
