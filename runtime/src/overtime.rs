//! What happens when the time of a decision is over: time in which the thread did not run does not count, up to a bound.
//!
//! The limit is wall time, which costs nothing to watch. On an overloaded machine a decision of a microsecond may find itself at its limit because
//! the system ran others instead. So a decision that reaches its limit gets slices of an eighth of it, and is ended after the first in which the
//! thread used the processor for half of the slice or more, or at twice the limit. An endless loop ends after 9/8 of its limit, and in no case
//! later than at twice the limit.

use std::time::{Duration, Instant};

use wasmtime::UpdateDeadline;

use crate::clock::TICK;
use crate::engine::ticks;

/// Watches one instance's decisions.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Overtime {
    /// When the decision under way began.
    pub(crate) started: Instant,
    /// How long it may take.
    pub(crate) limit: Duration,
    slice: Option<Slice>,
}

/// A slice of time beyond the limit.
#[derive(Debug, Clone, Copy)]
struct Slice {
    /// The decision that it was given to, by its start.
    of: Instant,
    began: Instant,
    /// Processor time of the thread at the beginning.
    used: Duration,
}

impl Overtime {
    pub(crate) fn new(started: Instant, limit: Duration) -> Self {
        Self { started, limit, slice: None }
    }

    /// The epoch's deadline was reached.
    #[cold]
    pub(crate) fn deadline(&mut self) -> UpdateDeadline {
        match thread_time() {
            Some(used) => self.judge(self.limit, Instant::now(), used),
            None => UpdateDeadline::Interrupt,
        }
    }

    fn judge(&mut self, limit: Duration, now: Instant, used: Duration) -> UpdateDeadline {
        let left = limit.saturating_mul(2).saturating_sub(now.saturating_duration_since(self.started));
        let before = self.slice.replace(Slice { of: self.started, began: now, used });
        let ran = before.filter(|slice| slice.of == self.started).is_some_and(|slice| {
            let (ran, passed) = (used.saturating_sub(slice.used), now.saturating_duration_since(slice.began));
            ran * 2 >= passed
        });
        if ran || left.is_zero() {
            return UpdateDeadline::Interrupt;
        }
        // `ticks` rounds up by one, which must not lead beyond the end.
        UpdateDeadline::Continue(ticks((limit / 8).max(TICK).min(left).saturating_sub(TICK)))
    }
}

/// Processor time that this thread has used.
#[cfg(target_os = "linux")]
fn thread_time() -> Option<Duration> {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Some(Duration::new(u64::try_from(time.tv_sec).ok()?, u32::try_from(time.tv_nsec).ok()?))
}

/// Unknown: limits are wall time alone.
#[cfg(not(target_os = "linux"))]
fn thread_time() -> Option<Duration> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: Duration = Duration::from_millis(80);

    fn ms(n: u64) -> Duration {
        Duration::from_millis(n)
    }

    fn is_over(update: &UpdateDeadline) -> bool {
        matches!(update, UpdateDeadline::Interrupt)
    }

    #[test]
    fn a_thread_that_ran_is_ended_after_one_slice() {
        let start = Instant::now();
        let mut overtime = Overtime::new(start, LIMIT);
        assert!(!is_over(&overtime.judge(LIMIT, start + ms(80), ms(500))));
        assert!(is_over(&overtime.judge(LIMIT, start + ms(90), ms(506))));
    }

    #[test]
    fn a_thread_that_did_not_run_goes_on_to_twice_its_limit() {
        let start = Instant::now();
        let mut overtime = Overtime::new(start, LIMIT);
        for n in 8..16 {
            assert!(!is_over(&overtime.judge(LIMIT, start + ms(10 * n), ms(n))), "{n}");
        }
        assert!(is_over(&overtime.judge(LIMIT, start + ms(160), ms(16))));
    }

    #[test]
    fn a_slice_of_an_earlier_decision_says_nothing_about_this_one() {
        let start = Instant::now();
        let mut overtime = Overtime::new(start, LIMIT);
        assert!(!is_over(&overtime.judge(LIMIT, start + ms(80), ms(0))));
        overtime.started = start + ms(85);
        assert!(!is_over(&overtime.judge(LIMIT, start + ms(165), ms(70))));
        assert!(is_over(&overtime.judge(LIMIT, start + ms(175), ms(78))));
    }

    #[test]
    fn slices_never_lead_beyond_twice_the_limit() {
        let start = Instant::now();
        for passed in 80..160 {
            match Overtime::new(start, LIMIT).judge(LIMIT, start + ms(passed), ms(0)) {
                UpdateDeadline::Continue(ticks) => assert!(ms(passed) + TICK * ticks as u32 <= 2 * LIMIT + TICK),
                _ => panic!("it may go on after {passed} ms"),
            }
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn sleeping_uses_no_processor_time() {
        let (before, wall) = (thread_time().unwrap(), Instant::now());
        std::thread::sleep(ms(20));
        assert!(thread_time().unwrap() - before < wall.elapsed() / 2);
    }
}
