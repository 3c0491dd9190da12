//! Operands by type, with OPA's texts when they have another one. Positions count from 1.

use writ_value::{Number, Object, Str, Value};

use crate::BuiltinError;

/// "operand N must be EXPECTED but got TYPE".
pub(crate) fn type_error(position: usize, got: &Value, expected: &[&str]) -> BuiltinError {
    let got = got.type_name();
    BuiltinError::operand(match expected {
        [one] => format!("operand {position} must be {one} but got {got}"),
        many => format!("operand {position} must be one of {{{}}} but got {got}", many.join(", ")),
    })
}

/// "operand N must be COMPOSITE of EXPECTEDs but got COMPOSITE containing TYPE".
pub(crate) fn element_error(position: usize, composite: &Value, got: &Value, expected: &[&str]) -> BuiltinError {
    let (outer, inner) = (composite.type_name(), got.type_name());
    BuiltinError::operand(match expected {
        [one] => format!("operand {position} must be {outer} of {one}s but got {outer} containing {inner}"),
        many => format!(
            "operand {position} must be {outer} of (any of) {{{}}} but got {outer} containing {inner}",
            many.join(", ")
        ),
    })
}

/// Any other complaint about an operand.
pub(crate) fn bad(position: usize, message: &str) -> BuiltinError {
    BuiltinError::operand(format!("operand {position} {message}"))
}

pub(crate) fn string(args: &[Value], position: usize) -> Result<&Str, BuiltinError> {
    match &args[position - 1] {
        Value::String(s) => Ok(s),
        other => Err(type_error(position, other, &["string"])),
    }
}

/// A string's text, bad bytes replaced.
pub(crate) fn text(args: &[Value], position: usize) -> Result<std::borrow::Cow<'_, str>, BuiltinError> {
    string(args, position).map(Str::to_str_lossy)
}

pub(crate) fn number(args: &[Value], position: usize) -> Result<&Number, BuiltinError> {
    match &args[position - 1] {
        Value::Number(n) => Ok(n),
        other => Err(type_error(position, other, &["number"])),
    }
}

/// An integer that fits 64 bits.
pub(crate) fn int(args: &[Value], position: usize) -> Result<i64, BuiltinError> {
    whole(number(args, position)?, position)
}

/// A number that is an integer and fits 64 bits.
pub(crate) fn whole(n: &Number, position: usize) -> Result<i64, BuiltinError> {
    n.to_i64().ok_or_else(|| bad(position, "must be integer number but got floating-point number"))
}

pub(crate) fn object(args: &[Value], position: usize) -> Result<&Object, BuiltinError> {
    match &args[position - 1] {
        Value::Object(o) => Ok(o),
        other => Err(type_error(position, other, &["object"])),
    }
}

pub(crate) fn array(args: &[Value], position: usize) -> Result<&[Value], BuiltinError> {
    match &args[position - 1] {
        Value::Array(a) => Ok(a),
        other => Err(type_error(position, other, &["array"])),
    }
}

/// A member of an object by its name.
pub(crate) fn member<'a>(object: &'a Object, name: &str) -> Option<&'a Value> {
    object.get(&Value::from(name))
}
