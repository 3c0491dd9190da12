//! From what wasmtime reports to a typed error.

use std::time::{Duration, Instant};

use wasmtime::{PoolConcurrencyLimitError, Trap};

use crate::error::{EvalError, LimitKind};

/// What a call was allowed, for the numbers in the error.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Allowance {
    pub(crate) time: Duration,
    pub(crate) started: Instant,
    pub(crate) stack_bytes: usize,
    pub(crate) fuel: Option<u64>,
    pub(crate) max_instances: u32,
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
    if let Some(e) = error.downcast_ref::<PoolConcurrencyLimitError>() {
        tracing::warn!(%e, "the engine's pool is exhausted");
        let limit = u64::from(allowed.max_instances);
        return EvalError::limit(LimitKind::Instances, limit, limit);
    }
    match error.downcast_ref::<Trap>() {
        Some(Trap::OutOfFuel) => {
            let fuel = allowed.fuel.unwrap_or(u64::MAX);
            EvalError::limit(LimitKind::Fuel, fuel, fuel)
        }
        Some(Trap::Interrupt) => out_of_time(allowed.time, allowed.started),
        Some(Trap::StackOverflow) => {
            let bytes = allowed.stack_bytes as u64;
            EvalError::limit(LimitKind::Stack, bytes, bytes)
        }
        Some(trap) => EvalError::internal(format!("the module trapped: {trap}")),
        None => EvalError::artifact(format!("{error:#}")),
    }
}
