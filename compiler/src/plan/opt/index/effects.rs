//! What a block does that can be seen outside of it, and whether the order of two blocks can be seen.

use rustc_hash::FxHashSet;

use super::Entry;
use crate::builtins;
use crate::plan::ir::{Block, ConstId, Func, Local, Operand, Plan, Stmt};
use crate::plan::opt::is_made;
use crate::plan::visit;

/// What a block does to its surroundings, all of it of one kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Nothing.
    None,
    /// Ends the function with this constant.
    Return(ConstId),
    /// Gives this local a value on which all must agree.
    Once(Local),
    /// Adds to this collection.
    Fill(Local),
    /// Something else, or of several kinds.
    Other,
}

/// See [`Kind`].
#[derive(Debug, Clone, Copy)]
pub(super) struct Effects {
    pub(super) kind: Kind,
    /// It calls what may end the evaluation.
    may_abort: bool,
    /// A break in it leaves a block around it: it cannot be moved into other blocks.
    pub(super) breaks_out: bool,
}

/// What the block does. `inner` are the locals that only it mentions.
pub(super) fn of(block: &Block, inner: &FxHashSet<u32>, aborting: &[bool]) -> Effects {
    let mut effects = Effects { kind: Kind::None, may_abort: false, breaks_out: visit::breaks_out(block, 1) };
    visit::each(block, &mut |stmt| {
        let kind = match stmt {
            Stmt::Return { value: Operand::Const(id) } => Kind::Return(*id),
            Stmt::Return { .. } | Stmt::ReturnIfDefined { .. } => Kind::Other,
            Stmt::AssignOnce { dst, .. } if !inner.contains(&dst.0) => Kind::Once(*dst),
            Stmt::Add { set: local, .. } | Stmt::InsertPath { object: local, .. } if !inner.contains(&local.0) => {
                Kind::Fill(*local)
            }
            Stmt::Push { array: local, .. }
            | Stmt::Insert { object: local, .. }
            | Stmt::InsertOnce { object: local, .. }
                if !inner.contains(&local.0) =>
            {
                Kind::Other
            }
            Stmt::Call { func, .. } => {
                effects.may_abort |= aborting.get(func.0 as usize).copied().unwrap_or(true);
                assigned(stmt, inner)
            }
            Stmt::Builtin { name, .. } => {
                effects.may_abort |= may_end(name);
                assigned(stmt, inner)
            }
            _ => assigned(stmt, inner),
        };
        effects.kind = join(effects.kind, kind);
    });
    effects
}

/// Whether the statement, or one inside it, does something that can be seen outside of the block. `depth` blocks are around it
/// within the block.
pub(super) fn seen_outside(stmt: &Stmt, inner: &FxHashSet<u32>, depth: u32) -> bool {
    let own = match stmt {
        Stmt::Return { .. } | Stmt::ReturnIfDefined { .. } => true,
        Stmt::Break { levels } => *levels >= depth,
        _ => {
            let mut outer = false;
            visit::changes(stmt, &mut |local| outer |= !inner.contains(&local.0));
            outer || assigned(stmt, inner) == Kind::Other
        }
    };
    own || stmt.blocks().any(|block| block.0.iter().any(|stmt| seen_outside(stmt, inner, depth + 1)))
}

fn assigned(stmt: &Stmt, inner: &FxHashSet<u32>) -> Kind {
    let mut kind = Kind::None;
    visit::assigns(stmt, &mut |local| {
        if !inner.contains(&local.0) {
            kind = Kind::Other;
        }
    });
    kind
}

fn join(a: Kind, b: Kind) -> Kind {
    match (a, b) {
        (Kind::None, kind) | (kind, Kind::None) => kind,
        (a, b) if a == b => a,
        _ => Kind::Other,
    }
}

/// Whether the blocks do the same in any order. All return the same, or all give one local its one value, or all fill one collection;
/// nobody looks at those in between.
pub(super) fn commute(entries: &[Entry]) -> bool {
    let kind = entries.iter().fold(Kind::None, |kind, entry| join(kind, entry.effects.kind));
    let alone = |local: Local, per_change: usize| {
        entries.iter().all(|entry| {
            let (mut mentions, mut changes) = (0, 0);
            for stmt in &entry.body.0 {
                visit::mentions(stmt, &mut |l| mentions += usize::from(l == local));
            }
            visit::each(&entry.body, &mut |stmt| match stmt {
                Stmt::AssignOnce { dst, .. } => changes += usize::from(*dst == local),
                _ => visit::changes(stmt, &mut |l| changes += usize::from(l == local)),
            });
            mentions == changes * per_change
        })
    };
    match kind {
        Kind::None => true,
        // The first that returns hides what those behind it would have raised.
        Kind::Return(_) => !entries.iter().any(|entry| entry.effects.may_abort),
        // An `AssignOnce` looks at its local and assigns it.
        Kind::Once(local) => alone(local, 2),
        Kind::Fill(local) => alone(local, 1),
        Kind::Other => false,
    }
}

/// By function: whether it, or one that it calls, may end the evaluation with a conflict.
pub(super) fn aborting(plan: &Plan) -> Vec<bool> {
    let own = |func: &Func| {
        let mut found = false;
        visit::each(&func.body, &mut |stmt| {
            found |= match stmt {
                Stmt::AssignOnce { .. } | Stmt::InsertOnce { .. } | Stmt::InsertPath { .. } => true,
                Stmt::MakeObject { pairs, .. } => pairs.len() > 1,
                Stmt::Builtin { name, .. } => may_end(name),
                _ => false,
            };
        });
        found
    };
    let mut flags: Vec<bool> = plan.funcs.iter().map(own).collect();
    let mut callers: Vec<Vec<u32>> = vec![Vec::new(); flags.len()];
    for (caller, func) in plan.funcs.iter().enumerate() {
        visit::each(&func.body, &mut |stmt| {
            if let Stmt::Call { func, .. } = stmt
                && let Some(callers) = callers.get_mut(func.0 as usize)
            {
                callers.push(caller as u32);
            }
        });
    }
    let mut todo: Vec<usize> = (0..flags.len()).filter(|f| flags[*f]).collect();
    while let Some(func) = todo.pop() {
        for caller in std::mem::take(&mut callers[func]) {
            if !std::mem::replace(&mut flags[caller as usize], true) {
                todo.push(caller as usize);
            }
        }
    }
    flags
}

/// Whether a call of the built-in may end the evaluation: of those of OPA's none does where errors are not strict, of others nobody knows.
fn may_end(name: &str) -> bool {
    builtins::lookup(name).is_none() && !is_made(name)
}
