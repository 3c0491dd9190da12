//! Decides whether an outcome is what a case wants.

use writ_runtime::{EvalError, Outcome};
use writ_value::{Value, json};

use super::case::{Case, Want};
use crate::evaluate::Failure;

/// `Err` holds what was wanted and what came, for people.
pub fn compare(case: &Case, got: &Result<Outcome, Failure>) -> Result<(), String> {
    match (&case.want, got) {
        (Want::Result(want), Ok(Outcome::Query(rows))) => {
            let got = rows.iter().map(|row| {
                let shown = row.bindings.iter().filter(|(name, _)| !(case.ignore_generated_vars && is_generated(name)));
                Value::object(shown.map(|(name, value)| (name.as_str(), value.clone())))
            });
            let got = Value::set(got.map(|row| normal(&row, case)));
            let want = Value::set(want.iter().map(|row| normal(row, case)));
            if got == want { Ok(()) } else { Err(format!("want {}\n    got  {}", show(&want), show(&got))) }
        }
        (Want::Result(want), Ok(Outcome::Document(_))) => Err(format!("want {want:?}, got a document")),
        (Want::Result(want), Err(failure)) => Err(format!("want {}\n    got  {failure}", show(&Value::from(want.clone())))),
        (Want::Error { code, text }, Err(failure)) => {
            let matches = match failure {
                Failure::Eval(EvalError::Policy(error)) => {
                    (code.is_empty() || *code == error.code) && error.to_string().contains(text.as_str())
                }
                Failure::Compile(found) => found.iter().any(|d| {
                    (code.is_empty() || code == d.code.as_str())
                        && format!("{}: {}", d.code, d.full_message()).contains(text.as_str())
                }),
                Failure::Eval(_) => false,
            };
            if matches { Ok(()) } else { Err(format!("want error {code}: {text}\n    got  {failure}")) }
        }
        (Want::Error { code, text }, Ok(outcome)) => Err(format!("want error {code}: {text}\n    got  {outcome:?}")),
    }
}

/// Names that compilers make up.
fn is_generated(name: &str) -> bool {
    name.starts_with("__local") || name.starts_with('$')
}

/// As JSON shows it (sets are arrays, keys are strings), arrays sorted where the case says so.
fn normal(row: &Value, case: &Case) -> Value {
    let row = json::parse(json::to_string(row).as_bytes()).unwrap_or_default();
    if !case.sort_bindings {
        return row;
    }
    let entries = row.as_object().into_iter().flatten();
    Value::from(entries.map(|(name, value)| (name.clone(), sorted(value))).collect::<writ_value::Object>())
}

fn sorted(value: &Value) -> Value {
    match value.as_array() {
        Some(items) => {
            let mut items = items.to_vec();
            items.sort();
            Value::from(items)
        }
        None => value.clone(),
    }
}

fn show(value: &Value) -> String {
    let mut text = json::to_string(value);
    if text.len() > 600 {
        let end = (0..=600).rev().find(|&n| text.is_char_boundary(n)).unwrap_or(0);
        text.truncate(end);
        text.push('…');
    }
    text
}
