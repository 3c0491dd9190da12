//! A report for probes, and the figures for monitoring.

use std::sync::Arc;
use std::time::{Duration, Instant};

use writ_runtime::{RevisionId, Stats};

use crate::cache::{CacheHealth, CacheStats};
use crate::coalesce::QueueStats;
use crate::writ::Writ;

/// The engine's clock ticks every millisecond; standing still for this long, it has stopped or the machine is hardly running this process.
const STALLED: Duration = Duration::from_secs(5);

/// How a [`Writ`] is.
///
/// ```
/// # fn main() -> Result<(), writ::Error> {
/// # let writ = writ::Writ::builder().rego("p.rego", "package p\nok if input.x").entrypoint("p/ok").build()?;
/// let health = writ.health();
/// assert!(health.live && health.ready);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Health {
    /// The process can decide at all: the clock that ends long decisions is running. False: restart it.
    pub live: bool,
    /// Callers may be sent here: live, and nobody would be turned away for want of an instance or a place in the queue.
    pub ready: bool,
    /// The bundle.
    pub bundle: BundleHealth,
    /// Instances, decisions outside of the SDK, and swaps.
    pub runtime: Stats,
    /// The decision cache; `None` when there is none.
    pub cache: Option<CacheHealth>,
    /// Asynchronous callers.
    pub queue: QueueStats,
}

/// The live revision of a bundle.
///
/// ```
/// # fn main() -> Result<(), writ::Error> {
/// # let writ = writ::Writ::builder().rego("p.rego", "package p\nok if input.x").entrypoint("p/ok").build()?;
/// let bundle = writ.health().bundle;
/// assert_eq!((bundle.revision, bundle.refused), (writ.decide("p/ok", "{}")?.revision, None));
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct BundleHealth {
    /// Its number.
    pub revision: RevisionId,
    /// Its name, as the bundle says; empty when it says nothing.
    pub name: String,
    /// Time since it went live.
    pub age: Duration,
    /// Why the last candidate after it was refused; `None` when none was.
    pub refused: Option<String>,
}

/// What was counted since the handle was made or its metrics were reset.
///
/// ```
/// # fn main() -> Result<(), writ::Error> {
/// # let writ = writ::Writ::builder().rego("p.rego", "package p\nok if input.x").entrypoint("p/ok").build()?;
/// writ.decide("p/ok", "{}")?;
/// assert_eq!(writ.metrics().undefined, 1);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Metrics {
    /// Decisions with a value.
    pub defined: u64,
    /// Decisions without one.
    pub undefined: u64,
    /// Errors.
    pub failed: u64,
    /// Batches that were decided for waiting asynchronous callers.
    pub batches: u64,
    /// Requests in them.
    pub batched: u64,
    /// The decision cache; `None` when there is none.
    pub cache: Option<CacheStats>,
    /// What the cache learned, per entrypoint that was asked, sorted by name.
    pub entrypoints: Vec<EntrypointMetrics>,
}

/// What the cache learned about an entrypoint.
///
/// ```
/// # fn main() -> Result<(), writ::Error> {
/// # let builder = writ::Writ::builder().rego("p.rego", "package p\nok if input.x").entrypoint("p/ok");
/// # let writ = builder.cache(writ::CacheConfig::default()).build()?;
/// writ.decide("p/ok", r#"{"x": 1}"#)?;
/// let metrics = writ.metrics();
/// assert_eq!(&*metrics.entrypoints[0].name, "p/ok");
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct EntrypointMetrics {
    /// Its name.
    pub name: Arc<str>,
    /// What looking into the cache costs, the encoding of the input not counted (both ways need it); zero: not measured yet.
    pub look: Duration,
    /// What deciding on an encoded input costs; zero: not measured yet.
    pub decide: Duration,
    /// Part of the looks that found something, from 0 to 1.
    pub hit_rate: f64,
    /// Whether the cache steps aside.
    pub aside: bool,
}

impl Writ {
    /// A report for probes. Cost: microseconds; nothing in it waits.
    ///
    /// ```
    /// # fn main() -> Result<(), writ::Error> {
    /// # let writ = writ::Writ::builder().rego("p.rego", "package p\nok if input.x").entrypoint("p/ok").build()?;
    /// let health = writ.health();
    /// assert!(health.live && health.ready);
    /// assert_eq!(health.bundle.refused, None);
    /// # Ok(())
    /// # }
    /// ```
    pub fn health(&self) -> Health {
        let shared = &*self.shared;
        let revision = shared.policy.revision();
        let runtime = shared.policy.stats();
        let queue = shared.coalescer.stats();
        let (age, refused) = {
            let updates = shared.updates();
            (updates.live_since.elapsed(), updates.refused.clone())
        };
        let live = Instant::now().saturating_duration_since(shared.policy.engine().coarse_now()) < STALLED;
        let has_room = runtime.pool.in_use < runtime.pool.max && queue.waiting < queue.max_waiting.max(1);
        let bundle = BundleHealth { revision: revision.id(), name: revision.name().to_owned(), age, refused };
        Health {
            live,
            ready: live && has_room,
            bundle,
            runtime,
            cache: self.cache().map(|cache| cache.health()),
            queue,
        }
    }

    /// What was counted. Cost: microseconds, and linear in the number of threads that decided.
    ///
    /// ```
    /// # fn main() -> Result<(), writ::Error> {
    /// # let writ = writ::Writ::builder().rego("p.rego", "package p\nok if input.x").entrypoint("p/ok").build()?;
    /// writ.decide("p/ok", r#"{"x": 1}"#)?;
    /// writ.decide("p/ok", "{}")?;
    /// let metrics = writ.metrics();
    /// assert_eq!((metrics.defined, metrics.undefined, metrics.failed), (1, 1, 0));
    /// writ.reset_metrics();
    /// assert_eq!(writ.metrics().defined, 0);
    /// # Ok(())
    /// # }
    /// ```
    pub fn metrics(&self) -> Metrics {
        let shared = &*self.shared;
        let totals = shared.meters.totals();
        let learned = shared.learned().into_iter().map(|(name, learner)| EntrypointMetrics {
            name,
            look: learner.look(),
            decide: learner.decide(),
            hit_rate: learner.hit_rate(),
            aside: learner.is_aside(),
        });
        Metrics {
            defined: totals.defined,
            undefined: totals.undefined,
            failed: totals.failed,
            batches: totals.batches,
            batched: totals.batched,
            cache: shared.store.as_ref().map(|store| store.stats(&shared.meters)),
            entrypoints: if shared.store.is_some() { learned.collect() } else { Vec::new() },
        }
    }

    /// Sets the counters back; what is kept and what was learned stays.
    ///
    /// ```
    /// # fn main() -> Result<(), writ::Error> {
    /// # let writ = writ::Writ::builder().rego("p.rego", "package p\nok if input.x").entrypoint("p/ok").build()?;
    /// writ.decide("p/ok", "{}")?;
    /// writ.reset_metrics();
    /// assert_eq!(writ.metrics().undefined, 0);
    /// # Ok(())
    /// # }
    /// ```
    pub fn reset_metrics(&self) {
        self.shared.meters.reset();
    }
}
