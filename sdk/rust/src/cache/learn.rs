//! Whether looking up pays, per entrypoint. Of one call in [`SAMPLE`] the cost of a look is measured, and that of a decision (after a hit: of one that
//! is made only to be measured, more rarely). Then
//!
//! ```text
//!   with the cache:  look + (1 - hit rate) × (decide + keep)         without:  decide
//! ```
//!
//! and where *without* is cheaper, the cache steps aside for a while, tries again for a while, and so on. Measurements are shared by all threads; when
//! to try again each thread counts for itself.

use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

/// One call in so many is measured.
pub(crate) const SAMPLE: u32 = 64;
/// One sampled hit in so many is decided all the same, to know what that costs.
const SHADOW: u32 = 16;
/// Looks before anything is concluded.
const LOOKS: u64 = 2048;
/// Calls for which the cache stays aside, and those for which it is tried again.
const ASIDE: u32 = 16_384;
const TRIAL: u32 = 2048;

/// What is known about one entrypoint, in all threads.
#[derive(Debug, Default)]
pub(crate) struct Learner {
    /// Nanoseconds, smoothed; 0: not measured yet.
    look: AtomicU64,
    decide: AtomicU64,
    keep: AtomicU64,
    /// Since the last conclusion.
    hits: AtomicU64,
    looks: AtomicU64,
    /// In thousandths, at the last conclusion.
    hit_rate: AtomicU32,
    aside: AtomicBool,
}

/// What one thread does about one entrypoint.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Mode {
    /// Calls until the next sample.
    sample: u32,
    samples: u32,
    /// Hits since the last sample.
    hits: u32,
    looks: u32,
    aside: bool,
    /// Calls until the other way is tried.
    left: u32,
}

impl Default for Mode {
    fn default() -> Self {
        Mode { sample: SAMPLE, samples: 0, hits: 0, looks: 0, aside: false, left: 0 }
    }
}

/// What to measure in this call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sample {
    No,
    /// The look, and the decision if there is one.
    Costs,
    /// The look and a decision even after a hit.
    Both,
}

impl Mode {
    /// Whether this call looks into the cache.
    #[inline]
    pub(crate) fn looks(&mut self) -> bool {
        if !self.aside {
            return true;
        }
        self.left -= 1;
        if self.left == 0 {
            self.aside = false;
            self.left = TRIAL;
        }
        false
    }

    /// What to measure in this call, one that looks.
    #[inline]
    pub(crate) fn sample(&mut self) -> Sample {
        self.sample -= 1;
        if self.sample != 0 {
            return Sample::No;
        }
        self.sample = SAMPLE;
        self.samples = self.samples.wrapping_add(1);
        if self.samples.is_multiple_of(SHADOW) { Sample::Both } else { Sample::Costs }
    }

    /// A look is over.
    #[inline]
    pub(crate) fn looked(&mut self, hit: bool, learner: &Learner) {
        self.looks += 1;
        self.hits += u32::from(hit);
        if self.looks >= SAMPLE {
            self.report(learner);
        }
    }

    #[cold]
    fn report(&mut self, learner: &Learner) {
        learner.count(self.hits, self.looks);
        (self.hits, self.looks) = (0, 0);
        self.left = self.left.saturating_sub(SAMPLE);
        if self.left == 0 && learner.aside.load(Ordering::Relaxed) {
            self.aside = true;
            self.left = ASIDE;
        }
    }
}

impl Learner {
    pub(crate) fn measured_look(&self, took: Duration) {
        smooth(&self.look, took);
    }

    pub(crate) fn measured_decision(&self, took: Duration) {
        smooth(&self.decide, took);
    }

    pub(crate) fn measured_keeping(&self, took: Duration) {
        smooth(&self.keep, took);
    }

    fn count(&self, hits: u32, looks: u32) {
        self.hits.fetch_add(hits.into(), Ordering::Relaxed);
        let looks = self.looks.fetch_add(looks.into(), Ordering::Relaxed) + u64::from(looks);
        if looks < LOOKS {
            return;
        }
        let (look, decide, keep) = (self.look(), self.decide(), self.keep.load(Ordering::Relaxed));
        let hits = self.hits.swap(0, Ordering::Relaxed);
        self.looks.store(0, Ordering::Relaxed);
        let hit_rate = hits as f64 / looks as f64;
        self.hit_rate.store((hit_rate * 1000.0) as u32, Ordering::Relaxed);
        if look.is_zero() || decide.is_zero() {
            return;
        }
        let (look, decide, keep) = (look.as_nanos() as f64, decide.as_nanos() as f64, keep as f64);
        let with = look + (1.0 - hit_rate) * (decide + keep);
        // Some distance between the two conclusions, so that noise does not make them alternate.
        let bar = if self.aside.load(Ordering::Relaxed) { 0.9 } else { 1.02 };
        self.aside.store(with > decide * bar, Ordering::Relaxed);
    }

    /// Cost of a look.
    pub(crate) fn look(&self) -> Duration {
        Duration::from_nanos(self.look.load(Ordering::Relaxed))
    }

    /// Cost of a decision on an encoded input.
    pub(crate) fn decide(&self) -> Duration {
        Duration::from_nanos(self.decide.load(Ordering::Relaxed))
    }

    /// Part of the looks that found something, from 0 to 1, at the last conclusion.
    pub(crate) fn hit_rate(&self) -> f64 {
        f64::from(self.hit_rate.load(Ordering::Relaxed)) / 1000.0
    }

    /// Whether the cache steps aside.
    pub(crate) fn is_aside(&self) -> bool {
        self.aside.load(Ordering::Relaxed)
    }
}

/// An eighth of the new value. Outliers (a thread that was put to sleep in between) count as eight times the mean at most.
fn smooth(mean: &AtomicU64, took: Duration) {
    let new = u64::try_from(took.as_nanos()).unwrap_or(u64::MAX).max(1);
    let old = mean.load(Ordering::Relaxed);
    let next = if old == 0 { new } else { old - old / 8 + new.min(old.saturating_mul(8)) / 8 };
    mean.store(next.max(1), Ordering::Relaxed);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// So many calls; what a look and a decision cost, every `n`-th is a hit. Gives how many looked.
    fn run(learner: &Learner, mode: &mut Mode, calls: u32, look: u64, decide: u64, hit: impl Fn(u32) -> bool) -> u32 {
        let ns = Duration::from_nanos;
        (0..calls)
            .filter(|&i| {
                if !mode.looks() {
                    return false;
                }
                let sample = mode.sample();
                if sample != Sample::No {
                    learner.measured_look(ns(look));
                    if sample == Sample::Both || !hit(i) {
                        learner.measured_decision(ns(decide));
                        learner.measured_keeping(ns(400));
                    }
                }
                mode.looked(hit(i), learner);
                true
            })
            .count() as u32
    }

    #[test]
    fn it_stays_where_deciding_is_dear_and_is_found_often() {
        let (learner, mut mode) = (Learner::default(), Mode::default());
        assert_eq!(run(&learner, &mut mode, 100_000, 80, 5000, |i| i % 10 != 0), 100_000);
        assert!(!learner.is_aside());
        assert!((learner.hit_rate() - 0.9).abs() < 0.01);
        assert_eq!((learner.look().as_nanos() / 10, learner.decide().as_nanos() / 100), (8, 50));
    }

    #[test]
    fn it_steps_aside_where_deciding_is_cheap() {
        let (learner, mut mode) = (Learner::default(), Mode::default());
        let looked = run(&learner, &mut mode, 1_000_000, 80, 60, |_| true);
        assert!(learner.is_aside());
        assert!(looked < 150_000, "{looked}");
        // Another thread learns it from the first.
        assert!(run(&learner, &mut Mode::default(), 100_000, 80, 60, |_| true) < 20_000);
    }

    #[test]
    fn it_steps_aside_where_nothing_is_ever_found() {
        let (learner, mut mode) = (Learner::default(), Mode::default());
        assert!(run(&learner, &mut mode, 1_000_000, 80, 5000, |_| false) < 150_000);
        assert!(learner.is_aside());
    }

    #[test]
    fn it_comes_back_when_that_changes() {
        let (learner, mut mode) = (Learner::default(), Mode::default());
        run(&learner, &mut mode, 100_000, 80, 60, |_| true);
        assert!(learner.is_aside());
        run(&learner, &mut mode, 200_000, 80, 50_000, |_| true);
        assert!(!learner.is_aside());
        assert_eq!(run(&learner, &mut mode, 10_000, 80, 50_000, |_| true), 10_000);
    }

    #[test]
    fn an_outlier_counts_for_little() {
        let mean = AtomicU64::new(0);
        (0..20).for_each(|_| smooth(&mean, Duration::from_nanos(100)));
        smooth(&mean, Duration::from_secs(1));
        assert!(mean.load(Ordering::Relaxed) < 200);
    }
}
