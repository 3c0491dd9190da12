//! The handle: decisions through the cache or not, changes of the policy.

use std::cell::RefCell;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde::Serialize;
use writ_runtime::{EntrypointId, EvalError, EvalOptions, Instance, Policy, Prepared, Revision, RevisionId};
use writ_value::Value;

use crate::builder::{Builder, Ttl};
use crate::cache::{CacheConfig, CacheStats, Entry, Key, Local, Recorder, Sensitivity, Tier};
use crate::clock::Clock;
use crate::decision::{Decision, DecisionId};
use crate::error::Error;
use crate::health::Health;

/// How one decision is made. The default suits most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CallOptions {
    /// How sensitive what it guards is, for the cache.
    pub sensitivity: Option<Sensitivity>,
    /// How long the answer may be kept, in place of the time of its sensitivity. Zero: it is not.
    pub ttl: Ttl,
    /// Neither look into the cache nor put the answer there.
    pub fresh: bool,
    /// Failing built-in calls are errors and not undefined.
    pub strict_builtin_errors: bool,
}

/// A policy in this process. `Clone` gives the same one.
#[derive(Clone)]
pub struct Writ {
    shared: Arc<Shared>,
}

struct Shared {
    policy: Policy,
    cache: Option<Cache>,
    clock: Arc<dyn Clock>,
    /// When the live revision went live, by the clock, in nanoseconds.
    live_since: AtomicU64,
    builder: Builder,
}

struct Cache {
    config: CacheConfig,
    tier: Box<dyn Tier>,
    counters: Recorder,
}

thread_local! {
    static KEY: RefCell<Key> = RefCell::default();
}

impl Writ {
    /// Settings for a new one.
    pub fn builder() -> Builder {
        Builder::default()
    }

    pub(crate) fn new(policy: Policy, cache: Option<CacheConfig>, clock: Arc<dyn Clock>, builder: Builder) -> Self {
        let cache = cache.map(|config| {
            let tier: Box<dyn Tier> = Box::new(Local::new(config.max_bytes, config.longest()));
            Cache { config, tier, counters: Recorder::default() }
        });
        let writ = Writ { shared: Arc::new(Shared { policy, cache, clock, live_since: AtomicU64::new(0), builder }) };
        writ.went_live();
        writ
    }

    /// Decides on an input in JSON text or bytes of it.
    ///
    /// # Errors
    /// [`Error::Eval`]; undefined is none.
    pub fn decide(&self, entrypoint: &str, input: impl AsRef<[u8]>) -> Result<Decision, Error> {
        self.decide_with(entrypoint, input, CallOptions::default())
    }

    /// [`Writ::decide`] with options.
    ///
    /// # Errors
    /// As [`Writ::decide`].
    pub fn decide_with(
        &self,
        entrypoint: &str,
        input: impl AsRef<[u8]>,
        options: CallOptions,
    ) -> Result<Decision, Error> {
        let input = input.as_ref();
        self.run(
            entrypoint,
            options,
            |instance, id| instance.prepare_json(id, input),
            |instance, id, options| instance.decide_json(id, input, options, |answer| answer.value()),
        )
    }

    /// [`Writ::decide`] for a value of any type: a struct of the caller's, a `serde_json::Value`. It means what its JSON text would mean.
    ///
    /// # Errors
    /// As [`Writ::decide`].
    pub fn decide_value<T: Serialize + ?Sized>(&self, entrypoint: &str, input: &T) -> Result<Decision, Error> {
        self.decide_value_with(entrypoint, input, CallOptions::default())
    }

    /// [`Writ::decide_value`] with options.
    ///
    /// # Errors
    /// As [`Writ::decide`].
    pub fn decide_value_with<T: Serialize + ?Sized>(
        &self,
        entrypoint: &str,
        input: &T,
        options: CallOptions,
    ) -> Result<Decision, Error> {
        self.run(
            entrypoint,
            options,
            |instance, id| instance.prepare_value(id, input),
            |instance, id, options| instance.decide_value(id, input, options, |answer| answer.value()),
        )
    }

    fn run(
        &self,
        entrypoint: &str,
        options: CallOptions,
        prepare: impl FnOnce(&mut Instance, EntrypointId) -> Result<Prepared, EvalError>,
        direct: impl FnOnce(&mut Instance, EntrypointId, EvalOptions) -> Result<Option<Value>, EvalError>,
    ) -> Result<Decision, Error> {
        let started = Instant::now();
        let strict = EvalOptions::default().with_strict_builtin_errors(options.strict_builtin_errors);
        let (result, revision, cached) = self.shared.policy.with_instance(entrypoint, None, |instance, id, live| {
            match self.shared.cache.as_ref().filter(|_| !options.fresh) {
                // A strict call may be an error where another is undefined, so the two share nothing.
                Some(cache) if !options.strict_builtin_errors && keeps(instance) => {
                    let prepared = prepare(instance, id)?;
                    let (result, hit) = self.through(cache, entrypoint, live, instance, &prepared, options)?;
                    Ok((result, live.id(), hit))
                }
                cache => {
                    if let Some(cache) = cache {
                        Recorder::count(&cache.counters.bypassed);
                    }
                    Ok((direct(instance, id, strict)?, live.id(), false))
                }
            }
        })?;
        Ok(Decision { result, revision, id: DecisionId::next(), cached, took: started.elapsed() })
    }

    /// From the cache, or decided and kept.
    fn through(
        &self,
        cache: &Cache,
        entrypoint: &str,
        live: &Revision,
        instance: &mut Instance,
        prepared: &Prepared,
        options: CallOptions,
    ) -> Result<(Option<Value>, bool), EvalError> {
        KEY.with_borrow_mut(|key| {
            key.begin(live.id(), entrypoint);
            key.push(prepared.key());
            let now = self.shared.clock.now();
            match cache.tier.get(key.bytes()) {
                Some(entry) if entry.expires > now => {
                    Recorder::count(&cache.counters.hits);
                    return Ok((entry.result, true));
                }
                Some(_) => Recorder::count(&cache.counters.expired),
                None => {}
            }
            Recorder::count(&cache.counters.misses);
            let result = instance.decide_prepared(prepared, EvalOptions::default(), |answer| answer.value())?;
            let ttl = cache.config.ttl_for(options.ttl, options.sensitivity, result.as_ref());
            if !ttl.is_zero() {
                let entry = Entry { result: result.clone(), expires: now.saturating_add(ttl) };
                cache.tier.put(key.owned(), entry);
                Recorder::count(&cache.counters.inserted);
            }
            Ok((result, false))
        })
    }

    /// Decides on many inputs for one entrypoint: results in order, each on its own, so that a bad input harms no other.
    pub fn decide_many<I: AsRef<[u8]>>(&self, entrypoint: &str, inputs: &[I]) -> Vec<Result<Decision, Error>> {
        inputs.iter().map(|input| self.decide(entrypoint, input)).collect()
    }

    /// Reads the policy's origin again and makes it live if it is well.
    ///
    /// # Errors
    /// Why it is refused; then nothing has changed.
    pub fn reload(&self) -> Result<RevisionId, Error> {
        let candidate = self.shared.builder.candidate()?;
        let revision = self.shared.policy.swap(candidate)?;
        self.went_live();
        Ok(revision)
    }

    /// Replaces the base documents; the code stays.
    ///
    /// # Errors
    /// As [`Writ::reload`].
    pub fn set_data(&self, data: Value) -> Result<RevisionId, Error> {
        let revision = self.shared.policy.set_data(data)?;
        self.went_live();
        Ok(revision)
    }

    /// Makes the revision before the live one live again.
    ///
    /// # Errors
    /// [`Error::Eval`] when there is none.
    pub fn rollback(&self) -> Result<RevisionId, Error> {
        let revision = self.shared.policy.rollback()?;
        self.went_live();
        Ok(revision)
    }

    /// What belonged to another revision can never be found again, as keys name it; clearing only gives the room back.
    fn went_live(&self) {
        let now = u64::try_from(self.shared.clock.now().as_nanos()).unwrap_or(u64::MAX);
        self.shared.live_since.store(now, Ordering::Relaxed);
        self.clear_cache();
    }

    /// Forgets all decisions.
    pub fn clear_cache(&self) {
        if let Some(cache) = &self.shared.cache {
            cache.tier.clear();
        }
    }

    /// Forgets the decisions whose time is over: how many those were.
    pub fn remove_expired(&self) -> usize {
        self.shared.cache.as_ref().map_or(0, |cache| cache.tier.remove_expired(self.shared.clock.now()))
    }

    /// Decides on recorded inputs, so that their answers are in the cache: how many were decided. Inputs that fail are left out.
    pub fn warm_up<I: AsRef<[u8]>>(&self, entrypoint: &str, inputs: impl IntoIterator<Item = I>) -> usize {
        inputs.into_iter().filter(|input| self.decide(entrypoint, input).is_ok()).count()
    }

    /// The cache's counters; `None` without a cache.
    pub fn cache_stats(&self) -> Option<CacheStats> {
        self.shared.cache.as_ref().map(|cache| cache.counters.snapshot(cache.tier.size()))
    }

    /// Sets the cache's counters back; what is kept stays.
    pub fn reset_cache_stats(&self) {
        if let Some(cache) = &self.shared.cache {
            cache.counters.reset();
        }
    }

    /// A report for probes.
    pub fn health(&self) -> Health {
        let revision = self.shared.policy.revision();
        let since = Duration::from_nanos(self.shared.live_since.load(Ordering::Relaxed));
        Health {
            ready: true,
            revision: revision.id(),
            revision_name: revision.name().to_owned(),
            age: self.shared.clock.now().saturating_sub(since),
            runtime: self.shared.policy.stats(),
            cache: self.cache_stats(),
        }
    }

    /// The policy of the runtime, for what this handle does not offer.
    pub fn policy(&self) -> &Policy {
        &self.shared.policy
    }
}

/// Whether answers of the instance's module may be kept: only those of ours, and only when no built-in of theirs may answer differently the next time.
fn keeps(instance: &Instance) -> bool {
    let varies = |name: &str| writ_builtins::lookup(name).is_none_or(|builtin| builtin.nondeterministic);
    instance.has_projection() && !instance.module().host_builtins().any(varies)
}

impl std::fmt::Debug for Writ {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Writ").field("policy", &self.shared.policy).finish_non_exhaustive()
    }
}
