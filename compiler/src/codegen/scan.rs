//! Iteration: the guest puts a collection into Rego's order, the loop reads its words directly.
//!
//! Rows of arrays and sets are one word, rows of objects two; so with `skew` = 8 for objects and 0 otherwise a row has
//! `skew + 8` bytes and its value stands at `skew`. The key of an array's row is its number.

use wasm_encoder::{BlockType, Instruction as I, ValType};
use writ_abi::Tag;
use writ_abi::layout::{DATA, LEN};

use super::error::EmitError;
use super::func::{Frame, FuncGen};
use crate::link::guest::ValKind::I32;
use crate::plan::ir::{Block, Local, Operand};

impl FuncGen<'_, '_> {
    /// Runs `body` for each row of `source`.
    pub(crate) fn scan(
        &mut self,
        source: Operand,
        key: Option<Local>,
        value: Option<Local>,
        body: &Block,
    ) -> Result<(), EmitError> {
        let [row, end, skew, first, is_array] = [I32; 5].map(|kind| self.temp(kind));
        let leave = self.code.block();

        // Number of rows, into `end` for now.
        self.has_tag(source, Tag::Array);
        if key.is_some() {
            self.code.tee(is_array);
        }
        self.code.op(I::If(BlockType::Result(ValType::I32)));
        self.push(source);
        self.code.header();
        self.code.load32(LEN);
        self.code.else_();
        self.push(source);
        self.rt("rt_iter_begin")?;
        self.code.op(I::End);
        self.code.tee(end);
        self.code.br_unless(leave);

        self.has_tag(source, Tag::Object);
        self.code.i32(3);
        self.code.op(I::I32Shl);
        self.code.set(skew);
        self.push(source);
        self.code.header();
        self.code.load32(DATA);
        self.code.tee(row);
        if key.is_some() {
            self.code.tee(first);
        }
        self.code.get(end);
        self.code.get(skew);
        self.code.i32(8);
        self.code.op(I::I32Add);
        self.code.op(I::I32Mul);
        self.code.op(I::I32Add);
        self.code.set(end);

        let next = self.code.loop_();
        let fail = self.code.block();
        if let Some(key) = key {
            // As a small integer: (row − first) / 8 · 2 + 1.
            self.code.get(row);
            self.code.get(first);
            self.code.op(I::I32Sub);
            self.code.i32(2);
            self.code.op(I::I32ShrU);
            self.code.i32(1);
            self.code.op(I::I32Or);
            self.code.op(I::I64ExtendI32U);
            self.code.get(row);
            self.code.load64(0);
            self.code.get(is_array);
            self.code.op(I::Select);
            self.assign(key);
        }
        if let Some(value) = value {
            self.code.get(row);
            self.code.get(skew);
            self.code.op(I::I32Add);
            self.code.load64(0);
            self.assign(value);
        }
        self.block(body, Frame { fail, leave, saved: None })?;
        self.code.end();
        self.code.get(row);
        self.code.get(skew);
        self.code.i32(8);
        self.code.op(I::I32Add);
        self.code.op(I::I32Add);
        self.code.tee(row);
        self.code.get(end);
        self.code.op(I::I32Ne);
        self.code.br_if(next);
        self.code.end();
        self.code.end();
        [row, end, skew, first, is_array].into_iter().for_each(|temp| self.give_back(temp, I32));
        Ok(())
    }

    /// Pushes 1 when the operand has the tag, else 0.
    pub(crate) fn has_tag(&mut self, operand: Operand, tag: Tag) {
        self.push(operand);
        self.code.i64(0xf);
        self.code.op(I::I64And);
        self.code.i64(tag as i64);
        self.code.op(I::I64Eq);
    }
}
