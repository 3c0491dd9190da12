//! Joins: a lookup in an index of base data in place of a scan.
//!
//! The index of a join stands in two globals: the collection that it was made for, and the index itself. A lookup in another collection
//! (`with data.x as …`, or data of a host that does not call [`names::INDEX_DATA`](writ_abi::names::INDEX_DATA)) leaves it to the guest what to do.

use wasm_encoder::Instruction as I;

use super::error::EmitError;
use super::func::FuncGen;
use super::module::{Gen, Helper, MEMO};
use crate::link::code::Code;
use crate::plan::ir::{JoinId, Local, Operand};

impl FuncGen<'_, '_> {
    /// See [`crate::plan::ir::Stmt::IndexLookup`].
    pub(crate) fn join(&mut self, dst: Local, join: JoinId, source: Operand, key: Operand) -> Result<(), EmitError> {
        let plan = self.module.plan;
        let (indexed, index) = self.module.join(join);
        let description = &plan.joins[join.0 as usize];
        let path = self.module.path(&description.key)?;
        self.code.global_get(index);
        self.code.i64(0);
        self.code.global_get(indexed);
        self.push(source);
        self.code.op(I::I64Eq);
        self.code.op(I::Select);
        self.code.global_get(MEMO);
        self.code.i32((description.slot * 8) as i32);
        self.code.op(I::I32Add);
        self.push(source);
        self.code.i64(path.0 as i64);
        self.push(key);
        self.rt("rt_join")?;
        self.assign_or_fail(dst);
        Ok(())
    }
}

/// Makes all indexes.
pub(crate) fn make_all(module: &mut Gen<'_>, code: &mut Code) -> Result<(), EmitError> {
    let plan = module.plan;
    for (n, join) in plan.joins.iter().enumerate() {
        let (indexed, index) = module.join(JoinId(n as u32));
        let path = module.path(&join.key)?;
        let source = module.helper(Helper::DataPath(join.source.clone()))?;
        code.call(source);
        code.global_set(indexed);
        code.global_get(indexed);
        code.i64(path.0 as i64);
        code.call(module.rt("rt_join_index")?);
        code.global_set(index);
    }
    Ok(())
}
