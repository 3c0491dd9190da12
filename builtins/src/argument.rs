//! An argument as built-ins on hot paths take it: text where it lies, so that a call copies nothing.

use writ_value::{Str, Value};

use crate::BuiltinError;
use crate::operand::type_error;

/// One argument of a call.
#[derive(Clone, Copy, Debug)]
pub enum Arg<'a> {
    /// A string, by its bytes, which need not be UTF-8.
    Text(&'a [u8]),
    /// Any value; a string may stand here as well.
    Value(&'a Value),
}

impl<'a> Arg<'a> {
    /// The bytes of a string.
    #[inline]
    #[must_use]
    pub fn as_text(self) -> Option<&'a [u8]> {
        match self {
            Arg::Text(bytes) => Some(bytes),
            Arg::Value(Value::String(s)) => Some(s.as_bytes()),
            Arg::Value(_) => None,
        }
    }

    /// The value, which costs a copy of a text.
    #[must_use]
    pub fn to_value(self) -> Value {
        match self {
            Arg::Text(bytes) => Value::String(Str::from_bytes(bytes)),
            Arg::Value(value) => value.clone(),
        }
    }
}

impl<'a> From<&'a Value> for Arg<'a> {
    fn from(value: &'a Value) -> Self {
        Arg::Value(value)
    }
}

/// The string at `position`, which counts from 1.
#[inline]
pub(crate) fn text<'a>(args: &[Arg<'a>], position: usize) -> Result<&'a [u8], BuiltinError> {
    let arg = args[position - 1];
    arg.as_text().ok_or_else(|| type_error(position, &arg.to_value(), &["string"]))
}

/// An integer that fits 64 bits, at `position`.
pub(crate) fn int(args: &[Arg<'_>], position: usize) -> Result<i64, BuiltinError> {
    match args[position - 1] {
        Arg::Value(Value::Number(n)) => crate::operand::whole(n, position),
        other => Err(type_error(position, &other.to_value(), &["number"])),
    }
}
