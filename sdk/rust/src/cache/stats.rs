//! What is counted: per thread, in memory that only that thread writes, and added up when somebody asks.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Counters of a decision cache since it was made, or since they were reset.
///
/// ```
/// # fn main() -> Result<(), writ::Error> {
/// # let builder = writ::Writ::builder().rego("p.rego", "package p\nok if input.x").entrypoint("p/ok");
/// # let writ = builder.cache(writ::CacheConfig::default()).build()?;
/// for request in 0..4 {
///     writ.decide("p/ok", format!(r#"{{"x": 1, "request": {request}}}"#))?;
/// }
/// let stats = writ.cache().expect("it was asked for").stats();
/// assert_eq!((stats.hits, stats.inserted, stats.entries), (3, 1, 1));
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct CacheStats {
    /// Decisions taken from the cache, from whichever tier.
    pub hits: u64,
    /// Decisions that were looked for and not found, or whose time was over.
    pub misses: u64,
    /// Of the misses, those whose time was over.
    pub expired: u64,
    /// Of the misses, those that took the answer of another thread that was deciding the same.
    pub led: u64,
    /// Decisions that may not be kept: varying policies, strict calls, modules whose inputs have no projection.
    pub bypassed: u64,
    /// Decisions for which the cache stepped aside, because deciding is cheaper than looking.
    pub aside: u64,
    /// Answers put in.
    pub inserted: u64,
    /// Answers that had to make room.
    pub evicted: u64,
    /// Answers that are kept now, fronts not counted.
    pub entries: u64,
    /// Bytes that they take, about.
    pub bytes: u64,
    /// The front of the threads, by themselves.
    pub front: TierStats,
    /// The tier of the process.
    pub local: TierStats,
    /// The tier of the host's, if there is one.
    pub shared: TierStats,
}

impl CacheStats {
    /// Hits among all looks, from 0 to 1; 0 before the first.
    ///
    /// ```
    /// # fn main() -> Result<(), writ::Error> {
    /// # let builder = writ::Writ::builder().rego("p.rego", "package p\nok if input.x").entrypoint("p/ok");
    /// # let writ = builder.cache(writ::CacheConfig::default()).build()?;
    /// writ.decide("p/ok", r#"{"x": 1}"#)?;
    /// writ.decide("p/ok", r#"{"x": 1}"#)?;
    /// assert_eq!(writ.cache().expect("it was asked for").stats().hit_rate(), 0.5);
    /// # Ok(())
    /// # }
    /// ```
    pub fn hit_rate(&self) -> f64 {
        match self.hits + self.misses {
            0 => 0.0,
            looks => self.hits as f64 / looks as f64,
        }
    }
}

/// Counters of one tier.
///
/// ```
/// # fn main() -> Result<(), writ::Error> {
/// # let builder = writ::Writ::builder().rego("p.rego", "package p\nok if input.x").entrypoint("p/ok");
/// # let writ = builder.cache(writ::CacheConfig::default()).build()?;
/// writ.decide("p/ok", r#"{"x": 1}"#)?;
/// writ.decide("p/ok", r#"{"x": 1}"#)?;
/// assert_eq!(writ.cache().expect("it was asked for").stats().front.hits, 1);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct TierStats {
    /// Decisions found here.
    pub hits: u64,
    /// How long looks took, found or not; of one look in 64.
    pub latency: Latency,
}

/// How long something took, of the samples that were measured. Precise to a factor of two: steps are powers of two of nanoseconds.
///
/// ```
/// # fn main() -> Result<(), writ::Error> {
/// # let builder = writ::Writ::builder().rego("p.rego", "package p\nok if input.x").entrypoint("p/ok");
/// # let writ = builder.cache(writ::CacheConfig::default()).build()?;
/// for _ in 0..1000 {
///     writ.decide("p/ok", r#"{"x": 1}"#)?;
/// }
/// let latency = writ.cache().expect("it was asked for").stats().front.latency;
/// println!("{} samples, mean {:?}, p99 {:?}", latency.samples(), latency.mean(), latency.quantile(0.99));
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Latency {
    steps: [u64; STEPS],
    total_ns: u64,
}

/// Enough for 2^31 ns, two seconds.
const STEPS: usize = 32;

impl Latency {
    /// Number of samples.
    ///
    /// ```
    /// assert_eq!(writ::CacheStats::default().front.latency.samples(), 0);
    /// ```
    pub fn samples(&self) -> u64 {
        self.steps.iter().sum()
    }

    /// Their mean; zero without samples.
    ///
    /// ```
    /// assert!(writ::CacheStats::default().front.latency.mean().is_zero());
    /// ```
    pub fn mean(&self) -> Duration {
        Duration::from_nanos(self.total_ns.checked_div(self.samples()).unwrap_or(0))
    }

    /// What a part of them (0 to 1) did not exceed, rounded up to a power of two of nanoseconds.
    ///
    /// ```
    /// assert!(writ::CacheStats::default().front.latency.quantile(0.99).is_zero());
    /// ```
    pub fn quantile(&self, part: f64) -> Duration {
        let wanted = (self.samples() as f64 * part.clamp(0.0, 1.0)).ceil() as u64;
        let mut seen = 0;
        for (step, count) in self.steps.iter().enumerate() {
            seen += count;
            if seen >= wanted && seen > 0 {
                return Duration::from_nanos(1 << step);
            }
        }
        Duration::ZERO
    }
}

/// Names the tiers in a [`Meter`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TierKind {
    Front,
    Local,
    Shared,
}

macro_rules! counters {
    ($($name:ident),*) => {
        /// The counters of one thread. Only that thread writes.
        #[derive(Debug, Default)]
        pub(crate) struct Meter {
            $(pub(crate) $name: Counter,)*
            tiers: [TierMeter; 3],
        }

        /// The counters of all threads at one moment.
        #[derive(Debug, Clone, Default)]
        pub(crate) struct Totals {
            $(pub(crate) $name: u64,)*
            pub(crate) tiers: [TierStats; 3],
        }

        impl Totals {
            fn add(&mut self, meter: &Meter) {
                $(self.$name += meter.$name.get();)*
                for (sum, tier) in self.tiers.iter_mut().zip(&meter.tiers) {
                    sum.hits += tier.hits.get();
                    sum.latency.total_ns += tier.total_ns.get();
                    sum.latency.steps.iter_mut().zip(&tier.steps).for_each(|(sum, step)| *sum += step.get());
                }
            }

            /// What was counted since `before`.
            fn since(mut self, before: &Totals) -> Totals {
                $(self.$name -= before.$name;)*
                for (tier, before) in self.tiers.iter_mut().zip(&before.tiers) {
                    tier.hits -= before.hits;
                    tier.latency.total_ns -= before.latency.total_ns;
                    tier.latency.steps.iter_mut().zip(&before.latency.steps).for_each(|(n, before)| *n -= before);
                }
                self
            }
        }
    };
}
counters!(defined, undefined, failed, misses, expired, led, bypassed, aside, inserted, batches, batched);

#[derive(Debug, Default)]
struct TierMeter {
    hits: Counter,
    total_ns: Counter,
    steps: [Counter; STEPS],
}

/// A number that one thread adds to and others read.
#[derive(Debug, Default)]
pub(crate) struct Counter(AtomicU64);

impl Counter {
    #[inline]
    pub(crate) fn add(&self, n: u64) {
        // No other thread writes, so this needs no locked instruction.
        self.0.store(self.0.load(Ordering::Relaxed) + n, Ordering::Relaxed);
    }

    fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

impl Meter {
    #[inline]
    pub(crate) fn hit(&self, tier: TierKind) {
        self.tiers[tier as usize].hits.add(1);
    }

    pub(crate) fn looked(&self, tier: TierKind, took: Duration) {
        let tier = &self.tiers[tier as usize];
        let ns = u64::try_from(took.as_nanos()).unwrap_or(u64::MAX);
        tier.total_ns.add(ns);
        tier.steps[(ns.max(1).next_power_of_two().trailing_zeros() as usize).min(STEPS - 1)].add(1);
    }
}

/// The meters of all threads.
#[derive(Debug, Default)]
pub(crate) struct Meters(Mutex<All>);

#[derive(Debug, Default)]
struct All {
    live: Vec<Arc<Meter>>,
    /// Of threads that are gone.
    gone: Totals,
    /// What was counted when the counters were reset.
    zero: Totals,
}

impl Meters {
    /// A meter for one thread. Its counts stay when it is dropped.
    pub(crate) fn register(&self) -> Arc<Meter> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.bury();
        let meter = Arc::<Meter>::default();
        all.live.push(meter.clone());
        meter
    }

    /// What was counted since the last reset.
    pub(crate) fn totals(&self) -> Totals {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.bury();
        all.sum().since(&all.zero)
    }

    pub(crate) fn reset(&self) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.zero = all.sum();
    }
}

impl All {
    fn sum(&self) -> Totals {
        let mut totals = self.gone.clone();
        self.live.iter().for_each(|meter| totals.add(meter));
        totals
    }

    /// Adds up the meters that nobody writes any more.
    fn bury(&mut self) {
        let gone = &mut self.gone;
        self.live.retain(|meter| {
            let is_live = Arc::strong_count(meter) > 1;
            if !is_live {
                gone.add(meter);
            }
            is_live
        });
    }
}

impl Totals {
    /// The part that concerns the cache.
    pub(crate) fn cache(self, (entries, bytes): (u64, u64), evicted: u64) -> CacheStats {
        let [front, local, shared] = self.tiers;
        CacheStats {
            hits: front.hits + local.hits + shared.hits,
            misses: self.misses,
            expired: self.expired,
            led: self.led,
            bypassed: self.bypassed,
            aside: self.aside,
            inserted: self.inserted,
            evicted,
            entries,
            bytes,
            front,
            local,
            shared,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_of_threads_are_added_and_outlive_them() {
        let meters = Meters::default();
        let one = meters.register();
        one.misses.add(2);
        one.hit(TierKind::Local);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                let two = meters.register();
                two.misses.add(3);
                two.hit(TierKind::Front);
            });
        });
        let stats = meters.totals().cache((7, 70), 1);
        assert_eq!((stats.hits, stats.misses, stats.front.hits, stats.entries, stats.evicted), (2, 5, 1, 7, 1));
        assert!((stats.hit_rate() - 2.0 / 7.0).abs() < 1e-9);
        meters.reset();
        one.misses.add(1);
        let stats = meters.totals().cache((7, 70), 1);
        assert_eq!((stats.hits, stats.misses), (0, 1));
        assert_eq!(CacheStats::default().hit_rate(), 0.0);
    }

    #[test]
    fn latencies_have_mean_and_quantiles() {
        let meters = Meters::default();
        let meter = meters.register();
        assert_eq!(meters.totals().tiers[0].latency.quantile(0.5), Duration::ZERO);
        for _ in 0..99 {
            meter.looked(TierKind::Front, Duration::from_nanos(100));
        }
        meter.looked(TierKind::Front, Duration::from_secs(100));
        let latency = meters.totals().tiers[0].latency.clone();
        assert_eq!(latency.samples(), 100);
        assert_eq!(latency.quantile(0.5), Duration::from_nanos(128));
        assert_eq!(latency.quantile(1.0), Duration::from_nanos(1 << 31));
        assert!(latency.mean() >= Duration::from_secs(1));
    }
}
