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
//! A [`Writ`] is made once and shared (`Clone` gives the same one); all its methods may be called from any thread. Decisions are synchronous
//! and do not wait for anything but a free instance.
//!
//! The decision cache needs no configuration of keys: the compiler knows which parts of an input a policy can read, and two inputs that agree on
//! those share an entry. See [`CacheConfig`].

mod builder;
pub mod cache;
mod clock;
mod decision;
mod error;
mod health;
mod writ;

pub use builder::Builder;
pub use cache::{CacheConfig, CacheStats, Sensitivity};
pub use clock::{Clock, SystemClock};
pub use decision::{Decision, DecisionId};
pub use error::Error;
pub use health::Health;
pub use writ::{CallOptions, Writ};
pub use writ_runtime::{EngineConfig, Limits, RevisionId, Sample};
pub use writ_value::Value;
