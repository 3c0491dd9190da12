//! A writer of instructions that leaves holes for what only the link step knows, and counts open blocks.

use wasm_encoder::{BlockType, Encode, Instruction, MemArg, MemArgTarget, ValType};

use super::template::{FuncRef, GlobalRef, Hole, Target};
use crate::source::Span;

/// Instructions of one function, without its declarations of locals.
#[derive(Debug, Default)]
pub(crate) struct Code {
    pub(crate) bytes: Vec<u8>,
    pub(crate) holes: Vec<Hole>,
    /// Places in the source of the calls at these offsets, ascending.
    pub(crate) places: Vec<(u32, Span)>,
    depth: u32,
}

/// A block that can be branched to: how many blocks were open outside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Label(u32);

impl Code {
    /// Appends an instruction that names no function, global or label.
    pub(crate) fn op(&mut self, instruction: Instruction<'_>) {
        instruction.encode(&mut self.bytes);
    }

    /// Calls a function.
    pub(crate) fn call(&mut self, func: FuncRef) {
        self.bytes.push(0x10);
        self.hole(Target::Func(func));
    }

    /// Calls a function that may end the evaluation with an error about `span`.
    pub(crate) fn call_at(&mut self, func: FuncRef, span: Span) {
        self.places.push((self.bytes.len() as u32, span));
        self.call(func);
    }

    /// Reads a global.
    pub(crate) fn global_get(&mut self, global: GlobalRef) {
        self.bytes.push(0x23);
        self.hole(Target::Global(global));
    }

    /// Writes a global.
    pub(crate) fn global_set(&mut self, global: GlobalRef) {
        self.bytes.push(0x24);
        self.hole(Target::Global(global));
    }

    fn hole(&mut self, target: Target) {
        self.holes.push(Hole { at: self.bytes.len() as u32, skip: 0, target });
    }

    /// Pushes a 64-bit constant.
    pub(crate) fn i64(&mut self, value: i64) {
        self.op(Instruction::I64Const(value));
    }

    /// Pushes a 32-bit constant.
    pub(crate) fn i32(&mut self, value: i32) {
        self.op(Instruction::I32Const(value));
    }

    /// Pushes an address.
    pub(crate) fn addr(&mut self, addr: u32) {
        self.i32(addr as i32);
    }

    /// Pushes a local.
    pub(crate) fn get(&mut self, local: u32) {
        self.op(Instruction::LocalGet(local));
    }

    /// Pops into a local.
    pub(crate) fn set(&mut self, local: u32) {
        self.op(Instruction::LocalSet(local));
    }

    /// Copies the top into a local.
    pub(crate) fn tee(&mut self, local: u32) {
        self.op(Instruction::LocalTee(local));
    }

    /// Loads 32 bits from the address on top plus `offset`.
    pub(crate) fn load32(&mut self, offset: u32) {
        self.op(Instruction::I32Load(memory(offset, 2)));
    }

    /// Loads 64 bits from the address on top plus `offset`.
    pub(crate) fn load64(&mut self, offset: u32) {
        self.op(Instruction::I64Load(memory(offset, 3)));
    }

    /// Stores the 32 bits on top at the address below plus `offset`.
    pub(crate) fn store32(&mut self, offset: u32) {
        self.op(Instruction::I32Store(memory(offset, 2)));
    }

    /// Stores the 64 bits on top at the address below plus `offset`.
    pub(crate) fn store64(&mut self, offset: u32) {
        self.op(Instruction::I64Store(memory(offset, 3)));
    }

    /// Turns the pointer word on top into the address of its header.
    pub(crate) fn header(&mut self) {
        self.i64(32);
        self.op(Instruction::I64ShrU);
        self.op(Instruction::I32WrapI64);
    }

    /// Opens a block; a branch to its label goes behind its end.
    pub(crate) fn block(&mut self) -> Label {
        self.open(Instruction::Block(BlockType::Empty))
    }

    /// Opens a block that leaves a 64-bit result.
    pub(crate) fn block_i64(&mut self) -> Label {
        self.open(Instruction::Block(BlockType::Result(ValType::I64)))
    }

    /// Opens a loop; a branch to its label goes to its start.
    pub(crate) fn loop_(&mut self) -> Label {
        self.open(Instruction::Loop(BlockType::Empty))
    }

    /// Opens the branch for a condition on top that is not 0.
    pub(crate) fn if_(&mut self) -> Label {
        self.open(Instruction::If(BlockType::Empty))
    }

    /// Goes over to the other branch of the innermost `if`.
    pub(crate) fn else_(&mut self) {
        self.op(Instruction::Else);
    }

    fn open(&mut self, instruction: Instruction<'_>) -> Label {
        self.op(instruction);
        self.depth += 1;
        Label(self.depth - 1)
    }

    /// Closes the innermost block.
    pub(crate) fn end(&mut self) {
        self.depth -= 1;
        self.op(Instruction::End);
    }

    /// Closes the function.
    pub(crate) fn end_function(&mut self) {
        debug_assert_eq!(self.depth, 0, "all blocks are closed");
        self.op(Instruction::End);
    }

    /// Branches always.
    pub(crate) fn br(&mut self, to: Label) {
        self.op(Instruction::Br(self.depth - 1 - to.0));
    }

    /// Branches when the condition on top is not 0.
    pub(crate) fn br_if(&mut self, to: Label) {
        self.op(Instruction::BrIf(self.depth - 1 - to.0));
    }

    /// Branches when the condition on top is 0.
    pub(crate) fn br_unless(&mut self, to: Label) {
        self.op(Instruction::I32Eqz);
        self.br_if(to);
    }

    /// Branches by the number on top: to the target at that position, or to `default` beyond the last.
    pub(crate) fn br_table(&mut self, targets: &[Label], default: Label) {
        let relative: Vec<u32> = targets.iter().map(|t| self.depth - 1 - t.0).collect();
        self.op(Instruction::BrTable(relative.into(), self.depth - 1 - default.0));
    }
}

pub(super) fn memory(offset: u32, align: u32) -> MemArg {
    MemArg { offset: offset.into(), align, target: MemArgTarget::Memory(0), ordering: None }
}
