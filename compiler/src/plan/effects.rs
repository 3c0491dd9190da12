//! What an entrypoint's result depends on besides the input: base data, and built-ins whose results depend on more than their arguments.

use std::collections::{BTreeMap, BTreeSet};

use super::ir::{Block, ConstId, Document, FuncId, Plan, Stmt};
use super::opt;
use crate::builtins::{Varies, Vocabulary};

/// Places of base data that are told apart per entrypoint; beyond, all of data counts as read.
const MAX_READS: usize = 256;

/// What an entrypoint, or a function, depends on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Effects {
    /// Built-ins whose results vary, by name.
    pub varying: BTreeMap<String, Varies>,
    /// Places of base data that can be read, with all that lies below them; none lies below another. The empty path is the whole of data.
    pub reads: BTreeSet<Vec<String>>,
    /// Entrypoints of other modules that can be called; what those depend on comes in addition.
    pub calls: BTreeSet<String>,
}

impl Effects {
    fn add(&mut self, other: &Effects) {
        self.varying.extend(other.varying.iter().map(|(name, varies)| (name.clone(), *varies)));
        self.reads.extend(other.reads.iter().cloned());
        self.calls.extend(other.calls.iter().cloned());
        self.shorten();
    }

    /// Drops what lies below another place. Of sorted paths those below one follow it at once.
    fn shorten(&mut self) {
        let mut last: Option<Vec<String>> = None;
        self.reads.retain(|path| {
            let below = last.as_ref().is_some_and(|last| path.starts_with(last));
            if !below {
                last = Some(path.clone());
            }
            !below
        });
        if self.reads.len() > MAX_READS {
            self.reads = BTreeSet::from([Vec::new()]);
        }
    }
}

/// Fills in what each entrypoint's function and all that it calls can reach. A function that `with` replaces is not reached under that
/// `with`.
///
/// Cost: linear in the plan; each function is looked at once, however many entrypoints reach it.
pub fn find_effects(plan: &mut Plan, vocabulary: &Vocabulary) {
    plan.functions = vocabulary.entrypoints();
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
                let (mut own, mut calls) = (Effects::default(), Vec::new());
                visit(plan, &func.body, vocabulary, &mut calls, &mut own);
                own.shorten();
                known[id.0 as usize] = Some(own);
                calls.sort_unstable();
                calls.dedup();
                stack.push((id, Some(calls.clone())));
                stack.extend(calls.into_iter().map(|callee| (callee, None)));
            }
            Some(calls) => {
                let mut all = of(known, id);
                calls.into_iter().for_each(|callee| {
                    if let Some(Some(effects)) = known.get(callee.0 as usize) {
                        all.add(effects);
                    }
                });
                known[id.0 as usize] = Some(all);
            }
        }
    }
}

/// Recursion is bounded by the nesting of blocks, which the planner bounds.
fn visit(plan: &Plan, block: &Block, vocabulary: &Vocabulary, calls: &mut Vec<FuncId>, found: &mut Effects) {
    for stmt in &block.0 {
        match stmt {
            Stmt::Call { func, .. } => calls.push(*func),
            Stmt::Document { document: Document::Data, .. } => {
                found.reads.insert(Vec::new());
            }
            Stmt::DataPath { path, .. } => {
                found.reads.insert(names(plan, path));
            }
            Stmt::IndexLookup { join, .. } => {
                let source = plan.joins.get(join.0 as usize).map_or(&[][..], |join| &join.source);
                found.reads.insert(names(plan, source));
            }
            Stmt::Builtin { name, .. } => {
                let known = vocabulary.lookup(name);
                found.calls.extend(known.and_then(|b| b.entrypoint).map(str::to_owned));
                let unknown = if opt::is_made(name) { Varies::Never } else { Varies::World };
                let varies = known.map_or(unknown, |b| b.varies);
                if varies != Varies::Never && !found.varying.contains_key(name) {
                    found.varying.insert(name.clone(), varies);
                }
            }
            _ => stmt.blocks().for_each(|inner| visit(plan, inner, vocabulary, calls, found)),
        }
    }
}

/// The path as far as its keys are text.
fn names(plan: &Plan, path: &[ConstId]) -> Vec<String> {
    let text = |id: &ConstId| plan.constants.get(id.0 as usize)?.as_str().map(str::to_owned);
    path.iter().map_while(text).collect()
}
