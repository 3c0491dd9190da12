//! `json.match_schema` and `json.verify_schema`: JSON Schema drafts 4, 6 and 7 with the messages that OPA gives.
//!
//! ```text
//!   text or object ─▶ pool.rs (ids, references made absolute) ─▶ compile.rs ─▶ node.rs ─▶ validate.rs ─▶ errors
//! ```
//!
//! References lead within the schema or to a draft's own meta-schema; nothing is fetched. Depth and work are bounded.

mod compile;
mod email;
mod format;
mod keywords;
mod node;
mod pool;
mod report;
mod validate;

use std::sync::Arc;

use writ_value::{Value, json};

use crate::{Answer, Builtin, BuiltinError, Context};

pub(crate) use node::Schema;

/// This namespace's piece of the table.
pub(crate) const BUILTINS: &[Builtin] =
    &[Builtin::new("json.match_schema", 2, match_schema), Builtin::new("json.verify_schema", 1, verify_schema)];

/// Deepest nesting of a schema or a document.
const MAX_DEPTH: usize = 256;

/// A document or schema as plain JSON: text is parsed, sets become arrays.
fn load(value: &Value) -> Result<Value, String> {
    let loaded = match value {
        Value::String(s) => json::parse(s.as_bytes()).map_err(|_| "invalid JSON string".to_owned())?,
        Value::Object(_) | Value::Array(_) => {
            json::parse(json::to_string(value).as_bytes()).map_err(|e| e.to_string())?
        }
        _ => return Err("wrong type, expected string or object".into()),
    };
    if !loaded.is_within_depth(MAX_DEPTH) {
        return Err(format!("nested more than {MAX_DEPTH} levels"));
    }
    Ok(loaded)
}

/// The compiled schema of an operand, from the cache if it is there.
fn compiled(context: &Context, schema: &Value) -> Result<Arc<Schema>, String> {
    context.caches().schemas.get_or_build(schema, || compile::compile(&load(schema)?))
}

fn match_schema(context: &mut Context, args: &[Value]) -> Answer {
    let document = load(&args[0]).map_err(BuiltinError::new)?;
    let schema = compiled(context, &args[1]).map_err(BuiltinError::new)?;
    let errors = validate::validate(context, &schema, &document)?;
    let valid = Value::Bool(errors.is_empty());
    Ok(Some(Value::from(vec![valid, errors.iter().map(report::Failure::to_value).collect()])))
}

fn verify_schema(context: &mut Context, args: &[Value]) -> Answer {
    Ok(Some(Value::from(match compiled(context, &args[0]) {
        Ok(_) => vec![Value::Bool(true), Value::Null],
        Err(e) => vec![Value::Bool(false), Value::from(format!("jsonschema: {e}"))],
    })))
}

/// Its size goes with that of the text that it was read from, which the cache counts.
impl crate::cache::Weight for Schema {
    fn bytes(&self) -> usize {
        0
    }
}

#[cfg(test)]
mod tests;
