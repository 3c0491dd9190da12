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

pub mod number;
