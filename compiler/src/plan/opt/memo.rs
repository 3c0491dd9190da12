//! Takes memo slots away from functions that run at most once per evaluation anyway.
//!
//! A function needs no slot if it is called from one place only, that place is in no loop, and the caller itself runs at most once: it is an
//! entrypoint that nothing calls, or has a memo slot (or had one that this pass took). Inside a `with` both start over with an empty table.

use super::Note;
use crate::plan::ir::{Block, FuncId, Plan, Stmt};

/// Who calls a function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Callers {
    Nobody,
    /// One place, outside of loops, in this function.
    Once(FuncId),
    Many,
}

/// Runs the pass; slots are numbered anew.
pub(super) fn drop_needless(plan: &mut Plan, _: &mut Vec<Note>) {
    let mut callers = vec![Callers::Nobody; plan.funcs.len()];
    for (n, func) in plan.funcs.iter().enumerate() {
        count(&func.body, FuncId(n as u32), false, &mut callers);
    }
    let runs_once: Vec<bool> = plan
        .funcs
        .iter()
        .zip(&callers)
        .map(|(func, callers)| func.memo.is_some() || func.params == 0 && *callers == Callers::Nobody)
        .collect();
    let mut slots = 0;
    for (func, callers) in plan.funcs.iter_mut().zip(&callers) {
        let needless = match callers {
            Callers::Nobody => true,
            Callers::Once(caller) => runs_once.get(caller.0 as usize).copied().unwrap_or(false),
            Callers::Many => false,
        };
        func.memo = match func.memo {
            Some(_) if !needless => {
                slots += 1;
                Some(slots - 1)
            }
            _ => None,
        };
    }
    plan.memo_slots = slots;
}

fn count(block: &Block, caller: FuncId, in_loop: bool, callers: &mut [Callers]) {
    for stmt in &block.0 {
        if let Stmt::Call { func, .. } = stmt
            && let Some(seen) = callers.get_mut(func.0 as usize)
        {
            *seen = match seen {
                Callers::Nobody if !in_loop => Callers::Once(caller),
                _ => Callers::Many,
            };
        }
        let in_loop = in_loop || matches!(stmt, Stmt::Scan { .. } | Stmt::Select { .. });
        stmt.blocks().for_each(|inner| count(inner, caller, in_loop, callers));
    }
}
