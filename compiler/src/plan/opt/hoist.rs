//! Hoisting: what a loop's body computes anew in every round with the same outcome moves in front of the loop.
//!
//! ```text
//!   scan l0 as _, l1                    block
//!     l2 = get l1 "user"                  l3 = input.user
//!     l3 = input.user             ⇒       scan l0 as _, l1
//!     compare l2 == l3                      l2 = get l1 "user"
//!     …                                     compare l2 == l3
//! ```
//!
//! Only reads and tests move, never a call: they cost little where the loop has no rounds, and cannot end the evaluation. A failure in
//! front of the loop is what a failure in every round would be, since nothing in the rounds before it can be seen.

use rustc_hash::FxHashSet;

use super::facts::{Facts, is_quiet, shift_breaks};
use super::{Note, is_deep};
use crate::plan::ir::{Block, Local, Operand, Plan, Stmt};
use crate::plan::visit;

/// Runs the pass.
pub(super) fn run(plan: &mut Plan, _: &mut Vec<Note>) {
    for func in plan.funcs.iter_mut().filter(|func| !is_deep(func)) {
        let facts = Facts::of(func);
        let mut body = std::mem::take(&mut func.body);
        block(&mut body, true, &facts);
        func.body = body;
    }
}

/// Inner loops first, so that what they give up can move on. `open`: failing in the block is the same as coming to its end.
fn block(this: &mut Block, open: bool, facts: &Facts) {
    let mut out = Vec::with_capacity(this.0.len());
    let mut stmts = std::mem::take(&mut this.0).into_iter().peekable();
    while let Some(mut stmt) = stmts.next() {
        let inside = !matches!(stmt, Stmt::Not(_));
        stmt.blocks_mut().for_each(|inner| block(inner, inside, facts));
        if let Stmt::Scan { key, value, body, .. } = &mut stmt {
            let bound: Vec<Local> = key.iter().chain(&*value).copied().collect();
            // Behind the loop somebody may look for the last key or value.
            let is_seen = !bound.iter().all(|local| facts.is_fixed(*local));
            let mut moved = if is_seen { Vec::new() } else { take_invariants(body, &bound, facts) };
            if open && stmts.peek().is_none() {
                out.append(&mut moved);
            } else if !moved.is_empty() {
                let mut alone = Block(vec![stmt]);
                shift_breaks(&mut alone, 0, 1);
                moved.append(&mut alone.0);
                stmt = Stmt::Block(Block(moved));
            }
        }
        out.push(stmt);
    }
    this.0 = out;
}

/// Takes the statements out of a loop's body that do the same in every round.
fn take_invariants(body: &mut Block, bound: &[Local], facts: &Facts) -> Vec<Stmt> {
    let mut varying: FxHashSet<u32> = bound.iter().map(|local| local.0).collect();
    visit::each(body, &mut |stmt| visit::assigns(stmt, &mut |local| _ = varying.insert(local.0)));
    let mut moved = Vec::new();
    let mut rest = Vec::with_capacity(body.0.len());
    let mut stmts = std::mem::take(&mut body.0).into_iter();
    for stmt in stmts.by_ref() {
        if is_invariant(&stmt, &varying, facts) {
            visit::writes(&stmt, &mut |local| _ = varying.remove(&local.0));
            moved.push(stmt);
            continue;
        }
        let quiet = is_quiet(&stmt);
        rest.push(stmt);
        if !quiet {
            break;
        }
    }
    rest.extend(stmts);
    body.0 = rest;
    moved
}

fn is_invariant(stmt: &Stmt, varying: &FxHashSet<u32>, facts: &Facts) -> bool {
    let (dst, values): (Option<Local>, Vec<Operand>) = match stmt {
        Stmt::InputPath { dst, .. } | Stmt::DataPath { dst, .. } | Stmt::Document { dst, .. } => (Some(*dst), vec![]),
        Stmt::Get { dst, source, key } => (Some(*dst), vec![*source, *key]),
        Stmt::Compare { left, right, .. } => (None, vec![*left, *right]),
        Stmt::Holds { value } | Stmt::IsType { value, .. } | Stmt::LenIs { value, .. } => (None, vec![*value]),
        _ => return false,
    };
    dst.is_none_or(|dst| facts.is_fixed(dst))
        && values.iter().all(|value| match value {
            Operand::Local(local) => !varying.contains(&local.0) && facts.is_value(*local),
            Operand::Const(_) | Operand::Cell(_) => true,
        })
}
