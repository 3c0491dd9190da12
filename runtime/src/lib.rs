//! The wasmtime host: loads compiled policies, keeps instances, answers queries.
//!
//! ```text
//!   bytes ─▶ Module ─────▶ Instance ──evaluate(entrypoint, input)──▶ Outcome
//!            compiled,     memory, data,       one call into          document or rows,
//!            immutable     heap set back       linear memory          or a typed error
//!
//!   Candidate ─▶ Revision (modules, data, pools) ─▶ Policy ──decide──▶ Decision
//!                immutable, made aside              swap, set_data, patch_data, rollback
//!      ▲
//!   Follower: a watched file or folder with bundles
//! ```
//!
//! Lifetimes: [`Engine`] process; [`Policy`] as long as the host wants; [`Revision`] until its last decision; [`Module`] policy version; [`Instance`]
//! until its first trap; [`Outcome`] one evaluation.
//! Absent on purpose: Rego text, HTTP, reads of the wall clock outside of what built-ins are given.

mod abi;
mod abort;
mod builtins;
mod clock;
mod code_cache;
mod data;
mod decide;
mod describe;
mod engine;
mod environment;
mod error;
pub mod faults;
mod follow;
pub mod fuzz;
mod host;
mod instance;
mod limits;
mod locations;
mod meta;
mod module;
mod notation;
mod outcome;
mod overtime;
mod pages;
mod policy;
mod pool;
#[cfg(feature = "prometheus")]
mod prometheus;
mod revision;
mod rewrite;
mod sections;
mod siblings;
mod space;
mod stack;
mod stats;
mod stopwatch;
mod thread_number;
mod trap;
mod trim;
mod wasi;
mod words;

pub use builtins::{CustomBuiltin, CustomBuiltins, Invocation, MAX_ARGUMENTS, RegisterError};
pub use code_cache::CodeCacheConfig;
pub use decide::{Answer, FrameBuffer, Prepared, Preparer};
pub use engine::{Engine, EngineConfig, TICK};
pub use environment::Environment;
pub use error::{
    ArtifactError, BuiltinError, EvalError, InputError, InternalError, LimitError, LimitKind, Location, PolicyError,
};
pub use follow::{Delivery, FollowConfig, FollowError, FollowStatus, Follower};
pub use instance::{EvalOptions, Instance};
pub use limits::Limits;
pub use meta::{EntrypointInfo, Varies};
pub use module::{EntrypointId, Interface, MAX_MODULE_BYTES, Module};
pub use outcome::{Outcome, Row};
pub use policy::{DataChange, Decision, Policy, PolicyConfig, Request, Resolved};
#[cfg(feature = "prometheus")]
pub use prometheus::Exporter;
pub use revision::{Candidate, CandidateModule, CompileRego, Revision, RevisionId, Sample};
pub use stats::{DecisionKind, ErrorKind, PoolStats, Recorder, Stats, SwapKind};
pub use stopwatch::Stopwatch;
pub use wasi::WasiGrants;
/// The error that a built-in gives, for [`CustomBuiltin`].
pub use writ_builtins::BuiltinError as CallError;
