//! What a caller gets.

use std::cell::Cell;
use std::fmt;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use serde::de::DeserializeOwned;
use writ_runtime::RevisionId;
use writ_value::{Value, json};

use crate::de;
use crate::error::Error;

/// A decision, with a result of type `T`. Undefined is neither false nor an error.
///
/// ```
/// # fn main() -> Result<(), writ::Error> {
/// # let writ = writ::Writ::builder().rego("p.rego", "package p\nok if input.x").entrypoint("p/ok").build()?;
/// let decision = writ.decide("p/ok", "{}")?;
/// assert_eq!(decision.result, None, "undefined");
/// assert!(!decision.cached);
/// println!("{} by {:?} in {:?}", decision.id, decision.revision, decision.took);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Decision<T = Value> {
    /// The document's value; `None` when it is undefined.
    pub result: Option<T>,
    /// A revision that was live while the decision was made, and that decides so.
    pub revision: RevisionId,
    /// Its number, for logs.
    pub id: DecisionId,
    /// True when it comes from the cache, or from another caller who was deciding the same at the time.
    pub cached: bool,
    /// Time that the call took: for a decision of a batch, its share of the batch's. `None` when [measuring](crate::Builder::measure) is off.
    pub took: Option<Duration>,
}

impl Decision {
    /// True when the result is `true`; false for everything else, undefined included.
    ///
    /// ```
    /// # fn main() -> Result<(), writ::Error> {
    /// # let writ = writ::Writ::builder().rego("p.rego", "package p\nok if input.x").entrypoint("p/ok").build()?;
    /// assert!(writ.decide("p/ok", r#"{"x": 1}"#)?.is_true());
    /// assert!(!writ.decide("p/ok", "{}")?.is_true(), "undefined");
    /// # Ok(())
    /// # }
    /// ```
    pub fn is_true(&self) -> bool {
        matches!(self.result, Some(Value::Bool(true)))
    }

    /// The result as JSON text, sets as arrays; `None` when it is undefined.
    ///
    /// ```
    /// # fn main() -> Result<(), writ::Error> {
    /// # let writ = writ::Writ::builder().rego("p.rego", "package p\nok if input.x").entrypoint("p/ok").build()?;
    /// assert_eq!(writ.decide("p/ok", r#"{"x": 1}"#)?.to_json().as_deref(), Some("true"));
    /// assert_eq!(writ.decide("p/ok", "{}")?.to_json(), None);
    /// # Ok(())
    /// # }
    /// ```
    pub fn to_json(&self) -> Option<String> {
        self.result.as_ref().map(json::to_string)
    }

    /// The result as a type of the caller's, `None` when it is undefined. [`Writ::decide_into`](crate::Writ::decide_into) does it without the value in
    /// between.
    ///
    /// ```
    /// # fn main() -> Result<(), writ::Error> {
    /// # let policy = "package limits\nquota := {\"requests\": 10} if input.plan == \"free\"";
    /// # let writ = writ::Writ::builder().rego("limits.rego", policy).entrypoint("limits/quota").build()?;
    /// #[derive(serde::Deserialize)]
    /// struct Quota {
    ///     requests: u32,
    /// }
    /// let decision = writ.decide("limits/quota", r#"{"plan": "free"}"#)?;
    /// assert_eq!(decision.to_type::<Quota>()?.map(|quota| quota.requests), Some(10));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::Form`] when it does not fit.
    pub fn to_type<T: DeserializeOwned>(&self) -> Result<Option<T>, Error> {
        self.result.as_ref().map(de::from_value).transpose()
    }
}

/// Names a decision: unique in a process, and with overwhelming probability among processes. Prints as 32 hexadecimal digits.
///
/// ```
/// # fn main() -> Result<(), writ::Error> {
/// # let writ = writ::Writ::builder().rego("p.rego", "package p\nok if input.x").entrypoint("p/ok").build()?;
/// let (one, other) = (writ.decide("p/ok", "{}")?.id, writ.decide("p/ok", "{}")?.id);
/// assert_ne!(one, other);
/// assert_eq!(one.to_string().len(), 32);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct DecisionId(u128);

/// Numbers that a thread takes at a time.
const BLOCK: u64 = 4096;

impl DecisionId {
    #[inline]
    pub(crate) fn next() -> Self {
        thread_local! {
            /// The next number of this thread; a multiple of the block's size when all are used up.
            static NEXT: Cell<u64> = const { Cell::new(0) };
        }
        let number = NEXT.with(|next| {
            let number = if next.get().is_multiple_of(BLOCK) { new_block() } else { next.get() };
            next.set(number + 1);
            number
        });
        DecisionId(u128::from(process()) << 64 | u128::from(number))
    }
}

/// Blocks begin with 1, so that each has one number less than its size.
#[cold]
fn new_block() -> u64 {
    static BLOCKS: AtomicU64 = AtomicU64::new(0);
    BLOCKS.fetch_add(1, Ordering::Relaxed) * BLOCK + 1
}

#[inline]
fn process() -> u64 {
    static PROCESS: OnceLock<u64> = OnceLock::new();
    *PROCESS.get_or_init(|| {
        use std::hash::{BuildHasher, Hasher};
        // The standard library seeds its hash maps from the system's randomness.
        let mut hasher = std::collections::hash_map::RandomState::new().build_hasher();
        hasher.write_u32(std::process::id());
        hasher.finish()
    })
}

impl fmt::Display for DecisionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn numbers_are_unique_in_all_threads() {
        let draw = || (0..10_000).map(|_| DecisionId::next()).collect::<Vec<_>>();
        let threads: Vec<_> = (0..4).map(|_| std::thread::spawn(draw)).collect();
        let all: Vec<_> = threads.into_iter().flat_map(|thread| thread.join().expect("no panic")).collect();
        assert_eq!(all.iter().collect::<HashSet<_>>().len(), 40_000);
        assert_eq!(all[0].to_string().len(), 32);
    }
}
