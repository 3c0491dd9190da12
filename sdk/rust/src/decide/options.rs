//! How one decision is made.

use std::time::{Duration, Instant};

use writ_runtime::{EvalError, EvalOptions, LimitKind};

use crate::cache::Sensitivity;
use crate::error::Error;

/// How one decision is made. The default suits most.
///
/// ```
/// use std::time::{Duration, Instant};
///
/// # fn main() -> Result<(), writ::Error> {
/// # let writ = writ::Writ::builder().rego("p.rego", "package p\nok if input.x").entrypoint("p/ok").build()?;
/// let mut options = writ::CallOptions::default();
/// options.sensitivity = Some(writ::Sensitivity::Critical);
/// options.deadline = Some(Instant::now() + Duration::from_millis(20));
/// assert!(writ.decide_with("p/ok", r#"{"x": true}"#, &options)?.is_true());
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct CallOptions {
    /// How sensitive what it guards is, for the cache.
    pub sensitivity: Option<Sensitivity>,
    /// How long the answer may be kept, in place of the time of its sensitivity. Zero: it is not.
    pub ttl: Option<Duration>,
    /// Neither look into the cache nor put the answer there.
    pub fresh: bool,
    /// Failing built-in calls are errors and not undefined. Such decisions are not kept.
    pub strict_builtin_errors: bool,
    /// When the caller needs no answer any more: what has not begun by then is not begun, what runs is stopped (at the next tick of the engine, 1 ms).
    /// [`Limits::time`](crate::Limits::time) holds besides.
    pub deadline: Option<Instant>,
}

impl CallOptions {
    /// What the runtime is told.
    #[inline]
    pub(crate) fn evaluation(&self) -> Result<EvalOptions, Error> {
        self.evaluation_at(Instant::now)
    }

    /// The clock is asked only where there is a deadline.
    #[inline]
    fn evaluation_at(&self, now: impl FnOnce() -> Instant) -> Result<EvalOptions, Error> {
        let options = EvalOptions::default().with_strict_builtin_errors(self.strict_builtin_errors);
        let Some(deadline) = self.deadline else { return Ok(options) };
        let now = now();
        match deadline.checked_duration_since(now) {
            Some(left) if !left.is_zero() => Ok(options.with_time(Some(left))),
            _ => Err(Error::Deadline { late_by: now - deadline }),
        }
    }

    /// An error as the caller sees it: running out of the time that the deadline left is a missed deadline.
    #[cold]
    pub(crate) fn explain(&self, error: EvalError) -> Error {
        if let (Some(deadline), EvalError::Limit(limit)) = (self.deadline, &error)
            && limit.which == LimitKind::Time
            && let Some(late_by) = Instant::now().checked_duration_since(deadline)
        {
            return Error::Deadline { late_by };
        }
        Error::Eval(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_until_the_deadline_is_all_the_time() {
        let now = Instant::now();
        let options = |deadline| CallOptions { deadline: Some(deadline), ..CallOptions::default() };
        let later = options(now + Duration::from_secs(1)).evaluation_at(|| now).expect("in time");
        assert_eq!(later.time, Some(Duration::from_secs(1)));
        assert!(matches!(options(now).evaluation_at(|| now), Err(Error::Deadline { .. })));
        assert_eq!(CallOptions::default().evaluation().expect("no deadline").time, None);
        let error = EvalError::limit(LimitKind::Time, 1, 1);
        assert_eq!(options(now).explain(error.clone()).code(), "deadline_passed");
        assert_eq!(options(now + Duration::from_secs(99)).explain(error).code(), "limit_reached");
    }
}
