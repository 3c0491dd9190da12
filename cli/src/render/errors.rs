//! Errors of `eval`, in OPA's two forms: JSON on standard output, or lines on standard error.

use writ_compiler::diag::{self, Details, Diagnostic};
use writ_compiler::{Expression, Output};
use writ_runtime::EvalError;
use writ_value::json;

use super::json::indent;

/// An error, ready to print.
#[derive(Debug)]
pub(crate) struct Shown {
    /// As a compact JSON object.
    json: String,
    /// As lines.
    text: String,
}

/// Errors without code or place.
pub(crate) fn plain(messages: &[String]) -> Vec<Shown> {
    let one = |message: &String| {
        let mut json = String::from("{\"message\":");
        json::write_string(message.as_bytes(), &mut json);
        json.push('}');
        Shown { json, text: message.clone() }
    };
    messages.iter().map(one).collect()
}

/// The errors (not the warnings) of a compilation.
pub(crate) fn compile(output: &Output) -> Vec<Shown> {
    let errors = output.diagnostics.iter().filter(|d| d.is_error());
    errors.map(|d| Shown { json: diag::json::to_json(&output.sources, d), text: line(output, d) }).collect()
}

/// An error of the evaluation. One in the query is named by the expression's text, as OPA does, where the place is that of one of `expressions`.
pub(crate) fn evaluation(error: &EvalError, expressions: &[Expression]) -> Shown {
    let EvalError::Policy(policy) = error else {
        return Shown { json: object(&error.to_string(), code(error), None), text: error.to_string() };
    };
    let place = policy.location.as_ref();
    let prefix = match place {
        Some(l) if l.file.is_empty() => match expressions.iter().find(|e| (e.row, e.col) == (l.row, l.col)) {
            Some(expression) => format!("{}: ", expression.text),
            None => format!("{}:{}: ", l.row, l.col),
        },
        Some(l) => format!("{}:{}: ", l.file, l.row),
        None => String::new(),
    };
    let location = place.map(|l| (l.file.as_str(), l.row, l.col));
    Shown {
        json: object(&policy.message, &policy.code, location),
        text: format!("{prefix}{}: {}", policy.code, policy.message),
    }
}

/// A code for errors that the policy did not raise.
fn code(error: &EvalError) -> &str {
    match error {
        EvalError::Policy(e) => &e.code,
        EvalError::Input(_) => "writ_input_error",
        EvalError::Limit(_) => "writ_limit_error",
        EvalError::Builtin(_) => "writ_host_error",
        EvalError::Artifact(_) => "writ_artifact_error",
        EvalError::Internal(_) => "eval_internal_error",
    }
}

fn object(message: &str, code: &str, location: Option<(&str, u32, u32)>) -> String {
    let mut out = String::from("{\"message\":");
    json::write_string(message.as_bytes(), &mut out);
    out.push_str(",\"code\":");
    json::write_string(code.as_bytes(), &mut out);
    if let Some((file, row, col)) = location {
        out.push_str(",\"location\":{\"file\":");
        json::write_string(file.as_bytes(), &mut out);
        out.push_str(&format!(",\"row\":{row},\"col\":{col}}}"));
    }
    out.push('}');
    out
}

/// `{"errors": […]}` on several lines.
pub(crate) fn as_json(errors: &[Shown]) -> String {
    indent(&compact(errors))
}

/// The same with all keys sorted, which is OPA's order in the format `discard`.
pub(crate) fn as_sorted_json(errors: &[Shown]) -> String {
    let compact = compact(errors);
    json::parse(compact.as_bytes()).map_or_else(|_| indent(&compact), |value| indent(&json::to_string(&value)))
}

fn compact(errors: &[Shown]) -> String {
    let all: Vec<&str> = errors.iter().map(|e| e.json.as_str()).collect();
    format!("{{\"errors\":[{}]}}", all.join(","))
}

/// `1 error occurred: …`
pub(crate) fn as_text(errors: &[Shown]) -> String {
    let lines: Vec<&str> = errors.iter().map(|e| e.text.as_str()).collect();
    match lines.as_slice() {
        [one] => format!("1 error occurred: {one}\n"),
        all => format!("{} errors occurred:\n{}\n", all.len(), all.join("\n")),
    }
}

/// `file:row: code: message` and the details below it.
fn line(output: &Output, diagnostic: &Diagnostic) -> String {
    let mut out = String::new();
    if let Some(span) = diagnostic.span {
        let position = output.sources.position(span);
        match output.sources.name(span) {
            "" => out.push_str(&format!("{}:{}: ", position.row, position.col)),
            name => out.push_str(&format!("{name}:{}: ", position.row)),
        }
    }
    out.push_str(&format!("{}: {}", diagnostic.code, diagnostic.full_message()));
    for detail in details(output, diagnostic) {
        out.push_str("\n\t");
        out.push_str(&detail);
    }
    out
}

fn details(output: &Output, diagnostic: &Diagnostic) -> Vec<String> {
    match &diagnostic.details {
        None => Vec::new(),
        Some(Details::Lines(lines) | Details::Json { lines, .. }) => lines.clone(),
        // The line and the place in it come from the same text as the JSON form, so that both forms agree.
        Some(_) => source_detail(&diag::json::to_json(&output.sources, diagnostic)).unwrap_or_default(),
    }
}

/// The source line without its leading tabs, and a mark below the place.
fn source_detail(json: &str) -> Option<Vec<String>> {
    let value = writ_value::json::parse(json.as_bytes()).ok()?;
    let details = value.get("details")?;
    let (line, index) = (details.get("line")?.as_str()?, details.get("idx")?.as_number()?.to_i64()?);
    let shown = line.trim_start_matches('\t');
    let tabs = (line.len() - shown.len()) as i64;
    let indent = usize::try_from(index - tabs).unwrap_or(0);
    Some(vec![shown.to_owned(), format!("{}^", " ".repeat(indent))])
}
