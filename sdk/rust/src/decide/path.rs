//! The path of one decision: find the entrypoint, look into the cache or not, decide, keep.
//!
//! ```text
//!   find ─┬─▶ not kept, fresh, or aside ───────────────────▶ decide straight from the input
//!         └─▶ encode ─▶ front ─▶ tiers ─▶ flight ─▶ decide on the frame ─▶ keep
//! ```

use std::sync::Arc;
use std::time::Instant;

use writ_runtime::{Answer, EntrypointId, EvalError, EvalOptions, FrameBuffer, Instance, Resolved, RevisionId};
use writ_value::Value;

use super::forms::{Input, Output, Slot};
use super::options::CallOptions;
use crate::cache::flight::{Joined, Leader};
use crate::cache::{Entry, Found, Sample, Store, TierKind, key};
use crate::error::Error;
use crate::thread::{Known, Seat};
use crate::writ::Shared;

/// What came of a decision.
pub(crate) struct Made<T> {
    pub(crate) result: Option<T>,
    pub(crate) from: Provenance,
}

/// Where a result comes from.
#[derive(Clone, Copy)]
pub(crate) struct Provenance {
    pub(crate) revision: RevisionId,
    pub(crate) cached: bool,
}

/// What a call asks for.
#[derive(Clone, Copy)]
pub(crate) struct Call<'c> {
    pub(crate) options: &'c CallOptions,
    pub(crate) evaluation: &'c EvalOptions,
}

/// Instances to decide with.
pub(crate) enum Source<'s> {
    /// One of the pool's, for each decision.
    Pool(&'s Shared),
    /// One that was lent for several. Nothing must be waited for while it is held.
    Lent(&'s mut Instance),
}

impl Source<'_> {
    /// `None`: the revision is not live any more.
    #[inline]
    fn with<R>(
        &mut self,
        resolved: &Resolved,
        work: impl FnOnce(&mut Instance, EntrypointId) -> R,
    ) -> Result<Option<R>, Box<EvalError>> {
        match self {
            Source::Pool(shared) => shared.policy.with_resolved(resolved, work),
            Source::Lent(instance) => Ok(Some(work(instance, resolved.entrypoint()))),
        }
    }
}

/// Whether decisions of the entrypoint may be kept in this call.
#[inline]
pub(crate) fn may_look(shared: &Shared, seat: &mut Seat, at: usize, options: &CallOptions) -> bool {
    // A strict call may be an error where another is undefined, so the two share nothing.
    shared.store.is_some() && !options.fresh && !options.strict_builtin_errors && seat.parts(at).0.kept.is_some()
}

/// Counts decisions that go past the cache.
#[inline]
pub(crate) fn count_past(shared: &Shared, seat: &Seat, decisions: usize) {
    if shared.store.is_some() {
        seat.meter.bypassed.add(decisions as u64);
    }
}

/// Whether a decision of the entrypoint goes through the cache; counts where not.
#[inline]
pub(crate) fn looks(shared: &Shared, seat: &mut Seat, at: usize, options: &CallOptions) -> bool {
    if !may_look(shared, seat, at, options) {
        count_past(shared, seat, 1);
        return false;
    }
    let learns = shared.store.as_ref().is_some_and(|store| store.config.learn);
    let (known, _, _, meter) = seat.parts(at);
    if learns && !known.mode.looks() {
        meter.aside.add(1);
        return false;
    }
    true
}

/// One decision, into `slot`.
#[inline]
pub(crate) fn decide<I: Input, O: Output>(
    shared: &Shared,
    seat: &mut Seat,
    name: &str,
    input: &I,
    call: Call<'_>,
    slot: &mut Slot<O>,
) -> Result<Provenance, Error> {
    let mut at = seat.find(shared, name)?;
    loop {
        let from = if looks(shared, seat, at, call.options) {
            through_cache(shared, seat, at, input, call, &mut Source::Pool(shared), slot)?
        } else {
            straight(seat, at, input, call, &mut Source::Pool(shared), slot)?
        };
        match from {
            Some(from) => return Ok(from),
            // The revision went in the middle.
            None => at = seat.resolve(shared, name)?,
        }
    }
}

/// Decides without the cache. `None`: the revision is not live any more.
#[inline]
pub(crate) fn straight<I: Input, O: Output>(
    seat: &mut Seat,
    at: usize,
    input: &I,
    call: Call<'_>,
    source: &mut Source<'_>,
    slot: &mut Slot<O>,
) -> Result<Option<Provenance>, Error> {
    let (known, ..) = seat.parts(at);
    let read = |answer: Answer<'_>| O::read(answer, slot);
    let done = source
        .with(&known.resolved, |instance, id| input.decide(instance, id, call.evaluation, read).map_err(Box::new));
    match done {
        Ok(Some(Ok(()))) => Ok(Some(Provenance { revision: known.resolved.revision(), cached: false })),
        Ok(None) => Ok(None),
        Ok(Some(Err(error))) | Err(error) => Err(call.options.explain(*error)),
    }
}

/// Decides with the cache. `None`: the revision is not live any more.
pub(crate) fn through_cache<I: Input, O: Output>(
    shared: &Shared,
    seat: &mut Seat,
    at: usize,
    input: &I,
    call: Call<'_>,
    source: &mut Source<'_>,
    slot: &mut Slot<O>,
) -> Result<Option<Provenance>, Error> {
    let may_wait = !seat.is_inner && matches!(source, Source::Pool(_));
    let (known, buffer, front, meter) = seat.parts(at);
    let (Some(store), Some(preparer), Some((scope, longest))) = (&shared.store, &known.preparer, &known.kept) else {
        return Err(EvalError::internal("a cache without a key").into());
    };
    input.prepare(preparer, buffer)?;
    let sample = known.mode.sample();
    let looking = (sample != Sample::No).then(Instant::now);
    let hash = key::complete(buffer, scope);
    // Before any look: what is found later is no older than this.
    let generation = store.generation();
    let now = shared.time.now();
    let revision = known.resolved.revision();
    let mut put = |result: Option<&Value>, cached: bool| {
        O::of_value(result, slot);
        Ok(Some(Provenance { revision, cached }))
    };

    if let Some(result) = front.get(hash, buffer.bytes(), generation, now) {
        let from = put(result.as_ref(), true);
        meter.hit(TierKind::Front);
        if let Some(looking) = looking {
            let took = looking.elapsed();
            meter.looked(TierKind::Front, took);
            known.learner.measured_look(took);
            if sample == Sample::Both {
                shadow(known, buffer, call, source);
            }
        }
        if store.config.learn {
            known.mode.looked(true, &known.learner);
        }
        return from;
    }

    let found = store.get(buffer.bytes(), now, meter, looking.is_some());
    if let Some(looking) = looking {
        known.learner.measured_look(looking.elapsed());
    }
    if store.config.learn {
        known.mode.looked(matches!(found, Found::Entry(_)), &known.learner);
    }
    match found {
        Found::Entry(entry) => {
            front.put(hash, buffer.bytes(), generation, (entry.made, entry.ttl), entry.result.as_ref());
            if sample == Sample::Both {
                shadow(known, buffer, call, source);
            }
            return put(entry.result.as_ref(), true);
        }
        Found::Nothing(expired) => {
            meter.misses.add(1);
            meter.expired.add(u64::from(expired));
        }
    }

    let owned: Arc<[u8]> = buffer.bytes().into();
    let leader = match store.config.single_flight && may_wait {
        true => match store.flights.join(hash, &owned, shared.limits.time.saturating_mul(2)) {
            Joined::Lead(leader) => Some(leader),
            Joined::Led(Some(entry)) if entry.is_live(now) => {
                meter.led.add(1);
                return put(entry.result.as_ref(), true);
            }
            Joined::Led(_) => None,
        },
        false => None,
    };
    let deciding = looking.map(|_| Instant::now());
    let decided = source.with(&known.resolved, |instance, _| {
        instance.decide_frame(preparer, buffer, *call.evaluation, |answer| answer.value())
    });
    let Some(decided) = decided.map_err(|error| call.options.explain(*error))? else { return Ok(None) };
    let result = decided.map_err(|error| call.options.explain(error))?;
    let kept_from = deciding.map(|deciding| {
        known.learner.measured_decision(deciding.elapsed());
        Instant::now()
    });
    let from = put(result.as_ref(), false);
    let ttl = store.config.ttl_for(call.options.ttl, call.options.sensitivity, result.as_ref()).min(*longest);
    if !ttl.is_zero() {
        front.put(hash, &owned, generation, (now, ttl), result.as_ref());
        keep(store, owned, Entry { result, made: now, ttl }, leader);
        meter.inserted.add(1);
    }
    if let Some(kept_from) = kept_from {
        known.learner.measured_keeping(kept_from.elapsed());
    }
    from
}

fn keep(store: &Store, key: Arc<[u8]>, entry: Entry, leader: Option<Leader<'_, Entry>>) {
    match leader {
        Some(leader) => {
            store.put(key, entry.clone());
            leader.finish(entry);
        }
        None => store.put(key, entry),
    }
}

/// A decision that is made only to know what it costs.
#[cold]
fn shadow(known: &Known, buffer: &FrameBuffer, call: Call<'_>, source: &mut Source<'_>) {
    let Some(preparer) = &known.preparer else { return };
    let started = Instant::now();
    let decided = source.with(&known.resolved, |instance, _| {
        instance.decide_frame(preparer, buffer, *call.evaluation, |answer| answer.value())
    });
    if matches!(decided, Ok(Some(Ok(_)))) {
        known.learner.measured_decision(started.elapsed());
    }
}
