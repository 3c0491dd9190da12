//! Selections: a loop over the elements of which a part equals a value.
//!
//! The guest says at which positions they stand, or that it has to be asked for one after the other (`guest/src/select.rs`):
//!
//! ```text
//!   at = rt_select(…)                   0: none. 1: by scan, else the address of positions
//!   loop
//!     position = at == 1 ? rt_select_next(…, position + 1) : *at++
//!     leave if position < 0
//!     …
//! ```

use wasm_encoder::{BlockType, Instruction as I, ValType};
use writ_abi::layout::DATA;
use writ_abi::{Tag, Word};

use super::error::EmitError;
use super::func::{Frame, FuncGen};
use super::module::SELECTS;
use crate::link::guest::ValKind::I32;
use crate::plan::ir::{Block, Local, Operand, Part};

/// What is selected.
pub(crate) struct Selection<'p> {
    pub(crate) slot: u32,
    pub(crate) source: Operand,
    pub(crate) part: &'p Part,
    pub(crate) equals: Operand,
}

impl FuncGen<'_, '_> {
    /// Runs `body` for each row. Rows are as in a scan.
    pub(crate) fn select(
        &mut self,
        from: &Selection<'_>,
        key: Option<Local>,
        value: Option<Local>,
        body: &Block,
    ) -> Result<(), EmitError> {
        let part = match from.part {
            Part::Key => Word::NULL,
            // A field is the usual case.
            Part::Path(path) => match path.as_slice() {
                [key] if self.module.consts[key.0 as usize].tag() == Tag::String => self.module.consts[key.0 as usize],
                _ => self.module.path(path)?,
            },
        };
        let [at, position, first, skew] = [I32; 4].map(|kind| self.temp(kind));
        let leave = self.code.block();
        self.ask(from, part);
        self.rt("rt_select")?;
        self.code.tee(at);
        self.code.br_unless(leave);
        self.code.i32(-1);
        self.code.set(position);
        self.has_tag(from.source, Tag::Object);
        self.code.i32(3);
        self.code.op(I::I32Shl);
        self.code.set(skew);
        self.push(from.source);
        self.code.header();
        self.code.load32(DATA);
        self.code.set(first);

        let next = self.code.loop_();
        self.code.get(at);
        self.code.i32(1);
        self.code.op(I::I32Eq);
        self.code.op(I::If(BlockType::Result(ValType::I32)));
        self.ask(from, part);
        self.code.get(position);
        self.code.i32(1);
        self.code.op(I::I32Add);
        self.rt("rt_select_next")?;
        self.code.else_();
        self.code.get(at);
        self.code.load32(0);
        self.code.get(at);
        self.code.i32(4);
        self.code.op(I::I32Add);
        self.code.set(at);
        self.code.op(I::End);
        self.code.tee(position);
        self.code.i32(0);
        self.code.op(I::I32LtS);
        self.code.br_if(leave);

        if let Some(key) = key {
            // The number of an array's row as a small integer.
            self.code.get(position);
            self.code.op(I::I64ExtendI32U);
            self.code.i64(1);
            self.code.op(I::I64Shl);
            self.code.i64(1);
            self.code.op(I::I64Or);
            self.row(position, first, skew);
            self.code.load64(0);
            self.has_tag(from.source, Tag::Array);
            self.code.op(I::Select);
            self.assign(key);
        }
        if let Some(value) = value {
            self.row(position, first, skew);
            self.code.get(skew);
            self.code.op(I::I32Add);
            self.code.load64(0);
            self.assign(value);
        }
        let fail = self.code.block();
        self.block(body, Frame { fail, leave, saved: None })?;
        self.code.end();
        self.code.br(next);
        self.code.end();
        self.code.end();
        [at, position, first, skew].into_iter().for_each(|temp| self.give_back(temp, I32));
        Ok(())
    }

    /// Fails unless the collection has the element.
    pub(crate) fn has(&mut self, slot: u32, source: Operand, equals: Operand) -> Result<(), EmitError> {
        self.cell_of(slot);
        self.push(source);
        self.push(equals);
        self.rt("rt_select_has")?;
        self.code.br_unless(self.fail());
        Ok(())
    }

    /// Pushes the address of a selection's cell.
    fn cell_of(&mut self, slot: u32) {
        self.code.global_get(SELECTS);
        self.code.i32((slot * 4) as i32);
        self.code.op(I::I32Add);
    }

    /// Pushes what the guest is asked with.
    fn ask(&mut self, from: &Selection<'_>, part: Word) {
        self.cell_of(from.slot);
        self.push(from.source);
        self.code.i64(part.0 as i64);
        self.push(from.equals);
    }

    /// Pushes the address of a row: `first + position * (skew + 8)`.
    fn row(&mut self, position: u32, first: u32, skew: u32) {
        self.code.get(position);
        self.code.get(skew);
        self.code.i32(8);
        self.code.op(I::I32Add);
        self.code.op(I::I32Mul);
        self.code.get(first);
        self.code.op(I::I32Add);
    }
}
