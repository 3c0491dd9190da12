//! Joins generated functions with what they need of the guest.
//!
//! ```text
//!   guest.wasm ──parse (once)──▶ Guest ──reach──▶ Kept ──┐
//!                                 generated code ──▶ Own ─┴──write──▶ policy.wasm
//! ```
//!
//! The guest's functions are copied as bytes, with the numbers of functions, globals and types replaced. Its data stay where
//! they are; what nobody refers to is left out (the guest is linked with relocations kept). Constants lie behind them.

pub(crate) mod code;
pub(crate) mod guest;
pub(crate) mod input;
mod locations;
pub(crate) mod meta;
pub(crate) mod own;
mod reach;
mod segments;
pub(crate) mod template;
mod write;

use std::borrow::Cow;
use std::sync::OnceLock;

use crate::codegen::error::EmitError;
use crate::source::SourceMap;
use guest::Guest;
use own::Own;
use segments::Segments;
use template::{FuncRef, Target};
use writ_abi::names;

/// Import of the guest that stands for the generated `eval`.
const POLICY_EVAL: &str = "policy_eval";
/// Prefixes of guest exports that hosts call.
const HOST_PREFIXES: [&str; 2] = ["opa_", "writ_"];

/// The guest module that is shipped with this crate.
pub(crate) fn shipped_guest() -> Result<&'static Guest, EmitError> {
    static GUEST: OnceLock<Result<Guest, String>> = OnceLock::new();
    let parse = || Guest::parse(Cow::Borrowed(include_bytes!("guest.wasm")));
    GUEST.get_or_init(parse).as_ref().map_err(|reason| EmitError::Guest(reason.clone()))
}

/// Writes the module.
pub(crate) fn link(guest: &Guest, own: &Own, sources: &SourceMap, with_names: bool) -> Result<Vec<u8>, EmitError> {
    let called = own.funcs.iter().flat_map(|func| &func.code.holes).filter_map(|hole| match hole.target {
        Target::Func(FuncRef::Guest(index)) => Some(index),
        _ => None,
    });
    let exported = host_exports(guest).map(|(_, index)| index);
    let kept = reach::reach(guest, called.chain(exported).chain(guest.start)).map_err(EmitError::Guest)?;
    let cells = guest.cells().ok_or_else(|| EmitError::Guest(format!("no exported global `{}`", names::CELLS)))?;
    let segments = Segments::new(guest, own, &kept, cells);
    write::write(guest, own, &kept, &segments, with_names, sources)
}

/// Functions of the guest that the module exports.
fn host_exports(guest: &Guest) -> impl Iterator<Item = (&str, u32)> {
    let wanted = |name: &str| HOST_PREFIXES.iter().any(|prefix| name.starts_with(prefix));
    guest.export_order.iter().filter(move |(name, _)| wanted(name)).map(|(name, index)| (name.as_str(), *index))
}
