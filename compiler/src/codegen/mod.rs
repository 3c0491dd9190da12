//! From a plan to the bytes of a module.
//!
//! ```text
//!   Plan ──verify──▶ constants laid out ──▶ one Wasm function per plan function ──▶ entry functions ──link──▶ bytes
//! ```
//!
//! A local of the plan is a Wasm local of type i64 that holds a value word ([`writ_abi::Word`]), 0 when it is undefined.
//! Input, data and the cells of `with` are Wasm globals; so is the address of the memo slots.

mod batch;
mod call;
mod collections;
mod compare;
mod element;
mod entry;
pub(crate) mod error;
mod func;
mod helpers;
mod join;
mod module;
mod paths;
mod scan;
mod select;
mod slots;
mod statics;
mod switch;
mod with;

pub use error::{EmitError, TooLarge};

use crate::link::{self, guest::Guest, meta};
use crate::plan::ir::{FuncId, Plan};
use crate::plan::verify;
use crate::source::SourceMap;

/// What to write besides the code.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct EmitOptions {
    /// Write a name section with the functions' names, such as `data.authz.allow`. Default: true.
    pub names: bool,
}

impl Default for EmitOptions {
    fn default() -> Self {
        EmitOptions { names: true }
    }
}

/// Makes the module. The same arguments give the same bytes.
///
/// Cost: about linear in the plan; the first call in a process reads the guest module, too.
///
/// # Errors
/// [`EmitError::TooLarge`] and [`EmitError::TooManyArguments`] when the policy asks for more than a module can hold; the others are
/// defects.
pub fn emit(plan: &Plan, sources: &SourceMap, options: &EmitOptions) -> Result<Vec<u8>, EmitError> {
    emit_with(link::shipped_guest()?, plan, sources, options)
}

/// Whether a built-in runs inside of modules, not on the host. Comparisons and small sums are inline and count as inside.
pub fn is_native_builtin(name: &str) -> bool {
    link::shipped_guest().is_ok_and(|guest| guest.func(&format!("bi_{name}")).is_some())
}

/// [`emit`] with a given guest module.
pub(crate) fn emit_with(
    guest: &Guest,
    plan: &Plan,
    sources: &SourceMap,
    options: &EmitOptions,
) -> Result<Vec<u8>, EmitError> {
    verify::verify_structure(plan)?;
    let mut module = module::Gen::new(guest, plan, sources)?;
    for id in 0..plan.funcs.len() {
        func::generate(&mut module, FuncId(id as u32))?;
    }
    let entry = entry::generate(&mut module)?;
    let meta = meta::write(&plan.entrypoints, &module.host_builtins());
    let own = module.finish(entry.eval, entry.exports, meta);
    link::link(guest, &own, sources, options.names)
}

#[cfg(test)]
mod tests;
