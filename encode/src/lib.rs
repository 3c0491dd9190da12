//! From an input to a *frame*: the parts of it that a policy can read, as ready-made values of the policy's linear memory.
//!
//! ```text
//!   section writ.input  ──▶ Projection ─┐
//!   section writ.strings ─▶ Interner ───┤
//!   JSON text, or a `serde::Serialize` ─┴─▶ Encoder ──▶ [slot 0][slot 1]…[values…]      one run of bytes at a given address
//! ```
//!
//! The compiler knows every path of the input that an entrypoint can read; the encoder goes over an input once, fills the slots of those paths and
//! skips the rest, which it checks all the same: malformed text is an error wherever it is. Strings that are constants of the policy become their
//! addresses, so that the policy compares them by bits.
//!
//! The bytes depend on nothing but the projected parts of the input (in the order in which they come), so they are also what a decision cache keys by.

mod error;
mod frame;
mod interner;
mod json;
mod keys;
mod number;
mod projection;
mod serialize;
#[cfg(test)]
mod tests;
mod words;

pub use error::EncodeError;
pub use frame::{Encoder, Scratch};
pub use interner::Interner;
pub use projection::{InputLayout, Projection};
