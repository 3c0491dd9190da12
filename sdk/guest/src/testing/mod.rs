//! Policies under `cargo test`: the same function on the same documents, natively, with errors and panics as the host would see them.

pub(crate) mod call;

use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind};
use std::sync::Once;

pub use serde_json::{Value, json};

use crate::entrypoint::Policy;
use crate::error::PolicyError;
use call::Call;

/// A policy with its data. Each decision begins anew.
#[derive(Debug, Clone)]
pub struct Test {
    policy: &'static Policy,
    data: Option<Value>,
}

impl Test {
    /// Decisions of a crate's `POLICY`.
    pub fn of(policy: &'static Policy) -> Self {
        Self { policy, data: None }
    }

    /// With base documents: the root, as `data.json` has it.
    #[must_use]
    pub fn data(mut self, data: Value) -> Self {
        self.data = Some(data);
        self
    }

    /// With base documents from JSON text, such as `include_str!("../data.json")`.
    ///
    /// # Errors
    /// When it is not JSON.
    pub fn data_text(self, text: &str) -> Result<Self, PolicyError> {
        Ok(self.data(serde_json::from_str(text)?))
    }

    /// Decides on an input; `None` is undefined.
    ///
    /// # Errors
    /// The policy's error, an input or data that do not fit, a panic; with the codes that the host sees. An entrypoint that there is not.
    pub fn decide(&self, entrypoint: &str, input: Value) -> Result<Option<Value>, PolicyError> {
        self.run(entrypoint, Some(&input))
    }

    /// Decides without an input.
    ///
    /// # Errors
    /// As [`Test::decide`].
    pub fn decide_undefined(&self, entrypoint: &str) -> Result<Option<Value>, PolicyError> {
        self.run(entrypoint, None)
    }

    fn run(&self, name: &str, input: Option<&Value>) -> Result<Option<Value>, PolicyError> {
        let found = self.policy.entrypoints.iter().find(|entrypoint| entrypoint.name == name);
        let entrypoint = *found.ok_or_else(|| PolicyError::new("no_such_entrypoint", name))?;
        let call = Call { input, data: self.data.as_ref() };
        quiet_panics();
        LOG.with_borrow_mut(Vec::clear);
        WATCHED.set(true);
        let result = catch_unwind(AssertUnwindSafe(|| (entrypoint.run)(entrypoint, &call)));
        WATCHED.set(false);
        match result {
            Ok(result) => Ok(result?.0),
            Err(_) => Err(PolicyError::panicked(PANIC.take())),
        }
    }
}

/// The log lines of this thread's last decision.
pub fn log() -> Vec<String> {
    LOG.with_borrow(Clone::clone)
}

/// From now on log lines of this thread are made and dropped: for measurements, which writing would distort.
pub fn mute() {
    MUTED.set(true);
}

thread_local! {
    static MUTED: Cell<bool> = const { Cell::new(false) };
    static LOG: RefCell<Vec<String>> = RefCell::default();
    static PANIC: RefCell<String> = RefCell::default();
    static WATCHED: Cell<bool> = const { Cell::new(false) };
}

#[allow(clippy::print_stderr, reason = "where a native log line goes")]
pub(crate) fn keep_line(line: String) {
    if MUTED.get() {
        return;
    }
    eprintln!("{line}");
    LOG.with_borrow_mut(|log| log.push(line));
}

/// Keeps message and place of panics in decisions; all others are reported as ever.
fn quiet_panics() {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info: &PanicHookInfo<'_>| {
            if !WATCHED.get() {
                return before(info);
            }
            let message = info.payload_as_str().unwrap_or("a panic without a message");
            let text = info.location().map_or_else(|| message.to_owned(), |at| format!("{at}: {message}"));
            PANIC.replace(text);
        }));
    });
}
