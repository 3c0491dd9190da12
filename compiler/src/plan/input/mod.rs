//! Which parts of the input each entrypoint can read: the *projection*.
//!
//! A host that knows it fills numbered slots from the text of an input and skips the rest; and two inputs that agree on the projection
//! get the same decision, so that it is the smallest sound key of a cache. Static paths become slots of a frame, in the order of a walk over their
//! trie, so that the slots below a key are a range. What is read below a path by a computed key or a loop is kept as a value, pruned to what is
//! looked at.
//!
//! `with input…` replaces the document while a body runs. Functions that run under one read the document in place of slots
//! ([`InputPlan::reads_tree`]); where they also run outside, the whole document is needed.

mod flow;
mod need;
mod trie;

use std::collections::BTreeMap;

use writ_value::Value;

use super::ir::{FuncId, PathId, Plan};
use flow::FuncReads;
pub use need::Need;
pub use trie::{Node, Trie};

/// Most entrypoints whose projections are told apart; with more, all share the union, so that the analysis stays linear.
const DISTINCT: usize = 256;

/// Slots and projections of a plan.
#[derive(Debug, Clone, Default)]
pub struct InputPlan {
    /// Number of slots in a frame.
    pub slots: u32,
    /// Slot of the whole input, if some function reads it.
    pub root_slot: Option<u32>,
    /// Slot of each path of the plan that some function reads from a slot.
    pub path_slots: Vec<Option<u32>>,
    /// Functions that read the document in place of slots.
    pub reads_tree: Vec<bool>,
    /// Different projections.
    pub projections: Vec<Trie>,
    /// Projection of each entrypoint.
    pub of_entrypoint: Vec<usize>,
}

/// Analyses a plan. Cost: about linear in it.
pub fn analyse(plan: &Plan) -> InputPlan {
    let reads = flow::analyse(plan);
    let reads_tree = under_replaced(&reads);
    let mut unions: Vec<Reads> = Vec::new();
    let mut of_entrypoint = Vec::new();
    if plan.entrypoints.len() <= DISTINCT {
        for entrypoint in &plan.entrypoints {
            let union = Reads::of([entrypoint.func], &reads, &reads_tree);
            let at = unions.iter().position(|u| *u == union).unwrap_or_else(|| {
                unions.push(union);
                unions.len() - 1
            });
            of_entrypoint.push(at);
        }
    } else {
        unions.push(Reads::of(plan.entrypoints.iter().map(|e| e.func), &reads, &reads_tree));
        of_entrypoint = vec![0; plan.entrypoints.len()];
    }
    let mut all = Reads::default();
    unions.iter().for_each(|union| all.add(union));

    // Slots are numbered by the trie of everything, so that they mean the same under each entrypoint.
    let path = |id: &PathId| &plan.input_paths[id.0 as usize];
    let mut order = Trie::default();
    all.paths.iter().for_each(|(id, need)| order.insert(path(id), need));
    if let Some(need) = &all.root {
        order.insert(&[], need);
    }
    let by_path = order.number();
    let slot = |keys: &[Value]| by_path.get(keys).copied();
    let mut path_slots = vec![None; plan.input_paths.len()];
    for id in all.paths.keys() {
        path_slots[id.0 as usize] = slot(path(id));
    }
    let projections = unions.iter().map(|union| {
        let mut trie = Trie::default();
        union.paths.iter().for_each(|(id, need)| trie.insert(path(id), need));
        if let Some(need) = &union.root {
            trie.insert(&[], need);
        }
        trie.finish(&by_path);
        trie
    });
    InputPlan {
        slots: by_path.len() as u32,
        root_slot: all.root.as_ref().and_then(|_| slot(&[])),
        path_slots,
        reads_tree,
        projections: projections.collect(),
        of_entrypoint,
    }
}

/// What a set of functions and all that they call read from slots.
#[derive(Debug, Clone, Default, PartialEq)]
struct Reads {
    paths: BTreeMap<PathId, Need>,
    root: Option<Need>,
}

impl Reads {
    fn of(funcs: impl IntoIterator<Item = FuncId>, reads: &[FuncReads], reads_tree: &[bool]) -> Reads {
        let mut union = Reads::default();
        let mut seen = vec![false; reads.len()];
        let mut stack: Vec<FuncId> = funcs.into_iter().collect();
        while let Some(id) = stack.pop() {
            let at = id.0 as usize;
            if std::mem::replace(&mut seen[at], true) {
                continue;
            }
            let func = &reads[at];
            if reads_tree[at] {
                // It reads the document, here the caller's own.
                if func.root.is_some() || !func.paths.is_empty() {
                    union.root.get_or_insert_default().add(&Need::whole());
                }
            } else {
                func.paths.iter().for_each(|(id, need)| {
                    union.paths.entry(*id).or_default().add(need);
                });
                if let Some(need) = &func.root {
                    union.root.get_or_insert_default().add(need);
                }
            }
            stack.extend(&func.calls);
        }
        union
    }

    fn add(&mut self, other: &Reads) {
        other.paths.iter().for_each(|(id, need)| {
            self.paths.entry(*id).or_default().add(need);
        });
        if let Some(need) = &other.root {
            self.root.get_or_insert_default().add(need);
        }
    }
}

/// Functions that may run while a `with` has replaced the input.
fn under_replaced(reads: &[FuncReads]) -> Vec<bool> {
    let mut under = vec![false; reads.len()];
    let mut stack: Vec<FuncId> = reads.iter().flat_map(|r| r.calls_replaced.iter().copied()).collect();
    while let Some(id) = stack.pop() {
        if !std::mem::replace(&mut under[id.0 as usize], true) {
            let func = &reads[id.0 as usize];
            stack.extend(func.calls.iter().chain(&func.calls_replaced));
        }
    }
    under
}
