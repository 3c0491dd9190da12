//! Many decisions at once: one instance and one look at the clock for a chunk, several cores when there is enough to do.

use std::ops::Range;
use std::time::Instant;

use serde::Serialize;

use super::decision;
use super::forms::{AsValue, Input, Text, Typed};
use super::options::CallOptions;
use super::path::{self, Call, Source};
use crate::decision::Decision;
use crate::error::Error;
use crate::thread::{Seat, Taken};
use crate::writ::Writ;

/// Inputs that one instance decides before the live revision is looked at again.
const CHUNK: usize = 256;
/// Inputs per thread that are worth starting one for: a thread costs tens of microseconds.
const PER_THREAD: usize = 1024;

/// Results in the order of the inputs, each on its own.
pub(crate) type Results = Vec<Result<Decision, Error>>;

impl Writ {
    /// Decides on many inputs for one entrypoint: results in the order of the inputs, each on its own, so that a bad input harms no other.
    ///
    /// Takes one instance for hundreds of inputs; from 2,048 inputs on, several threads. [`CallOptions::deadline`] and the time limit hold for each
    /// input by itself. All see the cache. A swap in the middle is seen from one of the next inputs on.
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
    pub fn decide_many_with<I: AsRef<[u8]> + Sync>(
        &self,
        entrypoint: &str,
        inputs: &[I],
        options: &CallOptions,
    ) -> Results {
        self.many(entrypoint, inputs, options, |input| Text(input.as_ref()))
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
    pub fn decide_many_values_with<T: Serialize + Sync>(
        &self,
        entrypoint: &str,
        inputs: &[T],
        options: &CallOptions,
    ) -> Results {
        self.many(entrypoint, inputs, options, Typed)
    }

    fn many<'i, T: Sync, I: Input>(
        &self,
        entrypoint: &str,
        inputs: &'i [T],
        options: &CallOptions,
        input: impl Fn(&'i T) -> I + Sync,
    ) -> Results {
        let cores = self.shared.cores.min(inputs.len() / PER_THREAD);
        if cores < 2 {
            return self.sequence(entrypoint, inputs, options, &input);
        }
        let part = inputs.len().div_ceil(cores);
        let (first, rest) = inputs.split_at(part);
        std::thread::scope(|scope| {
            let input = &input;
            let others: Vec<_> = rest
                .chunks(part)
                .map(|part| {
                    let work = move || self.sequence(entrypoint, part, options, input);
                    (part.len(), std::thread::Builder::new().spawn_scoped(scope, work), part)
                })
                .collect();
            let mut results = self.sequence(entrypoint, first, options, input);
            results.reserve(rest.len());
            for (len, thread, part) in others {
                match thread.map(std::thread::ScopedJoinHandle::join) {
                    Ok(Ok(more)) => results.extend(more),
                    // A `Serialize` of the caller's panicked over there: what it had decided is lost, and nothing is allowed.
                    Ok(Err(_)) => results.extend((0..len).map(|_| Err(Error::Aborted))),
                    // The machine gives no thread.
                    Err(_) => results.extend(self.sequence(entrypoint, part, options, input)),
                }
            }
            results
        })
    }

    /// One after the other, in this thread.
    fn sequence<'i, T, I: Input>(
        &self,
        entrypoint: &str,
        inputs: &'i [T],
        options: &CallOptions,
        input: &impl Fn(&'i T) -> I,
    ) -> Results {
        let mut seat = Taken::of(&self.shared);
        let mut results = Results::with_capacity(inputs.len());
        while results.len() < inputs.len() {
            let next = results.len();
            let chunk = &inputs[next..(next + CHUNK).min(inputs.len())];
            self.chunk(&mut seat, entrypoint, chunk, options, input, &mut results);
        }
        results
    }

    /// Decides on some of the inputs, at least one, with one instance.
    fn chunk<'i, T, I: Input>(
        &self,
        seat: &mut Seat,
        entrypoint: &str,
        inputs: &'i [T],
        options: &CallOptions,
        input: &impl Fn(&'i T) -> I,
        results: &mut Results,
    ) {
        let shared = &*self.shared;
        let started = shared.measure.then(Instant::now);
        let first = results.len();
        let at = match seat.find(shared, entrypoint) {
            Ok(at) => at,
            Err(error) => {
                results.extend(inputs.iter().map(|_| Err(error.clone())));
                shared.count_failed(seat, first..results.len());
                return;
            }
        };
        let resolved = seat.parts(at).0.resolved;
        let lent = shared.policy.with_resolved(&resolved, |instance, _| {
            for one in inputs {
                // A deadline is looked at for each input; without one the clock is not.
                let evaluation = options.evaluation(None);
                let made = evaluation.and_then(|evaluation| {
                    let call = Call { options, evaluation, started: None };
                    let mut source = Source::Lent(instance);
                    let made = if path::looks(shared, seat, at, options) {
                        path::through_cache::<I, AsValue>(shared, seat, at, &input(one), call, &mut source)
                    } else {
                        path::straight::<I, AsValue>(seat, at, &input(one), call, &mut source)
                    };
                    // An instance that was lent is there.
                    made.and_then(|made| made.ok_or(Error::Aborted))
                });
                shared.counted(&seat.meter, entrypoint, &made, None);
                results.push(made.map(|made| decision(made, None)));
                if !instance.is_usable() {
                    // It was stopped in the middle of a decision; the next inputs get another one.
                    break;
                }
            }
            Ok(())
        });
        if let Err(error) = lent {
            // No instance could be had for the first of them.
            results.push(Err(error.into()));
            shared.count_failed(seat, first..results.len());
        }
        let done = results.len() - first;
        if let Some(started) = started
            && done > 0
        {
            let share = started.elapsed() / done as u32;
            results[first..].iter_mut().flatten().for_each(|decision| decision.took = Some(share));
        }
        // `Ok(None)`: the revision went before the first of them; the next round finds the new one.
    }
}

impl crate::writ::Shared {
    fn count_failed(&self, seat: &Seat, which: Range<usize>) {
        seat.meter.failed.add(which.len() as u64);
    }
}
