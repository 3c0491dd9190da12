//! `yaml.*`: YAML as OPA reads it (JSON's data model, YAML 1.2's booleans, the last of duplicate keys) and writes it.

mod emit;
mod load;
mod resolve;
mod style;

pub(crate) use load::parse;

use writ_value::Value;

use crate::operand;
use crate::{Answer, Builtin, BuiltinError, Context};

/// The namespace's built-ins.
pub(crate) const BUILTINS: &[Builtin] = &[
    Builtin::new("yaml.marshal", 1, marshal),
    Builtin::new("yaml.unmarshal", 1, unmarshal),
    Builtin::new("yaml.is_valid", 1, is_valid),
];

fn marshal(_: &mut Context, args: &[Value]) -> Answer {
    if emit::has_forbidden(&args[0]) {
        return Err(BuiltinError::new("yaml: control characters are not allowed"));
    }
    Ok(Some(emit::to_string(&args[0]).into()))
}

fn unmarshal(_: &mut Context, args: &[Value]) -> Answer {
    let text = operand::text(args, 1)?;
    load::parse(&text).map(Some).map_err(BuiltinError::new)
}

fn is_valid(_: &mut Context, args: &[Value]) -> Answer {
    Ok(Some(operand::text(args, 1).is_ok_and(|t| load::parse(&t).is_ok()).into()))
}

#[cfg(test)]
mod tests;
