//! The wasmtime host: loads compiled policies, keeps instances, answers queries.
//!
//! ```text
//!   bytes ─▶ Module ─────▶ Instance ──evaluate(entrypoint, input)──▶ Outcome
//!            compiled,     memory, data,       one call into          document or rows,
//!            immutable     heap set back       linear memory          or a typed error
//! ```
//!
//! Lifetimes: [`Engine`] process; [`Module`] policy version; [`Instance`] until its first trap; [`Outcome`] one evaluation.
//! Absent on purpose: Rego text, HTTP, files, reads of the wall clock outside of what built-ins are given.

mod abi;
mod abort;
mod builtins;
mod clock;
mod decide;
mod engine;
mod environment;
mod error;
mod host;
mod instance;
mod limits;
mod locations;
mod meta;
mod module;
mod notation;
mod outcome;
mod pages;
mod rewrite;
mod sections;
mod space;
mod trap;
mod words;

pub use decide::{Answer, Prepared};
pub use engine::{Engine, EngineConfig, TICK};
pub use environment::Environment;
pub use error::{
    ArtifactError, BuiltinError, EvalError, InputError, InternalError, LimitError, LimitKind, Location, PolicyError,
};
pub use instance::{EvalOptions, Instance};
pub use limits::Limits;
pub use module::{EntrypointId, Interface, MAX_MODULE_BYTES, Module};
pub use outcome::{Outcome, Row};
