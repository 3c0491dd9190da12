//! Drops functions that no entrypoint reaches and numbers the others anew.

use super::Note;
use crate::plan::ir::{Block, FuncId, Plan, Stmt};
use crate::plan::visit;

/// Runs the pass.
pub(super) fn run(plan: &mut Plan, notes: &mut Vec<Note>) {
    let mut reached = vec![false; plan.funcs.len()];
    let mut todo: Vec<FuncId> = plan.entrypoints.iter().map(|entrypoint| entrypoint.func).collect();
    while let Some(id) = todo.pop() {
        let (Some(seen), Some(func)) = (reached.get_mut(id.0 as usize), plan.funcs.get(id.0 as usize)) else {
            continue;
        };
        if !std::mem::replace(seen, true) {
            visit::each(&func.body, &mut |stmt| {
                if let Stmt::Call { func, .. } = stmt {
                    todo.push(*func);
                }
            });
        }
    }
    let mut next = 0;
    let numbers: Vec<FuncId> = reached
        .iter()
        .map(|reached| {
            next += u32::from(*reached);
            FuncId(next.saturating_sub(1))
        })
        .collect();
    let is_reached = |note: &Note| reached.get(note.func() as usize).is_some_and(|reached| *reached);
    notes.retain(is_reached);
    for note in notes {
        let func = note.func_mut();
        *func = numbers.get(*func as usize).map_or(*func, |id| id.0);
    }
    let number = |id: &mut FuncId| *id = numbers.get(id.0 as usize).copied().unwrap_or(*id);
    let mut kept = reached.iter();
    plan.funcs.retain(|_| kept.next().copied().unwrap_or(true));
    plan.funcs.iter_mut().for_each(|func| renumber(&mut func.body, &number));
    plan.entrypoints.iter_mut().for_each(|entrypoint| number(&mut entrypoint.func));
}

fn renumber(block: &mut Block, number: &impl Fn(&mut FuncId)) {
    for stmt in &mut block.0 {
        if let Stmt::Call { func, .. } = stmt {
            number(func);
        }
        stmt.blocks_mut().for_each(|inner| renumber(inner, number));
    }
}
