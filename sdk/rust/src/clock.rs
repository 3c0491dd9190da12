//! The clock of caches, so that tests can move it.

use std::time::{Duration, Instant};

/// Tells time. Implementations must be cheap; they are asked at every look into the cache.
pub trait Clock: Send + Sync + 'static {
    /// Time since some fixed moment. It may stand still; if it goes back, entries live longer by as much, never shorter than their time.
    fn now(&self) -> Duration;
}

/// The machine's monotonic clock.
#[derive(Debug)]
pub struct SystemClock(Instant);

impl Default for SystemClock {
    fn default() -> Self {
        SystemClock(Instant::now())
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Duration {
        self.0.elapsed()
    }
}
