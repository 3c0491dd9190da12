//! Results of `eval` in each format.

use writ_value::{Value, json};

use super::json::indent;
use super::table;

/// How `eval` prints.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Format {
    /// The whole result
    Json,
    /// An array of the expressions' values per solution
    Values,
    /// An object of the variables per solution
    Bindings,
    /// For people: the value, or a table of the variables
    Pretty,
    /// Results of partial evaluation (which this command does not do)
    Source,
    /// For scripts: values on lines, strings without quotes
    Raw,
    /// Errors only
    Discard,
}

/// A solution of the query.
#[derive(Debug, Clone)]
pub(crate) struct Solution {
    pub(crate) expressions: Vec<Expression>,
    /// By name.
    pub(crate) bindings: Vec<(String, Value)>,
}

/// An expression of the query with its value.
#[derive(Debug, Clone)]
pub(crate) struct Expression {
    pub(crate) value: Value,
    pub(crate) text: String,
    pub(crate) row: u32,
    pub(crate) col: u32,
}

/// Standard output for these solutions; none is an undefined result.
pub(crate) fn render(solutions: &[Solution], format: Format) -> String {
    match format {
        Format::Json if solutions.is_empty() => "{}\n".to_owned(),
        Format::Json => indent(&report(solutions)),
        Format::Values => solutions.iter().map(|s| indent(&values(s))).collect(),
        Format::Bindings => solutions.iter().map(|s| indent(&bindings(s))).collect(),
        Format::Pretty => pretty(solutions),
        Format::Raw => solutions.iter().map(raw).collect(),
        Format::Discard if solutions.is_empty() => "{}\n".to_owned(),
        Format::Discard => indent("{\"result\":\"discarded\"}"),
        Format::Source => String::new(),
    }
}

fn report(solutions: &[Solution]) -> String {
    let mut out = String::from("{\"result\":[");
    for (i, solution) in solutions.iter().enumerate() {
        out.push_str(if i == 0 { "{\"expressions\":[" } else { ",{\"expressions\":[" });
        for (i, e) in solution.expressions.iter().enumerate() {
            out.push_str(if i == 0 { "{\"value\":" } else { ",{\"value\":" });
            json::write(&e.value, &mut out);
            out.push_str(",\"text\":");
            json::write_string(e.text.as_bytes(), &mut out);
            out.push_str(&format!(",\"location\":{{\"row\":{},\"col\":{}}}}}", e.row, e.col));
        }
        out.push(']');
        if !solution.bindings.is_empty() {
            out.push_str(",\"bindings\":");
            out.push_str(&bindings(solution));
        }
        out.push('}');
    }
    out.push_str("]}");
    out
}

fn values(solution: &Solution) -> String {
    json::to_string(&solution.expressions.iter().map(|e| e.value.clone()).collect())
}

fn bindings(solution: &Solution) -> String {
    json::to_string(&Value::object(solution.bindings.iter().map(|(name, value)| (name.as_str(), value.clone()))))
}

fn raw(solution: &Solution) -> String {
    let one = |value: &Value| match value {
        Value::String(s) => s.to_str_lossy().into_owned(),
        other => json::to_string(other),
    };
    let values: Vec<String> = solution.expressions.iter().map(|e| one(&e.value)).collect();
    if values.is_empty() { String::new() } else { values.join(" ") + "\n" }
}

fn pretty(solutions: &[Solution]) -> String {
    let Some(first) = solutions.first() else { return "undefined\n".to_owned() };
    if let ([only], true) = (solutions, first.bindings.is_empty()) {
        let all_boolean = only.expressions.iter().all(|e| e.value.as_bool().is_some());
        if let (Some(e), true) = (only.expressions.first(), only.expressions.len() == 1 || all_boolean) {
            return indent(&json::to_string(&e.value));
        }
    }
    // Expressions come first, since OPA sorts columns by the variable's name, which they have none of.
    let shown: Vec<usize> = (0..first.expressions.len())
        .filter(|&i| first.bindings.is_empty() || first.expressions[i].value.as_bool().is_none())
        .collect();
    let header = shown.iter().map(|&i| first.expressions[i].text.clone());
    let header: Vec<String> = header.chain(first.bindings.iter().map(|(name, _)| name.clone())).collect();
    let row = |solution: &Solution| {
        let expressions = shown.iter().filter_map(|&i| solution.expressions.get(i)).map(|e| json::to_string(&e.value));
        expressions.chain(solution.bindings.iter().map(|(_, value)| json::to_string(value))).collect()
    };
    table::draw(&header, &solutions.iter().map(row).collect::<Vec<_>>())
}
