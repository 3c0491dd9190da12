//! What the cache counts.

use std::sync::atomic::{AtomicU64, Ordering};

/// Counters of a decision cache since it was made, or since they were reset.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct CacheStats {
    /// Decisions taken from the cache.
    pub hits: u64,
    /// Decisions that were looked for and not found, or had ended.
    pub misses: u64,
    /// Of the misses, those whose entry had ended.
    pub expired: u64,
    /// Decisions that may not be kept: varying policies, policies whose inputs have no projection.
    pub bypassed: u64,
    /// Answers put in.
    pub inserted: u64,
    /// Answers that are kept now.
    pub entries: u64,
    /// Bytes that they take, about.
    pub bytes: u64,
}

impl CacheStats {
    /// Hits among all looks, from 0 to 1; 0 before the first.
    pub fn hit_rate(&self) -> f64 {
        match self.hits + self.misses {
            0 => 0.0,
            looks => self.hits as f64 / looks as f64,
        }
    }
}

/// The counters.
#[derive(Debug, Default)]
pub(crate) struct Recorder {
    pub(crate) hits: AtomicU64,
    pub(crate) misses: AtomicU64,
    pub(crate) expired: AtomicU64,
    pub(crate) bypassed: AtomicU64,
    pub(crate) inserted: AtomicU64,
}

impl Recorder {
    pub(crate) fn count(counter: &AtomicU64) {
        counter.fetch_add(1, Ordering::Relaxed);
    }

    fn all(&self) -> [&AtomicU64; 5] {
        [&self.hits, &self.misses, &self.expired, &self.bypassed, &self.inserted]
    }

    pub(crate) fn snapshot(&self, (entries, bytes): (u64, u64)) -> CacheStats {
        let [hits, misses, expired, bypassed, inserted] = self.all().map(|counter| counter.load(Ordering::Relaxed));
        CacheStats { hits, misses, expired, bypassed, inserted, entries, bytes }
    }

    pub(crate) fn reset(&self) {
        self.all().into_iter().for_each(|counter| counter.store(0, Ordering::Relaxed));
    }
}
