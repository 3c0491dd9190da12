//! Rego to Wasm: text in, bytes and diagnostics out, without input or output.

pub mod builtins;
pub mod capabilities;
pub mod check;
pub mod codegen;
mod compile;
mod describe;
pub mod diag;
mod finish;
pub mod fuzz;
pub mod hir;
mod link;
pub mod plan;
pub mod resolve;
pub mod rules;
pub mod source;
pub mod syntax;
pub mod types;

pub use compile::{
    Expression, Options, Output, Query, Source, check as check_sources, compile, explain, plan as plan_sources,
};
pub use describe::{Annotated, Description, describe};
pub use finish::{FinishError, finish, is_finished};
pub use syntax::opa_json::parse_module_json;
