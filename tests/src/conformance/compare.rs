//! Decides whether an outcome is what a case wants.

use writ_runtime::{EvalError, Outcome, PolicyError, Row};
use writ_value::{Value, json};

use super::case::{Case, WantError};
use crate::evaluate::Failure;

/// `Err` holds what was wanted and what came, for people.
pub fn compare(case: &Case, got: &Result<Outcome, Failure>) -> Result<(), String> {
    let matches = match got {
        Ok(Outcome::Query(rows)) => case.want.result.as_ref().is_some_and(|want| rows_match(case, want, rows)),
        Ok(Outcome::Document(_)) => false,
        Err(failure) => case.want.error.as_ref().is_some_and(|want| failure_matches(want, failure)),
    };
    if matches {
        return Ok(());
    }
    let mut wanted = Vec::new();
    if let Some(rows) = &case.want.result {
        wanted.push(show(&Value::from(rows.clone())));
    }
    if let Some(error) = &case.want.error {
        wanted.push(format!("error {}: {}", error.code, error.text));
    }
    let got = match got {
        Ok(Outcome::Query(rows)) => show(&rows.iter().map(bindings).collect::<Value>()),
        Ok(Outcome::Document(value)) => format!("the document {value:?}"),
        Err(failure) => failure.to_string(),
    };
    Err(format!("want {}\n    got  {got}", wanted.join(" or ")))
}

fn rows_match(case: &Case, want: &[Value], rows: &[Row]) -> bool {
    let shown = |row: &Row| {
        let kept = row.bindings.iter().filter(|(name, _)| !(case.ignore_generated_vars && is_generated(name)));
        Value::object(kept.map(|(name, value)| (name.as_str(), value.clone())))
    };
    let got = Value::set(rows.iter().map(|row| normal(&shown(row), case)));
    got == Value::set(want.iter().map(|row| normal(row, case)))
}

fn failure_matches(want: &WantError, failure: &Failure) -> bool {
    match failure {
        Failure::Eval(EvalError::Policy(error)) => {
            (want.code.is_empty() || want.code == error.code) && opa_text(error).contains(want.text.as_str())
        }
        Failure::Compile(found) => found.iter().any(|d| {
            (want.code.is_empty() || want.code == d.code.as_str())
                && format!("{}: {}", d.code, d.full_message()).contains(want.text.as_str())
        }),
        Failure::Eval(_) => false,
    }
}

/// The error as OPA's evaluator prints it: file and row, no column.
fn opa_text(error: &PolicyError) -> String {
    let place = error.location.as_ref().map(|at| format!("{}:{}: ", at.file, at.row)).unwrap_or_default();
    format!("{place}{}: {}", error.code, error.message)
}

fn bindings(row: &Row) -> Value {
    Value::object(row.bindings.iter().map(|(name, value)| (name.as_str(), value.clone())))
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
