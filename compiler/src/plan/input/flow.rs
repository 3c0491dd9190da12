//! What each function reads of the input and of its parameters, by following locals backwards from where they are used.

use std::collections::BTreeMap;

use writ_value::Value;

use super::need::Need;
use crate::plan::ir::{Block, ConstId, Document, FuncId, Local, Operand, Part, PathId, Plan, Replace, Stmt};
use crate::plan::visit;

/// Deeper needs count as whole, so that no plan makes the analysis expensive.
const MAX_DEPTH: usize = 24;

/// What a function does with the input.
#[derive(Debug, Clone, Default)]
pub(super) struct FuncReads {
    /// Of each parameter.
    pub(super) params: Vec<Need>,
    /// Of the input at static paths, where no `with` has replaced it.
    pub(super) paths: BTreeMap<PathId, Need>,
    /// Of the input as a whole; `None` when it is not read.
    pub(super) root: Option<Need>,
    /// Functions called where the input is the caller's.
    pub(super) calls: Vec<FuncId>,
    /// Functions called where a `with` of this function has replaced the input.
    pub(super) calls_replaced: Vec<FuncId>,
}

/// Analyses all functions, callees first.
pub(super) fn analyse(plan: &Plan) -> Vec<FuncReads> {
    let mut reads: Vec<Option<FuncReads>> = vec![None; plan.funcs.len()];
    for id in callees_first(plan) {
        let func = &plan.funcs[id.0 as usize];
        let mut flow = Flow {
            plan,
            known: &reads,
            needs: vec![Need::default(); func.locals as usize],
            reads: FuncReads::default(),
            changed: false,
        };
        loop {
            flow.changed = false;
            flow.reads = FuncReads::default();
            flow.block(&func.body, false);
            if !flow.changed {
                break;
            }
        }
        let Flow { reads: mut found, mut needs, .. } = flow;
        needs.truncate(func.params as usize);
        found.params = needs;
        for list in [&mut found.calls, &mut found.calls_replaced] {
            list.sort_unstable();
            list.dedup();
        }
        reads[id.0 as usize] = Some(found);
    }
    reads.into_iter().map(Option::unwrap_or_default).collect()
}

/// Every function once, what it calls before it.
fn callees_first(plan: &Plan) -> Vec<FuncId> {
    fn callees(block: &Block, out: &mut Vec<FuncId>) {
        for stmt in &block.0 {
            if let Stmt::Call { func, .. } = stmt {
                out.push(*func);
            }
            stmt.blocks().for_each(|inner| callees(inner, out));
        }
    }
    let mut order = Vec::with_capacity(plan.funcs.len());
    let mut seen = vec![false; plan.funcs.len()];
    for root in 0..plan.funcs.len() as u32 {
        // An explicit stack: chains of calls may be long.
        let mut stack = vec![(FuncId(root), false)];
        while let Some((id, done)) = stack.pop() {
            if done {
                order.push(id);
                continue;
            }
            if std::mem::replace(&mut seen[id.0 as usize], true) {
                continue;
            }
            stack.push((id, true));
            let mut below = Vec::new();
            callees(&plan.funcs[id.0 as usize].body, &mut below);
            stack.extend(below.into_iter().filter(|f| !seen[f.0 as usize]).map(|f| (f, false)));
        }
    }
    order
}

struct Flow<'a> {
    plan: &'a Plan,
    known: &'a [Option<FuncReads>],
    /// Of each local, by all its uses.
    needs: Vec<Need>,
    reads: FuncReads,
    changed: bool,
}

impl Flow<'_> {
    fn need(&self, local: Local) -> Need {
        self.needs[local.0 as usize].clone()
    }

    fn wants(&mut self, operand: Operand, need: &Need) {
        if let Operand::Local(local) = operand {
            let mine = &mut self.needs[local.0 as usize];
            self.changed |= if need.depth() > MAX_DEPTH { mine.add(&Need::whole()) } else { mine.add(need) };
        }
    }

    fn wants_whole(&mut self, operand: Operand) {
        self.wants(operand, &Need::whole());
    }

    fn constant(&self, operand: Operand) -> Option<&Value> {
        match operand {
            Operand::Const(id) => self.plan.constants.get(id.0 as usize),
            Operand::Local(_) | Operand::Cell(_) => None,
        }
    }

    /// `replaced`: a `with` of this function has put another input in place.
    fn block(&mut self, block: &Block, replaced: bool) {
        for stmt in block.0.iter().rev() {
            self.stmt(stmt, replaced);
        }
    }

    fn stmt(&mut self, stmt: &Stmt, replaced: bool) {
        match stmt {
            Stmt::Document { dst, document: Document::Input } if !replaced => {
                let need = self.need(*dst);
                self.reads.root.get_or_insert_default().add(&need);
            }
            Stmt::InputPath { dst, path } if !replaced => {
                let need = self.need(*dst);
                self.reads.paths.entry(*path).or_default().add(&need);
            }
            Stmt::Document { .. } | Stmt::InputPath { .. } => {}
            Stmt::Get { dst, source, key } => {
                let below = self.need(*dst);
                let need = match self.constant(*key) {
                    Some(key) => Need::field(key.clone(), below),
                    None => Need::elements(below),
                };
                self.wants(*source, &need);
                self.wants_whole(*key);
            }
            Stmt::Assign { dst, source } => {
                let need = self.need(*dst);
                self.wants(*source, &need);
            }
            Stmt::Scan { source, value, body, .. } => {
                self.block(body, replaced);
                let below = value.map(|local| self.need(local)).unwrap_or_default();
                self.wants(*source, &Need::elements(below));
            }
            Stmt::Select { source, part, equals, value, body, .. } => {
                self.block(body, replaced);
                let mut below = value.map(|local| self.need(local)).unwrap_or_default();
                if let Part::Path(path) = part {
                    let key = |id: &ConstId| self.plan.constants.get(id.0 as usize).cloned().unwrap_or(Value::Null);
                    let part = path.iter().rev().fold(Need::whole(), |need, id| Need::field(key(id), need));
                    below.add(&part);
                }
                self.wants(*source, &Need::elements(below));
                self.wants_whole(*equals);
            }
            Stmt::LenIs { value, .. } => self.wants(*value, &Need::elements(Need::default())),
            // The type, or that it is not `false`.
            Stmt::IsType { .. } | Stmt::Holds { .. } => {}
            // Against a scalar a collection is different whatever it contains, and ordered by its type.
            Stmt::Compare { left, right, .. } => {
                let scalar = |this: &Self, operand| this.constant(operand).is_some_and(is_scalar);
                if !scalar(self, *right) {
                    self.wants_whole(*left);
                }
                if !scalar(self, *left) {
                    self.wants_whole(*right);
                }
            }
            Stmt::Switch { on, cases, default } => {
                cases.iter().for_each(|(_, block)| self.block(block, replaced));
                self.block(default, replaced);
                let scalar = |id| self.constant(Operand::Const(id)).is_some_and(is_scalar);
                if !cases.iter().all(|(id, _)| scalar(*id)) {
                    self.wants_whole(*on);
                }
            }
            Stmt::Call { func, args, .. } => {
                let calls = if replaced { &mut self.reads.calls_replaced } else { &mut self.reads.calls };
                calls.push(*func);
                let params = self.known[func.0 as usize].as_ref().map(|reads| reads.params.clone());
                for (n, arg) in args.iter().enumerate() {
                    match params.as_ref().and_then(|needs| needs.get(n)) {
                        Some(need) => self.wants(*arg, need),
                        None => self.wants_whole(*arg),
                    }
                }
            }
            Stmt::With { replace, body, .. } => {
                let of_input = |r: &Replace| r.document == Document::Input;
                self.block(body, replaced || replace.iter().any(of_input));
                if !replaced && replace.iter().any(|r| of_input(r) && !r.path.is_empty()) {
                    self.reads.root.get_or_insert_default().add(&Need::whole());
                }
                self.others(stmt);
            }
            Stmt::Block(body) | Stmt::Not(body) => self.block(body, replaced),
            _ => self.others(stmt),
        }
    }

    /// Statements that may look at everything.
    fn others(&mut self, stmt: &Stmt) {
        let mut read = Vec::new();
        visit::operands(stmt, &mut |operand| read.push(operand));
        visit::looks_at(stmt, &mut |local| {
            // Whether a local is defined is known without its contents.
            if !matches!(stmt, Stmt::IsDefined { .. } | Stmt::IsUndefined { .. }) {
                read.push(Operand::Local(local));
            }
        });
        read.into_iter().for_each(|operand| self.wants_whole(operand));
    }
}

fn is_scalar(value: &Value) -> bool {
    !matches!(value, Value::Array(_) | Value::Object(_) | Value::Set(_))
}
