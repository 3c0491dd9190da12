//! From what wasmtime reports to a typed error.

use std::time::{Duration, Instant};

use wasmtime::Trap;

use crate::error::{EvalError, LimitKind};

/// What a call was allowed, for the numbers in the error.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Allowance {
    pub(crate) time: Duration,
    pub(crate) started: Instant,
    pub(crate) stack_bytes: usize,
}

/// The time limit, of an evaluation that began at `started`.
pub(crate) fn out_of_time(limit: Duration, started: Instant) -> EvalError {
    let micros = |d: Duration| u64::try_from(d.as_micros()).unwrap_or(u64::MAX);
    EvalError::limit(LimitKind::Time, micros(limit), micros(started.elapsed()))
}

/// `failure` is what a host function left behind; it knows better than the trap that it caused.
pub(crate) fn classify(error: &wasmtime::Error, failure: Option<EvalError>, allowed: Allowance) -> EvalError {
    if let Some(failure) = failure {
        return failure;
    }
    match error.downcast_ref::<Trap>() {
        Some(Trap::Interrupt) => out_of_time(allowed.time, allowed.started),
        Some(Trap::StackOverflow) => {
            let bytes = allowed.stack_bytes as u64;
            EvalError::limit(LimitKind::Stack, bytes, bytes)
        }
        Some(trap) => EvalError::internal(format!("the module trapped: {trap}")),
        None => EvalError::artifact(format!("{error:#}")),
    }
}
