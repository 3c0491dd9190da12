//! The decision cache: what was decided on the same projection over the same code and data.
//!
//! ```text
//!   input ─▶ frame ─▶ key (scope, frame; compared in full)
//!             │        ├─▶ front of the thread ─┐
//!             │        ├─▶ local tier (moka) ───┼─▶ hit
//!             │        ├─▶ a tier of the host's ┘
//!             │        └─▶ miss: single flight
//!             └─▶ decided on those very bytes ─▶ kept for the time of its sensitivity
//! ```
//!
//! Never kept: errors, time-outs, and the answers of entrypoints that can reach a built-in whose result varies (those that read only the clock: for
//! [`CacheConfig::clock_ttl`]).
//!
//! A *scope* stands for an entrypoint and everything besides the input that its result depends on: the code and the base data that it can read. A swap
//! makes new scopes, a change of data only for entrypoints that can read what changed; so nothing has to be searched for to be invalid.

pub(crate) mod flight;
mod front;
mod handle;
pub(crate) mod key;
mod learn;
mod local;
mod policy;
mod stats;
mod store;
mod warm;

use std::sync::Arc;
use std::time::Duration;

use writ_value::Value;

pub(crate) use front::Front;
pub use handle::{CacheHealth, CacheSize, DecisionCache, Question};
pub(crate) use learn::{Learner, Mode, Sample};
pub use local::Local;
pub use policy::{CacheConfig, Sensitivity};
pub use stats::{CacheStats, Latency, TierStats};
pub(crate) use stats::{Meter, Meters, TierKind};
pub(crate) use store::{Found, Store};
pub use warm::{DecisionLog, WarmUp};

/// An answer that is kept.
///
/// ```
/// use std::time::Duration;
///
/// let entry = writ::Entry { result: None, made: Duration::from_secs(100), ttl: Duration::from_secs(10) };
/// assert!(entry.is_live(Duration::from_secs(109)));
/// assert!(!entry.is_live(Duration::from_secs(110)));
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// The result; `None` is undefined, which is worth keeping as well.
    pub result: Option<Value>,
    /// When it was decided, by the cache's clock.
    pub made: Duration,
    /// How long it may be used from then on.
    pub ttl: Duration,
}

/// Clocks of several threads may be apart by this much without being taken for set back.
const CLOCK_SLACK: Duration = Duration::from_millis(50);

impl Entry {
    /// Whether it may be used at `now`. A clock that was set back makes entries older, never younger.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let entry = writ::Entry { result: None, made: Duration::from_secs(100), ttl: Duration::from_secs(10) };
    /// assert!(!entry.is_live(Duration::from_secs(50)), "the clock was set back");
    /// ```
    #[inline]
    pub fn is_live(&self, now: Duration) -> bool {
        is_live(self.made, self.ttl, now)
    }
}

#[inline]
pub(crate) fn is_live(made: Duration, ttl: Duration, now: Duration) -> bool {
    match now.checked_sub(made) {
        Some(age) => age < ttl,
        None => made - now <= CLOCK_SLACK && !ttl.is_zero(),
    }
}

/// A place where answers are kept. Tiers are asked one after the other; one that is shared by several processes goes behind the local one
/// ([`Builder::tier`](crate::Builder::tier)). All methods may be called from any thread, in the middle of decisions. A tier that fails says so by
/// giving nothing: that is a miss and no error.
///
/// Keys are opaque bytes to be compared in full. Those given to a tier of the host's begin with a digest of module, entrypoint and the data that it can
/// read, so they mean the same in every process with the same built-ins and environment.
///
/// ```
/// use std::collections::HashMap;
/// use std::sync::{Arc, Mutex};
/// use std::time::Duration;
/// use writ::{CacheConfig, Entry, Tier};
///
/// /// Stands for a store that several processes share.
/// #[derive(Default)]
/// struct Map(Mutex<HashMap<Vec<u8>, Entry>>);
///
/// impl Tier for Map {
///     fn get(&self, key: &[u8]) -> Option<Entry> {
///         self.0.lock().ok()?.get(key).cloned()
///     }
///     fn put(&self, key: Arc<[u8]>, entry: Entry) {
///         if let Ok(mut map) = self.0.lock() {
///             map.insert(key.to_vec(), entry);
///         }
///     }
///     fn delete(&self, key: &[u8]) -> bool {
///         self.0.lock().is_ok_and(|mut map| map.remove(key).is_some())
///     }
///     fn clear(&self) {
///         if let Ok(mut map) = self.0.lock() {
///             map.clear();
///         }
///     }
///     fn remove_expired(&self, now: Duration) -> usize {
///         self.0.lock().map_or(0, |mut map| {
///             let before = map.len();
///             map.retain(|_, entry| entry.is_live(now));
///             before - map.len()
///         })
///     }
///     fn size(&self) -> (u64, u64) {
///         (self.0.lock().map_or(0, |map| map.len() as u64), 0)
///     }
/// }
///
/// # fn main() -> Result<(), writ::Error> {
/// # let builder = || writ::Writ::builder().rego("p.rego", "package p\nok if input.x").entrypoint("p/ok");
/// let map = Arc::new(Map::default());
/// let one = builder().cache(CacheConfig::default()).tier(map.clone()).build()?;
/// let other = builder().cache(CacheConfig::default()).tier(map).build()?;
/// one.decide("p/ok", r#"{"x": 1}"#)?;
/// assert!(other.decide("p/ok", r#"{"x": 1}"#)?.cached);
/// # Ok(())
/// # }
/// ```
pub trait Tier: Send + Sync + 'static {
    /// What was kept under the key, live or not.
    fn get(&self, key: &[u8]) -> Option<Entry>;
    /// Keeps an answer, in place of what was there.
    fn put(&self, key: Arc<[u8]>, entry: Entry);
    /// Forgets one; true when there was one.
    fn delete(&self, key: &[u8]) -> bool;
    /// Forgets all.
    fn clear(&self);
    /// Forgets those that are not live at `now`: how many those were.
    fn remove_expired(&self, now: Duration) -> usize;
    /// Number of answers, and bytes that they take, about.
    fn size(&self) -> (u64, u64);
    /// Answers that had to go to make room for others.
    fn evictions(&self) -> u64 {
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_lives_for_its_time_and_not_before() {
        let at = Duration::from_secs;
        let entry = Entry { result: None, made: at(100), ttl: at(10) };
        assert!(entry.is_live(at(100)) && entry.is_live(at(109)));
        assert!(!entry.is_live(at(110)));
        assert!(!entry.is_live(at(50)), "the clock was set back");
        assert!(entry.is_live(at(100) - Duration::from_millis(1)), "another thread's clock");
        assert!(!Entry { ttl: Duration::ZERO, ..entry }.is_live(at(100)));
        let forever = Entry { result: None, made: at(1), ttl: Duration::MAX };
        assert!(forever.is_live(Duration::MAX));
    }
}
