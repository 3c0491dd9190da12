//! Reads each path once, folds what is constant, and drops what nobody needs.
//!
//! ```text
//!   l0 = input.user                     l0 = input.user
//!   compare l0 == "a"                   compare l0 == "a"
//!   l1 = input.user              ⇒      l2 = get l0 "role"
//!   l2 = get l1 "role"                  …
//!   compare 1 < 2
//! ```
//!
//! A read counts for the statements behind it in its block and for the blocks inside, where it has surely succeeded.

use rustc_hash::FxHashMap;
use writ_value::Value;

use super::consts::Consts;
use super::facts::Facts;
use super::{Note, is_deep};
use crate::plan::ir::{Block, CompareOp, ConstId, Document, FuncId, Local, Operand, PathId, Plan, Stmt, TypeTest};
use crate::plan::visit;

/// Runs the pass.
pub(super) fn run(plan: &mut Plan, _: &mut Vec<Note>) {
    let mut consts = Consts::new(std::mem::take(&mut plan.constants));
    for func in plan.funcs.iter_mut().filter(|func| !is_deep(func)) {
        let facts = Facts::of(func);
        let mut pass =
            Pass { facts, consts: &mut consts, alias: FxHashMap::default(), known: Vec::new(), equal: Vec::new() };
        pass.block(&mut func.body);
        let facts = Facts::of(func);
        sweep(&mut func.body, &facts);
    }
    plan.constants = consts.into_values();
}

/// Something whose value cannot change while documents stay as they are.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Read {
    Document(Document),
    Input(PathId),
    Data(Vec<ConstId>),
    Get(Operand, Operand),
    Call(FuncId, Vec<Operand>),
}

struct Pass<'a> {
    facts: Facts,
    consts: &'a mut Consts,
    /// Locals that always equal another operand.
    alias: FxHashMap<Local, Operand>,
    /// What has been read, by block from the outside in, with the local that holds it.
    known: Vec<(Read, Local)>,
    /// Locals that equal a constant here, by block from the outside in.
    equal: Vec<(Local, ConstId)>,
}

/// What becomes of a statement.
enum Fate {
    Keep,
    Drop,
    /// It fails always.
    Fail,
}

impl Pass<'_> {
    fn block(&mut self, block: &mut Block) {
        let (known, equal) = (self.known.len(), self.equal.len());
        let mut out = Vec::with_capacity(block.0.len());
        for mut stmt in std::mem::take(&mut block.0) {
            visit::operands_mut(&mut stmt, &mut |operand| {
                if let Operand::Local(local) = operand
                    && let Some(same) = self.alias.get(local)
                {
                    *operand = *same;
                }
            });
            match self.stmt(&mut stmt) {
                Fate::Keep => {}
                Fate::Drop => continue,
                Fate::Fail => stmt = Stmt::Fail,
            }
            let ends = matches!(stmt, Stmt::Fail | Stmt::Return { .. } | Stmt::Break { .. });
            out.push(stmt);
            if ends {
                // Nothing behind it is reached.
                break;
            }
        }
        block.0 = out;
        self.known.truncate(known);
        self.equal.truncate(equal);
    }

    fn stmt(&mut self, stmt: &mut Stmt) -> Fate {
        if let Some((read, dst)) = read(stmt) {
            return self.read(stmt, read, dst);
        }
        match stmt {
            Stmt::Assign { dst, source } if self.facts.is_value(*dst) && self.is_value(*source) => {
                self.alias.insert(*dst, *source);
                Fate::Drop
            }
            Stmt::Compare { op, left: Operand::Const(left), right: Operand::Const(right) } => {
                let order = self.consts.value(*left).cmp(self.consts.value(*right));
                decided(match op {
                    CompareOp::Eq => order.is_eq(),
                    CompareOp::Ne => order.is_ne(),
                    CompareOp::Lt => order.is_lt(),
                    CompareOp::Le => order.is_le(),
                    CompareOp::Gt => order.is_gt(),
                    CompareOp::Ge => order.is_ge(),
                })
            }
            Stmt::Compare { op: CompareOp::Eq, left: Operand::Local(local), right: Operand::Const(id) }
            | Stmt::Compare { op: CompareOp::Eq, left: Operand::Const(id), right: Operand::Local(local) } => {
                self.equals(*local, *id)
            }
            Stmt::Holds { value: Operand::Const(id) } => decided(*self.consts.value(*id) != Value::Bool(false)),
            Stmt::IsType { value: Operand::Const(id), test } => {
                let value = self.consts.value(*id);
                let (array, object, set) =
                    (value.as_array().is_some(), value.as_object().is_some(), value.as_set().is_some());
                decided(match test {
                    TypeTest::Array => array,
                    TypeTest::Object => object,
                    TypeTest::Set => set,
                    TypeTest::Collection => array || object || set,
                })
            }
            Stmt::Switch { on: Operand::Local(local), cases, default } => {
                let fixed = self.facts.is_value(*local);
                for (id, body) in cases {
                    let equal = self.equal.len();
                    self.equal.extend(fixed.then_some((*local, *id)));
                    self.block(body);
                    self.equal.truncate(equal);
                }
                self.block(default);
                Fate::Keep
            }
            // The element at a loop's key is the loop's element.
            Stmt::Scan { source, key, value, body } => {
                let known = self.known.len();
                if let (Some(key), Some(value)) = (*key, *value)
                    && self.is_value(*source)
                    && self.facts.is_value(key)
                    && self.facts.is_value(value)
                {
                    self.known.push((Read::Get(*source, Operand::Local(key)), value));
                }
                self.block(body);
                self.known.truncate(known);
                Fate::Keep
            }
            // What is read under replaced documents is something else outside, and the other way round.
            Stmt::With { body, .. } => {
                let known = std::mem::take(&mut self.known);
                self.block(body);
                self.known = known;
                Fate::Keep
            }
            _ => {
                stmt.blocks_mut().for_each(|inner| self.block(inner));
                Fate::Keep
            }
        }
    }

    /// A test of a value of which another one may be known.
    fn equals(&mut self, local: Local, id: ConstId) -> Fate {
        if !self.facts.is_value(local) {
            return Fate::Keep;
        }
        if let Some((_, known)) = self.equal.iter().rev().find(|(l, _)| *l == local) {
            return decided(self.consts.value(*known) == self.consts.value(id));
        }
        self.equal.push((local, id));
        Fate::Keep
    }

    fn read(&mut self, stmt: &mut Stmt, read: Read, dst: Local) -> Fate {
        if let Read::Get(source, key) = &read
            && !(self.is_value(*source) && self.is_fixed(*key))
        {
            return Fate::Keep;
        }
        if let Read::Call(_, args) = &read
            && !args.iter().all(|arg| self.is_value(*arg))
        {
            return Fate::Keep;
        }
        if let Read::Get(Operand::Const(source), Operand::Const(key)) = &read {
            return self.constant_element(stmt, *source, *key, dst);
        }
        if let Some((_, local)) = self.known.iter().rev().find(|(known, _)| *known == read) {
            let source = Operand::Local(*local);
            if self.facts.is_value(dst) {
                self.alias.insert(dst, source);
                return Fate::Drop;
            }
            *stmt = Stmt::Assign { dst, source };
            return Fate::Keep;
        }
        if self.facts.is_value(dst) {
            self.known.push((read, dst));
        }
        Fate::Keep
    }

    fn constant_element(&mut self, stmt: &mut Stmt, source: ConstId, key: ConstId, dst: Local) -> Fate {
        let key = self.consts.value(key);
        let found = match self.consts.value(source) {
            Value::Object(entries) => entries.get(key).cloned(),
            Value::Set(elements) => elements.get(key).map(|_| key.clone()),
            // Which numbers are positions is the guest's to say.
            Value::Array(_) => return Fate::Keep,
            _ => None,
        };
        let Some(found) = found else { return Fate::Fail };
        let source = self.consts.operand(found);
        *stmt = Stmt::Assign { dst, source };
        self.stmt(stmt)
    }

    fn is_fixed(&self, operand: Operand) -> bool {
        match operand {
            Operand::Local(local) => self.facts.is_fixed(local),
            Operand::Const(_) => true,
            // Cells change with the scope.
            Operand::Cell(_) => false,
        }
    }

    fn is_value(&self, operand: Operand) -> bool {
        match operand {
            Operand::Local(local) => self.facts.is_value(local),
            other => self.is_fixed(other),
        }
    }
}

fn read(stmt: &Stmt) -> Option<(Read, Local)> {
    Some(match stmt {
        Stmt::Document { dst, document } => (Read::Document(*document), *dst),
        Stmt::InputPath { dst, path } => (Read::Input(*path), *dst),
        Stmt::DataPath { dst, path } => (Read::Data(path.clone()), *dst),
        Stmt::Get { dst, source, key } => (Read::Get(*source, *key), *dst),
        Stmt::Call { dst, func, args } => (Read::Call(*func, args.clone()), *dst),
        _ => return None,
    })
}

fn decided(holds: bool) -> Fate {
    if holds { Fate::Drop } else { Fate::Fail }
}

/// Drops values that nobody reads, where making them cannot fail, and blocks that do nothing.
pub(super) fn sweep(block: &mut Block, facts: &Facts) {
    block.0.retain_mut(|stmt| {
        stmt.blocks_mut().for_each(|inner| sweep(inner, facts));
        match stmt {
            Stmt::Assign { dst, .. }
            | Stmt::Reset { dst }
            | Stmt::MakeArray { dst, .. }
            | Stmt::MakeSet { dst, .. }
            | Stmt::MakeObject { dst, .. } => !facts.is_unread(*dst),
            Stmt::Block(body) => !matches!(body.0.as_slice(), [] | [Stmt::Fail]),
            // A local that is also assigned elsewhere keeps the last key or value.
            Stmt::Scan { key, value, body, .. } => {
                !body.0.is_empty() || !key.iter().chain(&*value).all(|local| facts.is_fixed(*local))
            }
            _ => true,
        }
    });
}
