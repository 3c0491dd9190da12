//! `json.patch`: RFC 6902, extended to sets, whose elements are their own keys.

use std::sync::Arc;

use writ_value::{MAX_DEPTH, Value, rego};

use crate::operand;
use crate::{Answer, Builtin, BuiltinError, Context};

pub(super) const BUILTINS: &[Builtin] = &[Builtin::new("json.patch", 2, patch)];

/// Most values that the operations may bring into the document, counted with repetition: `copy` can double a document
/// with each operation.
const MAX_GROWTH: usize = 1 << 20;

type Edit<T> = Result<T, BuiltinError>;

fn fail<T>(message: impl Into<String>) -> Edit<T> {
    Err(BuiltinError::new(message))
}

fn patch(_: &mut Context, args: &[Value]) -> Answer {
    let operations = operand::array(args, 2)?;
    let mut document = Document { root: Some(args[0].clone()), growth: 0 };
    for operation in operations {
        document.apply(operation)?;
    }
    // Removing the whole document leaves nothing.
    if let Some(v) = &document.root
        && !v.is_within_depth(MAX_DEPTH)
    {
        return Err(BuiltinError::halt(format!("exceeded max depth of {MAX_DEPTH}")));
    }
    Ok(document.root)
}

struct Document {
    root: Option<Value>,
    growth: usize,
}

impl Document {
    fn apply(&mut self, operation: &Value) -> Edit<()> {
        if !matches!(operation, Value::Object(_)) {
            return fail("must be an array of JSON-Patch objects, but at least one element is not an object");
        }
        let attribute = |name: &str| match operation.get(name) {
            Some(v) => Ok(v),
            None => fail(format!("missing required attribute '{name}'")),
        };
        let to = attribute("path")?;
        let op = attribute("op")?;
        let Value::String(op) = op else {
            return fail(format!("attribute 'op' must be a string but found: {}", op.type_name()));
        };
        let to = path(to)?;
        match &*op.to_str_lossy() {
            "add" => {
                let value = attribute("value")?.clone();
                self.insert(&to, value)
            }
            "remove" => self.remove(&to),
            "replace" => {
                self.remove(&to)?;
                let value = attribute("value")?.clone();
                self.insert(&to, value)
            }
            "move" => {
                let from = path(attribute("from")?)?;
                let value = self.get(&from)?.clone();
                self.remove(&from)?;
                self.insert(&to, value)
            }
            "copy" => {
                let from = path(attribute("from")?)?;
                let value = self.get(&from)?.clone();
                self.insert(&to, value)
            }
            "test" => {
                let found = self.get(&to)?;
                let expected = attribute("value")?;
                if found == expected {
                    return Ok(());
                }
                fail(format!(
                    "value from EditTree != patch value.\n\nExpected: {}\n\nFound: {}",
                    rego::to_string(expected),
                    rego::to_string(found)
                ))
            }
            other => fail(format!("unrecognized op: '{other}'")),
        }
    }

    fn get(&self, path: &[Value]) -> Edit<&Value> {
        let Some(mut at) = self.root.as_ref() else {
            return fail("nil value encountered where composite value was expected");
        };
        for key in path {
            at = child(at, key)?;
        }
        Ok(at)
    }

    fn insert(&mut self, path: &[Value], value: Value) -> Edit<()> {
        count(&value, &mut self.growth)?;
        let Some((last, parents)) = path.split_last() else {
            self.root = Some(value);
            return Ok(());
        };
        match &mut self.root {
            None if parents.is_empty() => fail("deleted node encountered during insert operation"),
            None => fail("nil value encountered where composite value was expected"),
            Some(root) => at_path(root, parents, &mut |parent| insert_child(parent, last, value.clone())),
        }
    }

    fn remove(&mut self, path: &[Value]) -> Edit<()> {
        let Some((last, parents)) = path.split_last() else {
            return match self.root.take() {
                Some(_) => Ok(()),
                None => fail("deleted node encountered during delete operation"),
            };
        };
        match &mut self.root {
            None if parents.is_empty() => fail("deleted node encountered during delete operation"),
            None => fail("nil value encountered where composite value was expected"),
            Some(root) => at_path(root, parents, &mut |parent| remove_child(parent, last)),
        }
    }
}

/// Adds the number of values below, itself included; fails beyond the limit, so that it ends early.
fn count(v: &Value, total: &mut usize) -> Edit<()> {
    *total += 1;
    if *total > MAX_GROWTH {
        return Err(BuiltinError::halt("document grows too large"));
    }
    match v {
        Value::Array(a) => a.iter().try_for_each(|v| count(v, total)),
        Value::Set(s) => s.iter().try_for_each(|v| count(v, total)),
        Value::Object(o) => o.iter().try_for_each(|(k, v)| count(k, total).and_then(|()| count(v, total))),
        _ => Ok(()),
    }
}

/// The segments of a path: an array as it is, a string cut at slashes.
fn path(v: &Value) -> Edit<Vec<Value>> {
    match v {
        Value::Array(a) => Ok(a.to_vec()),
        Value::String(s) if s.is_empty() => Ok(Vec::new()),
        Value::String(s) => {
            let text = s.to_str_lossy();
            let segment = |s: &str| Value::from(s.replace("~1", "/").replace("~0", "~"));
            Ok(text.trim_start_matches('/').split('/').map(segment).collect())
        }
        other => {
            let expected = "must be one of {set, array} containing string paths or array of path segments but got";
            Err(operand::bad(2, &format!("{expected} {}", other.type_name())))
        }
    }
}

/// An array index: a number, its decimal text, or `-` for the end.
fn index(len: usize, key: &Value) -> Edit<i64> {
    match key {
        Value::Number(n) => n.to_i64().map_or_else(|| fail("invalid number type for indexing"), Ok),
        Value::String(s) if s.as_bytes() == b"-" => Ok(i64::try_from(len).unwrap_or(i64::MAX)),
        Value::String(s) => {
            let text = s.to_str_lossy();
            let digits = text.strip_prefix(['-', '+']).unwrap_or(&text);
            let plain = digits.split_once('.').map_or(
                digits,
                |(int, zeros)| {
                    if zeros.bytes().all(|c| c == b'0') { int } else { "x" }
                },
            );
            match plain.parse::<i64>() {
                _ if digits.is_empty() || digits.len() > 19 => fail("invalid string for indexing"),
                Ok(_) if text.starts_with('0') && text != "0" => fail("leading zeros are not allowed in JSON paths"),
                Ok(n) if plain.bytes().all(|c| c.is_ascii_digit()) => Ok(if text.starts_with('-') { -n } else { n }),
                _ => fail("invalid string for indexing"),
            }
        }
        _ => fail("invalid type for indexing"),
    }
}

/// The name of a value's type in OPA's source, which its messages show.
fn go_type(v: &Value) -> &'static str {
    match v {
        Value::Null => "ast.Null",
        Value::Bool(_) => "ast.Boolean",
        Value::Number(_) => "ast.Number",
        _ => "ast.String",
    }
}

fn child<'a>(v: &'a Value, key: &Value) -> Edit<&'a Value> {
    let missing =
        |key: String, kind: &str| fail(format!("path {key} does not exist in {kind} term {}", rego::to_string(v)));
    let name = rego::to_string(key);
    match v {
        Value::Object(o) => o.get(key).map_or_else(|| missing(name, "object"), Ok),
        Value::Set(s) => s.get(key).map_or_else(|| missing(name, "set"), Ok),
        Value::Array(a) => {
            let i = index(a.len(), key)?;
            usize::try_from(i).ok().and_then(|i| a.get(i)).map_or_else(|| missing(i.to_string(), "array"), Ok)
        }
        other => fail(format!(
            "expected composite type for path {name}, found value: {} (type: {})",
            rego::to_string(other),
            go_type(other)
        )),
    }
}

/// Changes the value at a path. Recurses as deep as the value at most, since a missing segment ends it.
fn at_path(v: &mut Value, path: &[Value], change: &mut dyn FnMut(&mut Value) -> Edit<()>) -> Edit<()> {
    let Some((key, rest)) = path.split_first() else { return change(v) };
    child(v, key)?;
    match v {
        Value::Object(o) => match Arc::make_mut(o).get_mut(key) {
            Some(below) => at_path(below, rest, change),
            None => fail("key vanished"),
        },
        Value::Array(a) => {
            let i = usize::try_from(index(a.len(), key)?).unwrap_or(usize::MAX);
            match Arc::make_mut(a).get_mut(i) {
                Some(below) => at_path(below, rest, change),
                None => fail("index vanished"),
            }
        }
        Value::Set(s) => {
            let s = Arc::make_mut(s);
            let Some(mut below) = s.take(key) else { return fail("element vanished") };
            let done = at_path(&mut below, rest, change);
            s.insert(below);
            done
        }
        _ => fail("not a collection"),
    }
}

fn not_composite<T>(v: &Value) -> Edit<T> {
    fail(format!("expected composite type, found value: {} (type: {})", rego::to_string(v), go_type(v)))
}

fn insert_child(v: &mut Value, key: &Value, value: Value) -> Edit<()> {
    match v {
        Value::Object(o) => {
            Arc::make_mut(o).insert(key.clone(), value);
            Ok(())
        }
        Value::Set(_) if *key != value => fail(format!(
            "set key {} does not equal value to be inserted {}",
            rego::to_string(key),
            rego::to_string(&value)
        )),
        Value::Set(s) => {
            Arc::make_mut(s).insert(value);
            Ok(())
        }
        Value::Array(a) => {
            let i = index(a.len(), key)?;
            match usize::try_from(i) {
                Ok(i) if i <= a.len() => {
                    Arc::make_mut(a).insert(i, value);
                    Ok(())
                }
                _ => fail("index for array insertion out of bounds"),
            }
        }
        other => not_composite(other),
    }
}

fn remove_child(v: &mut Value, key: &Value) -> Edit<()> {
    let missing = || fail(format!("cannot delete child key {} that does not exist", rego::to_string(key)));
    match v {
        Value::Object(o) => match o.contains_key(key).then(|| Arc::make_mut(o).remove(key)) {
            Some(_) => Ok(()),
            None => missing(),
        },
        Value::Set(s) => match s.contains(key).then(|| Arc::make_mut(s).remove(key)) {
            Some(_) => Ok(()),
            None => missing(),
        },
        Value::Array(a) => {
            let i = index(a.len(), key)?;
            match usize::try_from(i) {
                Ok(i) if i < a.len() => {
                    Arc::make_mut(a).remove(i);
                    Ok(())
                }
                _ => fail("index for array delete out of bounds"),
            }
        }
        other => not_composite(other),
    }
}
