//! What passes ask about the locals of a function.

use rustc_hash::FxHashMap;

use crate::plan::ir::{Block, Func, FuncId, Local, Plan, Stmt};
use crate::plan::visit;

/// The built-in that unites objects.
pub(super) const UNION: &str = "object.union";

/// Counts over one function.
#[derive(Debug, Default)]
pub(super) struct Facts {
    locals: Vec<Counts>,
    params: u32,
}

#[derive(Debug, Default, Clone, Copy)]
struct Counts {
    /// Statements that assign or reset it.
    assigned: u32,
    /// Statements that read it.
    read: u32,
    /// Read as something that may be undefined.
    looked_at: bool,
    /// A collection that is filled step by step.
    changed: bool,
}

impl Facts {
    pub(super) fn of(func: &Func) -> Self {
        let mut facts = Facts { locals: vec![Counts::default(); func.locals as usize], params: func.params };
        visit::each(&func.body, &mut |stmt| {
            visit::assigns(stmt, &mut |local| facts.at(local).assigned += 1);
            visit::reads(stmt, &mut |local| facts.at(local).read += 1);
            visit::looks_at(stmt, &mut |local| facts.at(local).looked_at = true);
            visit::changes(stmt, &mut |local| facts.at(local).changed = true);
        });
        facts
    }

    fn at(&mut self, local: Local) -> &mut Counts {
        // Numbers are in range, as `verify` checks; a pass that adds locals asks about them, too.
        if self.locals.len() <= local.0 as usize {
            self.locals.resize(local.0 as usize + 1, Counts::default());
        }
        &mut self.locals[local.0 as usize]
    }

    fn get(&self, local: Local) -> Counts {
        self.locals.get(local.0 as usize).copied().unwrap_or_default()
    }

    /// Wherever it is read it has the value of one statement (or argument), and is defined.
    pub(super) fn is_fixed(&self, local: Local) -> bool {
        let counts = self.get(local);
        let wanted = u32::from(local.0 >= self.params);
        counts.assigned == wanted && !counts.looked_at
    }

    /// Fixed, and no collection that grows.
    pub(super) fn is_value(&self, local: Local) -> bool {
        self.is_fixed(local) && !self.get(local).changed
    }

    /// How many statements read it.
    pub(super) fn reads(&self, local: Local) -> u32 {
        self.get(local).read
    }

    /// Nobody reads it.
    pub(super) fn is_unread(&self, local: Local) -> bool {
        self.get(local).read == 0
    }
}

/// Whether a statement only fails or computes, so that one behind it may be done before it, or without it where that one fails.
pub(super) fn is_quiet(stmt: &Stmt) -> bool {
    matches!(
        stmt,
        Stmt::InputPath { .. }
            | Stmt::DataPath { .. }
            | Stmt::Document { .. }
            | Stmt::Get { .. }
            | Stmt::Compare { .. }
            | Stmt::Holds { .. }
            | Stmt::IsType { .. }
            | Stmt::LenIs { .. }
    )
}

/// Adds `by` to the levels of breaks in a block that leave a block around it, `depth` blocks being inside.
pub(super) fn shift_breaks(block: &mut Block, depth: u32, by: u32) {
    for stmt in &mut block.0 {
        match stmt {
            Stmt::Break { levels } if *levels >= depth => *levels += by,
            _ => stmt.blocks_mut().for_each(|inner| shift_breaks(inner, depth + 1, by)),
        }
    }
}

/// Number of calls of each function; those in loops, and those of entrypoints, count as many.
pub(super) fn calls(plan: &Plan) -> FxHashMap<FuncId, u32> {
    fn count(block: &Block, weight: u32, calls: &mut FxHashMap<FuncId, u32>) {
        for stmt in &block.0 {
            if let Stmt::Call { func, .. } = stmt {
                *calls.entry(*func).or_default() += weight;
            }
            let weight = if matches!(stmt, Stmt::Scan { .. } | Stmt::Select { .. }) { 2 } else { weight };
            stmt.blocks().for_each(|inner| count(inner, weight, calls));
        }
    }
    let mut calls = FxHashMap::default();
    plan.funcs.iter().for_each(|func| count(&func.body, 1, &mut calls));
    plan.entrypoints.iter().for_each(|entrypoint| *calls.entry(entrypoint.func).or_default() += 2);
    calls
}

/// Number of statements, blocks inside them included.
pub(super) fn size(block: &Block) -> usize {
    let mut n = 0;
    visit::each(block, &mut |_| n += 1);
    n
}
