//! A document's text as a tree of values with places, the common form of YAML and JSON.

use writ_value::{Number, Object, Value};

use super::limits;
use crate::diag::{Code, Diagnostic};
use crate::source::Span;

/// A value and where it stands. Depth is at most [`limits::MAX_DEPTH`].
#[derive(Debug, Clone)]
pub(super) struct Node {
    pub(super) span: Span,
    pub(super) kind: Kind,
}

/// What a node is.
#[derive(Debug, Clone)]
pub(super) enum Kind {
    Null,
    Bool(bool),
    Number(Number),
    String(String),
    List(Vec<Node>),
    Map(Vec<Entry>),
    /// Something wrong that has been reported.
    Broken,
}

/// An entry of a map. Keys of one map are distinct.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) key: String,
    pub(super) key_span: Span,
    pub(super) value: Node,
}

impl Node {
    /// The kind with an article, for messages.
    pub(super) fn kind_name(&self) -> &'static str {
        match self.kind {
            Kind::Null => "null",
            Kind::Bool(_) => "a boolean",
            Kind::Number(_) => "a number",
            Kind::String(_) => "a string",
            Kind::List(_) => "a list",
            Kind::Map(_) => "a map",
            Kind::Broken => "no value",
        }
    }

    /// The value; `None` if any part is broken.
    pub(super) fn to_value(&self) -> Option<Value> {
        Some(match &self.kind {
            Kind::Null => Value::Null,
            Kind::Bool(b) => Value::Bool(*b),
            Kind::Number(n) => Value::Number(n.clone()),
            Kind::String(s) => Value::from(s.as_str()),
            Kind::List(items) => Value::from(items.iter().map(Node::to_value).collect::<Option<Vec<_>>>()?),
            Kind::Map(entries) => {
                let mut object = Object::new();
                for entry in entries {
                    object.insert(Value::from(entry.key.as_str()), entry.value.to_value()?);
                }
                Value::from(object)
            }
            Kind::Broken => return None,
        })
    }
}

/// How much a document may still grow.
#[derive(Debug)]
pub(super) struct Budget {
    nodes: usize,
    bytes: usize,
}

impl Budget {
    pub(super) fn new() -> Self {
        Budget { nodes: limits::MAX_NODES, bytes: limits::MAX_STRING_BYTES }
    }

    /// Takes `nodes` values with `bytes` bytes of strings in all.
    pub(super) fn take(&mut self, nodes: usize, bytes: usize, span: Span) -> Result<(), Box<Diagnostic>> {
        let too_many = |what: &str, limit: usize| {
            let message = format!("a rule document may have {limit} {what}, those behind aliases counted each time");
            Box::new(Diagnostic::error(Code::RulesLimit, span, message))
        };
        self.nodes = self.nodes.checked_sub(nodes).ok_or_else(|| too_many("values", limits::MAX_NODES))?;
        self.bytes =
            self.bytes.checked_sub(bytes).ok_or_else(|| too_many("bytes of strings", limits::MAX_STRING_BYTES))?;
        Ok(())
    }
}

/// A number within the limits, or what is wrong with it.
pub(super) fn number(text: &str, span: Span) -> Result<Number, Box<Diagnostic>> {
    let limit = |message: String| Box::new(Diagnostic::error(Code::RulesLimit, span, message));
    if text.len() > limits::MAX_NUMBER_BYTES {
        return Err(limit(format!("a number may have {} characters", limits::MAX_NUMBER_BYTES)));
    }
    let exponent = text.split_once(['e', 'E']).map(|(_, exponent)| exponent.parse::<i32>());
    if exponent.is_some_and(|e| e.map_or(true, |e| e.abs() > limits::MAX_EXPONENT)) {
        return Err(limit(format!("the power of ten of a number may be {} at most", limits::MAX_EXPONENT)));
    }
    Number::parse_go(text).map_err(|_| limit(format!("the number {text} is out of range")))
}

/// Keys that come twice, with both places.
pub(super) fn duplicate_key(key: &str, span: Span, first: Span) -> Diagnostic {
    Diagnostic::error(Code::RulesDuplicate, span, format!("the field `{key}` comes twice"))
        .with_label(first, "the first one is here")
}
