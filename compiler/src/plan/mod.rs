//! From resolved rules to a plan: the IR, its printer, its verifier, and the lowering.

pub mod ir;
