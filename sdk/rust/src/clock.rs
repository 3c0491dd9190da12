//! The clock of caches, so that tests can move it, and the times of decisions.

use std::sync::Arc;
use std::time::{Duration, Instant};

use writ_runtime::Engine;

/// Tells time. Implementations must be cheap; they are asked at every look into the cache.
pub trait Clock: Send + Sync + 'static {
    /// Time since some fixed moment. It may stand still; where it goes back, entries that were made later count as ended.
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

/// The clock that a handle uses.
#[derive(Clone)]
pub(crate) enum Time {
    /// The engine's ticks: a load where the machine's clock would cost more than a look into the cache.
    Ticks { zero: Instant, engine: Engine },
    /// The host's.
    Given(Arc<dyn Clock>),
}

impl Time {
    pub(crate) fn of(engine: &Engine, given: Option<Arc<dyn Clock>>) -> Self {
        match given {
            Some(clock) => Time::Given(clock),
            None => Time::Ticks { zero: Instant::now(), engine: engine.clone() },
        }
    }

    /// Now; `known` is what the machine's clock said a moment ago.
    #[inline]
    pub(crate) fn now(&self, known: Option<Instant>) -> Duration {
        match self {
            Time::Ticks { zero, engine } => {
                known.unwrap_or_else(|| engine.coarse_now()).saturating_duration_since(*zero)
            }
            Time::Given(clock) => clock.now(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_systems_clock_goes_on() {
        let clock = SystemClock::default();
        let before = clock.now();
        std::thread::sleep(Duration::from_millis(2));
        assert!(clock.now() >= before + Duration::from_millis(2));
    }
}
