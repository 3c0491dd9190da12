//! Base data at static paths: found once per data in place of once per decision.
//!
//! A global holds what stands at a path of the data for which [`names::INDEX_DATA`] was called, another one which data that was. With other data
//! (`with data.x as …`, or a host that does not call it) the path is walked.
//!
//! [`names::INDEX_DATA`]: writ_abi::names::INDEX_DATA

use wasm_encoder::{BlockType, Instruction as I, ValType};

use super::error::EmitError;
use super::func::FuncGen;
use super::module::{DATA, Gen, Helper};
use crate::link::code::Code;
use crate::plan::ir::ConstId;

impl FuncGen<'_, '_> {
    /// Pushes what stands at a path of base data, undefined when there is nothing.
    pub(crate) fn data_path(&mut self, path: &[ConstId]) -> Result<(), EmitError> {
        let (of, found) = self.module.data_path(path)?;
        let walk = self.module.helper(Helper::DataPath(path.to_vec()))?;
        self.code.global_get(DATA);
        self.code.global_get(of);
        self.code.op(I::I64Eq);
        self.code.op(I::If(BlockType::Result(ValType::I64)));
        self.code.global_get(found);
        self.code.else_();
        self.code.call(walk);
        self.code.op(I::End);
        Ok(())
    }
}

/// Walks all paths that the module reads and keeps what is found.
pub(crate) fn find_all(module: &mut Gen<'_>, code: &mut Code) -> Result<(), EmitError> {
    let paths = module.data_paths();
    if paths.is_empty() {
        return Ok(());
    }
    for path in paths {
        let (_, found) = module.data_path(&path)?;
        let walk = module.helper(Helper::DataPath(path))?;
        code.call(walk);
        code.global_set(found);
    }
    code.global_get(DATA);
    code.global_set(module.data_of_paths());
    Ok(())
}
