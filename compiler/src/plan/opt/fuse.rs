//! Fusion: a built-in whose result only the next step looks at, and looks at in part, gives that part and no more.
//!
//! ```text
//!   l1 = builtin split(l0, "@")
//!   l2 = get l1 1                    ⇒   l2 = builtin internal.split_at(l0, "@", 1)
//! ```

use writ_value::{Number, Value};

use super::facts::Facts;
use super::made::SPLIT_AT;
use super::{Note, is_deep};
use crate::plan::ir::{Block, Local, Operand, Plan, Stmt};

/// Runs the pass.
pub(super) fn run(plan: &mut Plan, _: &mut Vec<Note>) {
    for func in plan.funcs.iter_mut().filter(|func| !is_deep(func)) {
        let facts = Facts::of(func);
        block(&mut func.body, &facts, &plan.constants);
    }
}

fn block(this: &mut Block, facts: &Facts, constants: &[Value]) {
    let mut out: Vec<Stmt> = Vec::with_capacity(this.0.len());
    for mut stmt in std::mem::take(&mut this.0) {
        stmt.blocks_mut().for_each(|inner| block(inner, facts, constants));
        if let Some(fused) = out.last().and_then(|before| part_of_split(before, &stmt, facts, constants)) {
            out.pop();
            stmt = fused;
        }
        out.push(stmt);
    }
    this.0 = out;
}

/// `split` and a step to one of its parts by a constant position.
fn part_of_split(split: &Stmt, step: &Stmt, facts: &Facts, constants: &[Value]) -> Option<Stmt> {
    let Stmt::Builtin { dst: Some(parts), name, args, span } = split else { return None };
    let Stmt::Get { dst, source: Operand::Local(source), key: Operand::Const(key) } = step else { return None };
    // Which other numbers are positions is the guest's to say.
    let is_position = matches!(constants.get(key.0 as usize), Some(Value::Number(Number::Int(0..))));
    if name != "split" || args.len() != 2 || source != parts || !is_position || !is_seen_once(*parts, facts) {
        return None;
    }
    let args = args.iter().copied().chain([Operand::Const(*key)]).collect();
    Some(Stmt::Builtin { dst: Some(*dst), name: SPLIT_AT.to_owned(), args, span: *span })
}

fn is_seen_once(local: Local, facts: &Facts) -> bool {
    facts.is_value(local) && facts.reads(local) == 1
}
