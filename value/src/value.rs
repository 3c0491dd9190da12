//! The value type, its total order and its constructors.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;

use crate::number::Number;
use crate::string::Str;

/// A Rego value. Cloning is cheap: collections are shared.
///
/// The derived order is Rego's: by type (null, boolean, number, string, array, object, set), then numbers by value,
/// strings bytewise, arrays element by element and then by length, objects by their sorted keys and values pairwise,
/// sets by their sorted elements.
///
/// Comparing, hashing, printing and dropping recurse, so whoever makes values keeps them no deeper than
/// [`MAX_DEPTH`](crate::MAX_DEPTH); the JSON parser does.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Value {
    /// `null`.
    #[default]
    Null,
    /// `false` or `true`.
    Bool(bool),
    /// A number.
    Number(Number),
    /// A string.
    String(Str),
    /// An array.
    Array(Arc<Vec<Value>>),
    /// An object; keys are any values.
    Object(Arc<BTreeMap<Value, Value>>),
    /// A set.
    Set(Arc<BTreeSet<Value>>),
}

/// The entries of an object.
pub type Object = BTreeMap<Value, Value>;
/// The elements of a set.
pub type Set = BTreeSet<Value>;

impl Value {
    /// The name of the type, as `type_name` gives it.
    #[must_use]
    pub fn type_name(&self) -> &'static str {
        match self {
            Value::Null => "null",
            Value::Bool(_) => "boolean",
            Value::Number(_) => "number",
            Value::String(_) => "string",
            Value::Array(_) => "array",
            Value::Object(_) => "object",
            Value::Set(_) => "set",
        }
    }

    /// An empty object.
    #[must_use]
    pub fn empty_object() -> Value {
        Value::Object(Arc::default())
    }

    /// An object with string keys.
    pub fn object<K: Into<Str>, I: IntoIterator<Item = (K, Value)>>(entries: I) -> Value {
        Value::from(entries.into_iter().map(|(k, v)| (Value::String(k.into()), v)).collect::<Object>())
    }

    /// A set.
    pub fn set<I: IntoIterator<Item = Value>>(elements: I) -> Value {
        Value::Set(Arc::new(elements.into_iter().collect()))
    }

    /// The value under a string key of an object.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Value> {
        match self {
            Value::Object(o) => o.get(&Value::from(key)),
            _ => None,
        }
    }

    /// The boolean, if it is one.
    #[must_use]
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Value::Bool(b) => Some(*b),
            _ => None,
        }
    }

    /// The number, if it is one.
    #[must_use]
    pub fn as_number(&self) -> Option<&Number> {
        match self {
            Value::Number(n) => Some(n),
            _ => None,
        }
    }

    /// The text of a string that is valid UTF-8.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Value::String(s) => s.as_str(),
            _ => None,
        }
    }

    /// The string, if it is one.
    #[must_use]
    pub fn as_string(&self) -> Option<&Str> {
        match self {
            Value::String(s) => Some(s),
            _ => None,
        }
    }

    /// The elements, if it is an array.
    #[must_use]
    pub fn as_array(&self) -> Option<&[Value]> {
        match self {
            Value::Array(a) => Some(a),
            _ => None,
        }
    }

    /// The entries, if it is an object.
    #[must_use]
    pub fn as_object(&self) -> Option<&Object> {
        match self {
            Value::Object(o) => Some(o),
            _ => None,
        }
    }

    /// The elements, if it is a set.
    #[must_use]
    pub fn as_set(&self) -> Option<&Set> {
        match self {
            Value::Set(s) => Some(s),
            _ => None,
        }
    }

    /// Nothing below this value is deeper than `limit` collections. Recurses no deeper than that.
    #[must_use]
    pub fn is_within_depth(&self, limit: usize) -> bool {
        let deeper = |v: &Value| limit > 0 && v.is_within_depth(limit - 1);
        match self {
            Value::Array(a) => a.iter().all(deeper),
            Value::Object(o) => o.iter().all(|(k, v)| deeper(k) && deeper(v)),
            Value::Set(s) => s.iter().all(deeper),
            _ => true,
        }
    }
}

/// Rego notation, as in [`rego::to_string`](crate::rego::to_string).
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&crate::rego::to_string(self))
    }
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl From<bool> for Value {
    fn from(b: bool) -> Self {
        Value::Bool(b)
    }
}

impl From<i64> for Value {
    fn from(i: i64) -> Self {
        Value::Number(Number::Int(i))
    }
}

impl From<i32> for Value {
    fn from(i: i32) -> Self {
        Value::from(i64::from(i))
    }
}

impl From<usize> for Value {
    fn from(u: usize) -> Self {
        Value::Number(Number::from(u))
    }
}

impl From<Number> for Value {
    fn from(n: Number) -> Self {
        Value::Number(n)
    }
}

impl From<&str> for Value {
    fn from(s: &str) -> Self {
        Value::String(s.into())
    }
}

impl From<String> for Value {
    fn from(s: String) -> Self {
        Value::String(s.into())
    }
}

impl From<Str> for Value {
    fn from(s: Str) -> Self {
        Value::String(s)
    }
}

impl From<Vec<Value>> for Value {
    fn from(a: Vec<Value>) -> Self {
        Value::Array(Arc::new(a))
    }
}

impl From<Object> for Value {
    fn from(o: Object) -> Self {
        Value::Object(Arc::new(o))
    }
}

impl From<Set> for Value {
    fn from(s: Set) -> Self {
        Value::Set(Arc::new(s))
    }
}

impl FromIterator<Value> for Value {
    fn from_iter<I: IntoIterator<Item = Value>>(elements: I) -> Self {
        Value::from(elements.into_iter().collect::<Vec<_>>())
    }
}
