//! The clock of caches, so that tests can move it, and the times of decisions.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use writ_runtime::Engine;

/// Tells time. Implementations must be cheap; they are asked at every look into the cache.
///
/// ```
/// /// A clock that tests move.
/// struct Fixed(std::time::Duration);
///
/// impl writ::Clock for Fixed {
///     fn now(&self) -> std::time::Duration {
///         self.0
///     }
/// }
///
/// # fn main() -> Result<(), writ::Error> {
/// # let builder = writ::Writ::builder().rego("p.rego", "package p\nok if input.x").entrypoint("p/ok");
/// let clock = std::sync::Arc::new(Fixed(std::time::Duration::from_secs(1000)));
/// let writ = builder.cache(writ::CacheConfig::default()).clock(clock).build()?;
/// writ.decide("p/ok", r#"{"x": 1}"#)?;
/// assert!(writ.decide("p/ok", r#"{"x": 1}"#)?.cached);
/// # Ok(())
/// # }
/// ```
pub trait Clock: Send + Sync + 'static {
    /// Time since some fixed moment, such as the beginning of 1970: of one that all agree on who share a [tier](crate::Tier). It may stand still; where it
    /// goes back, entries that were made later count as ended.
    fn now(&self) -> Duration;
}

/// The machine's clock: since 1970, and never back, since it goes on from there by the monotonic one.
///
/// ```
/// use writ::Clock;
///
/// let clock = writ::SystemClock::default();
/// assert!(clock.now() <= clock.now());
/// ```
#[derive(Debug, Clone, Copy)]
pub struct SystemClock {
    zero: Instant,
    at_zero: Duration,
}

impl Default for SystemClock {
    fn default() -> Self {
        let at_zero = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        SystemClock { zero: Instant::now(), at_zero }
    }
}

impl SystemClock {
    #[inline]
    fn at(&self, instant: Instant) -> Duration {
        self.at_zero + instant.saturating_duration_since(self.zero)
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Duration {
        self.at(Instant::now())
    }
}

/// The clock that a handle uses.
#[derive(Clone)]
pub(crate) enum Time {
    /// The engine's ticks: a load where the machine's clock would cost more than a look into the cache.
    Ticks { clock: SystemClock, engine: Engine },
    /// The host's.
    Given(Arc<dyn Clock>),
}

impl Time {
    pub(crate) fn of(engine: &Engine, given: Option<Arc<dyn Clock>>) -> Self {
        match given {
            Some(clock) => Time::Given(clock),
            None => Time::Ticks { clock: SystemClock::default(), engine: engine.clone() },
        }
    }

    /// Now.
    #[inline]
    pub(crate) fn now(&self) -> Duration {
        match self {
            Time::Ticks { clock, engine } => clock.at(engine.coarse_now()),
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
        assert!(before > Duration::from_secs(1_700_000_000), "since 1970");
    }
}
