//! How long something took, for a third of what two looks at the system's clock cost.
//!
//! Reading the system's monotonic clock takes 20 to 40 ns, as long as many a policy. Where the system itself keeps time by the processor's cycle
//! counter, which then runs at one rate and in step on all cores, reading that counter takes a fraction. The engine's ticker compares the two at every tick,
//! so that the length of a cycle is known, and is believed only while it stays the same; otherwise, and on other machines, a stopwatch uses the clock.

use std::time::{Duration, Instant};

/// A length of time that has begun. Precise to some 20 ns.
#[derive(Debug, Clone, Copy)]
pub struct Stopwatch {
    start: Start,
}

#[derive(Debug, Clone, Copy)]
enum Start {
    /// The counter, and the length of a cycle.
    Cycles(u64, CycleLength),
    Clock(Instant),
}

impl Stopwatch {
    /// Begins; `length` is 0 where nothing is known about cycles.
    #[inline]
    pub(crate) fn start(length: u64) -> Self {
        // Nothing is known of a counter that the system does not use itself, not even whether it may be read.
        let now = if length == 0 { None } else { cycles() };
        let start = now.map_or_else(|| Start::Clock(Instant::now()), |now| Start::Cycles(now, CycleLength(length)));
        Stopwatch { start }
    }

    /// Time since it was started.
    #[inline]
    pub fn elapsed(&self) -> Duration {
        match self.start {
            // Two cores may differ by a few cycles.
            Start::Cycles(start, length) => length.of(cycles().unwrap_or(start).saturating_sub(start)),
            Start::Clock(start) => start.elapsed(),
        }
    }
}

/// The length of a cycle in 2^-32 ns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct CycleLength(u64);

impl CycleLength {
    #[inline]
    fn of(self, cycles: u64) -> Duration {
        let nanoseconds = (u128::from(cycles) * u128::from(self.0)) >> 32;
        Duration::from_nanos(u64::try_from(nanoseconds).unwrap_or(u64::MAX))
    }
}

/// The cycle counter of the processor, if it has one.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
#[allow(unsafe_code, reason = "an instruction of the processor; it touches no memory")]
fn cycles() -> Option<u64> {
    // SAFETY: every x86-64 has the instruction, and callers have found that the system keeps time by it ([`is_steady`]), so it is not forbidden.
    Some(unsafe { core::arch::x86_64::_rdtsc() })
}

#[cfg(not(target_arch = "x86_64"))]
#[inline(always)]
fn cycles() -> Option<u64> {
    None
}

/// Whether the system keeps time by the counter, that is, has found it steady and the same on all cores.
fn is_steady() -> bool {
    let source = "/sys/devices/system/clocksource/clocksource0/current_clocksource";
    cfg!(all(target_arch = "x86_64", target_os = "linux"))
        && std::fs::read_to_string(source).is_ok_and(|s| s.trim() == "tsc")
}

/// Clock and counter at one moment.
#[derive(Debug, Clone, Copy)]
struct Both {
    clock: Instant,
    cycles: u64,
}

/// Least time over which the length of a cycle is measured, and time after which it is measured anew.
const SHORT: Duration = Duration::from_millis(20);
const LONG: Duration = Duration::from_secs(2);
/// Reading both took longer than this many cycles: something came in between.
const APART: u64 = 5_000;
/// Lengths that can be believed: from 0.1 to 2 ns.
const PLAUSIBLE: std::ops::RangeInclusive<u64> = (1 << 32) / 10..=(1 << 32) * 2;
/// Lengths that differ by less than one part in so many are the same.
const SAME: u64 = 2_000;

/// Measures the length of a cycle, tick by tick.
#[derive(Debug)]
pub(crate) struct Measure {
    steady: bool,
    /// Where measuring began; another beginning, [`LONG`] / 2 later, that takes its place.
    from: Option<Both>,
    next: Option<Both>,
    length: u64,
}

impl Measure {
    pub(crate) fn new() -> Self {
        Self { steady: is_steady(), from: None, next: None, length: 0 }
    }

    /// Looks at both: the length of a cycle as [`Stopwatch::start`] takes it.
    pub(crate) fn tick(&mut self) -> u64 {
        if !self.steady {
            return 0;
        }
        let Some(before) = cycles() else { return 0 };
        let clock = Instant::now();
        let apart = cycles().unwrap_or(before).wrapping_sub(before);
        // Half of the way between them is when the clock was read.
        if apart <= APART {
            self.add(Both { clock, cycles: before + apart / 2 });
        }
        self.length
    }

    fn add(&mut self, now: Both) {
        let Some(from) = self.from else {
            self.from = Some(now);
            return;
        };
        let passed = now.clock.saturating_duration_since(from.clock);
        if passed < SHORT {
            return;
        }
        let length = (passed.as_nanos() << 32).checked_div(u128::from(now.cycles.saturating_sub(from.cycles)));
        let length = length.and_then(|length| u64::try_from(length).ok()).unwrap_or(0);
        let changed = self.length != 0 && length.abs_diff(self.length) > self.length / SAME;
        if changed || !PLAUSIBLE.contains(&length) {
            // The machine was stopped or moved to another. What is not known is not guessed.
            *self = Measure { steady: self.steady, from: Some(now), next: None, length: 0 };
            return;
        }
        self.length = length;
        if passed > LONG {
            self.from = self.next.or(Some(now));
            self.next = None;
        } else if passed > LONG / 2 && self.next.is_none() {
            self.next = Some(now);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A clock and a counter of `rate` cycles per nanosecond, at so many microseconds.
    fn both(zero: Instant, micros: u64, rate: u64) -> Both {
        Both { clock: zero + Duration::from_micros(micros), cycles: 1_000_000 + micros * 1000 * rate }
    }

    fn measure(zero: Instant, range: std::ops::Range<u64>, rate: u64, measure: &mut Measure) -> Vec<u64> {
        range
            .map(|ms| {
                measure.add(both(zero, ms * 1000, rate));
                measure.length
            })
            .collect()
    }

    fn fresh() -> Measure {
        Measure { steady: true, from: None, next: None, length: 0 }
    }

    #[test]
    fn the_length_of_a_cycle_is_known_after_a_while_and_stays_known() {
        let zero = Instant::now();
        let lengths = measure(zero, 0..10_000, 2, &mut fresh());
        assert!(lengths[..20].iter().all(|length| *length == 0));
        assert!(lengths[20..].iter().all(|length| *length == 1 << 31), "half a nanosecond");
        let watch = CycleLength(1 << 31);
        assert_eq!(watch.of(5000), Duration::from_nanos(2500));
        assert_eq!(watch.of(u64::MAX), Duration::from_nanos(u64::MAX / 2));
    }

    #[test]
    fn another_rate_is_not_believed_before_it_is_measured() {
        let zero = Instant::now();
        let mut both = fresh();
        measure(zero, 0..500, 2, &mut both);
        assert_ne!(both.length, 0);
        let lengths = measure(zero, 500..600, 3, &mut both);
        assert_eq!(lengths[0], 0);
        assert_eq!(*lengths.last().unwrap(), (1 << 32) / 3);
        assert!(lengths.iter().all(|length| *length == 0 || *length == (1 << 32) / 3), "{lengths:?}");
    }

    #[test]
    fn a_counter_that_goes_back_or_stands_still_is_not_believed() {
        let zero = Instant::now();
        let mut measure = fresh();
        for ms in 0..200u64 {
            measure.add(Both { clock: zero + Duration::from_millis(ms), cycles: 77 });
            assert_eq!(measure.length, 0);
        }
        for ms in 200..400u64 {
            measure.add(Both { clock: zero + Duration::from_millis(ms), cycles: 1_000_000 - ms });
            assert_eq!(measure.length, 0);
        }
    }

    #[test]
    fn a_stopwatch_agrees_with_the_clock() {
        let mut measure = Measure::new();
        let mut length = 0;
        for _ in 0..40 {
            length = measure.tick();
            std::thread::sleep(Duration::from_millis(1));
        }
        for length in [0, length] {
            let (watch, clock) = (Stopwatch::start(length), Instant::now());
            std::thread::sleep(Duration::from_millis(20));
            let (inner, outer) = (clock.elapsed(), watch.elapsed());
            assert!(outer + Duration::from_millis(1) > inner, "{outer:?} {inner:?}");
            assert!(outer < clock.elapsed() + Duration::from_millis(1));
        }
    }
}
