//! Rego values on the host side: numbers, ordering, JSON; the one place that defines their meaning.
//!
//! ```text
//!   JSON text ──json::parse──▶ Value ──json::to_string──▶ JSON text      (sets become arrays)
//!                              Value ──rego::to_string──▶ Rego notation  ({1, 2}, set())
//! ```
//!
//! `no_std` with `alloc`, so that the guest shares [`number`]. Absent on purpose: evaluation, I/O.
#![no_std]

extern crate alloc;

pub mod gofmt;
pub mod json;
pub mod number;
pub mod rego;
pub mod shortest;
mod string;
pub mod utf8;
mod value;

pub use number::{NumRef, Number, NumberError};
pub use string::Str;
pub use value::{Object, Set, Value};

/// Deepest nesting of collections in a value.
pub const MAX_DEPTH: usize = 1000;
