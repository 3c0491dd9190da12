//! OPA bundles: read and write.
//!
//! ```text
//!   .tar.gz ──archive──┐                       ┌─▶ manifest   /.manifest
//!                      ├─▶ files ──assemble──▶ Bundle ─▶ data       data.json, data.yaml, … merged by folder
//!   folder  ──folder───┘   bounded             ├─▶ modules    *.rego
//!                                              └─▶ wasm       policy.wasm
//!   Bundle ──write──▶ .tar.gz, the same bytes for the same contents
//! ```
//!
//! A bundle comes from somewhere else, so everything about it is bounded ([`Limits`]) and checked before it is used.
//! Absent on purpose: Rego, Wasm, signatures (they wrap this crate's file list).

mod archive;
mod assemble;
mod data;
mod error;
mod folder;
mod limits;
mod manifest;
mod pattern;
mod write;
mod yaml;

pub use assemble::{Bundle, File};
pub use data::{Documents, Format, parse_document};
pub use error::{BundleError, Place};
pub use limits::Limits;
pub use manifest::{Manifest, WasmEntrypoint};
