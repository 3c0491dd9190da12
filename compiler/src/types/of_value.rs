//! Types of constants, and how constant keys print within a type.

use std::fmt::Write;

use writ_value::{Number, Value};

use super::Type;

impl Type {
    /// The type of a constant: exact for arrays and objects, the union of its elements for a set. Cost: linear.
    pub fn of_value(value: &Value) -> Type {
        match value {
            Value::Null => Type::Null,
            Value::Bool(_) => Type::Boolean,
            Value::Number(_) => Type::Number,
            Value::String(_) => Type::String,
            Value::Array(a) => Type::array(a.iter().map(Type::of_value).collect(), None),
            Value::Object(o) => Type::object(o.iter().map(|(k, v)| (k.clone(), Type::of_value(v))).collect(), None),
            Value::Set(s) => {
                let elements: Vec<Type> = s.iter().map(Type::of_value).collect();
                Type::set(Type::or_all(&elements))
            }
        }
    }
}

/// The index of an array that `key` names, if it can be one.
pub(super) fn as_index(key: &Value) -> Option<usize> {
    match key {
        Value::Number(Number::Int(i)) => usize::try_from(*i).ok(),
        _ => None,
    }
}

/// A key as it prints within a type: strings without quotes, collections as Go prints them.
pub(super) fn plain_key(key: &Value, out: &mut impl Write) -> std::fmt::Result {
    let list = |items: &mut dyn Iterator<Item = &Value>, out: &mut dyn Write| {
        out.write_str("[")?;
        for (i, item) in items.enumerate() {
            if i > 0 {
                out.write_str(" ")?;
            }
            plain_key(item, &mut &mut *out)?;
        }
        out.write_str("]")
    };
    match key {
        Value::Null => out.write_str("<nil>"),
        Value::Bool(b) => write!(out, "{b}"),
        Value::Number(n) => write!(out, "{n}"),
        Value::String(s) => out.write_str(&String::from_utf8_lossy(s.as_bytes())),
        Value::Array(a) => list(&mut a.iter(), out),
        Value::Set(s) => list(&mut s.iter(), out),
        Value::Object(o) => {
            out.write_str("map[")?;
            for (i, (k, v)) in o.iter().enumerate() {
                if i > 0 {
                    out.write_str(" ")?;
                }
                plain_key(k, out)?;
                out.write_str(":")?;
                plain_key(v, out)?;
            }
            out.write_str("]")
        }
    }
}
