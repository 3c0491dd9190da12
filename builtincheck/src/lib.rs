//! Random calls of built-ins, and a comparison of what OPA and Writ make of them.
//!
//! ```text
//!   signature, recorded calls ─▶ draw ─▶ Case ─▶ oracle (OPA's library) ──┐
//!                                         │                               ├─ differ? ─▶ known? ─▶ shrink ─▶ cases/*.jsonl
//!                                         └────▶ subject (guest and host) ┘
//! ```
//!
//! Draws begin with edge cases in every position; then they vary calls that were recorded, and compose arguments from what
//! the signature asks for and from the words of the namespace. The same seed gives the same draws on every machine.

pub mod case;
pub mod compare;
pub mod costly;
pub mod draw;
pub mod hostile;
pub mod hunt;
pub mod known;
pub mod measure;
pub mod namespace;
pub mod oracle;
pub mod rng;
pub mod seeds;
pub mod shrink;
pub mod subject;
