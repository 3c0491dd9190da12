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
use super::{Note, equals, is_deep};
use crate::plan::ir::{Block, ConstId, Join, JoinId, Local, Operand, Plan, Stmt};

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
        let tests = equals::tests(body, *key, Some(*value), &self.facts);
        let usable = || tests.iter().filter_map(|test| Some((test, test.path()?)));
        // A field that is compared with something unknown tells elements apart better than one that is compared with a constant.
        let unknown = usable().find(|(test, _)| matches!(test.equals, Operand::Local(_)));
        let Some((test, key_path)) = unknown.or_else(|| usable().next()) else { return };
        let join = Join { source: path.clone(), key: key_path.to_vec(), slot: 0 };
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
        test.take_out(&mut body);
        inside.append(&mut body.0);
        let (source, join) = (Operand::Local(*source), JoinId(id as u32));
        let lookup = Stmt::IndexLookup { dst: rows, join, source, key: test.equals };
        let mut scan =
            Block(vec![Stmt::Scan { source: Operand::Local(rows), key: None, value: Some(pair), body: Block(inside) }]);
        shift_breaks(&mut scan, 0, 1);
        scan.0.insert(0, lookup);
        *stmt = Stmt::Block(scan);
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
