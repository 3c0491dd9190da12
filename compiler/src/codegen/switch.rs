//! `switch`: one of many blocks by a value, in time that does not grow with their number.
//!
//! ```text
//!   few cases            compare with one after the other
//!   constant string      hash table in the image: address of the string → case
//!   any other value      constant object: value → case
//! ```
//!
//! Only a string that was never looked up among the constants takes the slow way, and values of other types where a case
//! has one.

use wasm_encoder::{BlockType, Instruction as I, ValType};
use writ_abi::Tag;
use writ_abi::word::{STRING_CONST, STRING_NOT_CONST};
use writ_value::{Object, Value};

use super::error::EmitError;
use super::func::{Frame, FuncGen};
use super::module::{Helper, own_func};
use crate::link::code::Code;
use crate::link::guest::ValKind::{I32, I64};
use crate::link::own::OwnFunc;
use crate::plan::ir::{Block, CompareOp, ConstId, Operand};

/// Up to this many cases are compared one by one.
const FEW: usize = 4;
/// Bits of a word that tell what is known about a string.
const STRING_BITS: u64 = 0xf | STRING_CONST | STRING_NOT_CONST;
/// Multiplier of the hash table, close to 2³² divided by the golden ratio.
const SPREAD: u32 = 0x9e37_79b1;

impl FuncGen<'_, '_> {
    /// Takes the block of the case that equals `on`.
    pub(crate) fn switch(&mut self, on: Operand, cases: &[(ConstId, Block)], default: &Block) -> Result<(), EmitError> {
        if cases.len() <= FEW {
            self.switch_by_comparing(on, cases, default)
        } else {
            self.switch_by_table(on, cases, default)
        }
    }

    fn switch_by_comparing(
        &mut self,
        on: Operand,
        cases: &[(ConstId, Block)],
        default: &Block,
    ) -> Result<(), EmitError> {
        let after = self.code.block();
        for (value, body) in cases {
            let no = self.code.block();
            self.compare_or_branch(CompareOp::Eq, on, Operand::Const(*value), no)?;
            self.block(body, Frame { fail: after, leave: after, saved: None })?;
            self.code.br(after);
            self.code.end();
        }
        self.block(default, Frame { fail: after, leave: after, saved: None })?;
        self.code.end();
        Ok(())
    }

    fn switch_by_table(&mut self, on: Operand, cases: &[(ConstId, Block)], default: &Block) -> Result<(), EmitError> {
        let after = self.code.block();
        let other = self.code.block();
        // The case at position 0 is the innermost block.
        let mut labels: Vec<_> = cases.iter().map(|_| self.code.block()).collect();
        labels.reverse();
        self.push_case(on, cases)?;
        self.code.br_table(&labels, other);
        for (_, body) in cases {
            self.code.end();
            self.block(body, Frame { fail: after, leave: after, saved: None })?;
            self.code.br(after);
        }
        self.code.end();
        self.block(default, Frame { fail: after, leave: after, saved: None })?;
        self.code.end();
        Ok(())
    }

    /// Pushes the position of the case, or a number beyond the last.
    fn push_case(&mut self, on: Operand, cases: &[(ConstId, Block)]) -> Result<(), EmitError> {
        let constants = &self.module.plan.constants;
        let value = |id: &ConstId| constants[id.0 as usize].clone();
        // Where a value stands twice, the first case counts.
        let positions: Object =
            cases.iter().enumerate().rev().map(|(i, (id, _))| (value(id), Value::from(i))).collect();
        let only_strings = positions.keys().all(|key| matches!(key, Value::String(_)));
        let any_string = positions.keys().any(|key| matches!(key, Value::String(_)));
        let by_value = self.module.statics.value(&Value::from(positions))?;

        if any_string {
            let (table, mask) = self.table_of_strings(cases)?;
            self.string_bits(on);
            self.code.i64((Tag::String as u64 | STRING_CONST) as i64);
            self.code.op(I::I64Eq);
            self.code.op(I::If(BlockType::Result(ValType::I32)));
            self.code.addr(table);
            self.code.i32(mask as i32);
            self.push(on);
            let find = self.module.helper(Helper::FindCase)?;
            self.code.call(find);
            self.code.else_();
        }
        if only_strings {
            self.string_bits(on);
            self.code.i64(Tag::String as i64);
            self.code.op(I::I64Eq);
            self.code.op(I::If(BlockType::Result(ValType::I32)));
        }
        // Positions are small integers, so the word of position i is 2i + 1; undefined becomes −1.
        self.code.i64(by_value.0 as i64);
        self.push(on);
        self.rt("rt_dot")?;
        self.code.i64(1);
        self.code.op(I::I64Sub);
        self.code.i64(1);
        self.code.op(I::I64ShrS);
        self.code.op(I::I32WrapI64);
        if only_strings {
            self.code.else_();
            self.code.i32(-1);
            self.code.op(I::End);
        }
        if any_string {
            self.code.op(I::End);
        }
        Ok(())
    }

    fn string_bits(&mut self, on: Operand) {
        self.push(on);
        self.code.i64(STRING_BITS as i64);
        self.code.op(I::I64And);
    }

    /// A hash table with linear probing, at most half full: pairs of address (0 = free) and case. Gives its address and mask.
    fn table_of_strings(&mut self, cases: &[(ConstId, Block)]) -> Result<(u32, u32), EmitError> {
        let slots = (cases.len() * 2).next_power_of_two() as u32;
        let mask = slots - 1;
        let mut table = vec![0u32; slots as usize * 2];
        for (case, (id, _)) in cases.iter().enumerate() {
            let word = self.module.consts[id.0 as usize];
            if word.tag() != Tag::String {
                continue;
            }
            let mut slot = hash(word.addr()) & mask;
            while table[slot as usize * 2] != 0 && table[slot as usize * 2] != word.addr() {
                slot = (slot + 1) & mask;
            }
            if table[slot as usize * 2] == 0 {
                table[slot as usize * 2] = word.addr();
                table[slot as usize * 2 + 1] = case as u32;
            }
        }
        Ok((self.module.statics.table(&table)?, mask))
    }
}

fn hash(addr: u32) -> u32 {
    addr.wrapping_mul(SPREAD) >> 16
}

/// See [`Helper::FindCase`]: `(table, mask, word) -> case`.
pub(crate) fn find_case() -> OwnFunc {
    let (table, mask, word, addr, slot, found) = (0, 1, 2, 3, 4, 5);
    let mut code = Code::default();
    code.get(word);
    code.header();
    code.tee(addr);
    code.i32(SPREAD as i32);
    code.op(I::I32Mul);
    code.i32(16);
    code.op(I::I32ShrU);
    code.set(slot);
    let again = code.loop_();
    code.get(table);
    code.get(slot);
    code.get(mask);
    code.op(I::I32And);
    code.tee(slot);
    code.i32(3);
    code.op(I::I32Shl);
    code.op(I::I32Add);
    code.tee(found);
    code.load32(0);
    code.get(addr);
    code.op(I::I32Eq);
    code.if_();
    code.get(found);
    code.load32(4);
    code.op(I::Return);
    code.end();
    code.get(slot);
    code.i32(1);
    code.op(I::I32Add);
    code.set(slot);
    code.get(found);
    code.load32(0);
    code.br_if(again);
    code.end();
    code.i32(-1);
    own_func("find case", &[I32, I32, I64], &[I32], &[I32, I32, I32], code)
}
