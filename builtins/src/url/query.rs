//! `urlquery.*`: the query part of URLs.

use std::collections::BTreeMap;

use writ_value::{Object, Str, Value, json};

use super::escape::{Part, escape, unescape};
use crate::operand;
use crate::{Answer, Builtin, BuiltinError, Context};

pub(super) const BUILTINS: &[Builtin] = &[
    Builtin::new("urlquery.encode", 1, encode),
    Builtin::new("urlquery.decode", 1, decode),
    Builtin::new("urlquery.encode_object", 1, encode_object),
    Builtin::new("urlquery.decode_object", 1, decode_object),
];

/// Most parameters of a query, as in Go.
const MAX_PARAMETERS: usize = 10_000;

fn encode(_: &mut Context, args: &[Value]) -> Answer {
    Ok(Some(escape(operand::string(args, 1)?.as_bytes(), Part::Query).into()))
}

fn decode(_: &mut Context, args: &[Value]) -> Answer {
    let text = operand::string(args, 1)?;
    let bytes = unescape(text.as_bytes(), Part::Query).map_err(BuiltinError::new)?;
    Ok(Some(Value::String(bytes.into())))
}

fn encode_object(_: &mut Context, args: &[Value]) -> Answer {
    let wrong = || operand::bad(1, "values must be string, array[string], or set[string]");
    let object = operand::object(args, 1)?;
    let mut parameters: BTreeMap<Vec<u8>, Vec<&Str>> = BTreeMap::new();
    for (k, v) in object {
        let key = match k {
            Value::String(s) => s.as_bytes().to_vec(),
            other => json::to_string(other).into_bytes(),
        };
        let each: Vec<&Value> = match v {
            Value::String(_) => vec![v],
            Value::Array(a) => a.iter().collect(),
            Value::Set(s) => s.iter().collect(),
            _ => return Err(wrong()),
        };
        let each = each.into_iter().map(|v| v.as_string().ok_or_else(wrong)).collect::<Result<Vec<_>, _>>()?;
        parameters.insert(key, each);
    }
    let mut out = String::new();
    for (key, values) in parameters {
        let key = escape(&key, Part::Query);
        for value in values {
            if !out.is_empty() {
                out.push('&');
            }
            out.push_str(&key);
            out.push('=');
            out.push_str(&escape(value.as_bytes(), Part::Query));
        }
    }
    Ok(Some(out.into()))
}

fn decode_object(_: &mut Context, args: &[Value]) -> Answer {
    let query = operand::string(args, 1)?.as_bytes();
    if query.iter().filter(|&&c| c == b'&').count() >= MAX_PARAMETERS {
        return Err(BuiltinError::new("number of URL query parameters exceeded limit"));
    }
    let mut out: BTreeMap<Str, Vec<Value>> = BTreeMap::new();
    let mut semicolon = false;
    let mut failure = None;
    for part in query.split(|&c| c == b'&') {
        if part.contains(&b';') {
            semicolon = true;
            failure = Some("invalid semicolon separator in query".to_owned());
            continue;
        }
        if part.is_empty() {
            continue;
        }
        let eq = part.iter().position(|&c| c == b'=');
        let (key, value) = eq.map_or((part, &[][..]), |at| (&part[..at], &part[at + 1..]));
        match (unescape(key, Part::Query), unescape(value, Part::Query)) {
            (Ok(k), Ok(v)) => out.entry(k.into()).or_default().push(Value::String(v.into())),
            (Err(e), _) | (_, Err(e)) => failure = failure.or(Some(e)),
        }
    }
    debug_assert!(!semicolon || failure.is_some());
    match failure {
        Some(e) => Err(BuiltinError::new(e)),
        None => Ok(Some(out.into_iter().map(|(k, v)| (Value::String(k), Value::from(v))).collect::<Object>().into())),
    }
}
