//! OPA bundles: read and write, sign and verify, patch, watch.
//!
//! ```text
//!   .tar.gz ──archive──┐                              ┌─▶ manifest   /.manifest
//!                      ├─▶ files ─signature─ assemble ─▶ Bundle ─▶ data       data.json, data.yaml, … merged by folder
//!   folder  ──folder───┘   bounded  (if a key is set) ├─▶ modules    *.rego
//!      ▲                                              ├─▶ wasm       policy.wasm
//!      └── source: watched, read again on a change    └─▶ patch      patch.json of a delta bundle
//!   Bundle ──write──▶ .tar.gz, the same bytes for the same contents, in place by rename
//! ```
//!
//! A bundle comes from somewhere else, so everything about it is bounded ([`Limits`]) and checked before it is used.
//! Absent on purpose: Rego, Wasm.

mod archive;
mod assemble;
mod data;
mod delta;
mod error;
mod folder;
pub mod fuzz;
mod limits;
mod manifest;
mod part;
pub mod patch;
mod pattern;
mod reader;
mod roots;
mod signature;
mod source;
mod write;
mod yaml;

pub use assemble::{Bundle, File};
pub use data::{Documents, Format, parse_document};
pub use error::{BundleError, Owned, PathProblem, Place};
pub use folder::name as folder_name;
pub use limits::Limits;
pub use manifest::{Manifest, WasmEntrypoint};
pub use part::Part;
pub use pattern::matches_name;
pub use reader::{Reader, Trust};
pub use roots::check_roots;
pub use signature::{Claimed, SignatureError, Signatures, Signer, Verification, VerificationKey};
pub use source::{Source, WatchOptions};
pub use write::write_signatures;
