//! `graphql.*`: parsing queries and schemas, and checking one against the other.
//!
//! ```text
//!   text ──query::parse, sdl::parse──▶ tree ◀──from_value── value
//!                                      │  └──to_value──▶ value
//!   SchemaDocument ──Schema::build──▶ Schema ──validate(query)──▶ errors
//! ```

mod ast;
mod error;
mod from_value;
mod lexer;
mod parser;
mod query;
mod rules;
mod schema;
mod schema_rules;
mod sdl;
mod suggest;
mod to_value;
mod validate;

use std::sync::Arc;

use writ_value::{MAX_DEPTH, Value};

use crate::operand;
use crate::{Answer, Builtin, BuiltinError, Context};
use ast::{QueryDocument, SchemaDocument};
pub(crate) use schema::Schema;

/// The namespace's built-ins.
pub(crate) const BUILTINS: &[Builtin] = &[
    Builtin::new("graphql.parse", 2, parse),
    Builtin::new("graphql.parse_and_verify", 2, parse_and_verify),
    Builtin::new("graphql.parse_query", 1, parse_query),
    Builtin::new("graphql.parse_schema", 1, parse_schema),
    Builtin::new("graphql.is_valid", 2, is_valid),
    Builtin::new("graphql.schema_is_valid", 1, schema_is_valid),
];

/// A schema with the tree that it came from, as a value.
#[derive(Debug)]
pub(crate) struct Loaded {
    schema: Schema,
    tree: Value,
}

fn query_document(v: &Value) -> Result<QueryDocument, BuiltinError> {
    match v {
        Value::String(s) => query::parse(&s.to_str_lossy()).map_err(|e| BuiltinError::new(error::report(&[e]))),
        Value::Object(_) if v.is_within_depth(MAX_DEPTH / 2) => from_value::query(v).map_err(BuiltinError::new),
        Value::Object(_) => Err(BuiltinError::new("exceeded max depth")),
        other => Err(operand::type_error(0, other, &["string", "object"])),
    }
}

fn schema_document(v: &Value) -> Result<SchemaDocument, BuiltinError> {
    match v {
        Value::String(s) => sdl::parse(&s.to_str_lossy()).map_err(|e| BuiltinError::new(error::report(&[e]))),
        Value::Object(_) if v.is_within_depth(MAX_DEPTH / 2) => from_value::schema(v).map_err(BuiltinError::new),
        Value::Object(_) => Err(BuiltinError::new("exceeded max depth")),
        other => Err(operand::type_error(1, other, &["string", "object"])),
    }
}

fn load(context: &Context, v: &Value) -> Result<Arc<Loaded>, BuiltinError> {
    let build = || {
        let document = schema_document(v)?;
        let tree = to_value::schema(&document);
        let schema = Schema::build(document).map_err(|e| {
            let text = e.located();
            BuiltinError::new(format!("Error in gqlparser SchemaDocument to Schema conversion: {text}"))
        })?;
        Ok(Loaded { schema, tree })
    };
    context.caches().graphql_schemas.get_or_build(v, build)
}

/// Query and schema as trees; the query valid against the schema.
fn verified(context: &Context, args: &[Value]) -> Result<(Value, Value), BuiltinError> {
    let query = query_document(&args[0])?;
    let loaded = load(context, &args[1])?;
    // Only a tree can hold one. OPA panics then.
    let is_known = |kind: &str| matches!(kind, "" | "query" | "mutation" | "subscription");
    if let Some(odd) = query.operations.iter().find(|operation| !is_known(&operation.kind)) {
        return Err(BuiltinError::new(format!("got unknown operation type {:?}", odd.kind)));
    }
    let errors = validate::validate(&loaded.schema, &query);
    if !errors.is_empty() {
        return Err(BuiltinError::new(error::report_rules(&errors)));
    }
    Ok((to_value::query(&query), loaded.tree.clone()))
}

fn parse(context: &mut Context, args: &[Value]) -> Answer {
    let (query, schema) = verified(context, args)?;
    Ok(Some(Value::from(vec![query, schema])))
}

fn parse_and_verify(context: &mut Context, args: &[Value]) -> Answer {
    let (ok, query, schema) = match verified(context, args) {
        Ok((query, schema)) => (true, query, schema),
        Err(_) => (false, Value::empty_object(), Value::empty_object()),
    };
    Ok(Some(Value::from(vec![ok.into(), query, schema])))
}

fn parse_query(_: &mut Context, args: &[Value]) -> Answer {
    operand::string(args, 1)?;
    Ok(Some(to_value::query(&query_document(&args[0])?)))
}

fn parse_schema(_: &mut Context, args: &[Value]) -> Answer {
    operand::string(args, 1)?;
    Ok(Some(to_value::schema(&schema_document(&args[0])?)))
}

fn is_valid(context: &mut Context, args: &[Value]) -> Answer {
    Ok(Some(verified(context, args).is_ok().into()))
}

fn schema_is_valid(context: &mut Context, args: &[Value]) -> Answer {
    Ok(Some(load(context, &args[0]).is_ok().into()))
}

/// Its size goes with that of the text that it was read from, which the cache counts.
impl crate::cache::Weight for Loaded {
    fn bytes(&self) -> usize {
        0
    }
}

#[cfg(test)]
mod tests;
