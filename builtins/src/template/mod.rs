//! `strings.render_template`: Go's text templates over JSON.
//!
//! ```text
//!   text ──lexer, parser──▶ Templates ──exec(data)──▶ text
//! ```

mod datum;
mod escape;
mod exec;
mod funcs;
mod lexer;
mod literal;
mod parser;
mod tree;

use writ_value::{Value, json, rego};

use crate::operand;
use crate::{Answer, Builtin, BuiltinError, Context};

/// The namespace's built-ins.
pub(crate) const BUILTINS: &[Builtin] = &[Builtin::new("strings.render_template", 2, render)];

/// Longest template in bytes.
const MAX_TEMPLATE: usize = 1 << 20;

fn render(context: &mut Context, args: &[Value]) -> Answer {
    let text = operand::text(args, 1)?;
    operand::object(args, 2)?;
    if text.len() > MAX_TEMPLATE {
        return Err(BuiltinError::halt(format!("template exceeds {MAX_TEMPLATE} bytes")));
    }
    // As in OPA, what Rego's notation has beyond JSON's cannot be given to a template.
    let data = json::parse(rego::to_string(&args[1]).as_bytes()).map_err(|e| BuiltinError::new(e.to_string()))?;
    let templates = parser::parse(&text).map_err(BuiltinError::new)?;
    let out = exec::execute(context, &text, &templates, &data)?;
    Ok(Some(Value::String(replaced(&out, b"<no value>", b"<undefined>").into())))
}

fn replaced(text: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((&first, tail)) = rest.split_first() {
        if let Some(after) = rest.strip_prefix(from) {
            out.extend_from_slice(to);
            rest = after;
        } else {
            out.push(first);
            rest = tail;
        }
    }
    out
}

#[cfg(test)]
mod tests;
