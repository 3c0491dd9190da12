//! Many decisions at once: one instance and one look at the clock for a chunk, several cores when there is enough to do.

use std::time::Instant;

use serde::Serialize;
use writ_value::Value;

use super::decision;
use super::forms::{AsValue, Batch, Slot, Texts, TypedMany};
use super::options::CallOptions;
use super::path::{self, Call, Source};
use crate::decision::Decision;
use crate::error::Error;
use crate::thread::{Seat, Taken};
use crate::writ::Writ;

/// Inputs that one instance decides before the live revision is looked at again.
const CHUNK: usize = 512;
/// Inputs per thread that are worth starting one for: a thread costs tens of microseconds.
const PER_THREAD: usize = 1024;

/// Results in the order of the inputs, each on its own.
pub(crate) type Results = Vec<Result<Decision, Error>>;

impl Writ {
    /// Decides on many inputs for one entrypoint: results in the order of the inputs, each on its own, so that a bad input harms no other.
    ///
    /// Takes one instance for hundreds of inputs, evaluates many of them in one call of the module, and from 2,048 inputs on uses several threads. The time
    /// limit holds for each input by itself; a [deadline](CallOptions::deadline) is looked at before every few hundred. All see the cache. A swap in the
    /// middle is seen from one of the next inputs on.
    ///
    /// ```
    /// # fn main() -> Result<(), writ::Error> {
    /// # let policy = "package authz\ndefault allow := false\nallow if input.role == \"admin\"";
    /// # let writ = writ::Writ::builder().rego("authz.rego", policy).entrypoint("authz/allow").build()?;
    /// let decisions = writ.decide_many("authz/allow", &[r#"{"role": "admin"}"#, "no JSON", r#"{"role": "guest"}"#]);
    /// assert!(decisions[0].as_ref().is_ok_and(|decision| decision.is_true()));
    /// assert!(decisions[1].is_err());
    /// assert!(decisions[2].as_ref().is_ok_and(|decision| !decision.is_true()));
    /// # Ok(())
    /// # }
    /// ```
    pub fn decide_many<I: AsRef<[u8]> + Sync>(&self, entrypoint: &str, inputs: &[I]) -> Results {
        self.decide_many_with(entrypoint, inputs, &CallOptions::default())
    }

    /// [`Writ::decide_many`] with options.
    ///
    /// ```
    /// # fn main() -> Result<(), writ::Error> {
    /// # let writ = writ::Writ::builder().rego("p.rego", "package p\nok if input.x").entrypoint("p/ok").build()?;
    /// let mut options = writ::CallOptions::default();
    /// options.fresh = true;
    /// let decisions = writ.decide_many_with("p/ok", &[r#"{"x": 1}"#, "{}"], &options);
    /// assert!(decisions[0].as_ref().is_ok_and(|decision| decision.is_true()));
    /// assert!(decisions[1].as_ref().is_ok_and(|decision| decision.result.is_none()));
    /// # Ok(())
    /// # }
    /// ```
    pub fn decide_many_with<I: AsRef<[u8]> + Sync>(
        &self,
        entrypoint: &str,
        inputs: &[I],
        options: &CallOptions,
    ) -> Results {
        self.many(entrypoint, inputs, options, &Texts)
    }

    /// [`Writ::decide_many`] for values of any type.
    ///
    /// ```
    /// # fn main() -> Result<(), writ::Error> {
    /// # let policy = "package authz\nallow := input.level > 3";
    /// # let writ = writ::Writ::builder().rego("authz.rego", policy).entrypoint("authz/allow").build()?;
    /// #[derive(serde::Serialize)]
    /// struct Agent {
    ///     level: u32,
    /// }
    /// let agents: Vec<Agent> = (0..10).map(|level| Agent { level }).collect();
    /// let allowed = writ.decide_many_values("authz/allow", &agents).iter().flatten().filter(|d| d.is_true()).count();
    /// assert_eq!(allowed, 6);
    /// # Ok(())
    /// # }
    /// ```
    pub fn decide_many_values<T: Serialize + Sync>(&self, entrypoint: &str, inputs: &[T]) -> Results {
        self.decide_many_values_with(entrypoint, inputs, &CallOptions::default())
    }

    /// [`Writ::decide_many_values`] with options.
    ///
    /// ```
    /// # fn main() -> Result<(), writ::Error> {
    /// # let writ = writ::Writ::builder().rego("p.rego", "package p\nok if input.x").entrypoint("p/ok").build()?;
    /// let (inputs, options) = ([serde_json::json!({"x": 1}), serde_json::json!({})], writ::CallOptions::default());
    /// let decisions = writ.decide_many_values_with("p/ok", &inputs, &options);
    /// assert_eq!(decisions.iter().flatten().filter(|decision| decision.is_true()).count(), 1);
    /// # Ok(())
    /// # }
    /// ```
    pub fn decide_many_values_with<T: Serialize + Sync>(
        &self,
        entrypoint: &str,
        inputs: &[T],
        options: &CallOptions,
    ) -> Results {
        self.many(entrypoint, inputs, options, &TypedMany)
    }

    fn many<T: Sync>(&self, entrypoint: &str, inputs: &[T], options: &CallOptions, form: &impl Batch<T>) -> Results {
        let cores = self.shared.cores.min(inputs.len() / PER_THREAD);
        if cores < 2 {
            return self.sequence(entrypoint, inputs, options, form);
        }
        let part = inputs.len().div_ceil(cores);
        let (first, rest) = inputs.split_at(part);
        std::thread::scope(|scope| {
            let others: Vec<_> = rest
                .chunks(part)
                .map(|part| {
                    let work = move || self.sequence(entrypoint, part, options, form);
                    (part.len(), std::thread::Builder::new().spawn_scoped(scope, work), part)
                })
                .collect();
            let mut results = self.sequence(entrypoint, first, options, form);
            results.reserve(rest.len());
            for (len, thread, part) in others {
                match thread.map(std::thread::ScopedJoinHandle::join) {
                    Ok(Ok(more)) => results.extend(more),
                    // A `Serialize` of the caller's panicked over there: what it had decided is lost, and nothing is allowed.
                    Ok(Err(_)) => results.extend((0..len).map(|_| Err(Error::Aborted))),
                    // The machine gives no thread.
                    Err(_) => results.extend(self.sequence(entrypoint, part, options, form)),
                }
            }
            results
        })
    }

    /// In this thread.
    fn sequence<T>(&self, entrypoint: &str, inputs: &[T], options: &CallOptions, form: &impl Batch<T>) -> Results {
        let mut seat = Taken::of(&self.shared);
        let mut results = Results::with_capacity(inputs.len());
        while results.len() < inputs.len() {
            let next = results.len();
            let chunk = &inputs[next..(next + CHUNK).min(inputs.len())];
            let started = self.shared.measure.then(Instant::now);
            self.chunk(&mut seat, entrypoint, chunk, options, form, &mut results);
            let done = results.len() - next;
            if let Some(started) = started
                && done > 0
            {
                let share = started.elapsed() / done as u32;
                results[next..].iter_mut().flatten().for_each(|decision| decision.took = Some(share));
            }
        }
        results
    }

    /// Decides on some of the inputs with one instance. None: the revision went in between, and the next round finds the new one.
    fn chunk<T>(
        &self,
        seat: &mut Seat,
        entrypoint: &str,
        inputs: &[T],
        options: &CallOptions,
        form: &impl Batch<T>,
        results: &mut Results,
    ) {
        let shared = &*self.shared;
        let found = seat.find(shared, entrypoint).and_then(|at| Ok((at, options.evaluation()?)));
        let (at, evaluation) = match found {
            Ok(found) => found,
            Err(error) => {
                seat.meter.failed.add(inputs.len() as u64);
                results.extend(inputs.iter().map(|_| Err(error.clone())));
                return;
            }
        };
        let resolved = seat.parts(at).0.resolved.clone();
        let revision = resolved.revision();
        let mut finish = |seat: &Seat, made: Result<path::Made<Value>, Error>| {
            shared.counted(&seat.meter, entrypoint, &made, None);
            results.push(made.map(|made| decision(made, None)));
        };
        let lent = shared.policy.with_resolved(&resolved, |instance, id| {
            if !path::may_look(shared, seat, at, options) {
                let decided = form.all(instance, id, inputs, evaluation, |answer| answer.value());
                path::count_past(shared, seat, inputs.len());
                for result in decided {
                    let made = result.map_err(|error| options.explain(error));
                    finish(
                        seat,
                        made.map(|result| path::Made { result, from: path::Provenance { revision, cached: false } }),
                    );
                }
                return;
            }
            for one in inputs {
                let one = form.one(one);
                // A deadline is looked at for each input; without one the clock is not.
                let made = options.evaluation().and_then(|evaluation| {
                    let call = Call { options, evaluation: &evaluation };
                    let (mut source, mut slot) = (Source::Lent(instance), Slot::<AsValue>::new());
                    let from = if path::looks(shared, seat, at, options) {
                        path::through_cache(shared, seat, at, &one, call, &mut source, &mut slot)?
                    } else {
                        path::straight(seat, at, &one, call, &mut source, &mut slot)?
                    };
                    // An instance that was lent is there.
                    let from = from.ok_or(Error::Aborted)?;
                    Ok(path::Made { result: slot.finish()?, from })
                });
                finish(seat, made);
                if !instance.is_usable() {
                    // It was stopped in the middle of a decision; the next inputs get another one.
                    break;
                }
            }
        });
        if let Err(error) = lent {
            // No instance could be had for the first of them.
            finish(seat, Err(error.into()));
        }
    }
}
