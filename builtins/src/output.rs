//! `trace` and `internal.print`: text for people.

use writ_value::{Value, rego};

use crate::operand;
use crate::{Answer, Builtin, BuiltinError, Context, Output};

/// The built-ins.
pub(crate) const BUILTINS: &[Builtin] = &[Builtin::new("trace", 1, trace), Builtin::new("internal.print", 1, print)];

/// Most lines of one `print`, which prints every combination of its operands' values.
const MAX_LINES: usize = 10_000;

fn trace(context: &mut Context, args: &[Value]) -> Answer {
    let note = operand::text(args, 1)?.into_owned();
    if let Some(sink) = &mut context.sink {
        sink(Output::Trace(note));
    }
    Ok(Some(true.into()))
}

/// Takes one set of values for each operand; an empty one was undefined. Has no result.
fn print(context: &mut Context, args: &[Value]) -> Answer {
    let operands = operand::array(args, 1)?;
    let Some(sink) = &mut context.sink else { return Ok(None) };
    let shown = |v: &Value| match v {
        Value::String(s) => s.to_str_lossy().into_owned(),
        other => rego::to_string(other),
    };
    let mut lines = vec![String::new()];
    for (i, operand) in operands.iter().enumerate() {
        let values: Vec<String> = match operand {
            Value::Set(s) if s.is_empty() => vec!["<undefined>".to_owned()],
            Value::Set(s) => s.iter().map(shown).collect(),
            Value::Array(_) | Value::Object(_) => {
                return Err(BuiltinError::halt(format!("illegal argument type: {}", operand.type_name())));
            }
            other => vec![shown(other)],
        };
        if lines.len() * values.len() > MAX_LINES {
            return Err(BuiltinError::halt(format!("more than {MAX_LINES} combinations to print")));
        }
        let space = if i > 0 { " " } else { "" };
        lines = lines.iter().flat_map(|line| values.iter().map(move |v| format!("{line}{space}{v}"))).collect();
    }
    for line in lines {
        sink(Output::Print(line));
    }
    Ok(None)
}
