//! What a module needs besides the policy: the exports that hosts call, the heap, panics, and the state that decisions begin in.
//!
//! ```text
//!   0 ─ stack_high      the stack
//!   … ─ heap_base       constants and statics
//!   control             words that outlive decisions: input, data
//!   snapshot            the statics as they are before each decision
//!   heap_start ─ …      data as the host lays them out, what was read of them, the heap of one decision
//! ```
#![allow(unsafe_code, reason = "exports, imports and the allocator are unsafe")]

mod alloc;
pub(crate) mod call;
mod exports;
pub(crate) mod host;
#[cfg(target_os = "wasi")]
mod libc;
mod state;

pub use exports::link;
