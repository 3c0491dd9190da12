//! One step into a value: inline where the key is a known position, by the guest otherwise.

use wasm_encoder::{BlockType, Instruction as I, ValType};
use writ_abi::layout::{DATA, LEN};
use writ_abi::{Tag, Word};

use super::error::EmitError;
use super::func::FuncGen;
use super::module::Gen;
use crate::link::guest::ValKind::I32;
use crate::link::template::FuncRef;
use crate::plan::ir::Operand;

impl FuncGen<'_, '_> {
    /// Pushes the element of `source` at `key`, undefined when there is none.
    pub(crate) fn element(&mut self, source: Operand, key: Operand) -> Result<(), EmitError> {
        let position = self.module.known(key).and_then(Word::as_int).and_then(|n| i32::try_from(n).ok());
        match position.filter(|n| (0..i32::MAX / 8).contains(n)) {
            Some(position) => self.item(source, key, position),
            None => self.look_up(source, key),
        }
    }

    fn look_up(&mut self, source: Operand, key: Operand) -> Result<(), EmitError> {
        let func = step_func(self.module, self.module.known(key))?;
        self.push(source);
        self.push(key);
        self.code.call(func);
        Ok(())
    }

    /// Reads the element of an array where it stands; anything else may have the number as a key.
    fn item(&mut self, source: Operand, key: Operand, position: i32) -> Result<(), EmitError> {
        let header = self.temp(I32);
        self.has_tag(source, Tag::Array);
        self.code.op(I::If(BlockType::Result(ValType::I64)));
        self.push(source);
        self.code.header();
        self.code.tee(header);
        self.code.load32(LEN);
        self.code.i32(position);
        self.code.op(I::I32GtU);
        self.code.op(I::If(BlockType::Result(ValType::I64)));
        self.code.get(header);
        self.code.load32(DATA);
        self.code.load64(position as u32 * 8);
        self.code.else_();
        self.code.i64(0);
        self.code.op(I::End);
        self.code.else_();
        self.look_up(source, key)?;
        self.code.op(I::End);
        self.give_back(header, I32);
        Ok(())
    }
}

/// The guest's function for a step by a key that may be known.
pub(crate) fn step_func(module: &Gen<'_>, key: Option<Word>) -> Result<FuncRef, EmitError> {
    let constant_string = key.is_some_and(|key| key.tag() == Tag::String);
    module.rt(if constant_string { "rt_field" } else { "rt_dot" })
}
