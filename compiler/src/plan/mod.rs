//! From resolved rules to a plan: the IR and the lowering.

pub mod ir;
mod lower;

pub use lower::{LowerError, MAX_FUNCS, MAX_STATEMENTS, Request, lower};
