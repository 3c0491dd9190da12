//! What an evaluation gives.

use writ_value::Value;

use crate::error::EvalError;

/// The result of one evaluation.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// Of an entrypoint that names a document: its value, or `None` when it is undefined, which is neither false nor an error.
    Document(Option<Value>),
    /// Of a query: one row per solution, in evaluation order; none when it is undefined.
    Query(Vec<Row>),
}

/// One solution of a query.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// The query's variables, sorted by name.
    pub bindings: Vec<(String, Value)>,
    /// The value of each expression, in source order.
    pub expressions: Vec<Value>,
}

impl Outcome {
    /// False for an undefined document and for a query without a solution.
    pub fn is_defined(&self) -> bool {
        match self {
            Self::Document(value) => value.is_some(),
            Self::Query(rows) => !rows.is_empty(),
        }
    }

    pub(crate) fn from_result(result: Option<Value>, is_query: bool) -> Result<Self, EvalError> {
        if !is_query {
            return Ok(Self::Document(result));
        }
        let wrong = || EvalError::artifact("a query's result is no array of bindings and values");
        let rows = result.as_ref().and_then(Value::as_array).ok_or_else(wrong)?;
        rows.iter().map(|row| Row::from_value(row).ok_or_else(wrong)).collect::<Result<_, _>>().map(Self::Query)
    }
}

impl Row {
    /// From `[bindings, expressions]`.
    fn from_value(row: &Value) -> Option<Self> {
        let [bindings, expressions] = row.as_array()? else { return None };
        let mut bindings = bindings
            .as_object()?
            .iter()
            .map(|(name, value)| Some((name.as_str()?.to_owned(), value.clone())))
            .collect::<Option<Vec<_>>>()?;
        bindings.sort_by(|a, b| a.0.cmp(&b.0));
        Some(Self { bindings, expressions: expressions.as_array()?.to_vec() })
    }
}
