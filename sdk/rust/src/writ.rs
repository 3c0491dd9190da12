//! The handle: what its clones share.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use writ_runtime::{Limits, Policy, Recorder};

use crate::builder::Builder;
use crate::cache::{Learner, Meters, Store};
use crate::clock::Time;
use crate::coalesce::Coalescer;
use crate::scope::Scopes;

/// A policy in this process. `Clone` gives the same one; all methods may be called from any thread.
///
/// ```
/// # fn main() -> Result<(), writ::Error> {
/// # let writ = writ::Writ::builder().rego("p.rego", "package p\nok if input.x").entrypoint("p/ok").build()?;
/// let other = writ.clone();
/// let worker = std::thread::spawn(move || other.decide("p/ok", r#"{"x": 1}"#).map(|decision| decision.is_true()));
/// assert!(worker.join().expect("it does not panic")?);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Writ {
    pub(crate) shared: Arc<Shared>,
}

/// What all clones of a handle share.
pub(crate) struct Shared {
    pub(crate) policy: Policy,
    pub(crate) limits: Limits,
    pub(crate) store: Option<Store>,
    pub(crate) scopes: Scopes,
    pub(crate) time: Time,
    pub(crate) meters: Meters,
    pub(crate) coalescer: Coalescer,
    pub(crate) recorder: Option<Arc<dyn Recorder>>,
    /// Whether decisions tell how long they took.
    pub(crate) measure: bool,
    /// Threads that a batch may use.
    pub(crate) cores: usize,
    /// What the policy is made of, to make it again.
    pub(crate) builder: Builder,
    pub(crate) updates: Mutex<Updates>,
    #[cfg(feature = "compiler")]
    pub(crate) rules: crate::rules::Rules,
    names: Mutex<Names>,
}

/// What is told about changes of the policy.
pub(crate) struct Updates {
    /// When the live revision went live.
    pub(crate) live_since: Instant,
    /// Why the last candidate was refused; `None` when it was not.
    pub(crate) refused: Option<String>,
}

/// Entrypoints that were asked for and exist, with a number each.
type Names = BTreeMap<Arc<str>, (u32, Arc<Learner>)>;

impl Writ {
    /// Settings for a new one.
    ///
    /// ```
    /// # fn main() -> Result<(), writ::Error> {
    /// let policy = "package authz\ndefault allow := false\nallow if input.user in data.admins";
    /// let writ = writ::Writ::builder()
    ///     .rego("authz.rego", policy)
    ///     .entrypoint("authz/allow")
    ///     .data_json(r#"{"admins": ["ann"]}"#)?
    ///     .cache(writ::CacheConfig::default())
    ///     .build()?;
    /// assert!(writ.decide("authz/allow", r#"{"user": "ann"}"#)?.is_true());
    /// # Ok(())
    /// # }
    /// ```
    pub fn builder() -> Builder {
        Builder::default()
    }

    pub(crate) fn new(policy: Policy, parts: Parts, builder: Builder) -> Self {
        let Parts { limits, store, time, coalescer, recorder, measure } = parts;
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let updates = Mutex::new(Updates { live_since: Instant::now(), refused: None });
        let (scopes, meters, names) = (Scopes::default(), Meters::default(), Mutex::default());
        let shared = Shared {
            policy,
            limits,
            store,
            scopes,
            time,
            meters,
            coalescer,
            recorder,
            measure,
            cores,
            builder,
            updates,
            #[cfg(feature = "compiler")]
            rules: crate::rules::Rules::default(),
            names,
        };
        Writ { shared: Arc::new(shared) }
    }

    /// The policy of the runtime, for what this handle does not offer. Changes that are made there are seen here.
    ///
    /// ```
    /// # fn main() -> Result<(), writ::Error> {
    /// # let writ = writ::Writ::builder().rego("p.rego", "package p\nok if input.x").entrypoint("p/ok").build()?;
    /// assert_eq!(writ.policy().stats().pool.size, 1);
    /// # Ok(())
    /// # }
    /// ```
    pub fn policy(&self) -> &Policy {
        &self.shared.policy
    }

    pub(crate) fn count_batch(&self, requests: usize) {
        let seat = crate::thread::Taken::of(&self.shared);
        seat.meter.batches.add(1);
        seat.meter.batched.add(requests as u64);
    }
}

/// What the builder made.
pub(crate) struct Parts {
    pub(crate) limits: Limits,
    pub(crate) store: Option<Store>,
    pub(crate) time: Time,
    pub(crate) coalescer: Coalescer,
    pub(crate) recorder: Option<Arc<dyn Recorder>>,
    pub(crate) measure: bool,
}

impl Shared {
    pub(crate) fn updates(&self) -> MutexGuard<'_, Updates> {
        self.updates.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The number of an entrypoint that exists.
    pub(crate) fn number(&self, entrypoint: &str) -> u32 {
        self.named(entrypoint).0
    }

    /// What is learned about an entrypoint that exists.
    pub(crate) fn learner(&self, entrypoint: &str) -> Arc<Learner> {
        self.named(entrypoint).1
    }

    fn named(&self, entrypoint: &str) -> (u32, Arc<Learner>) {
        let mut names = self.names.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = names.get(entrypoint) {
            return known.clone();
        }
        let new = (names.len() as u32, Arc::default());
        names.insert(entrypoint.into(), new.clone());
        new
    }

    pub(crate) fn learned(&self) -> Vec<(Arc<str>, Arc<Learner>)> {
        let names = self.names.lock().unwrap_or_else(PoisonError::into_inner);
        names.iter().map(|(name, (_, learner))| (name.clone(), learner.clone())).collect()
    }
}

impl std::fmt::Debug for Writ {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Writ").field("policy", &self.shared.policy).finish_non_exhaustive()
    }
}
