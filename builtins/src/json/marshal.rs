//! `json.marshal_with_options`: JSON text with a layout of one's choice.

use writ_value::{Str, Value, json, rego};

use crate::operand;
use crate::{Answer, Builtin, BuiltinError, Context};

pub(super) const BUILTINS: &[Builtin] = &[Builtin::new("json.marshal_with_options", 2, marshal_with_options)];

/// Longest prefix or indent in bytes; deep values repeat them on every line.
const MAX_INDENT: usize = 256;
/// Longest result in bytes.
const MAX_OUTPUT: usize = 64 << 20;

fn marshal_with_options(_: &mut Context, args: &[Value]) -> Answer {
    let options = operand::object(args, 2)?;
    let (mut prefix, mut indent) = (Str::from(""), Str::from("\t"));
    let (mut implied, mut explicit) = (false, None);
    for (index, (k, v)) in options.iter().enumerate() {
        let key = match k {
            Value::String(s) => s.to_str_lossy(),
            other => {
                let (key, got) = (rego::to_string(other), other.type_name());
                return Err(operand::bad(
                    2,
                    &format!(
                        "failed to stringify key {key} at index {index}: operand {index} must be string but got {got}"
                    ),
                ));
            }
        };
        let quoted = rego::to_string(k);
        let text = || match v {
            Value::String(s) => Ok(s.clone()),
            other => {
                let got = other.type_name();
                let why = format!("key {quoted} failed cast to string: operand {index} must be string but got {got}");
                Err(operand::bad(2, &why))
            }
        };
        match &*key {
            "prefix" => (prefix, implied) = (text()?, true),
            "indent" => (indent, implied) = (text()?, true),
            "pretty" => {
                explicit =
                    Some(v.as_bool().ok_or_else(|| operand::bad(2, &format!("key {quoted} failed cast to bool")))?);
            }
            _ => return Err(operand::bad(2, &format!("object contained unknown key {quoted}"))),
        }
    }
    if !explicit.unwrap_or(implied) {
        return Ok(Some(json::to_string(&args[0]).into()));
    }
    if prefix.len() > MAX_INDENT || indent.len() > MAX_INDENT {
        return Err(BuiltinError::new(format!("prefix or indent exceeds {MAX_INDENT} bytes")));
    }
    let (prefix, indent) = (prefix.to_str_lossy(), indent.to_str_lossy());
    if json_lines(&args[0], 0, prefix.len(), indent.len()) > MAX_OUTPUT {
        return Err(BuiltinError::halt("result too large"));
    }
    // The first line takes the prefix, too.
    Ok(Some(format!("{prefix}{}", json::to_string_indented(&args[0], &prefix, &indent)).into()))
}

/// Bytes that the layout adds: a prefix and an indent for each line.
fn json_lines(v: &Value, level: usize, prefix: usize, indent: usize) -> usize {
    let line = prefix + level * indent;
    let below = |v: &Value| prefix + (level + 1) * indent + json_lines(v, level + 1, prefix, indent);
    line + match v {
        Value::Array(a) => a.iter().map(below).sum(),
        Value::Set(s) => s.iter().map(below).sum(),
        Value::Object(o) => o.values().map(below).sum(),
        _ => 0,
    }
}
