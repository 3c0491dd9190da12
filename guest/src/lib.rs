//! What runs inside every compiled module: values, numbers, strings, collections, JSON and the native built-ins.
//!
//! ```text
//!   generated code ──calls──▶ exports (rt_*, bi_*) ──▶ value, table, compare, merge, builtins
//!   any OPA host   ──calls──▶ exports (opa_*)      ──▶ opa (contexts, boxes), json
//!                                                        └─────────┬─────────┘
//!                                                       heap (bump) over mem (linear memory)
//! ```
//!
//! Values are words ([`writ_abi::Word`]); addresses are 32-bit offsets into linear memory. On wasm32 they are real
//! addresses; natively [`mem`] gives each thread an arena, so that the same code runs under tests, Miri and fuzzers.
//!
//! INVARIANT: nothing outlives an evaluation but what lies below the heap pointer that the host sets before it. The guest
//! keeps no table, cache or list of its own outside the heap.
//!
//! Rust policies (`sdk/guest`) use it as a library on wasm32: values, tables, JSON text. The feature `module` adds what only the prebuilt module
//! has: the exports, the allocator and the panic handler.
//!
//! Absent on purpose: function pointers and trait objects (the linker keeps what is reachable by direct calls),
//! `core::fmt` (size), clocks and I/O.
#![no_std]
// What runs seldom is built for size, since every policy carries it.
#![cfg_attr(all(target_arch = "wasm32", feature = "module"), feature(optimize_attribute))]

extern crate alloc;
#[cfg(not(target_arch = "wasm32"))]
extern crate std;

pub mod builtins;
pub mod bytes;
pub mod compare;
pub mod error;
pub mod heap;
pub mod host;
pub mod iter;
pub mod join;
pub mod json;
pub mod lookup;
pub mod mem;
pub mod merge;
pub mod number;
pub mod opa;
pub mod select;
pub mod sort;
pub mod table;
pub mod text;
pub mod unicode;
pub mod value;

#[cfg(any(not(target_arch = "wasm32"), feature = "module"))]
mod exports;
#[cfg(all(target_arch = "wasm32", feature = "module"))]
mod rt;

#[cfg(not(target_arch = "wasm32"))]
pub use exports::{BUILTINS, call};
