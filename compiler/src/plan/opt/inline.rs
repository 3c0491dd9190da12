//! Inlining: a call of a small function that runs straight through becomes its statements.
//!
//! A failure in the function is an undefined result, on which the call fails: the same as failing in place.

use super::early::is_straight;
use super::{Note, is_deep};
use crate::plan::ir::{Block, Func, Local, Operand, Plan, Stmt};
use crate::plan::visit;

/// Most statements of a function that is copied to wherever it is called.
const SMALL: usize = 6;
/// Rounds, so that functions that only call small ones become small, too.
const ROUNDS: usize = 4;
/// A function does not grow beyond this many locals.
const LOCALS: u32 = 10_000;

/// Runs the pass. Functions that nobody calls any more stay; [`super::prune`] takes them.
pub(super) fn run(plan: &mut Plan, _: &mut Vec<Note>) {
    for _ in 0..ROUNDS {
        let small: Vec<Option<Func>> = plan
            .funcs
            .iter()
            .map(|func| (func.body.0.len() <= SMALL && is_straight(&func.body) && is_cheap(func)).then(|| func.clone()))
            .collect();
        let mut changed = false;
        for (n, func) in plan.funcs.iter_mut().enumerate().filter(|(_, func)| !is_deep(func)) {
            let mut body = std::mem::take(&mut func.body);
            let mut caller = Caller { id: n, locals: func.locals, small: &small, changed: false };
            caller.block(&mut body);
            func.body = body;
            func.locals = caller.locals;
            changed |= caller.changed;
        }
        if !changed {
            return;
        }
    }
}

/// With a memo slot a second call costs nothing, so only what costs next to nothing is done twice.
fn is_cheap(func: &Func) -> bool {
    let costly = |stmt: &Stmt| {
        matches!(
            stmt,
            Stmt::Call { .. }
                | Stmt::Builtin { .. }
                | Stmt::MakeArray { .. }
                | Stmt::MakeSet { .. }
                | Stmt::MakeObject { .. }
                | Stmt::Merge { .. }
                | Stmt::InsertPath { .. }
        )
    };
    func.memo.is_none() && func.params > 0 || !func.body.0.iter().any(costly)
}

struct Caller<'a> {
    id: usize,
    locals: u32,
    small: &'a [Option<Func>],
    changed: bool,
}

impl Caller<'_> {
    fn block(&mut self, block: &mut Block) {
        let mut out = Vec::with_capacity(block.0.len());
        for mut stmt in std::mem::take(&mut block.0) {
            stmt.blocks_mut().for_each(|inner| self.block(inner));
            let Stmt::Call { dst, func, args } = &stmt else {
                out.push(stmt);
                continue;
            };
            let callee = self.small.get(func.0 as usize).and_then(Option::as_ref);
            match callee.filter(|f| func.0 as usize != self.id && self.locals + f.locals < LOCALS) {
                Some(callee) => self.copy(callee, args, *dst, &mut out),
                None => out.push(stmt),
            }
        }
        block.0 = out;
    }

    fn copy(&mut self, callee: &Func, args: &[Operand], dst: Local, out: &mut Vec<Stmt>) {
        self.changed = true;
        let first = self.locals;
        self.locals += callee.locals;
        let moved = |local: Local| Local(first + local.0);
        // Arguments are only read; a function that assigned one would have a local for it.
        for (n, arg) in args.iter().enumerate() {
            out.push(Stmt::Assign { dst: moved(Local(n as u32)), source: *arg });
        }
        for stmt in &callee.body.0 {
            let mut stmt = stmt.clone();
            visit::operands_mut(&mut stmt, &mut |operand| {
                if let Operand::Local(local) = operand {
                    *local = moved(*local);
                }
            });
            visit::targets_mut(&mut stmt, &mut |local| *local = moved(*local));
            out.push(match stmt {
                Stmt::Return { value } => Stmt::Assign { dst, source: value },
                stmt => stmt,
            });
        }
    }
}
