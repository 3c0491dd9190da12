//! The tail: a million decisions, each timed, beside an idle loop that reads the clock equally often over equally long spans.

use std::hint::black_box;
use std::time::{Duration, Instant};

use writ::Writ;

use crate::case::Case;
use crate::measure::{clock_cost, quantile};
use crate::peers::say;

/// Decisions and idle spans take turns in blocks of so many, so that both see the same stalls of the machine.
const BLOCK: usize = 1000;

/// A distribution of times in nanoseconds.
#[derive(Debug, Clone)]
pub struct Distribution {
    /// Median, 90 %, 99 %, 99.9 %, 99.99 %, 99.999 %, greatest.
    pub quantiles: [f64; 7],
    /// How many took more than a millisecond.
    pub over_1ms: usize,
    /// How many there are.
    pub count: usize,
}

/// Names of [`Distribution::quantiles`].
pub const QUANTILES: [&str; 7] = ["median", "90 %", "99 %", "99.9 %", "99.99 %", "99.999 %", "greatest"];

impl Distribution {
    fn of(mut times: Vec<f64>) -> Self {
        let at = [0.5, 0.9, 0.99, 0.999, 0.9999, 0.99999, 1.0];
        let quantiles = at.map(|q| quantile(&mut times, q));
        let over_1ms = times.iter().filter(|time| **time > 1e6).count();
        Distribution { quantiles, over_1ms, count: times.len() }
    }
}

/// Decisions and idle spans of one run.
#[derive(Debug, Clone)]
#[allow(missing_docs, reason = "what it says")]
pub struct Tail {
    pub case: String,
    pub decisions: Distribution,
    pub idle: Distribution,
}

/// Decides `count` times from JSON text, in one thread.
///
/// # Errors
/// What Writ says.
pub fn run(case: &Case, count: usize) -> Result<Tail, String> {
    let mut builder = Writ::builder().entrypoint(case.entrypoint());
    for (name, text) in &case.policy {
        builder = builder.rego(name, text);
    }
    if let Some(data) = &case.data {
        builder = builder.data(writ_value::json::parse(data).map_err(say)?);
    }
    let writ = builder.build().map_err(say)?;
    let entrypoint = case.entrypoint();
    let decide = || writ.decide(&entrypoint, &case.input);
    let clock = clock_cost();
    let timed = |work: &mut dyn FnMut()| {
        let start = Instant::now();
        work();
        start.elapsed().saturating_sub(clock)
    };
    for _ in 0..BLOCK {
        decide().map_err(say)?;
    }
    let mut span = Duration::ZERO;
    let (mut decisions, mut idle) = (Vec::with_capacity(count), Vec::with_capacity(count));
    while decisions.len() < count {
        let mut failed = None;
        let begin = decisions.len();
        for _ in 0..BLOCK.min(count - begin) {
            let time = timed(&mut || {
                if let Err(error) = black_box(decide()) {
                    failed = Some(error);
                }
            });
            decisions.push(time.as_nanos() as f64);
        }
        if let Some(error) = failed {
            return Err(say(error));
        }
        if span.is_zero() {
            span = Duration::from_nanos(quantile(&mut decisions.clone(), 0.5) as u64);
        }
        for _ in begin..decisions.len() {
            let start = Instant::now();
            let time = loop {
                let time = black_box(start.elapsed());
                if time >= span {
                    break time;
                }
            };
            idle.push(time.saturating_sub(clock).as_nanos() as f64);
        }
    }
    Ok(Tail { case: case.name.clone(), decisions: Distribution::of(decisions), idle: Distribution::of(idle) })
}
