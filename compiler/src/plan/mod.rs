//! From resolved rules to a plan: the IR, the lowering, and passes over the plan.

mod effects;
pub mod explain;
pub mod input;
pub mod ir;
mod lower;
mod opt;
pub mod print;
pub mod verify;
pub mod visit;

pub use effects::{Effects, find_effects};
pub use lower::{LowerError, MAX_FUNCS, MAX_STATEMENTS, Request, lower};
pub use opt::{Note, OptLevel, optimise};
pub use verify::verify;
