//! Which built-ins an entrypoint can reach whose results depend on more than their arguments.

use std::collections::BTreeMap;

use super::ir::{Block, FuncId, Plan, Stmt};
use crate::builtins::{Varies, Vocabulary};

/// Built-ins whose results vary, by name.
pub type Effects = BTreeMap<String, Varies>;

/// Fills in what each entrypoint's function and all that it calls can reach. A function that `with` replaces is not reached under that
/// `with`.
///
/// Cost: linear in the plan; each function is looked at once, however many entrypoints reach it.
pub fn find_effects(plan: &mut Plan, vocabulary: &Vocabulary) {
    let mut known: Vec<Option<Effects>> = vec![None; plan.funcs.len()];
    for i in 0..plan.entrypoints.len() {
        let root = plan.entrypoints[i].func;
        search(plan, root, vocabulary, &mut known);
        plan.entrypoints[i].effects = of(&known, root);
    }
}

fn of(known: &[Option<Effects>], func: FuncId) -> Effects {
    known.get(func.0 as usize).cloned().flatten().unwrap_or_default()
}

/// Depth first with a stack of its own, since chains of calls may be long. Calls make no circles.
fn search(plan: &Plan, root: FuncId, vocabulary: &Vocabulary, known: &mut [Option<Effects>]) {
    let mut stack = vec![(root, None)];
    while let Some((id, entered)) = stack.pop() {
        let Some(func) = plan.funcs.get(id.0 as usize) else { continue };
        match entered {
            None if known[id.0 as usize].is_some() => {}
            None => {
                let (mut own, mut calls) = (Effects::new(), Vec::new());
                visit(&func.body, vocabulary, &mut calls, &mut own);
                known[id.0 as usize] = Some(own);
                calls.sort_unstable();
                calls.dedup();
                stack.push((id, Some(calls.clone())));
                stack.extend(calls.into_iter().map(|callee| (callee, None)));
            }
            Some(calls) => {
                let mut all = of(known, id);
                calls.into_iter().for_each(|callee| all.extend(of(known, callee)));
                known[id.0 as usize] = Some(all);
            }
        }
    }
}

/// Recursion is bounded by the nesting of blocks, which the planner bounds.
fn visit(block: &Block, vocabulary: &Vocabulary, calls: &mut Vec<FuncId>, found: &mut Effects) {
    for stmt in &block.0 {
        match stmt {
            Stmt::Call { func, .. } => calls.push(*func),
            Stmt::Builtin { name, .. } => {
                let varies = vocabulary.lookup(name).map_or(Varies::World, |b| b.varies);
                if varies != Varies::Never && !found.contains_key(name) {
                    found.insert(name.clone(), varies);
                }
            }
            _ => stmt.blocks().for_each(|inner| visit(inner, vocabulary, calls, found)),
        }
    }
}
