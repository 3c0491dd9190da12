//! The decision cache: what was decided on the same projection by the same revision.
//!
//! ```text
//!   input ─▶ projection's bytes ─┬─▶ key (revision, entrypoint, bytes; compared in full) ─▶ Local tier ─▶ hit
//!                                └─▶ miss: decided on those very bytes, kept for the time of its sensitivity
//! ```
//!
//! Never kept: errors, time-outs, and the answers of policies that can reach a built-in whose answer varies.

mod key;
mod local;
mod policy;
mod stats;

use std::sync::Arc;
use std::time::Duration;

use writ_value::Value;

pub(crate) use key::Key;
pub use local::Local;
pub use policy::{CacheConfig, Sensitivity};
pub(crate) use stats::Recorder;
pub use stats::CacheStats;

/// An answer that was kept.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// The result; `None` is undefined, which is worth keeping as well.
    pub result: Option<Value>,
    /// When it ends, by the cache's clock.
    pub expires: Duration,
}

/// A place where answers are kept. Tiers are asked one after the other; a shared tier goes behind the local one. Errors of a tier are misses.
pub trait Tier: Send + Sync + 'static {
    /// What was kept under the key, expired or not.
    fn get(&self, key: &[u8]) -> Option<Entry>;
    /// Keeps an answer.
    fn put(&self, key: Arc<[u8]>, entry: Entry);
    /// Forgets one; true when there was one.
    fn delete(&self, key: &[u8]) -> bool;
    /// Forgets all.
    fn clear(&self);
    /// Forgets those that have ended at `now`: how many those were.
    fn remove_expired(&self, now: Duration) -> usize;
    /// Number of answers, and bytes that they take, about.
    fn size(&self) -> (u64, u64);
}
