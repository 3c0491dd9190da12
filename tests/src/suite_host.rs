//! The host of the tests: what OPA's own test runner offers to policies besides the built-ins.

use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use writ_compiler::capabilities::Capabilities;
use writ_network::{Client, Grant};
use writ_runtime::{
    CallError, CustomBuiltin, CustomBuiltins, Engine, EngineConfig, Environment, EvalError, Invocation,
};
use writ_value::Value;

/// The engine that all tests of a process share. With `WRIT_OPTIMIZE=0` in the environment it does not optimise.
///
/// # Errors
/// As [`Engine::new`].
pub fn engine() -> Result<&'static Engine, EvalError> {
    static ENGINE: OnceLock<Result<Engine, EvalError>> = OnceLock::new();
    let make = || {
        let mut config = EngineConfig::default();
        config.optimize = std::env::var_os("WRIT_OPTIMIZE").is_none_or(|value| value != "0");
        Engine::with_builtins(&config, builtins()?)
    };
    ENGINE.get_or_init(make).as_ref().map_err(Clone::clone)
}

/// What its instances are given.
///
/// # Errors
/// As [`engine`].
pub fn environment() -> Result<Arc<Environment>, EvalError> {
    let mut environment = engine()?.new_environment();
    environment.parse_module = Some(Arc::new(writ_compiler::parse_module_json));
    environment.network = Some(Arc::new(Client::new(Grant::hosts(["localhost", "127.0.0.1"]))));
    Ok(Arc::new(environment))
}

/// What policies may use on it.
///
/// # Errors
/// As [`engine`].
pub fn capabilities() -> Result<Capabilities, EvalError> {
    let mut capabilities = Capabilities::current();
    for entry in engine()?.custom_builtins().capabilities() {
        capabilities.add(&entry).map_err(|e| EvalError::internal(e.to_string()))?;
    }
    Ok(capabilities)
}

fn builtins() -> Result<CustomBuiltins, EvalError> {
    let declaration = r#"{"args": [{"type": "string"}], "result": {"type": "null"}}"#;
    let mut builtins = CustomBuiltins::default();
    CustomBuiltin::nondeterministic("test.sleep", declaration, sleep)
        .and_then(|sleep| builtins.register(sleep))
        .map_err(|e| EvalError::internal(e.to_string()))?;
    Ok(builtins)
}

/// `test.sleep("10ms")`
fn sleep(invocation: &Invocation, args: &[Value]) -> Result<Option<Value>, CallError> {
    let text = args.first().and_then(Value::as_str).ok_or_else(|| CallError::operand("operand 1 must be string"))?;
    let number = text.strip_suffix("ms").and_then(|n| n.parse().ok());
    let time = number.map(Duration::from_millis).ok_or_else(|| CallError::new(format!("{text} is no number of ms")))?;
    let left = invocation.deadline().map_or(time, |end| end.saturating_duration_since(Instant::now()));
    std::thread::sleep(time.min(left));
    if invocation.is_overdue() {
        return Err(CallError::halt("overslept"));
    }
    Ok(Some(Value::Null))
}
