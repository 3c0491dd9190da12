//! A built-in that is an entrypoint of another module: a decision within a decision.
//!
//! The callee runs in an instance of its own pool, within what is left of the caller's time and fuel, and its log lines become the caller's. Errors
//! there always end the caller's decision: a policy that cannot decide must not look like one that says nothing, which a rule that denies would take
//! for consent. This is stricter than OPA is with built-ins, whose errors are undefined.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use wasmtime::{AsContextMut, Caller};
use writ_value::Value;

use crate::engine::TICK;
use crate::error::{BuiltinError, EvalError, LimitKind, PolicyError};
use crate::host::Host;
use crate::instance::EvalOptions;
use crate::outcome::Outcome;
use crate::siblings::Sibling;
use crate::stack;

/// Code of an argument that does not fit the callee's type, as OPA has it.
const TYPE_ERROR: &str = "eval_type_error";

/// Calls the function at `place` of the module's table. `id` is the module's own number of it.
pub(super) fn call(
    caller: &mut Caller<'_, Host>,
    id: i32,
    place: usize,
    argument: Value,
) -> Result<Option<Value>, EvalError> {
    let host = caller.data();
    let siblings = host.siblings.clone();
    let sibling = siblings.as_deref().and_then(|siblings| siblings.get(place));
    let sibling = sibling.ok_or_else(|| EvalError::artifact("it calls another module before it may"))?;
    stack::check(host.entered, host.stack_bytes)?;
    let key = sibling.varies.then(|| (id, vec![argument.clone()]));
    if let Some(answer) = key.as_ref().and_then(|key| host.session.answered(key)) {
        return Ok(answer);
    }
    let fuel = host.limits.fuel.and_then(|_| caller.get_fuel().ok());
    // A caller that the system kept waiting beyond its time still gets what a tick allows, as it does itself.
    let time = host.session.time_left().max(TICK);
    let answer = catch_unwind(AssertUnwindSafe(|| decide(sibling, &argument, time, fuel)));
    let Ok(Decided { answer, prints, fuel_used }) = answer else {
        let name = sibling.name.to_string();
        return Err(EvalError::Builtin(BuiltinError { name, message: "it panicked".to_owned() }));
    };
    if let Some(fuel) = fuel {
        let left = fuel.saturating_sub(fuel_used);
        caller.as_context_mut().set_fuel(left).map_err(|e| EvalError::internal(e.to_string()))?;
    }
    let host = caller.data_mut();
    prints.into_iter().for_each(|line| host.print(line));
    match answer {
        Ok(value) => {
            if let Some(key) = key {
                host.session.keep_answer(key, &value);
            }
            Ok(value)
        }
        Err(error) => Err(passed_on(&sibling.name, error, &|| host.session.out_of_time())),
    }
}

/// What a call gives, and what it leaves behind.
struct Decided {
    answer: Result<Option<Value>, EvalError>,
    prints: Vec<String>,
    fuel_used: u64,
}

fn decide(sibling: &Sibling, argument: &Value, time: Duration, fuel: Option<u64>) -> Decided {
    let started = Instant::now();
    let mut decided = Decided { answer: Ok(None), prints: Vec::new(), fuel_used: 0 };
    let mut lease = match sibling.pool.acquire_within(time) {
        Ok(lease) => lease,
        Err(error) => return Decided { answer: Err(error), ..decided },
    };
    let instance = match lease.instance() {
        Ok(instance) => instance,
        Err(error) => return Decided { answer: Err(error), ..decided },
    };
    let time = time.saturating_sub(started.elapsed()).max(TICK);
    let options = EvalOptions::default().with_time(Some(time)).with_fuel(fuel);
    decided.answer = match instance.evaluate_known(sibling.entrypoint, Some(argument), options) {
        Ok(Outcome::Document(value)) => Ok(value),
        Ok(Outcome::Query(_)) => Err(EvalError::artifact("an entrypoint that is called gives rows")),
        Err(error) => Err(error),
    };
    decided.prints = instance.prints().to_vec();
    decided.fuel_used = fuel.map_or(0, |given| given.saturating_sub(instance.fuel_left()));
    decided
}

/// The callee's error as the caller's. `out_of_time` tells the caller's own limit, of which the callee knew only the rest.
fn passed_on(name: &Arc<str>, error: EvalError, out_of_time: &dyn Fn() -> EvalError) -> EvalError {
    let named = |message: String| format!("{name}: {message}");
    match error {
        EvalError::Policy(e) => EvalError::Policy(PolicyError { message: named(e.message), ..e }),
        EvalError::Input(e) => {
            EvalError::Policy(PolicyError { code: TYPE_ERROR.to_owned(), message: named(e.message), location: None })
        }
        EvalError::Limit(e) if e.which == LimitKind::Time => out_of_time(),
        EvalError::Limit(e) => EvalError::Limit(e),
        EvalError::Builtin(e) => EvalError::Builtin(e),
        EvalError::Artifact(e) => EvalError::Builtin(BuiltinError { name: name.to_string(), message: e.message }),
        EvalError::Internal(e) => EvalError::internal(named(e.message)),
    }
}
