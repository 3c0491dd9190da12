//! Factoring: what several blocks side by side read and test first is read and tested once, in front of them.
//!
//! ```text
//!   block                               block
//!     l0 = input.path                     l0 = input.path
//!     l1 = get l0 0                       l1 = get l0 0
//!     compare l1 == "users"               compare l1 == "users"
//!     …                            ⇒      block
//!   block                                   …
//!     l5 = input.path                     block
//!     l6 = get l5 0                         …
//!     compare l6 == "users"
//!     …
//! ```
//!
//! Only what may fail but is not seen otherwise moves, and only where all of the blocks would fail with it. Comes behind the rule index, which
//! wants to see the tests of each rule.

use rustc_hash::{FxHashMap, FxHashSet};

use super::facts::{Facts, shift_breaks};
use super::{Note, is_deeper};
use crate::plan::ir::{Block, CompareOp, ConstId, Document, Local, Operand, PathId, Plan, Stmt, TypeTest};
use crate::plan::visit;

/// Longest run of blocks that is looked at: the search is quadratic in it.
const LONGEST: usize = 64;
/// Most levels of blocks that are put around a block.
const LEVELS: usize = 6;
/// Functions that are nested deeper stay as they are: each of their levels may become so many more.
const DEEPEST: usize = 40;

/// Runs the pass.
pub(super) fn run(plan: &mut Plan, _: &mut Vec<Note>) {
    for func in plan.funcs.iter_mut().filter(|func| !is_deeper(&func.body, DEEPEST)) {
        let facts = Facts::of(func);
        block(&mut func.body, &facts);
    }
}

fn block(this: &mut Block, facts: &Facts) {
    let mut rest = std::mem::take(&mut this.0).into_iter().peekable();
    while let Some(mut stmt) = rest.next() {
        stmt.blocks_mut().for_each(|inner| block(inner, facts));
        let Stmt::Block(first) = stmt else {
            this.0.push(stmt);
            continue;
        };
        let mut run = vec![first];
        while run.len() < LONGEST
            && let Some(Stmt::Block(mut next)) = rest.next_if(|stmt| matches!(stmt, Stmt::Block(_)))
        {
            block(&mut next, facts);
            run.push(next);
        }
        this.0.extend(factor(run, facts, LEVELS));
    }
}

/// Puts what all of the blocks have in common in front of them, or else what parts of the run have.
fn factor(mut run: Vec<Block>, facts: &Facts, levels: usize) -> Vec<Stmt> {
    if run.len() < 2 || levels == 0 {
        return run.into_iter().map(Stmt::Block).collect();
    }
    let mut steps = Steps { facts, numbers: FxHashMap::default() };
    let firsts: Vec<Vec<(u32, usize)>> = run.iter().map(|block| steps.of(block)).collect();
    let sets: Vec<FxHashSet<u32>> = firsts.iter().map(|steps| steps.iter().map(|(step, _)| *step).collect()).collect();
    let common = |step: &u32| sets.iter().all(|set| set.contains(step));
    let moved: FxHashSet<usize> = firsts[0].iter().filter(|(step, _)| common(step)).map(|(_, at)| *at).collect();
    if moved.is_empty() {
        // Where two neighbours have the least in common, if any others have something.
        let shared = |at: usize| sets[at].intersection(&sets[at + 1]).count();
        let (least, most) = (0..run.len() - 1).fold((0, 0), |(least, most), at| {
            (if shared(at) < shared(least) { at } else { least }, most.max(shared(at)))
        });
        if most == 0 {
            return run.into_iter().map(Stmt::Block).collect();
        }
        let behind = run.split_off(least + 1);
        let mut out = factor(run, facts, levels);
        out.extend(factor(behind, facts, levels));
        return out;
    }
    let (mut outer, mut first) = (Vec::new(), Vec::new());
    let mut results: FxHashMap<u32, Local> = FxHashMap::default();
    for (step, at) in &firsts[0] {
        visit::writes(&run[0].0[*at], &mut |local| _ = results.entry(*step).or_insert(local));
    }
    for (at, stmt) in std::mem::take(&mut run[0].0).into_iter().enumerate() {
        if moved.contains(&at) { outer.push(stmt) } else { first.push(stmt) }
    }
    run[0].0 = first;
    for (block, firsts_of) in run.iter_mut().zip(&firsts).skip(1) {
        let gone: Vec<(u32, usize)> = firsts_of.iter().filter(|(step, _)| common(step)).copied().collect();
        take_out(block, &gone, &results);
    }
    let mut inside = Block(factor(run, facts, levels - 1));
    shift_breaks(&mut inside, 0, 1);
    outer.append(&mut inside.0);
    vec![Stmt::Block(Block(outer))]
}

/// Takes statements out of a block; what they assigned stands in the locals of those that do the same in front of it.
fn take_out(block: &mut Block, gone: &[(u32, usize)], results: &FxHashMap<u32, Local>) {
    let mut renamed: FxHashMap<Local, Local> = FxHashMap::default();
    for (step, at) in gone {
        visit::writes(&block.0[*at], &mut |local| {
            if let Some(result) = results.get(step) {
                renamed.insert(local, *result);
            }
        });
    }
    let mut at = 0;
    block.0.retain(|_| {
        at += 1;
        !gone.iter().any(|(_, gone)| *gone == at - 1)
    });
    rename(block, &renamed);
}

/// Nobody outside of the block reads a local that only a statement in it assigns.
fn rename(block: &mut Block, names: &FxHashMap<Local, Local>) {
    for stmt in &mut block.0 {
        visit::operands_mut(stmt, &mut |operand| {
            if let Operand::Local(local) = operand {
                *local = names.get(local).copied().unwrap_or(*local);
            }
        });
        stmt.blocks_mut().for_each(|inner| rename(inner, names));
    }
}

/// What a statement does, with a number in place of each local that a statement before it in the block assigned.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Step {
    Document(Document),
    Input(PathId),
    Data(Vec<ConstId>),
    Get(Known, Known),
    Compare(CompareOp, Known, Known),
    Holds(Known),
    IsType(Known, TypeTest),
    LenIs(Known, u32),
}

/// Something that has the same value in all blocks of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Known {
    Const(ConstId),
    /// A local from outside of the blocks.
    Outer(Local),
    /// The result of the step with this number.
    Result(u32),
}

/// Numbers for steps: the same for the same step of different blocks.
struct Steps<'a> {
    facts: &'a Facts,
    numbers: FxHashMap<Step, u32>,
}

impl Steps<'_> {
    /// The steps that a block begins with, with their positions: up to the first statement that does more than read or test.
    fn of(&mut self, block: &Block) -> Vec<(u32, usize)> {
        let mut found = Vec::new();
        // What the block's own statements assign; `None` where that has no number.
        let mut here: FxHashMap<Local, Option<u32>> = FxHashMap::default();
        for (at, stmt) in block.0.iter().enumerate() {
            let known = |operand: &Operand| match operand {
                Operand::Const(id) => Some(Known::Const(*id)),
                Operand::Local(local) => match here.get(local) {
                    Some(number) => number.map(Known::Result),
                    None => self.facts.is_value(*local).then_some(Known::Outer(*local)),
                },
                Operand::Cell(_) => None,
            };
            let step = match stmt {
                Stmt::Document { document, .. } => Some(Step::Document(*document)),
                Stmt::InputPath { path, .. } => Some(Step::Input(*path)),
                Stmt::DataPath { path, .. } => Some(Step::Data(path.clone())),
                Stmt::Get { source, key, .. } => {
                    known(source).zip(known(key)).map(|(source, key)| Step::Get(source, key))
                }
                Stmt::Compare { op, left, right } => {
                    known(left).zip(known(right)).map(|(left, right)| Step::Compare(*op, left, right))
                }
                Stmt::Holds { value } => known(value).map(Step::Holds),
                Stmt::IsType { value, test } => known(value).map(|value| Step::IsType(value, *test)),
                Stmt::LenIs { value, len } => known(value).map(|value| Step::LenIs(value, *len)),
                _ => break,
            };
            let mut dst = None;
            visit::writes(stmt, &mut |local| dst = Some(local));
            // A local that is also assigned elsewhere cannot be renamed.
            let step = step.filter(|_| dst.is_none_or(|dst| self.facts.is_value(dst)));
            let next = self.numbers.len() as u32;
            let number = step.map(|step| *self.numbers.entry(step).or_insert(next));
            here.extend(dst.map(|dst| (dst, number)));
            found.extend(number.map(|number| (number, at)));
        }
        found
    }
}
