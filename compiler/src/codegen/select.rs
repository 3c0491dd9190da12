//! Selections: a loop over the elements of which a part equals a value.
//!
//! A short array is gone through in place, as a scan would. Otherwise the guest says at which positions they stand, or that it has to be asked
//! for one after the other (`guest/src/select.rs`):
//!
//! ```text
//!   at = is short array ? 2 : rt_select(…)         0: none. 1: ask, else the address of positions
//!   loop
//!     if at == 2
//!       leave if ++position == length
//!       next unless part(row at position) == wanted
//!     else
//!       position = at == 1 ? rt_select_next(…, position + 1) : *at++
//!       leave if position < 0
//!     …
//! ```

use wasm_encoder::{BlockType, Instruction as I, ValType};
use writ_abi::layout::{DATA, LEN};
use writ_abi::{Tag, Word};

use super::element::step_func;
use super::error::EmitError;
use super::func::{Frame, FuncGen};
use super::module::Helper;
use crate::link::guest::ValKind::{I32, I64};
use crate::link::template::FuncRef;
use crate::plan::ir::{Block, Local, Operand, Part};

/// Arrays up to this length are gone through in place.
const SHORT: i32 = 16;
/// In place of an address: an array is gone through in place.
const IN_PLACE: i32 = 2;

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
        let [at, position, first, skew, end] = [I32; 5].map(|kind| self.temp(kind));
        let leave = self.code.block();
        self.is_short(from.source, end);
        self.code.op(I::If(BlockType::Result(ValType::I32)));
        self.code.i32(IN_PLACE);
        self.code.else_();
        self.ask(from, part)?;
        self.rt("rt_select")?;
        self.code.op(I::End);
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
        self.code.i32(IN_PLACE);
        self.code.op(I::I32Eq);
        self.code.if_();
        self.code.get(position);
        self.code.i32(1);
        self.code.op(I::I32Add);
        self.code.tee(position);
        self.code.get(end);
        self.code.op(I::I32Eq);
        self.code.br_if(leave);
        self.test(from, position, first, skew)?;
        self.code.br_unless(next);
        self.code.else_();
        self.code.get(at);
        self.code.i32(1);
        self.code.op(I::I32Eq);
        self.code.op(I::If(BlockType::Result(ValType::I32)));
        self.ask(from, part)?;
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
        self.code.end();

        if let Some(key) = key {
            self.number(position);
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
        [at, position, first, skew, end].into_iter().for_each(|temp| self.give_back(temp, I32));
        Ok(())
    }

    /// Fails unless the collection has the element.
    pub(crate) fn has(&mut self, slot: u32, source: Operand, equals: Operand) -> Result<(), EmitError> {
        let end = self.temp(I32);
        self.is_short(source, end);
        self.give_back(end, I32);
        self.code.op(I::If(BlockType::Result(ValType::I32)));
        self.push(equals);
        self.push(source);
        self.rt("bi_internal.member_2")?;
        self.code.i64(Word::TRUE.0 as i64);
        self.code.op(I::I64Eq);
        self.code.else_();
        self.cell_of(slot)?;
        self.push(source);
        self.push(equals);
        self.rt("rt_select_has")?;
        self.code.op(I::End);
        self.code.br_unless(self.fail());
        Ok(())
    }

    /// Pushes the address of a selection's cell.
    fn cell_of(&mut self, slot: u32) -> Result<(), EmitError> {
        let cells = self.module.helper(Helper::Selections)?;
        self.code.call(cells);
        self.code.i32((slot * 4) as i32);
        self.code.op(I::I32Add);
        Ok(())
    }

    /// Pushes whether it is an array that is gone through in place, whose length is then in `end`.
    fn is_short(&mut self, source: Operand, end: u32) {
        self.has_tag(source, Tag::Array);
        self.code.op(I::If(BlockType::Result(ValType::I32)));
        self.push(source);
        self.code.header();
        self.code.load32(LEN);
        self.code.tee(end);
        self.code.i32(SHORT);
        self.code.op(I::I32LeU);
        self.code.else_();
        self.code.i32(0);
        self.code.op(I::End);
    }

    /// Pushes whether the row at a position is wanted.
    fn test(&mut self, from: &Selection<'_>, position: u32, first: u32, skew: u32) -> Result<(), EmitError> {
        match from.part {
            Part::Key => self.number(position),
            Part::Path(path) => {
                self.row(position, first, skew);
                self.code.load64(0);
                for key in path {
                    let key = self.module.consts[key.0 as usize];
                    let step: FuncRef = step_func(self.module, Some(key))?;
                    self.code.i64(key.0 as i64);
                    self.code.call(step);
                }
            }
        }
        let part = self.temp(I64);
        self.code.tee(part);
        self.push(from.equals);
        self.code.op(I::I64Eq);
        self.code.op(I::If(BlockType::Result(ValType::I32)));
        self.code.i32(1);
        self.code.else_();
        // Undefined equals nothing.
        self.code.get(part);
        self.push(from.equals);
        self.rt("rt_eq")?;
        self.code.op(I::End);
        self.give_back(part, I64);
        Ok(())
    }

    /// Pushes the number of an array's row as a small integer.
    fn number(&mut self, position: u32) {
        self.code.get(position);
        self.code.op(I::I64ExtendI32U);
        self.code.i64(1);
        self.code.op(I::I64Shl);
        self.code.i64(1);
        self.code.op(I::I64Or);
    }

    /// Pushes what the guest is asked with.
    fn ask(&mut self, from: &Selection<'_>, part: Word) -> Result<(), EmitError> {
        self.cell_of(from.slot)?;
        self.push(from.source);
        self.code.i64(part.0 as i64);
        self.push(from.equals);
        Ok(())
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
