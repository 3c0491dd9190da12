//! A policy that stays up: decisions by the live revision, which is replaced in one step, or not at all.
//!
//! ```text
//!   decide ──load──▶ current ─▶ Revision ─▶ pool ─▶ instance          no lock; the revision lives until its last decision ends
//!   swap ─▶ load, verify, compile, probe aside ──ok──▶ store current  the one before is kept for `rollback`
//!                                              └─err─▶ nothing changes
//! ```

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use arc_swap::ArcSwap;
use serde::Serialize;
use writ_bundle::{Bundle, patch};
use writ_value::{Object, Value};

use crate::decide::Answer;
use crate::engine::Engine;
use crate::environment::Environment;
use crate::error::EvalError;
use crate::instance::{EvalOptions, Instance};
use crate::limits::Limits;
use crate::module::EntrypointId;
use crate::outcome::Outcome;
use crate::pool::Pool;
use crate::revision::{About, Candidate, Revision, RevisionId, Sample, Target};
use crate::stats::{Counters, DecisionKind, ErrorKind, Recorder, Stats, SwapKind};

/// How a policy runs.
#[derive(Clone)]
#[non_exhaustive]
pub struct PolicyConfig {
    /// Bounds of each decision.
    pub limits: Limits,
    /// Instances per module at most; decisions beyond wait. Default: four per core, at least eight.
    pub max_instances: usize,
    /// Instances per module that are made before a revision goes live, if the one before did not have more. Default 1.
    pub warm_instances: usize,
    /// What built-ins get from the world. Default: nothing.
    pub environment: Option<Arc<Environment>>,
    /// What every revision must decide before it goes live.
    pub samples: Vec<Sample>,
    /// Receives events.
    pub recorder: Option<Arc<dyn Recorder>>,
}

impl Default for PolicyConfig {
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Self {
            limits: Limits::default(),
            max_instances: (4 * cores).max(8),
            warm_instances: 1,
            environment: None,
            samples: Vec::new(),
            recorder: None,
        }
    }
}

impl std::fmt::Debug for PolicyConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PolicyConfig")
            .field("limits", &self.limits)
            .field("max_instances", &self.max_instances)
            .field("samples", &self.samples.len())
            .finish_non_exhaustive()
    }
}

/// A question.
#[derive(Debug, Clone, Copy, Default)]
pub struct Request<'a> {
    /// Such as `authz/allow`.
    pub entrypoint: &'a str,
    /// The input, `None` for undefined.
    pub input: Option<&'a Value>,
    /// Whose question it is. Modules that Writ did not compile keep one tenant's memory from the next.
    pub tenant: Option<&'a str>,
    /// How it is evaluated.
    pub options: EvalOptions,
}

/// An answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Decision {
    /// The value, or the fact that there is none.
    pub outcome: Outcome,
    /// The revision that made it.
    pub revision: RevisionId,
}

/// A change of the data at one path.
#[derive(Debug, Clone, PartialEq)]
pub struct DataChange {
    /// Keys from the root. Empty: the whole of data.
    pub path: Vec<String>,
    /// The new value, for which missing objects on the way are made; `None` removes what is there.
    pub value: Option<Value>,
}

/// A handle; cloning gives the same policy.
#[derive(Clone)]
pub struct Policy {
    shared: Arc<Shared>,
}

struct Shared {
    engine: Engine,
    config: PolicyConfig,
    current: ArcSwap<Revision>,
    /// Number of the live revision; 0 while it changes.
    live: AtomicU64,
    counters: Counters,
    updates: Mutex<Updates>,
}

/// An entrypoint of one revision, found once so that later decisions need not look it up. Keeps neither code nor data nor instances alive.
#[derive(Clone)]
pub struct Resolved {
    revision: RevisionId,
    target: Target,
    pool: Arc<Pool>,
}

impl std::fmt::Debug for Resolved {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Resolved")
            .field("revision", &self.revision)
            .field("target", &self.target)
            .finish_non_exhaustive()
    }
}

impl Resolved {
    /// The revision.
    #[inline]
    pub fn revision(&self) -> RevisionId {
        self.revision
    }

    /// Its number in its module.
    #[inline]
    pub fn entrypoint(&self) -> EntrypointId {
        self.target.id
    }

    /// See [`Revision::unchanged_since`].
    pub fn unchanged_since(&self) -> RevisionId {
        self.target.unchanged_since
    }
}

/// Changes come one after the other.
#[derive(Default)]
struct Updates {
    last_id: u64,
    previous: Option<Arc<Revision>>,
    swaps: u64,
    refused: u64,
    rollbacks: u64,
}

impl Policy {
    /// A policy whose first revision is `candidate`.
    ///
    /// # Errors
    /// Why the candidate is refused.
    pub fn new(engine: &Engine, candidate: Candidate, config: PolicyConfig) -> Result<Self, EvalError> {
        let first = Revision::make(engine, candidate, RevisionId(1), &config, None)?;
        Ok(Self {
            shared: Arc::new(Shared {
                engine: engine.clone(),
                config,
                current: ArcSwap::from_pointee(first),
                live: AtomicU64::new(1),
                counters: Counters::default(),
                updates: Mutex::new(Updates { last_id: 1, ..Updates::default() }),
            }),
        })
    }

    /// Decides by the live revision. Blocks only while all instances are in use.
    ///
    /// # Errors
    /// All variants of [`EvalError`]. Undefined is none of them.
    pub fn decide(&self, request: &Request<'_>) -> Result<Decision, EvalError> {
        self.counted(request.entrypoint, request.tenant, |instance, id, revision| {
            let outcome = instance.evaluate_known(id, request.input, request.options)?;
            let defined = outcome.is_defined();
            Ok((Decision { outcome, revision }, defined))
        })
    }

    /// Decides on an input in JSON text, by the fast path where the module has it; `read` sees the answer where it lies. `request.input` is not
    /// looked at.
    ///
    /// # Errors
    /// As [`Policy::decide`].
    pub fn decide_json<R>(
        &self,
        request: &Request<'_>,
        input: &[u8],
        read: impl FnOnce(Answer<'_>) -> Result<R, EvalError>,
    ) -> Result<R, EvalError> {
        self.counted(request.entrypoint, request.tenant, |instance, id, _| {
            instance.decide_json(id, input, request.options, |answer| {
                let defined = answer.is_defined();
                Ok((read(answer)?, defined))
            })
        })
    }

    /// [`Policy::decide_json`] for any `Serialize` value, without text in between.
    ///
    /// # Errors
    /// As [`Policy::decide`].
    pub fn decide_value<T: Serialize + ?Sized, R>(
        &self,
        request: &Request<'_>,
        input: &T,
        read: impl FnOnce(Answer<'_>) -> Result<R, EvalError>,
    ) -> Result<R, EvalError> {
        self.counted(request.entrypoint, request.tenant, |instance, id, _| {
            instance.decide_value(id, input, request.options, |answer| {
                let defined = answer.is_defined();
                Ok((read(answer)?, defined))
            })
        })
    }

    /// Lends a warm instance of the live revision to `work`, for what the other calls do not offer. Nothing is counted; whatever happens in there, the
    /// pool stays well.
    ///
    /// # Errors
    /// Those of getting an instance, and those of `work`.
    pub fn with_instance<R>(
        &self,
        entrypoint: &str,
        tenant: Option<&str>,
        work: impl FnOnce(&mut Instance, EntrypointId, &Revision) -> Result<R, EvalError>,
    ) -> Result<R, EvalError> {
        let revision = self.shared.current.load();
        revision.lend(entrypoint, tenant, |instance, id| work(instance, id, &revision))
    }

    /// The engine that it runs on.
    #[inline]
    pub fn engine(&self) -> &Engine {
        &self.shared.engine
    }

    /// Number of the live revision; `None` while it changes, which takes nanoseconds. Cost: a load from memory that nobody writes.
    #[inline]
    pub fn live_id(&self) -> Option<RevisionId> {
        match self.shared.live.load(Ordering::Acquire) {
            0 => None,
            id => Some(RevisionId(id)),
        }
    }

    /// Finds an entrypoint of the live revision.
    ///
    /// # Errors
    /// [`EvalError::Input`] when there is none.
    pub fn resolve(&self, entrypoint: &str) -> Result<Resolved, EvalError> {
        let revision = self.shared.current.load();
        let target = revision.target(entrypoint)?;
        Ok(Resolved { revision: revision.id, target, pool: revision.pool(target)?.pool().clone() })
    }

    /// [`Policy::with_instance`] for an entrypoint that was found before; `None`, and `work` is not called, when its revision is not live any more.
    ///
    /// # Errors
    /// Those of getting an instance, in a box: a result of one word goes back in a register.
    #[inline]
    pub fn with_resolved<R>(
        &self,
        entrypoint: &Resolved,
        work: impl FnOnce(&mut Instance, EntrypointId) -> R,
    ) -> Result<Option<R>, Box<EvalError>> {
        let Resolved { revision, target, pool } = entrypoint;
        let is_live = || self.live_id() == Some(*revision);
        if !is_live() {
            return Ok(None);
        }
        match pool.lend(None, |instance| work(instance, target.id)) {
            Ok(done) => Ok(Some(done)),
            // It went in between, and what makes its instances with it.
            Err(_) if !is_live() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Lends an instance to `work`, which says whether the answer is defined, and counts the decision.
    #[inline]
    fn counted<R>(
        &self,
        entrypoint: &str,
        tenant: Option<&str>,
        work: impl FnOnce(&mut Instance, EntrypointId, RevisionId) -> Result<(R, bool), EvalError>,
    ) -> Result<R, EvalError> {
        let shared = &*self.shared;
        let span = tracing::trace_span!("decide", entrypoint);
        let _entered = span.enter();
        let timed = shared.config.recorder.as_ref().map(|recorder| (recorder, Instant::now()));
        let revision = shared.current.load();
        let result = revision.lend(entrypoint, tenant, |instance, id| work(instance, id, revision.id));
        let kind = match &result {
            Ok((_, true)) => DecisionKind::Defined,
            Ok((_, false)) => DecisionKind::Undefined,
            Err(error) => DecisionKind::Failed(ErrorKind::from(error)),
        };
        shared.counters.count(kind);
        if let Some((recorder, started)) = timed {
            recorder.decision(entrypoint, kind, started.elapsed());
        }
        if let Err(error) = &result {
            tracing::debug!(entrypoint, revision = revision.id.0, %error, "no decision");
        }
        result.map(|(answer, _)| answer)
    }

    /// Replaces the live revision by `candidate` once it is loaded, verified, compiled and has decided the samples. Modules that the live revision has
    /// as well, byte for byte, are not compiled again.
    ///
    /// # Errors
    /// Why the candidate is refused; then nothing has changed.
    pub fn swap(&self, candidate: Candidate) -> Result<RevisionId, EvalError> {
        self.update(|shared, id| {
            let live = shared.current.load();
            Revision::make(&shared.engine, candidate, id, &shared.config, Some(&live))
        })
    }

    /// Replaces the data; the code stays as it is.
    ///
    /// # Errors
    /// As [`Policy::swap`].
    pub fn set_data(&self, data: Value) -> Result<RevisionId, EvalError> {
        self.update(|shared, id| {
            let live = shared.current.load();
            live.with_data(id, live.about(), data, std::iter::once(&[][..]), &shared.config)
        })
    }

    /// Changes the data by a delta bundle, all or nothing; the code stays. The revision's name and metadata become the delta's.
    ///
    /// # Errors
    /// [`EvalError::Artifact`] when the bundle is no delta, its roots or entrypoints are not those of the bundle that is live, or a change cannot be
    /// made; else as [`Policy::swap`].
    pub fn apply_delta(&self, delta: &Bundle) -> Result<RevisionId, EvalError> {
        self.update(|shared, id| {
            let live = shared.current.load();
            let manifest = live.manifest.as_deref();
            let manifest =
                manifest.ok_or_else(|| EvalError::artifact("a delta bundle for a policy that is no bundle"))?;
            delta.check_delta_for(manifest).map_err(|e| EvalError::artifact(e.to_string()))?;
            let mut data = live.data.document()?;
            patch::apply(&mut data, &delta.patch).map_err(|e| EvalError::artifact(e.to_string()))?;
            let about = About {
                name: delta.manifest.revision.as_str().into(),
                metadata: delta.manifest.metadata.clone(),
                manifest: live.manifest.clone(),
            };
            live.with_data(id, about, data, std::iter::once(&[][..]), &shared.config)
        })
    }

    /// Counts and tells what could not even be read as a candidate.
    pub(crate) fn refuse(&self, error: &dyn std::fmt::Display) {
        let started = Instant::now();
        tracing::warn!(%error, "candidate refused");
        self.updates().refused += 1;
        self.record(SwapKind::Refused, started);
    }

    /// Changes parts of the data, all or none. Cost: linear in the size of all data.
    ///
    /// # Errors
    /// [`EvalError::Input`] when a path leads through a value that is no object or removes what is not there; else as [`Policy::swap`].
    pub fn patch_data(&self, changes: &[DataChange]) -> Result<RevisionId, EvalError> {
        self.update(|shared, id| {
            let current = shared.current.load();
            let mut data = current.data.document()?;
            for change in changes {
                apply(&mut data, change)?;
            }
            let changed = changes.iter().map(|change| &change.path[..]);
            current.with_data(id, current.about(), data, changed, &shared.config)
        })
    }

    /// Makes the revision before the live one live again; doing it twice changes nothing.
    ///
    /// # Errors
    /// [`EvalError::Input`] when there is none.
    pub fn rollback(&self) -> Result<RevisionId, EvalError> {
        let started = Instant::now();
        let mut updates = self.updates();
        let Some(previous) = updates.previous.take() else {
            return Err(EvalError::input("there is no revision to go back to"));
        };
        previous.pools.iter().for_each(|pool| pool.revive());
        let id = previous.id;
        updates.rollbacks += 1;
        self.go_live(&mut updates, previous);
        tracing::info!(revision = id.0, "rolled back");
        self.record(SwapKind::RolledBack, started);
        Ok(id)
    }

    /// Shows the memory of every idle instance of the live revision.
    #[cfg(feature = "testing")]
    pub fn inspect(&self, mut look: impl FnMut(&[u8])) {
        self.shared.current.load().pools.iter().for_each(|pool| pool.inspect(&mut look));
    }

    /// Takes an instance out of its pool and puts it back.
    #[cfg(feature = "testing")]
    pub fn touch(&self) -> Result<(), EvalError> {
        let revision = self.shared.current.load();
        revision.pools.iter().try_for_each(|pool| pool.lend(None, |_| ())).map_err(|error| *error)
    }

    /// The live revision.
    pub fn revision(&self) -> Arc<Revision> {
        self.shared.current.load_full()
    }

    /// Counters since the policy was made.
    pub fn stats(&self) -> Stats {
        let revision = self.shared.current.load();
        let mut stats = Stats { pool: revision.pool_stats(), data_bytes: revision.data.bytes(), ..Stats::default() };
        self.shared.counters.sum(&mut stats);
        let updates = self.updates();
        (stats.swaps, stats.refused, stats.rollbacks) = (updates.swaps, updates.refused, updates.rollbacks);
        stats
    }

    fn update(
        &self,
        make: impl FnOnce(&Shared, RevisionId) -> Result<Revision, EvalError>,
    ) -> Result<RevisionId, EvalError> {
        let started = Instant::now();
        let mut updates = self.updates();
        let _span = tracing::info_span!("change revision", id = updates.last_id + 1).entered();
        updates.last_id += 1;
        let id = RevisionId(updates.last_id);
        match make(&self.shared, id).and_then(|revision| self.warmed(revision)) {
            Ok(revision) => {
                tracing::info!(revision = id.0, name = revision.name(), "live");
                updates.swaps += 1;
                self.go_live(&mut updates, Arc::new(revision));
                self.record(SwapKind::Live, started);
                Ok(id)
            }
            Err(error) => {
                tracing::warn!(revision = id.0, %error, "candidate refused");
                updates.refused += 1;
                self.record(SwapKind::Refused, started);
                Err(error)
            }
        }
    }

    /// As many instances as the live revision needed, so that the first decisions after the swap find some.
    fn warmed(&self, revision: Revision) -> Result<Revision, EvalError> {
        let wanted = self.shared.current.load().most_instances();
        revision.pools.iter().try_for_each(|pool| pool.warm_up(wanted))?;
        Ok(revision)
    }

    fn go_live(&self, updates: &mut Updates, revision: Arc<Revision>) {
        let id = revision.id.0;
        // In between nobody is told a number, so that nobody takes a revision for live before it is, or after.
        self.shared.live.store(0, Ordering::SeqCst);
        let before = self.shared.current.swap(revision);
        self.shared.live.store(id, Ordering::SeqCst);
        // Its instances go, code and data stay until the next change.
        before.pools.iter().for_each(|pool| pool.retire());
        updates.previous = Some(before);
    }

    fn record(&self, kind: SwapKind, started: Instant) {
        if let Some(recorder) = &self.shared.config.recorder {
            recorder.swap(kind, started.elapsed());
        }
    }

    fn updates(&self) -> MutexGuard<'_, Updates> {
        self.shared.updates.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for Policy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Policy").field("revision", &*self.shared.current.load()).finish_non_exhaustive()
    }
}

/// Makes one change. Cost: linear in the objects on the path.
fn apply(data: &mut Value, change: &DataChange) -> Result<(), EvalError> {
    let wrong = |what: &str| EvalError::input(format!("data patch at `/{}`: {what}", change.path.join("/")));
    let Some((last, parents)) = change.path.split_last() else {
        *data = change.value.clone().ok_or_else(|| wrong("the whole of data cannot be removed"))?;
        return Ok(());
    };
    let mut at = object(data).ok_or_else(|| wrong("data is no object"))?;
    for key in parents {
        let key = Value::from(key.as_str());
        if change.value.is_none() && !at.contains_key(&key) {
            return Err(wrong("nothing is there"));
        }
        let next = at.entry(key).or_insert_with(Value::empty_object);
        at = object(next).ok_or_else(|| wrong("a value on the way is no object"))?;
    }
    let key = Value::from(last.as_str());
    match &change.value {
        Some(value) => {
            at.insert(key, value.clone());
        }
        None => {
            at.remove(&key).ok_or_else(|| wrong("nothing is there"))?;
        }
    }
    Ok(())
}

fn object(value: &mut Value) -> Option<&mut Object> {
    match value {
        Value::Object(entries) => Some(Arc::make_mut(entries)),
        _ => None,
    }
}
