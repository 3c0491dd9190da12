//! Joins: a scan of base data for the elements with a certain value becomes a lookup in an index.
//!
//! ```text
//!   l0 = data.bindings                  l0 = data.bindings
//!   scan l0 as _, l1                    block
//!     l2 = get l1 "user"         ⇒        l8 = lookup l0 where ["user"] == l3
//!     compare l2 == l3                    scan l8 as _, l9
//!     …                                     l1 = get l9 1
//!                                           …
//! ```
//!
//! Whether there is an index, and whether the collection is long enough to use one, is decided when the data are known
//! (`guest/src/join.rs`): a lookup never costs much more than the scan.

use writ_value::Value;

use super::consts::Consts;
use super::facts::{Facts, shift_breaks};
use super::{Note, is_deep};
use crate::plan::ir::{Block, CompareOp, ConstId, Join, JoinId, Local, Operand, Plan, Stmt};
use crate::plan::visit;

/// Runs the pass. Comes after memo slots are given out.
pub(super) fn run(plan: &mut Plan, notes: &mut Vec<Note>) {
    let mut consts = Consts::new(std::mem::take(&mut plan.constants));
    for (n, func) in plan.funcs.iter_mut().enumerate().filter(|(_, func)| !is_deep(func)) {
        let facts = Facts::of(func);
        let mut body = std::mem::take(&mut func.body);
        let mut pass = Pass {
            facts,
            sources: Vec::new(),
            locals: func.locals,
            consts: &mut consts,
            joins: &mut plan.joins,
            slots: &mut plan.memo_slots,
            func: n as u32,
            notes,
        };
        pass.block(&mut body);
        func.locals = pass.locals;
        func.body = body;
    }
    plan.constants = consts.into_values();
}

struct Pass<'a> {
    facts: Facts,
    /// Locals that hold base data at a static path.
    sources: Vec<(Local, Vec<ConstId>)>,
    locals: u32,
    consts: &'a mut Consts,
    joins: &'a mut Vec<Join>,
    slots: &'a mut u32,
    func: u32,
    notes: &'a mut Vec<Note>,
}

/// A test that an index can answer.
struct Found {
    /// Positions in the body of the steps down to the value and of the comparison.
    steps: Vec<usize>,
    compare: usize,
    path: Vec<ConstId>,
    key: Operand,
}

impl Pass<'_> {
    fn block(&mut self, block: &mut Block) {
        for stmt in &mut block.0 {
            if let Stmt::DataPath { dst, path } = stmt
                && self.facts.is_value(*dst)
            {
                self.sources.push((*dst, path.clone()));
            }
            stmt.blocks_mut().for_each(|inner| self.block(inner));
            self.scan(stmt);
        }
    }

    fn scan(&mut self, stmt: &mut Stmt) {
        let Stmt::Scan { source: Operand::Local(source), key, value: Some(value), body } = stmt else { return };
        let Some((_, path)) = self.sources.iter().find(|(local, _)| local == source) else { return };
        let Some(found) = self.test(body, *value, *key) else { return };
        let join = Join { source: path.clone(), key: found.path.clone(), slot: 0 };
        let known = self.joins.iter().position(|j| j.source == join.source && j.key == join.key);
        let id = known.unwrap_or_else(|| {
            self.joins.push(Join { slot: *self.slots, ..join });
            *self.slots += 1;
            self.joins.len() - 1
        });
        self.note(id);
        let [rows, pair] = [0, 1].map(|n| Local(self.locals + n));
        self.locals += 2;
        let mut inside = Vec::new();
        for (position, local) in [(0, *key), (1, Some(*value))] {
            let Some(dst) = local.filter(|local| !self.facts.is_unread(*local)) else { continue };
            let key = self.consts.operand(Value::from(position));
            inside.push(Stmt::Get { dst, source: Operand::Local(pair), key });
        }
        let mut body = std::mem::take(body);
        let mut gone = found.steps;
        gone.push(found.compare);
        let mut at = 0;
        body.0.retain(|_| {
            at += 1;
            !gone.contains(&(at - 1))
        });
        inside.append(&mut body.0);
        let (source, join) = (Operand::Local(*source), JoinId(id as u32));
        let lookup = Stmt::IndexLookup { dst: rows, join, source, key: found.key };
        let mut scan =
            Block(vec![Stmt::Scan { source: Operand::Local(rows), key: None, value: Some(pair), body: Block(inside) }]);
        shift_breaks(&mut scan, 0, 1);
        scan.0.insert(0, lookup);
        *stmt = Stmt::Block(scan);
    }

    /// The first test of a part of the element against something that stays the same through the loop, with nothing before it that is
    /// seen or may end the evaluation.
    fn test(&self, body: &Block, value: Local, key: Option<Local>) -> Option<Found> {
        let mut assigned: Vec<Local> = vec![value];
        assigned.extend(key);
        body.0.iter().for_each(|stmt| within(stmt, &mut |local| assigned.push(local)));
        // Parts of the element, with their paths and the steps that lead to them.
        let mut parts: Vec<(Local, Vec<ConstId>, Vec<usize>)> = vec![(value, Vec::new(), Vec::new())];
        for (at, stmt) in body.0.iter().enumerate() {
            match stmt {
                Stmt::Get { dst, source: Operand::Local(of), key: Operand::Const(key) } => {
                    let part = parts.iter().find(|(local, ..)| local == of).cloned();
                    if let Some((_, mut path, mut steps)) = part
                        && self.facts.is_value(*dst)
                    {
                        path.push(*key);
                        steps.push(at);
                        parts.push((*dst, path, steps));
                    }
                }
                Stmt::Compare { op: CompareOp::Eq, left, right } => {
                    for (part, key) in [(left, right), (right, left)] {
                        let Operand::Local(part) = part else { continue };
                        let Some((_, path, steps)) =
                            parts.iter().find(|(local, path, _)| local == part && !path.is_empty())
                        else {
                            continue;
                        };
                        let stays = match key {
                            Operand::Local(local) => !assigned.contains(local) && self.facts.is_value(*local),
                            Operand::Const(_) => true,
                            Operand::Cell(_) => false,
                        };
                        if stays {
                            let steps = self.needless(body, steps, at);
                            return Some(Found { steps, compare: at, path: path.clone(), key: *key });
                        }
                    }
                }
                Stmt::Get { .. }
                | Stmt::InputPath { .. }
                | Stmt::DataPath { .. }
                | Stmt::Document { .. }
                | Stmt::Compare { .. }
                | Stmt::Holds { .. }
                | Stmt::IsType { .. }
                | Stmt::LenIs { .. } => {}
                _ => return None,
            }
        }
        None
    }

    /// The steps whose values only the later steps and the comparison read.
    fn needless(&self, body: &Block, steps: &[usize], compare: usize) -> Vec<usize> {
        let mut gone = vec![compare];
        for at in steps.iter().rev() {
            let Some(Stmt::Get { dst, .. }) = body.0.get(*at) else { break };
            let mut other = false;
            for (_, stmt) in body.0.iter().enumerate().filter(|(n, _)| n != at && !gone.contains(n)) {
                visit::mentions(stmt, &mut |local| other |= local == *dst);
            }
            if other {
                break;
            }
            gone.push(*at);
        }
        gone.remove(0);
        gone
    }

    fn note(&mut self, id: usize) {
        let Some(join) = self.joins.get(id) else { return };
        let show = |first: &str, path: &[ConstId]| {
            path.iter().fold(first.to_owned(), |mut text, key| {
                crate::plan::print::step(&mut text, self.consts.value(*key));
                text
            })
        };
        let (source, key) = (show("data", &join.source), show("", &join.key));
        self.notes.push(Note::Join { func: self.func, source, key });
    }
}

fn within(stmt: &Stmt, f: &mut impl FnMut(Local)) {
    visit::assigns(stmt, f);
    for inner in stmt.blocks() {
        inner.0.iter().for_each(|stmt| within(stmt, f));
    }
}
