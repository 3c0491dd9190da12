//! The last step of a policy in Rust: from what cargo built to a module that our host takes for ours.
//!
//! ```text
//!   cargo ─▶ .wasm ──writ_describe (run once, by the caller)──▶ description ─┐
//!              └────────────────────────────────────────────────────────────┴─finish─▶ policy.wasm
//!                                                             sections writ.meta, writ.input, writ.strings; start function; ABI version
//! ```
//!
//! The module describes itself since only its own types know their fields: a program has to run. That costs every host that loads it nothing, as the answer
//! is written into sections, which is also where our own compiler has it. Names and other custom sections are left out; the code stays as it is.
//!
//! A module that was not finished still runs on every host of the OPA ABI, ours included, without projection, cache and fast path.

mod read;
mod write;

use std::fmt;

use writ_abi::names;

use read::Parts;
use wasmparser::{Parser, Payload};

/// Export of every policy in Rust: where its entrypoints stand (`writ_guest_sdk::module!`).
const RUST_POLICY: &str = "__writ_policy";

/// Why a module cannot be finished.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum FinishError {
    /// It is not valid WebAssembly, or of a form that no linker of Rust writes.
    Malformed(String),
    /// It lacks something that every crate with `writ_guest_sdk::module!` exports.
    NoPolicy(&'static str),
    /// Its description is none, so that SDK and command are of different versions.
    Description,
}

impl FinishError {
    /// A stable name of the kind.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Malformed(_) => "finish_malformed",
            Self::NoPolicy(_) => "finish_no_policy",
            Self::Description => "finish_description",
        }
    }
}

impl fmt::Display for FinishError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed(why) => write!(f, "the module is malformed: {why}"),
            Self::NoPolicy(name) => write!(
                f,
                "the module has no export `{name}`: the crate needs `writ_guest_sdk::module!(…)` with its entrypoints"
            ),
            Self::Description => f.write_str(
                "the module's description is of another version: use the same version of writ-guest-sdk and writ",
            ),
        }
    }
}

impl std::error::Error for FinishError {}

impl From<wasmparser::BinaryReaderError> for FinishError {
    fn from(error: wasmparser::BinaryReaderError) -> Self {
        Self::Malformed(error.to_string())
    }
}

/// Finishes a module. `description` is what its export `writ_describe` gave. The same arguments give the same bytes.
///
/// # Errors
/// [`FinishError`].
pub fn finish(wasm: &[u8], description: &str) -> Result<Vec<u8>, FinishError> {
    let mut lines = description.lines();
    let (Some(meta), Some(input), Some(end)) = (lines.next(), lines.next(), lines.next()) else {
        return Err(FinishError::Description);
    };
    let end: u32 = end.parse().map_err(|_| FinishError::Description)?;
    for text in [meta, input] {
        writ_value::json::parse(text.as_bytes()).map_err(|_| FinishError::Description)?;
    }
    let parts = Parts::read(wasm)?;
    let start = parts.function(names::START).ok_or(FinishError::NoPolicy(names::START))?;
    let sections = [
        (names::SECTION_META, meta.as_bytes()),
        (names::SECTION_INPUT, input.as_bytes()),
        (names::SECTION_STRINGS, &[]),
    ];
    write::write(wasm, &parts, start, end, &sections)
}

/// Whether a module is one that was finished: a policy in Rust, which cannot be made anew of what lies beside it in a bundle. What is no module is none.
pub fn is_finished(wasm: &[u8]) -> bool {
    let exported = |payload| match payload {
        Ok(Payload::ExportSection(exports)) => exports.into_iter().flatten().map(|export| export.name).collect(),
        _ => Vec::new(),
    };
    let names: Vec<&str> = Parser::new(0).parse_all(wasm).flat_map(exported).collect();
    names.contains(&RUST_POLICY) && !names.contains(&names::DESCRIBE)
}

#[cfg(test)]
mod tests;
