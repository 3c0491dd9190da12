//! Calls of built-ins: inline where a few instructions do, in the guest where it has them, by the host otherwise.

use wasm_encoder::Instruction as I;
use writ_abi::{Tag, Word};

use super::error::EmitError;
use super::func::FuncGen;
use super::module::Helper;
use crate::link::guest::ValKind;
use crate::plan::ir::{CompareOp, Local, Operand};
use crate::source::Span;

/// Most arguments that the host's imports take.
const HOST_ARGS: usize = 4;

/// Operations on small integers that are done inline.
#[derive(Debug, Clone, Copy)]
enum Sum {
    Plus,
    Minus,
}

impl FuncGen<'_, '_> {
    /// Calls a built-in and fails when its result is undefined.
    pub(crate) fn builtin(
        &mut self,
        dst: Option<Local>,
        name: &str,
        args: &[Operand],
        span: Span,
    ) -> Result<(), EmitError> {
        if let (&[left, right], Some(op)) = (args, comparison(name)) {
            self.comparison_value(op, left, right)?;
        } else if let (&[left, right], Some(op)) = (args, sum(name)) {
            self.sum(op, name, left, right, span)?;
        } else {
            self.call_builtin(name, args, span)?;
        }
        match dst {
            Some(dst) => self.assign_or_fail(dst),
            None => self.code.op(I::Drop),
        }
        Ok(())
    }

    /// Leaves the result on the stack.
    fn call_builtin(&mut self, name: &str, args: &[Operand], span: Span) -> Result<(), EmitError> {
        if let Some(func) = self.module.guest_builtin(name, args.len()) {
            args.iter().for_each(|arg| self.push(*arg));
            self.code.call_at(func, span);
            return Ok(());
        }
        if args.len() > HOST_ARGS {
            return Err(EmitError::TooManyArguments { builtin: name.to_owned(), span });
        }
        let id = self.module.host_builtin(name, args.len());
        let helper = self.module.helper(Helper::HostCall(args.len() as u8))?;
        self.code.i32(id);
        args.iter().for_each(|arg| self.push(*arg));
        self.code.call_at(helper, span);
        Ok(())
    }

    fn comparison_value(&mut self, op: CompareOp, left: Operand, right: Operand) -> Result<(), EmitError> {
        let done = self.code.block_i64();
        let no = self.code.block();
        self.compare_or_branch(op, left, right, no)?;
        self.code.i64(Word::TRUE.0 as i64);
        self.code.br(done);
        self.code.end();
        self.code.i64(Word::FALSE.0 as i64);
        self.code.end();
        Ok(())
    }

    /// With words `2a+1` and `2b+1` the sum's word is `(2a+1) + 2b`; it overflows exactly when `a+b` needs more than 63 bits.
    fn sum(&mut self, op: Sum, name: &str, left: Operand, right: Operand, span: Span) -> Result<(), EmitError> {
        let never_small = |operand| self.module.known(operand).is_some_and(|word| word.tag() != Tag::Int);
        if never_small(left) || never_small(right) {
            return self.call_builtin(name, &[left, right], span);
        }
        let result = self.temp(ValKind::I64);
        let done = self.code.block_i64();
        let slow = self.code.block();
        self.push(left);
        self.push(right);
        self.code.op(I::I64And);
        self.code.op(I::I32WrapI64);
        self.code.i32(1);
        self.code.op(I::I32And);
        self.code.br_unless(slow);
        self.push(left);
        self.push_doubled(right);
        self.code.op(match op {
            Sum::Plus => I::I64Add,
            Sum::Minus => I::I64Sub,
        });
        self.code.tee(result);
        // Overflow: the result's sign differs from that of both summands, or (minus) of the left one while the signs of both differ.
        self.push(left);
        self.code.op(I::I64Xor);
        match op {
            Sum::Plus => {
                self.code.get(result);
                self.push_doubled(right);
            }
            Sum::Minus => {
                self.push(left);
                self.push(right);
            }
        }
        self.code.op(I::I64Xor);
        self.code.op(I::I64And);
        self.code.i64(0);
        self.code.op(I::I64LtS);
        self.code.br_if(slow);
        self.code.get(result);
        self.code.br(done);
        self.code.end();
        self.call_builtin(name, &[left, right], span)?;
        self.code.end();
        self.give_back(result, ValKind::I64);
        Ok(())
    }

    /// Pushes the word of a small integer without its lowest bit.
    fn push_doubled(&mut self, operand: Operand) {
        match self.module.known(operand) {
            Some(word) => self.code.i64((word.0 ^ 1) as i64),
            None => {
                self.push(operand);
                self.code.i64(1);
                self.code.op(I::I64Xor);
            }
        }
    }
}

fn comparison(name: &str) -> Option<CompareOp> {
    Some(match name {
        "equal" => CompareOp::Eq,
        "neq" => CompareOp::Ne,
        "lt" => CompareOp::Lt,
        "lte" => CompareOp::Le,
        "gt" => CompareOp::Gt,
        "gte" => CompareOp::Ge,
        _ => return None,
    })
}

fn sum(name: &str) -> Option<Sum> {
    match name {
        "plus" => Some(Sum::Plus),
        "minus" => Some(Sum::Minus),
        _ => None,
    }
}
