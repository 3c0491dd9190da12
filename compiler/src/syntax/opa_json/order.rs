//! OPA's order of terms, on their JSON form: by type, then part by part.

use std::cmp::Ordering;

use writ_value::Value;

/// Elements of a set: sorted, each once.
pub(super) fn set(mut terms: Vec<Value>) -> Vec<Value> {
    terms.sort_by(compare);
    terms.dedup_by(|b, a| compare(a, b).is_eq());
    terms
}

/// Entries of an object by their keys. A key that stands twice stays twice.
pub(super) fn object(mut entries: Vec<(Value, Value)>) -> Vec<Value> {
    entries.sort_by(|a, b| compare(&a.0, &b.0));
    entries.into_iter().map(|(k, v)| Value::from(vec![k, v])).collect()
}

fn rank(term: &Value) -> usize {
    const TYPES: &[&str] = &[
        "null",
        "boolean",
        "number",
        "string",
        "templatestring",
        "var",
        "ref",
        "array",
        "object",
        "set",
        "arraycomprehension",
        "objectcomprehension",
        "setcomprehension",
        "call",
    ];
    let kind = term.get("type").and_then(Value::as_str).unwrap_or_default();
    TYPES.iter().position(|t| *t == kind).unwrap_or(TYPES.len())
}

fn compare(a: &Value, b: &Value) -> Ordering {
    let ranks = rank(a).cmp(&rank(b));
    if ranks.is_ne() {
        return ranks;
    }
    let (Some(x), Some(y)) = (a.get("value"), b.get("value")) else { return statements(a, b) };
    match a.get("type").and_then(Value::as_str).unwrap_or_default() {
        "null" | "boolean" | "number" | "string" | "var" => x.cmp(y),
        "templatestring" => templates(x, y),
        "object" => lists(x, y, |a, b| lists(a, b, compare)),
        "arraycomprehension" | "setcomprehension" => fields(x, y, &["term"]).then_with(|| bodies(x, y, "body")),
        "objectcomprehension" => fields(x, y, &["key", "value"]).then_with(|| bodies(x, y, "body")),
        _ => lists(x, y, compare),
    }
}

fn lists(a: &Value, b: &Value, each: impl Fn(&Value, &Value) -> Ordering) -> Ordering {
    let (a, b) = (a.as_array().unwrap_or_default(), b.as_array().unwrap_or_default());
    let parts = a.iter().zip(b).map(|(a, b)| each(a, b)).find(|o| o.is_ne());
    parts.unwrap_or_else(|| a.len().cmp(&b.len()))
}

/// Terms that are fields; a missing one comes first.
fn fields(a: &Value, b: &Value, names: &[&str]) -> Ordering {
    let field = |name: &str| match (a.get(name), b.get(name)) {
        (Some(a), Some(b)) => compare(a, b),
        (a, b) => a.is_some().cmp(&b.is_some()),
    };
    names.iter().map(|n| field(n)).find(|o| o.is_ne()).unwrap_or(Ordering::Equal)
}

fn bodies(a: &Value, b: &Value, name: &str) -> Ordering {
    match (a.get(name), b.get(name)) {
        (Some(a), Some(b)) => lists(a, b, statements),
        (a, b) => a.is_some().cmp(&b.is_some()),
    }
}

fn templates(a: &Value, b: &Value) -> Ordering {
    let n_parts = |v: &Value| v.get("parts").and_then(Value::as_array).map_or(0, <[Value]>::len);
    let part = |a: &Value, b: &Value| compare(a, b);
    (a.get("multi_line").cmp(&b.get("multi_line")))
        .then_with(|| n_parts(a).cmp(&n_parts(b)))
        .then_with(|| lists(a.get("parts").unwrap_or(&Value::Null), b.get("parts").unwrap_or(&Value::Null), part))
}

/// Statements: by form, place in the body, negation, terms and `with`.
fn statements(a: &Value, b: &Value) -> Ordering {
    let terms = |v: &Value| v.get("terms").cloned().unwrap_or_default();
    let (x, y) = (terms(a), terms(b));
    form(&x)
        .cmp(&form(&y))
        .then_with(|| a.get("index").cmp(&b.get("index")))
        .then_with(|| a.get("negated").cmp(&b.get("negated")))
        .then_with(|| match form(&x) {
            0 => lists(x.get("symbols").unwrap_or(&Value::Null), y.get("symbols").unwrap_or(&Value::Null), compare),
            2 => lists(&x, &y, compare),
            3 => fields(&x, &y, &["key", "value", "domain"]).then_with(|| bodies(&x, &y, "body")),
            4 => bodies(&x, &y, "body"),
            5 | 6 => bodies(&x, &y, "lhs").then_with(|| bodies(&x, &y, "rhs")),
            _ => compare(&x, &y),
        })
        .then_with(|| match (a.get("with"), b.get("with")) {
            (Some(a), Some(b)) => lists(a, b, |a, b| fields(a, b, &["target", "value"])),
            (a, b) => a.is_some().cmp(&b.is_some()),
        })
}

fn form(terms: &Value) -> u8 {
    match terms.get("type").and_then(Value::as_str) {
        _ if terms.get("symbols").is_some() => 0,
        _ if terms.as_array().is_some() => 2,
        _ if terms.get("domain").is_some() => 3,
        Some("not") => 4,
        Some("and") => 5,
        Some("or") => 6,
        _ => 1,
    }
}
