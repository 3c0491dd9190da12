//! What a caller gets.

use std::fmt;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use serde::de::DeserializeOwned;
use writ_runtime::RevisionId;
use writ_value::{Value, json};

use crate::error::Error;

/// A decision. Undefined is neither false nor an error.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Decision {
    /// The document's value; `None` when it is undefined.
    pub result: Option<Value>,
    /// The revision that made it.
    pub revision: RevisionId,
    /// Its number, for logs.
    pub id: DecisionId,
    /// True when it comes from the cache.
    pub cached: bool,
    /// Time that the call took.
    pub took: Duration,
}

impl Decision {
    /// True when the result is `true`; false for everything else, undefined included.
    pub fn is_true(&self) -> bool {
        matches!(self.result, Some(Value::Bool(true)))
    }

    /// The result as JSON text; `None` when it is undefined.
    pub fn to_json(&self) -> Option<String> {
        self.result.as_ref().map(json::to_string)
    }

    /// The result as a type of the caller's.
    ///
    /// # Errors
    /// [`Error::Form`] when it is undefined or does not fit.
    pub fn into_type<T: DeserializeOwned>(&self) -> Result<T, Error> {
        let text = self.to_json().ok_or_else(|| Error::Form("it is undefined".to_owned()))?;
        serde_json::from_str(&text).map_err(|e| Error::Form(e.to_string()))
    }
}

/// Names a decision: unique in a process, and with overwhelming probability among processes. Prints as 32 hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct DecisionId(u128);

impl DecisionId {
    pub(crate) fn next() -> Self {
        static PROCESS: OnceLock<u64> = OnceLock::new();
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let process = *PROCESS.get_or_init(|| {
            use std::hash::{BuildHasher, Hasher};
            // The standard library seeds its hash maps from the system's randomness.
            let mut hasher = std::collections::hash_map::RandomState::new().build_hasher();
            hasher.write_u32(std::process::id());
            hasher.finish()
        });
        DecisionId(u128::from(process) << 64 | u128::from(NEXT.fetch_add(1, Ordering::Relaxed)))
    }
}

impl fmt::Display for DecisionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}
