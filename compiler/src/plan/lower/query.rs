//! An ad-hoc query: its rows, each with the variables' bindings and the expressions' values.

use std::rc::Rc;

use writ_value::Value;

use super::builder::Open;
use super::env::Env;
use super::{LowerError, Lowerer, Planner};
use crate::plan::ir::{Func, Operand, Stmt};

/// The function that returns the rows of the query at `index`.
pub(super) fn lower(planner: &mut Planner<'_>, index: usize, env: &Rc<Env>) -> Result<Func, LowerError> {
    let program = planner.program;
    let Some(query) = program.queries.get(index) else {
        return Err(LowerError::defect("no such query", None));
    };
    let mut f = Lowerer::new(planner, env, &query.scope, 0);
    let rows = f.b.make_array(Vec::new());
    f.scoped(|f| {
        f.b.open(Open::Block);
        f.body(&query.body)?;
        let mut pairs = Vec::new();
        for (name, var) in &query.bindings {
            let span = query.scope.vars.get(var.0 as usize).map(|v| v.span).unwrap_or_default();
            let key = f.constant(&Value::from(name.as_str()));
            pairs.push((key, f.var(*var, span)?));
        }
        let mut values = Vec::new();
        for expression in &query.expressions {
            values.push(match expression.value {
                Some(var) => f.var(var, expression.span)?,
                None => f.constant(&Value::Bool(true)),
            });
        }
        let bindings = f.b.local();
        f.b.push(Stmt::MakeObject { dst: bindings, pairs });
        let expressions = f.b.make_array(values);
        let row = f.b.make_array(vec![Operand::Local(bindings), Operand::Local(expressions)]);
        f.b.push(Stmt::Push { array: rows, value: Operand::Local(row) });
        Ok(())
    })?;
    f.b.push(Stmt::Return { value: Operand::Local(rows) });
    f.finish(format!("query {}", query.name), None)
}
