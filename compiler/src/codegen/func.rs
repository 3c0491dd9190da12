//! One plan function to one Wasm function: locals, control flow, and the statements that are a few instructions.
//!
//! ```text
//!   block               fail ⇒ br to its label, leave ⇒ br to its label
//!   scan                block $leave { loop { block $fail { body } step; br_if loop } }
//!   func with memo      if slot = 0 { slot = block $return (result) { block $fail { body } undefined } } slot
//! ```

use wasm_encoder::Instruction as I;
use writ_abi::Word;
use writ_abi::layout::LEN;

use super::error::{EmitError, at_most};
use super::module::{DATA, FRAME, Gen, Helper, INPUT, MEMO};
use super::select::Selection;
use super::slots::{self, Slots};
use super::with::Saved;
use crate::link::code::{Code, Label};
use crate::link::guest::{Signature, ValKind};
use crate::link::own::OwnFunc;
use crate::plan::ir::{Block, Conflict, Document, FuncId, Local, Operand, Stmt, TypeTest};
use crate::source::Span;

/// Wasm's limit for parameters of a function.
const PARAMS: usize = 1000;
/// Wasm's limit for locals of a function.
const LOCALS: usize = 50_000;

/// An open block of the plan.
#[derive(Debug, Clone)]
pub(crate) struct Frame {
    /// Where a failure goes.
    pub(crate) fail: Label,
    /// Where a break out of it goes.
    pub(crate) leave: Label,
    /// What to put back when control passes it by, for the body of a `with`.
    pub(crate) saved: Option<Saved>,
}

/// Generates one function.
pub(crate) struct FuncGen<'m, 'a> {
    pub(crate) module: &'m mut Gen<'a>,
    pub(crate) code: Code,
    slots: Slots,
    params: u32,
    /// Types of the Wasm locals behind the parameters.
    locals: Vec<ValKind>,
    /// Temporaries that are free again.
    free: Vec<(u32, ValKind)>,
    pub(crate) frames: Vec<Frame>,
    /// Where the result goes, in a function with a memo slot.
    result: Option<Label>,
    /// A `with` may have replaced the input, so that its slots do not count.
    pub(crate) reads_tree: bool,
}

/// Generates the function of the plan with this number.
pub(crate) fn generate(module: &mut Gen<'_>, id: FuncId) -> Result<(), EmitError> {
    let func = &module.plan.funcs[id.0 as usize];
    at_most("parameters", &func.name, func.params as usize, PARAMS)?;
    let slots = slots::assign(func)?;
    let locals = vec![ValKind::I64; (slots.count - func.params) as usize];
    let module_reads_tree = module.input.reads_tree[id.0 as usize];
    let mut this = FuncGen {
        module,
        code: Code::default(),
        slots,
        params: func.params,
        locals,
        free: Vec::new(),
        frames: Vec::new(),
        result: None,
        reads_tree: module_reads_tree,
    };
    match func.memo {
        Some(slot) => this.with_memo(&func.body, slot)?,
        None => this.body(&func.body)?,
    }
    this.code.end_function();
    at_most("local variables", &func.name, this.locals.len() + this.params as usize, LOCALS)?;
    let signature = Signature { params: vec![ValKind::I64; func.params as usize], results: vec![ValKind::I64] };
    let (locals, code) = (this.locals, this.code);
    module.define(id, OwnFunc { name: func.name.clone(), signature, locals, code });
    Ok(())
}

impl FuncGen<'_, '_> {
    /// The body, which leaves the result on the stack: undefined where it fails.
    fn body(&mut self, body: &Block) -> Result<(), EmitError> {
        let fail = self.code.block();
        self.block(body, Frame { fail, leave: fail, saved: None })?;
        self.code.end();
        self.code.i64(0);
        Ok(())
    }

    fn with_memo(&mut self, body: &Block, slot: u32) -> Result<(), EmitError> {
        let found = self.temp(ValKind::I64);
        let offset = slot * 8;
        self.code.global_get(MEMO);
        self.code.load64(offset);
        self.code.tee(found);
        self.code.op(I::I64Eqz);
        self.code.if_();
        self.result = Some(self.code.block_i64());
        self.body(body)?;
        self.code.end();
        self.code.set(found);
        self.code.global_get(MEMO);
        self.code.get(found);
        self.code.i64(Word::MEMO_UNDEFINED.0 as i64);
        self.code.get(found);
        self.code.i64(0);
        self.code.op(I::I64Ne);
        self.code.op(I::Select);
        self.code.store64(offset);
        self.code.end();
        self.code.i64(0);
        self.code.get(found);
        self.code.get(found);
        self.code.i64(Word::MEMO_UNDEFINED.0 as i64);
        self.code.op(I::I64Eq);
        self.code.op(I::Select);
        Ok(())
    }

    /// The statements of a block that is open already.
    pub(crate) fn block(&mut self, block: &Block, frame: Frame) -> Result<(), EmitError> {
        self.frames.push(frame);
        let outcome = block.0.iter().try_for_each(|stmt| self.stmt(stmt));
        self.frames.pop();
        outcome
    }

    /// Where a failing statement goes.
    pub(crate) fn fail(&self) -> Label {
        // A statement always stands in a block.
        self.frames[self.frames.len() - 1].fail
    }

    fn stmt(&mut self, stmt: &Stmt) -> Result<(), EmitError> {
        // What recurses is apart from the rest, so that deep nesting takes little of the stack.
        match stmt {
            Stmt::Scan { source, key, value, body } => self.scan(*source, *key, *value, body),
            Stmt::Select { slot, source, part, equals, key, value, body } => {
                let from = Selection { slot: *slot, source: *source, part, equals: *equals };
                self.select(&from, *key, *value, body)
            }
            Stmt::Block(body) => self.nested(body),
            Stmt::Not(body) => self.not(body),
            Stmt::With { replace, cells, body } => self.with(replace, cells, body),
            Stmt::Switch { on, cases, default } => self.switch(*on, cases, default),
            _ => self.step(stmt),
        }
    }

    fn nested(&mut self, body: &Block) -> Result<(), EmitError> {
        let label = self.code.block();
        self.block(body, Frame { fail: label, leave: label, saved: None })?;
        self.code.end();
        Ok(())
    }

    fn not(&mut self, body: &Block) -> Result<(), EmitError> {
        let fail = self.fail();
        let label = self.code.block();
        self.block(body, Frame { fail: label, leave: label, saved: None })?;
        self.code.br(fail);
        self.code.end();
        Ok(())
    }

    /// A statement without blocks inside.
    fn step(&mut self, stmt: &Stmt) -> Result<(), EmitError> {
        match stmt {
            Stmt::Document { dst, document } => {
                self.code.global_get(match document {
                    Document::Input => INPUT,
                    Document::Data => DATA,
                });
                self.assign_or_fail(*dst);
            }
            Stmt::InputPath { dst, path } => {
                match self.module.input.path_slots[path.0 as usize] {
                    Some(slot) if !self.reads_tree => {
                        self.code.global_get(FRAME);
                        self.code.load64(slot * 8);
                    }
                    _ => {
                        let helper = self.module.helper(Helper::InputPath(path.0))?;
                        self.code.call(helper);
                    }
                }
                self.assign_or_fail(*dst);
            }
            Stmt::DataPath { dst, path } => {
                self.data_path(path)?;
                self.assign_or_fail(*dst);
            }
            Stmt::Get { dst, source, key } => {
                self.element(*source, *key)?;
                self.assign_or_fail(*dst);
            }
            Stmt::IndexLookup { dst, join, source, key } => self.join(*dst, *join, *source, *key)?,
            Stmt::Assign { dst, source } => {
                self.push(*source);
                self.assign(*dst);
            }
            Stmt::Reset { dst } => {
                self.code.i64(0);
                self.assign(*dst);
            }
            Stmt::AssignOnce { dst, source, conflict, span } => self.assign_once(*dst, *source, *conflict, *span)?,
            Stmt::IsDefined { local } => {
                self.get(*local);
                self.code.op(I::I64Eqz);
                self.code.br_if(self.fail());
            }
            Stmt::IsUndefined { local } => {
                self.get(*local);
                self.code.op(I::I64Eqz);
                self.code.br_unless(self.fail());
            }
            Stmt::Holds { value } => {
                self.push(*value);
                self.code.i64(Word::FALSE.0 as i64);
                self.code.op(I::I64Eq);
                self.code.br_if(self.fail());
            }
            Stmt::Compare { op, left, right } => self.compare_or_branch(*op, *left, *right, self.fail())?,
            Stmt::IsType { value, test } => self.is_type(*value, *test),
            Stmt::LenIs { value, len } => {
                self.is_type(*value, TypeTest::Collection);
                self.push(*value);
                self.code.header();
                self.code.load32(LEN);
                self.code.i32(*len as i32);
                self.code.op(I::I32Ne);
                self.code.br_if(self.fail());
            }
            Stmt::Has { slot, source, equals } => self.has(*slot, *source, *equals)?,
            Stmt::Call { dst, func, args } => {
                args.iter().for_each(|arg| self.push(*arg));
                self.code.call(self.module.plan_func(*func));
                self.assign_or_fail(*dst);
            }
            Stmt::Builtin { dst, name, args, span } => self.builtin(*dst, name, args, *span)?,
            Stmt::MakeArray { dst, items } => self.make_array(*dst, items)?,
            Stmt::MakeSet { dst, items } => self.make_set(*dst, items)?,
            Stmt::MakeObject { dst, pairs } => self.make_object(*dst, pairs)?,
            Stmt::Push { array: collection, value } => {
                self.get(*collection);
                self.push(*value);
                self.rt("rt_array_push")?;
            }
            Stmt::Add { set: collection, value } => {
                self.get(*collection);
                self.push(*value);
                self.rt("rt_set_add")?;
            }
            Stmt::Insert { object, key, value } => {
                self.get(*object);
                self.push(*key);
                self.push(*value);
                self.rt("rt_object_insert")?;
            }
            Stmt::InsertOnce { object, key, value, conflict, span } => {
                self.get(*object);
                self.push(*key);
                self.push(*value);
                self.rt("rt_object_insert_once")?;
                self.conflict_if(*conflict, *span)?;
            }
            Stmt::InsertPath { object, path, value, leaf, span } => {
                self.insert_path(*object, path, *value, *leaf, *span)?;
            }
            Stmt::Merge { dst, over, base } => {
                self.get(*over);
                self.get(*base);
                self.rt("rt_object_merge")?;
                self.assign(*dst);
            }
            Stmt::Break { levels } => {
                let target = self.frames.len() - 1 - *levels as usize;
                self.restore_down_to(target + 1)?;
                self.code.br(self.frames[target].leave);
            }
            Stmt::Return { value } => {
                self.push(*value);
                self.return_top()?;
            }
            Stmt::ReturnIfDefined { local } => {
                self.get(*local);
                self.code.i64(0);
                self.code.op(I::I64Ne);
                self.code.if_();
                self.get(*local);
                self.return_top()?;
                self.code.end();
            }
            Stmt::Fail => self.code.br(self.fail()),
            Stmt::Scan { .. }
            | Stmt::Select { .. }
            | Stmt::Block(_)
            | Stmt::Not(_)
            | Stmt::With { .. }
            | Stmt::Switch { .. } => {}
        }
        Ok(())
    }

    /// Ends the function with the word on top.
    fn return_top(&mut self) -> Result<(), EmitError> {
        self.restore_down_to(0)?;
        match self.result {
            Some(label) => self.code.br(label),
            None => self.code.op(I::Return),
        }
        Ok(())
    }

    fn assign_once(&mut self, dst: Local, source: Operand, conflict: Conflict, span: Span) -> Result<(), EmitError> {
        let location = self.module.location(span)?;
        let check = self.module.helper(Helper::SameOrConflict)?;
        self.get(dst);
        self.code.op(I::I64Eqz);
        self.code.if_();
        self.push(source);
        self.assign(dst);
        self.code.else_();
        self.get(dst);
        self.push(source);
        self.code.i32(conflict as i32);
        self.code.addr(location);
        self.code.call_at(check, span);
        self.code.end();
        Ok(())
    }

    /// Ends the evaluation with a conflict when the flag on top is not 0.
    pub(crate) fn conflict_if(&mut self, conflict: Conflict, span: Span) -> Result<(), EmitError> {
        let location = self.module.location(span)?;
        let rt_conflict = self.module.rt("rt_conflict")?;
        self.code.if_();
        self.code.i32(conflict as i32);
        self.code.addr(location);
        self.code.call_at(rt_conflict, span);
        self.code.op(I::Unreachable);
        self.code.end();
        Ok(())
    }

    /// Tags are the low four bits of words with bit 0 clear; array, object and set are those with bit 3 set.
    fn is_type(&mut self, value: Operand, test: TypeTest) {
        let (mask, wanted) = match test {
            TypeTest::Array => (0xf, 0x8),
            TypeTest::Object => (0xf, 0xa),
            TypeTest::Set => (0xf, 0xc),
            TypeTest::Collection => (0x9, 0x8),
        };
        self.push(value);
        self.code.i64(mask);
        self.code.op(I::I64And);
        self.code.i64(wanted);
        self.code.op(I::I64Ne);
        self.code.br_if(self.fail());
    }

    /// Calls a function of the guest that does not fail.
    pub(crate) fn rt(&mut self, name: &str) -> Result<(), EmitError> {
        let func = self.module.rt(name)?;
        self.code.call(func);
        Ok(())
    }

    /// Pushes the word of an operand.
    pub(crate) fn push(&mut self, operand: Operand) {
        match operand {
            Operand::Local(local) => self.get(local),
            Operand::Const(id) => self.code.i64(self.module.consts[id.0 as usize].0 as i64),
            Operand::Cell(cell) => self.code.global_get(self.module.cell(cell)),
        }
    }

    /// Pushes a local, which may be undefined.
    pub(crate) fn get(&mut self, local: Local) {
        self.code.get(self.slots.of[local.0 as usize]);
    }

    /// Pops a word into a local.
    pub(crate) fn assign(&mut self, local: Local) {
        self.code.set(self.slots.of[local.0 as usize]);
    }

    /// Pops a word into a local, or fails when it is undefined and leaves the local as it was.
    pub(crate) fn assign_or_fail(&mut self, local: Local) {
        let slot = self.slots.of[local.0 as usize];
        let (fail, fresh) = (self.fail(), self.slots.fresh[local.0 as usize]);
        let target = if fresh { slot } else { self.temp(ValKind::I64) };
        self.code.tee(target);
        self.code.op(I::I64Eqz);
        self.code.br_if(fail);
        if !fresh {
            self.code.get(target);
            self.code.set(slot);
            self.give_back(target, ValKind::I64);
        }
    }

    /// A Wasm local for intermediate results; [`Self::give_back`] it.
    pub(crate) fn temp(&mut self, kind: ValKind) -> u32 {
        if let Some(at) = self.free.iter().rposition(|(_, k)| *k == kind) {
            return self.free.swap_remove(at).0;
        }
        self.locals.push(kind);
        self.params + self.locals.len() as u32 - 1
    }

    /// Ends the use of a temporary.
    pub(crate) fn give_back(&mut self, local: u32, kind: ValKind) {
        self.free.push((local, kind));
    }
}
