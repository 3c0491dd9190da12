//! Terms: references, constants, conversions, and names for paths.

use indexmap::IndexSet;
use writ_value::{Number, Value};

use super::super::document::{Operand, Test};
use super::super::path::{Path, Step};
use super::super::unit::Conversion;
use crate::resolve::text::push_step;

/// Names of the rules that say whether a path is there.
#[derive(Debug, Default)]
pub(super) struct Names {
    paths: IndexSet<String>,
}

impl Names {
    /// The rule that holds if the path is there.
    pub(super) fn has(&mut self, path: &Path) -> String {
        format!("has_{}", self.paths.insert_full(reference(path)).0)
    }

    /// All of them, with the references.
    pub(super) fn paths(&self) -> Vec<(String, String)> {
        self.paths.iter().enumerate().map(|(n, reference)| (format!("has_{n}"), reference.clone())).collect()
    }
}

/// `input.action.speed`
pub(super) fn reference(path: &Path) -> String {
    let mut out = String::from("input");
    for step in path.steps() {
        match step {
            Step::Index(index) => push_step(&mut out, &Value::from(i64::from(*index))),
            Step::Key(key) if key.chars().all(writ_value::utf8::is_printable) => {
                push_step(&mut out, &Value::from(key.as_str()));
            }
            // A message's notation has escapes that Rego lacks.
            Step::Key(key) => out.push_str(&format!("[{}]", text(key))),
        }
    }
    out
}

/// A string constant.
pub(super) fn text(s: &str) -> String {
    let mut out = String::new();
    push_text(s, &mut out);
    out
}

/// A constant. Recursion is bounded by [`super::super::limits::MAX_DEPTH`].
pub(super) fn constant(value: &Value) -> String {
    let mut out = String::new();
    push(value, &mut out);
    out
}

fn push(value: &Value, out: &mut String) {
    match value {
        Value::String(s) => push_text(&String::from_utf8_lossy(s.as_bytes()), out),
        Value::Array(items) => {
            out.push('[');
            push_all(items.iter(), out);
            out.push(']');
        }
        Value::Set(items) => {
            out.push('{');
            push_all(items.iter(), out);
            out.push('}');
        }
        Value::Object(entries) => {
            out.push('{');
            for (n, (key, value)) in entries.iter().enumerate() {
                out.push_str(if n == 0 { "" } else { ", " });
                push(key, out);
                out.push_str(": ");
                push(value, out);
            }
            out.push('}');
        }
        other => out.push_str(&other.to_string()),
    }
}

fn push_all<'v>(values: impl Iterator<Item = &'v Value>, out: &mut String) {
    for (n, value) in values.enumerate() {
        out.push_str(if n == 0 { "" } else { ", " });
        push(value, out);
    }
}

/// Rego's escapes are JSON's; what is not printable is escaped, so that the text shows what it says.
fn push_text(s: &str, out: &mut String) {
    out.push('"');
    for c in s.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            c if writ_value::utf8::is_printable(c) => out.push(c),
            c => c.encode_utf16(&mut [0; 2]).iter().for_each(|unit| out.push_str(&format!("\\u{unit:04x}"))),
        }
    }
    out.push('"');
}

/// The value to compare with, in the parameter's unit.
pub(super) fn operand(operand: &Operand) -> String {
    match operand {
        Operand::Constant(value) => constant(value),
        Operand::Path(path, None) => reference(path),
        Operand::Path(path, Some(conversion)) => converted(&reference(path), conversion),
    }
}

fn converted(term: &str, conversion: &Conversion) -> String {
    let (zero, one) = (Number::from(0i64), Number::from(1i64));
    let mut out = term.to_owned();
    let mut step = |operator: &str, number: &Number, neutral: &Number| {
        if number != neutral {
            out = format!("({out} {operator} {number})");
        }
    };
    step("+", &conversion.before, &zero);
    step("*", &conversion.times, &one);
    step("/", &conversion.over, &one);
    step("+", &conversion.after, &zero);
    out
}

/// The value wanted, if it is known only from the input.
pub(super) fn wanted(test: &Test) -> Option<String> {
    use super::super::document::Expected;
    match &test.expected {
        Expected::ListAt(path) => Some(reference(path)),
        Expected::One(one) if one.path().is_some() => Some(operand(one)),
        Expected::Range(low, high) if low.path().or(high.path()).is_some() => {
            Some(format!("[{}, {}]", operand(low), operand(high)))
        }
        _ => None,
    }
}
