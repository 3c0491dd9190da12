//! What is checked: the built-ins of the guest, run natively, and those of the host.

use std::cell::Cell;
use std::net::IpAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Once};
use std::time::Duration;

use writ_builtins::{Caches, Context, ErrorKind, HttpRequest, HttpResponse, Network, NetworkError};
use writ_guest::{heap, mem};
use writ_value::Value;

use crate::case::{Case, Outcome};

#[path = "../../guest/tests/common/mod.rs"]
pub(crate) mod words;

/// The time that the oracle is told.
pub const NOW_NS: i64 = 1_700_000_000_123_456_789;

/// Where a built-in runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// In the module.
    Guest,
    /// On the host.
    Host,
}

/// The sides that have the built-in.
#[must_use]
pub fn sides(name: &str) -> Vec<Side> {
    let mut sides = Vec::new();
    if writ_guest::BUILTINS.iter().any(|b| b.strip_prefix("bi_") == Some(name)) {
        sides.push(Side::Guest);
    }
    if writ_builtins::lookup(name).is_some() {
        sides.push(Side::Host);
    }
    sides
}

thread_local! {
    static QUIET: Cell<bool> = const { Cell::new(false) };
}

/// Runs with panics of this thread caught and not printed.
fn quietly<R>(run: impl FnOnce() -> R) -> Result<R, String> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let print = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            if !QUIET.get() {
                print(info);
            }
        }));
    });
    QUIET.set(true);
    let result = catch_unwind(AssertUnwindSafe(run));
    QUIET.set(false);
    result.map_err(|panic| {
        let text = panic.downcast_ref::<String>().cloned();
        text.or_else(|| panic.downcast_ref::<&str>().map(|s| (*s).to_owned())).unwrap_or_default()
    })
}

/// Calls the built-in.
#[must_use]
pub fn run(side: Side, case: &Case, caches: &Arc<Caches>) -> Outcome {
    match side {
        Side::Guest => guest(case),
        Side::Host => host(case, caches),
    }
}

fn guest(case: &Case) -> Outcome {
    let call = |strict: bool| {
        let start = heap::mark();
        let result = quietly(|| {
            let args: Vec<_> = case.args.iter().map(words::word).collect();
            mem::set_strict(strict);
            let answer = writ_guest::call(&format!("bi_{}", case.name), &args);
            mem::set_strict(false);
            answer.filter(|w| *w != writ_abi::Word::UNDEFINED).map(words::value)
        });
        mem::set_strict(false);
        heap::release(start);
        result
    };
    let lenient = call(false);
    let strict = match call(true) {
        Ok(Some(value)) => Outcome::Value(value),
        Ok(None) => Outcome::Undefined,
        Err(text) => guest_error(&case.name, text),
    };
    match (lenient, &strict) {
        (Ok(Some(value)), Outcome::Value(v)) if value == *v => strict,
        (Ok(None), Outcome::Undefined | Outcome::Error(..)) => strict,
        (Err(_), Outcome::Crash(_) | Outcome::Error(..)) => strict,
        (lenient, strict) => Outcome::Crash(format!("{strict}, but {lenient:?} where errors are not strict")),
    }
}

fn guest_error(name: &str, text: String) -> Outcome {
    for (kind, code) in [("type", "eval_type_error: "), ("builtin", "eval_builtin_error: ")] {
        let message = text.strip_prefix(code).and_then(|t| t.strip_prefix(name)).and_then(|t| t.strip_prefix(": "));
        if let Some(message) = message {
            return Outcome::Error(kind.to_owned(), message.to_owned());
        }
    }
    for code in ["eval_internal_error: ", "eval_conflict_error: "] {
        if let Some(message) = text.strip_prefix(code) {
            return Outcome::Error("halt".to_owned(), message.to_owned());
        }
    }
    Outcome::Crash(text)
}

/// Nobody answers, as in the oracle's sandbox.
struct NobodyListens;

impl Network for NobodyListens {
    fn send(&self, _: &HttpRequest) -> Result<HttpResponse, NetworkError> {
        Err(NetworkError::Failed("dial tcp 127.0.0.1:1: connect: connection refused".to_owned()))
    }

    fn lookup(&self, host: &str, _: Duration) -> Result<Vec<IpAddr>, String> {
        Err(format!("lookup {host}: no such host"))
    }
}

/// A context as the oracle's.
#[must_use]
pub fn context(caches: &Arc<Caches>) -> Context {
    let mut context = Context::new(caches.clone(), NOW_NS);
    context.seed = Some(1);
    context.network = Some(Arc::new(NobodyListens));
    context.parse_module = Some(Arc::new(writ_compiler::parse_module_json));
    context
}

fn host(case: &Case, caches: &Arc<Caches>) -> Outcome {
    let Some(builtin) = writ_builtins::lookup(&case.name) else {
        return Outcome::Crash("no such built-in".to_owned());
    };
    let args: &[Value] = &case.args;
    match quietly(|| builtin.call(&mut context(caches), args)) {
        Ok(Ok(Some(value))) => Outcome::Value(value),
        Ok(Ok(None)) => Outcome::Undefined,
        Ok(Err(e)) => {
            let kind = match e.kind() {
                ErrorKind::Type => "type",
                ErrorKind::Builtin => "builtin",
                ErrorKind::Halt => "halt",
            };
            let message = e.message().strip_prefix(&case.name).and_then(|m| m.strip_prefix(": "));
            Outcome::Error(kind.to_owned(), message.unwrap_or(e.message()).to_owned())
        }
        Err(text) => Outcome::Crash(text),
    }
}
