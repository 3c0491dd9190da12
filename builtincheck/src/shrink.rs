//! Smaller calls that still differ.

use writ_value::{Object, Str, Value};

use crate::case::Case;

/// Calls that are a step smaller, the most radical first.
#[must_use]
pub fn steps(case: &Case) -> Vec<Case> {
    let mut out = Vec::new();
    for (i, arg) in case.args.iter().enumerate() {
        for smaller in smaller(arg) {
            let mut args = case.args.clone();
            args[i] = smaller;
            out.push(Case { name: case.name.clone(), args });
        }
    }
    out
}

fn smaller(v: &Value) -> Vec<Value> {
    let mut out = Vec::new();
    match v {
        Value::String(s) => match s.as_str() {
            Some(text) => out.extend(shorter(text).iter().map(|t| Value::from(t.as_str()))),
            None => out.extend((0..s.len()).map(|i| {
                let bytes = s.as_bytes();
                Value::String(Str::from_bytes(&[&bytes[..i], &bytes[i + 1..]].concat()))
            })),
        },
        Value::Array(a) => {
            out.extend(
                (0..a.len()).map(|i| a.iter().enumerate().filter(|(j, _)| *j != i).map(|(_, v)| v.clone()).collect()),
            );
            for (i, v) in a.iter().enumerate() {
                out.extend(smaller(v).into_iter().map(|v| {
                    let mut items = a.to_vec();
                    items[i] = v;
                    Value::from(items)
                }));
            }
        }
        Value::Set(s) => {
            out.extend(s.iter().map(|gone| Value::set(s.iter().filter(|v| *v != gone).cloned().collect::<Vec<_>>())));
        }
        Value::Object(o) => {
            for gone in o.keys() {
                let mut entries = o.as_ref().clone();
                entries.remove(gone);
                out.push(Value::from(entries));
            }
            for (k, v) in o.iter() {
                out.extend(smaller(v).into_iter().map(|v| {
                    let mut entries: Object = o.as_ref().clone();
                    entries.insert(k.clone(), v);
                    Value::from(entries)
                }));
            }
        }
        _ => {}
    }
    out.truncate(400);
    out
}

fn shorter(text: &str) -> Vec<String> {
    let bounds: Vec<_> = text.char_indices().map(|(i, _)| i).chain([text.len()]).collect();
    let n = bounds.len() - 1;
    let mut out = Vec::new();
    let mut size = n;
    while size > 0 {
        for start in (0..n).step_by(size) {
            let (a, b) = (bounds[start], bounds[(start + size).min(n)]);
            out.push(format!("{}{}", &text[..a], &text[b..]));
        }
        size /= 2;
        if out.len() > 300 {
            break;
        }
    }
    out
}
