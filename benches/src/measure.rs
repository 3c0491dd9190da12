//! Time per decision: of batches for medians, one by one for the tail.

use std::hint::black_box;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

/// Nanoseconds per decision.
#[derive(Debug, Clone, Default)]
pub struct Samples {
    /// Means of batches of decisions that took about [`BATCH`] together.
    pub batches: Vec<f64>,
    /// Single decisions, less what reading the clock costs.
    pub singles: Vec<f64>,
}

/// How long a batch takes: enough that the clock does not matter, too little for most of the machine's stalls.
pub const BATCH: Duration = Duration::from_micros(20);

impl Samples {
    /// Adds those of another round.
    pub fn extend(&mut self, more: Samples) {
        self.batches.extend(more.batches);
        self.singles.extend(more.singles);
    }

    /// The median of the batches; NaN without any.
    pub fn median(&self) -> f64 {
        quantile(&mut self.batches.clone(), 0.5)
    }

    /// The 99th percentile of the single decisions; NaN without any.
    pub fn p99(&self) -> f64 {
        quantile(&mut self.singles.clone(), 0.99)
    }
}

/// A quantile by sorting; NaN of an empty list.
pub fn quantile(values: &mut [f64], q: f64) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    let last = values.len().saturating_sub(1) as f64;
    values.get((last * q).round() as usize).copied().unwrap_or(f64::NAN)
}

/// The geometric mean; NaN of an empty list.
pub fn geometric_mean(values: impl IntoIterator<Item = f64>) -> f64 {
    let (sum, count) = values.into_iter().fold((0.0, 0u32), |(sum, count), x| (sum + x.ln(), count + 1));
    (sum / f64::from(count)).exp()
}

/// Least time between two readings of the clock.
pub fn clock_cost() -> Duration {
    static COST: OnceLock<Duration> = OnceLock::new();
    *COST.get_or_init(|| {
        let cost = || {
            let start = Instant::now();
            start.elapsed()
        };
        (0..10_000).map(|_| cost()).min().unwrap_or_default()
    })
}

/// Decides for about `slice`: half of it in batches, half one by one. At least one of each.
pub fn sample<R>(slice: Duration, mut decide: impl FnMut() -> R) -> Samples {
    let clock = clock_cost();
    let mut samples = Samples::default();
    let mut batch = 1u32;
    let begin = Instant::now();
    while begin.elapsed() < slice / 2 || samples.batches.is_empty() {
        let start = Instant::now();
        for _ in 0..batch {
            black_box(decide());
        }
        let took = start.elapsed().saturating_sub(clock);
        if took < BATCH && batch < 1 << 20 {
            batch *= 2;
        } else {
            samples.batches.push(took.as_nanos() as f64 / f64::from(batch));
        }
    }
    let begin = Instant::now();
    while begin.elapsed() < slice / 2 || samples.singles.is_empty() {
        let start = Instant::now();
        black_box(decide());
        samples.singles.push(start.elapsed().saturating_sub(clock).as_nanos() as f64);
    }
    samples
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_and_means() {
        let mut values: Vec<f64> = (0..=100).rev().map(f64::from).collect();
        assert_eq!(quantile(&mut values, 0.5), 50.0);
        assert_eq!(quantile(&mut values, 0.99), 99.0);
        assert!(quantile(&mut [], 0.5).is_nan());
        assert!((geometric_mean([2.0, 8.0]) - 4.0).abs() < 1e-9);
    }

    #[test]
    fn each_slice_has_samples_of_both_kinds() {
        let mut count = 0;
        let samples = sample(Duration::ZERO, || count += 1);
        assert!(!samples.batches.is_empty() && !samples.singles.is_empty());
        assert!(count >= 2);
    }
}
