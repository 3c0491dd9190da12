//! What templates compute with: Go's view of JSON, and the constants of templates.

use std::borrow::Cow;

use writ_value::gofmt::{self, Arg};
use writ_value::{Str, Value};

/// A value. An element of a list or map has no type of its own until a pipeline takes it out.
#[derive(Clone, Debug)]
pub(super) struct Datum {
    pub(super) content: Content,
    /// Still inside its container.
    pub(super) is_element: bool,
}

#[derive(Clone, Debug)]
pub(super) enum Content {
    /// There is none: a missing key.
    Missing,
    /// JSON's null.
    Nil,
    Bool(bool),
    Int(i64),
    /// A byte of a string.
    Byte(u8),
    Float(f64),
    /// A string, number, list or map. Numbers of the data are texts of a type of their own.
    Json(Value),
}

impl From<Content> for Datum {
    fn from(content: Content) -> Self {
        Datum { content, is_element: false }
    }
}

impl From<Vec<u8>> for Datum {
    fn from(text: Vec<u8>) -> Self {
        Content::Json(Value::String(text.into())).into()
    }
}

impl Datum {
    pub(super) const MISSING: Datum = Datum { content: Content::Missing, is_element: false };

    /// An element of a list or map.
    pub(super) fn element(v: &Value) -> Self {
        Datum { is_element: true, ..Datum::top(v) }
    }

    /// Data outside of any container.
    pub(super) fn top(v: &Value) -> Self {
        let content = match v {
            Value::Null => Content::Nil,
            Value::Bool(b) => Content::Bool(*b),
            other => Content::Json(other.clone()),
        };
        content.into()
    }

    /// Out of its container.
    pub(super) fn taken(self) -> Self {
        match self.content {
            Content::Nil => Datum::MISSING,
            content => content.into(),
        }
    }

    /// The name of its type in Go.
    pub(super) fn type_name(&self) -> &'static str {
        if self.is_element { "interface {}" } else { self.content.type_name() }
    }

    pub(super) fn is_true(&self) -> bool {
        match &self.content {
            Content::Missing | Content::Nil => false,
            Content::Bool(b) => *b,
            Content::Int(i) => *i != 0,
            Content::Byte(b) => *b != 0,
            Content::Float(f) => *f != 0.0,
            Content::Json(Value::Array(a)) => !a.is_empty(),
            Content::Json(Value::Object(o)) => !o.is_empty(),
            Content::Json(_) => self.text().is_some_and(|t| !t.is_empty()),
        }
    }

    /// The text of a string or number.
    pub(super) fn text(&self) -> Option<Cow<'_, [u8]>> {
        match &self.content {
            Content::Json(Value::String(s)) => Some(Cow::Borrowed(s.as_bytes())),
            Content::Json(Value::Number(n)) => Some(Cow::Owned(n.to_string().into_bytes())),
            _ => None,
        }
    }

    /// A string, but no number.
    pub(super) fn string(&self) -> Option<&Str> {
        match &self.content {
            Content::Json(Value::String(s)) => Some(s),
            _ => None,
        }
    }

    /// As Go's `Sprint` writes it; missing data has a text of its own.
    pub(super) fn print(&self) -> Vec<u8> {
        match &self.content {
            Content::Missing => b"<no value>".to_vec(),
            _ => format_all(b"%v", &[self.arg()]).unwrap_or_default(),
        }
    }

    /// For `Sprintf`.
    pub(super) fn arg(&self) -> Arg<'_> {
        match &self.content {
            Content::Missing | Content::Nil => Arg::Nil,
            Content::Bool(b) => Arg::Bool(*b),
            Content::Int(i) => Arg::Typed("int", Box::new(Arg::Int(*i))),
            Content::Byte(b) => Arg::Typed("uint8", Box::new(Arg::Int(i64::from(*b)))),
            Content::Float(f) => Arg::Float(*f),
            Content::Json(v) => json_arg(v),
        }
    }
}

fn json_arg(v: &Value) -> Arg<'_> {
    match v {
        Value::Null => Arg::Nil,
        Value::Bool(b) => Arg::Bool(*b),
        Value::Number(n) => Arg::Typed("json.Number", Box::new(Arg::Str(Cow::Owned(n.to_string().into_bytes())))),
        Value::String(s) => Arg::string(s.as_bytes()),
        Value::Array(a) => Arg::List(a.iter().map(json_arg).collect()),
        Value::Object(o) => Arg::Map(o.iter().map(|(k, v)| (json_arg(k), json_arg(v))).collect()),
        Value::Set(s) => Arg::List(s.iter().map(json_arg).collect()),
    }
}

impl Content {
    fn type_name(&self) -> &'static str {
        match self {
            Content::Missing | Content::Nil => "<nil>",
            Content::Bool(_) => "bool",
            Content::Int(_) => "int",
            Content::Byte(_) => "uint8",
            Content::Float(_) => "float64",
            Content::Json(Value::String(_)) => "string",
            Content::Json(Value::Number(_)) => "json.Number",
            Content::Json(Value::Array(_)) => "[]interface {}",
            Content::Json(_) => "map[string]interface {}",
        }
    }
}

/// Go's `Sprintf`.
pub(super) fn format_all(format: &[u8], args: &[Arg<'_>]) -> Result<Vec<u8>, String> {
    gofmt::sprintf(format, args).map_err(|e| e.to_string())
}
