//! The contract between the compiler, the guest and the host.
//!
//! ```text
//!   compiler ──writes──▶ constants in these layouts, calls to these guest functions, these custom sections
//!   guest    ──owns────▶ the heap in these layouts
//!   host     ──reads───▶ words and layouts in linear memory, custom sections
//! ```
//!
//! Everything here is plain data: no allocation, no I/O, no `unsafe`. Absent on purpose: wasmtime, syntax.
#![no_std]

pub mod hash;
pub mod layout;
pub mod names;
pub mod word;

pub use word::{Tag, Word};
