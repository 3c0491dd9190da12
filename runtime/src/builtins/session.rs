//! What built-in calls of one instance share within an evaluation: time, deadline, answers given before, printed lines.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use writ_builtins::{Answer, Arg, Context, ErrorKind, Output};
use writ_value::Value;

use super::custom::Invocation;
use super::table::Callee;
use crate::environment::Environment;
use crate::error::{BuiltinError, EvalError, PolicyError};
use crate::trap;

/// Lifetime: the instance; [`Session::restart`] begins an evaluation. The context is made when the first built-in is called.
#[derive(Default)]
pub(crate) struct Session {
    strict: bool,
    started: Option<Instant>,
    time: Duration,
    context: Option<Context>,
    /// The context was used since the last restart.
    used: bool,
    /// Answers of nondeterministic built-ins of the application, by id and arguments.
    answers: BTreeMap<(i32, Vec<Value>), Answer>,
    /// What the context's sink received.
    printed: Arc<Printed>,
}

/// The flag saves taking the lock after each call.
#[derive(Default)]
struct Printed {
    any: AtomicBool,
    lines: Mutex<Vec<String>>,
}

impl Session {
    /// Begins an evaluation, which forgets what the one before was answered.
    #[inline]
    pub(crate) fn restart(&mut self, strict: bool, started: Instant, time: Duration) {
        if self.used {
            self.forget();
        }
        self.strict = strict;
        self.started = Some(started);
        self.time = time;
    }

    /// When the evaluation must be over.
    fn deadline(&self) -> Option<Instant> {
        self.started?.checked_add(self.time)
    }

    fn forget(&mut self) {
        self.used = false;
        self.answers.clear();
        if let Some(context) = &mut self.context {
            context.begin();
        }
    }

    /// What a function whose answers vary answered before in this evaluation.
    pub(super) fn answered(&self, key: &(i32, Vec<Value>)) -> Option<Option<Value>> {
        self.answers.get(key)?.as_ref().ok().cloned()
    }

    /// Keeps an answer for [`Self::answered`].
    pub(super) fn keep_answer(&mut self, key: (i32, Vec<Value>), answer: &Option<Value>) {
        self.used = true;
        self.answers.insert(key, Ok(answer.clone()));
    }

    /// The evaluation's time of day, as `time.now_ns()` gives it.
    #[cfg(feature = "wasi")]
    pub(crate) fn now_ns(&mut self, environment: &Environment) -> i64 {
        self.used = true;
        self.context.get_or_insert_with(|| context(environment, &self.printed)).now_ns()
    }

    /// What is left of the evaluation's time.
    pub(super) fn time_left(&self) -> Duration {
        self.deadline().map_or(self.time, |deadline| deadline.saturating_duration_since(Instant::now()))
    }

    /// The evaluation's time limit as an error.
    #[cold]
    pub(super) fn out_of_time(&self) -> EvalError {
        trap::out_of_time(self.time, self.started.unwrap_or_else(Instant::now))
    }

    /// Has the next call made in another environment.
    pub(crate) fn leave_environment(&mut self) {
        self.context = None;
    }

    /// Calls a built-in. INVARIANT: no panic crosses into Wasm frames.
    pub(super) fn call(
        &mut self,
        id: i32,
        callee: &Callee,
        args: &[Arg<'_>],
        environment: &Environment,
    ) -> Result<Option<Value>, EvalError> {
        self.used = true;
        let deadline = self.deadline();
        let printed = &self.printed;
        let context = self.context.get_or_insert_with(|| context(environment, printed));
        context.deadline = deadline;
        let answers = &mut self.answers;
        let answer = catch_unwind(AssertUnwindSafe(|| match callee {
            Callee::Standard(builtin) => builtin.call_args(context, args),
            Callee::Custom(builtin) => {
                let invocation = Invocation::new(context.now_ns(), deadline);
                let args: Vec<Value> = args.iter().map(|arg| arg.to_value()).collect();
                if !builtin.is_nondeterministic() {
                    return builtin.call(&invocation, &args);
                }
                let key = (id, args);
                if let Some(answer) = answers.get(&key) {
                    return answer.clone();
                }
                let answer = builtin.call(&invocation, &key.1);
                answers.insert(key, answer.clone());
                answer
            }
            Callee::Function(..) => Err(writ_builtins::BuiltinError::halt("only modules of Writ's call others")),
        }));
        match answer {
            Ok(Ok(value)) => Ok(value),
            Ok(Err(error)) => self.failed(callee, &error),
            Err(_) => Err(defect(callee, "it panicked")),
        }
    }

    #[cold]
    fn failed(&self, callee: &Callee, error: &writ_builtins::BuiltinError) -> Result<Option<Value>, EvalError> {
        // The table's built-ins put their names in front themselves.
        let message = || match callee {
            Callee::Standard(_) => error.message().to_owned(),
            Callee::Custom(_) | Callee::Function(..) => format!("{}: {}", callee.name(), error.message()),
        };
        match error.kind() {
            ErrorKind::Halt if self.deadline().is_some_and(|d| Instant::now() >= d) => Err(self.out_of_time()),
            ErrorKind::Halt => Err(defect(callee, error.message())),
            _ if self.strict => Err(EvalError::Policy(PolicyError {
                code: error.code().to_owned(),
                message: message(),
                location: None,
            })),
            _ => Ok(None),
        }
    }

    /// Lines that were printed since the last time.
    #[inline]
    pub(super) fn take_printed(&self) -> Vec<String> {
        if !self.printed.any.load(Ordering::Relaxed) {
            return Vec::new();
        }
        self.printed.any.store(false, Ordering::Relaxed);
        self.printed.lines.lock().map(|mut lines| std::mem::take(&mut *lines)).unwrap_or_default()
    }
}

fn defect(callee: &Callee, message: &str) -> EvalError {
    EvalError::Builtin(BuiltinError { name: callee.name().to_owned(), message: message.to_owned() })
}

fn context(environment: &Environment, printed: &Arc<Printed>) -> Context {
    let mut context = environment.context();
    let printed = printed.clone();
    context.sink = Some(Box::new(move |output| {
        if let (Output::Print(text), Ok(mut lines)) = (output, printed.lines.lock()) {
            lines.push(text);
            printed.any.store(true, Ordering::Relaxed);
        }
    }));
    context
}
