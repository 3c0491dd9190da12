//! Comparisons: what the bits of two words decide is decided inline, the rest by the guest.

use std::cmp::Ordering;

use wasm_encoder::Instruction as I;
use writ_abi::word::{STRING_CONST, STRING_NOT_CONST};
use writ_abi::{Tag, Word};

use super::error::EmitError;
use super::func::FuncGen;
use crate::link::code::Label;
use crate::plan::ir::{CompareOp, Operand};

/// When two words with different bits may be equal nonetheless, if one of them is a constant.
enum Doubt {
    /// Never.
    Never,
    /// When the other one has these bits under the mask.
    Bits { mask: i64, wanted: i64 },
    /// The bits do not tell.
    Always,
}

impl Doubt {
    fn about(constant: Word) -> Doubt {
        let tag = |wanted: Tag| Doubt::Bits { mask: 0xf, wanted: wanted as i64 };
        match constant.tag() {
            Tag::Undefined | Tag::Atom => Doubt::Never,
            // `1.0` and `1` are equal; only the latter is a small integer.
            Tag::Int => tag(Tag::Number),
            // Of a constant there is one copy, so only a string that was never looked up needs a look at its bytes.
            Tag::String => {
                Doubt::Bits { mask: (0xf | STRING_CONST | STRING_NOT_CONST) as i64, wanted: Tag::String as i64 }
            }
            Tag::Number => Doubt::Always,
            other @ (Tag::Array | Tag::Object | Tag::Set) => tag(other),
        }
    }
}

impl FuncGen<'_, '_> {
    /// Goes on when the comparison holds, branches to `no` otherwise.
    pub(crate) fn compare_or_branch(
        &mut self,
        op: CompareOp,
        left: Operand,
        right: Operand,
        no: Label,
    ) -> Result<(), EmitError> {
        if let (Operand::Const(a), Operand::Const(b)) = (left, right) {
            let constants = &self.module.plan.constants;
            if !holds(op, constants[a.0 as usize].cmp(&constants[b.0 as usize])) {
                self.code.br(no);
            }
            return Ok(());
        }
        // A constant goes to the right.
        let (op, left, right) =
            if matches!(left, Operand::Const(_)) { (mirrored(op), right, left) } else { (op, left, right) };
        match op {
            CompareOp::Eq => self.equal_or_branch(left, right, no),
            CompareOp::Ne => self.different_or_branch(left, right, no),
            CompareOp::Lt => self.ordered_or_branch(left, right, I::I64GeS, I::I32GeS, no),
            CompareOp::Le => self.ordered_or_branch(left, right, I::I64GtS, I::I32GtS, no),
            CompareOp::Gt => self.ordered_or_branch(left, right, I::I64LeS, I::I32LeS, no),
            CompareOp::Ge => self.ordered_or_branch(left, right, I::I64LtS, I::I32LtS, no),
        }
    }

    fn doubt(&self, right: Operand) -> Doubt {
        self.module.known(right).map_or(Doubt::Always, Doubt::about)
    }

    fn equal_or_branch(&mut self, left: Operand, right: Operand, no: Label) -> Result<(), EmitError> {
        self.push(left);
        self.push(right);
        self.code.op(I::I64Ne);
        let doubt = self.doubt(right);
        if let Doubt::Never = doubt {
            self.code.br_if(no);
            return Ok(());
        }
        self.code.if_();
        if let Doubt::Bits { mask, wanted } = doubt {
            self.push(left);
            self.code.i64(mask);
            self.code.op(I::I64And);
            self.code.i64(wanted);
            self.code.op(I::I64Ne);
            self.code.br_if(no);
        }
        self.push(left);
        self.push(right);
        self.rt("rt_eq")?;
        self.code.br_unless(no);
        self.code.end();
        Ok(())
    }

    fn different_or_branch(&mut self, left: Operand, right: Operand, no: Label) -> Result<(), EmitError> {
        self.push(left);
        self.push(right);
        self.code.op(I::I64Eq);
        self.code.br_if(no);
        let doubt = self.doubt(right);
        if let Doubt::Never = doubt {
            return Ok(());
        }
        let bits = matches!(doubt, Doubt::Bits { .. });
        if let Doubt::Bits { mask, wanted } = doubt {
            self.push(left);
            self.code.i64(mask);
            self.code.op(I::I64And);
            self.code.i64(wanted);
            self.code.op(I::I64Eq);
            self.code.if_();
        }
        self.push(left);
        self.push(right);
        self.rt("rt_eq")?;
        self.code.br_if(no);
        if bits {
            self.code.end();
        }
        Ok(())
    }

    /// Words of small integers are in the order of the integers. `wrong` and `wrong_sign` hold when the comparison does not.
    fn ordered_or_branch(
        &mut self,
        left: Operand,
        right: Operand,
        wrong: I<'static>,
        wrong_sign: I<'static>,
        no: Label,
    ) -> Result<(), EmitError> {
        let known = self.module.known(right);
        let may_be_ints = known.is_none_or(|word| word.tag() == Tag::Int);
        if may_be_ints {
            self.push(left);
            if known.is_none() {
                self.push(right);
                self.code.op(I::I64And);
            }
            self.code.op(I::I32WrapI64);
            self.code.i32(1);
            self.code.op(I::I32And);
            self.code.if_();
            self.push(left);
            self.push(right);
            self.code.op(wrong);
            self.code.br_if(no);
            self.code.else_();
        }
        self.push(left);
        self.push(right);
        self.rt("rt_cmp")?;
        self.code.i32(0);
        self.code.op(wrong_sign);
        self.code.br_if(no);
        if may_be_ints {
            self.code.end();
        }
        Ok(())
    }
}

fn holds(op: CompareOp, order: Ordering) -> bool {
    match op {
        CompareOp::Eq => order.is_eq(),
        CompareOp::Ne => order.is_ne(),
        CompareOp::Lt => order.is_lt(),
        CompareOp::Le => order.is_le(),
        CompareOp::Gt => order.is_gt(),
        CompareOp::Ge => order.is_ge(),
    }
}

/// The comparison with its sides exchanged.
fn mirrored(op: CompareOp) -> CompareOp {
    match op {
        CompareOp::Eq | CompareOp::Ne => op,
        CompareOp::Lt => CompareOp::Gt,
        CompareOp::Le => CompareOp::Ge,
        CompareOp::Gt => CompareOp::Lt,
        CompareOp::Ge => CompareOp::Le,
    }
}
