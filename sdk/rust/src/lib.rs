//! Writ's host SDK: what an application embeds to decide in process.
//!
//! ```
//! # fn main() -> Result<(), writ::Error> {
//! let policy = r#"
//!     package authz
//!     default allow := false
//!     allow if input.user.role == "admin"
//! "#;
//! let writ = writ::Writ::builder().rego("authz.rego", policy).entrypoint("authz/allow").build()?;
//!
//! let decision = writ.decide("authz/allow", r#"{"user": {"role": "admin"}, "request": 17}"#)?;
//! assert!(decision.is_true());
//! # Ok(())
//! # }
//! ```
//!
//! A [`Writ`] is made once and shared (`Clone` gives the same one); all its methods may be called from any thread.
//!
//! ```text
//!   decide, decide_into      one       ─┐                     ┌▶ front of the thread ▶ local tier ▶ a tier of the host's
//!   decide_prepared          encoded   ─┤                     │
//!   decide_many              many      ─┼▶ entrypoint ▶ frame ┤
//!   decide_async             coalesced ─┘                     └▶ a warm instance: one call into Wasm
//!
//!   reload, swap, set_data, patch_data, rollback     live in one step, or not at all
//!   health, metrics, cache                           for probes, monitoring, operators
//! ```
//!
//! The decision cache needs no configuration of keys: the compiler knows which parts of an input a policy can read, and two inputs that agree on
//! those share an entry. See [`CacheConfig`].
//!
//! Features: `compiler` (default) compiles Rego in process; without it bundles must have Wasm modules.

mod builder;
pub mod cache;
mod clock;
mod coalesce;
mod de;
mod decide;
mod decision;
mod error;
mod health;
mod origin;
#[cfg(feature = "compiler")]
mod rules;
mod scope;
mod sync;
mod thread;
mod update;
mod writ;

pub use builder::Builder;
pub use cache::{CacheConfig, CacheStats, DecisionCache, DecisionLog, Entry, Question, Sensitivity, Tier, WarmUp};
pub use clock::{Clock, SystemClock};
pub use coalesce::{BatchConfig, QueueStats};
pub use decide::{CallOptions, PreparedInput};
pub use decision::{Decision, DecisionId};
pub use error::Error;
pub use health::{BundleHealth, EntrypointMetrics, Health, Metrics};
#[cfg(feature = "compiler")]
pub use rules::{RuleSet, RulesStats};
pub use update::Watch;
pub use writ::Writ;
pub use writ_bundle::{Reader as BundleReader, WatchOptions};
pub use writ_runtime::{
    CallError, Candidate, CustomBuiltin, DataChange, DecisionKind, EngineConfig, Environment, EvalError, Invocation,
    Limits, Policy, Recorder, RevisionId, Sample, SwapKind, WasiGrants,
};
pub use writ_value::Value;
