//! Random Rego programs with inputs and data, and a comparison of what evaluators make of them.
//!
//! ```text
//!   seed ─▶ generate ─▶ Program ─▶ Evaluator (OPA) ─┐
//!                          │                        ├─ differ? ─▶ shrink ─▶ case file
//!                          └─────▶ Evaluator (Writ) ─┘
//! ```
//!
//! Programs are built by type, so that most of them mean something: names are bound before use, built-ins get arguments of the types they
//! take, and input and data follow a schema most of the time. The same seed gives the same program on every machine.

pub mod case;
pub mod compare;
pub mod evaluator;
pub mod generate;
pub mod opa;
pub mod print;
pub mod program;
pub mod quirks;
pub mod rng;
pub mod shrink;
pub mod visit;
pub mod writ;
