//! Policies in Rust: typed inputs and decisions, compiled to the same Wasm modules as Rego.
//!
//! ```
//! use serde::{Deserialize, Serialize};
//! use writ_guest_sdk::{PolicyError, module, policy};
//!
//! #[derive(Deserialize)]
//! struct Request {
//!     amount: u64,
//!     country: String,
//! }
//!
//! #[derive(Deserialize)]
//! struct Limits {
//!     review_above: u64,
//!     blocked: Vec<String>,
//! }
//!
//! #[derive(Serialize)]
//! struct Decision {
//!     allow: bool,
//!     review: bool,
//! }
//!
//! #[policy(entrypoint = "fraud/score", data = "fraud/limits")]
//! fn score(input: Request, data: &Limits) -> Decision {
//!     let allow = !data.blocked.contains(&input.country);
//!     Decision { allow, review: input.amount > data.review_above }
//! }
//!
//! module!(score);
//!
//! # fn main() -> Result<(), PolicyError> {
//! use writ_guest_sdk::testing::{Test, json};
//! let test = Test::of(&POLICY).data(json!({"fraud": {"limits": {"review_above": 100, "blocked": ["XX"]}}}));
//! let decision = test.decide("fraud/score", json!({"amount": 700, "country": "CH", "note": "not read"}))?;
//! assert_eq!(decision, Some(json!({"allow": true, "review": true})));
//! # Ok(())
//! # }
//! ```
//!
//! `writ build FOLDER` makes a bundle of such a crate; `writ new --rust NAME` starts one.
//!
//! * [`policy`] turns a function into an entrypoint. [`module!`] names the entrypoints of the module.
//! * The input is any `Deserialize` type. Only what the type can hold crosses the border, and decisions are cached by that. An input that does not fit is an
//!   error of the caller's. `Option<T>` takes a missing input as well.
//! * Data are any `Deserialize` type by reference, read once when a revision is loaded and shared by its decisions; data that do not fit are refused then.
//! * The result is any `Serialize` type, an `Option` (`None`: undefined), or a `Result` of those with any error: a policy error for the host.
//! * A panic is a policy error as well, with its message and place.
//! * [`error!`], [`warn!`], [`info!`], [`debug!`] and [`trace!`] write log lines, which the host gets.
//!
//! On wasm32 each decision begins in the state in which the module was loaded: what a decision leaves in statics or the heap is gone after it. So
//! decisions depend on input and data alone. Memory freed in a decision is reused within it where that is cheap, and all of it afterwards.

extern crate self as writ_guest_sdk;

mod entrypoint;
mod error;
pub mod log;
#[cfg_attr(not(any(target_arch = "wasm32", test)), allow(dead_code, reason = "only a module describes itself"))]
mod shape;
mod words;

#[cfg(not(target_arch = "wasm32"))]
pub mod testing;

#[cfg(target_arch = "wasm32")]
mod wasm;

pub use entrypoint::Policy;
pub use error::{INPUT_ERROR, POLICY_ERROR, POLICY_PANIC, PolicyError};
/// Names the entrypoints of the module: `module!(score, limits::check);`. Once per crate, at its root; makes the static `POLICY`.
pub use writ_guest_macros::module;
/// Makes a function an entrypoint: `#[policy(entrypoint = "fraud/score")]`.
///
/// Parameters: none, `input`, or `input, data`; `data` is a reference. `data = "path"` in the attribute names the document below `data` that it gets (default: all of
/// it). The function stays what it is and can be called in tests.
pub use writ_guest_macros::policy;

/// What the macros' code needs. No interface: it changes without notice.
#[doc(hidden)]
pub mod __private {
    pub use crate::entrypoint::{AsOutput, AsResult, Call, Entrypoint, Output, Returned, Shape, shape_of};
    #[cfg(target_arch = "wasm32")]
    pub use crate::wasm::link;
}
