//! Why there is no decision. Every variant means "no decision": a caller that guards access must deny.

use std::fmt;
use std::time::Duration;

use writ_runtime::{EvalError, RegisterError};

/// An error of the SDK.
///
/// ```
/// # fn main() -> Result<(), writ::Error> {
/// # let writ = writ::Writ::builder().rego("p.rego", "package p\nok if input.x").entrypoint("p/ok").build()?;
/// let allowed = match writ.decide("p/ok", "{") {
///     Ok(decision) => decision.is_true(),
///     Err(error) => {
///         eprintln!("{}: {error}", error.code());
///         false
///     }
/// };
/// assert!(!allowed);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Error {
    /// A decision could not be made, or a revision was refused.
    Eval(EvalError),
    /// The Rego sources have errors; the text has the code and the message of each, a line each.
    Compile(String),
    /// A bundle cannot be read.
    Bundle(String),
    /// The builder was not told enough, or contradictory things.
    Configuration(&'static str),
    /// A built-in of the application cannot be registered.
    Builtin(RegisterError),
    /// A result does not have the form that the caller asked for.
    Form(String),
    /// Too many callers wait already: this one is turned away at once, to come back later or to be denied.
    Overloaded {
        /// Callers that wait.
        waiting: usize,
        /// How many may: [`BatchConfig::max_waiting`](crate::BatchConfig::max_waiting).
        limit: usize,
    },
    /// The call's [deadline](crate::CallOptions::deadline) has passed.
    Deadline {
        /// By how much, when it was seen.
        late_by: Duration,
    },
    /// A file of inputs or decisions for warming up cannot be used; the text says where and why.
    WarmUp(String),
    /// The work was given up before it ended: the runtime of the asynchronous caller is shutting down, or a thread panicked.
    Aborted,
}

impl Error {
    /// A stable code for logs and metrics.
    ///
    /// ```
    /// # fn main() -> Result<(), writ::Error> {
    /// let writ = writ::Writ::builder().rego("p.rego", "package p\nok if input.x").entrypoint("p/ok").build()?;
    /// let error = writ.decide("p/ok", "{").expect_err("half an object");
    /// assert_eq!(error.code(), "input_refused");
    /// # Ok(())
    /// # }
    /// ```
    pub fn code(&self) -> &'static str {
        match self {
            Error::Eval(EvalError::Policy(_)) => "policy_error",
            Error::Eval(EvalError::Input(_)) => "input_refused",
            Error::Eval(EvalError::Limit(_)) => "limit_reached",
            Error::Eval(EvalError::Builtin(_)) => "builtin_failed",
            Error::Eval(EvalError::Artifact(_)) => "artifact_refused",
            Error::Eval(_) => "internal_error",
            Error::Compile(_) => "compile_error",
            Error::Bundle(_) => "bundle_refused",
            Error::Configuration(_) => "configuration_error",
            Error::Builtin(_) => "builtin_refused",
            Error::Form(_) => "unexpected_form",
            Error::Overloaded { .. } => "overloaded",
            Error::Deadline { .. } => "deadline_passed",
            Error::WarmUp(_) => "warm_up_refused",
            Error::Aborted => "aborted",
        }
    }

    /// Whether the same call may succeed a little later.
    ///
    /// ```
    /// # fn main() -> Result<(), writ::Error> {
    /// # let writ = writ::Writ::builder().rego("p.rego", "package p\nok if input.x").entrypoint("p/ok").build()?;
    /// assert!(!writ.decide("p/ok", "{").expect_err("half an object").is_retryable());
    /// # Ok(())
    /// # }
    /// ```
    pub fn is_retryable(&self) -> bool {
        match self {
            Error::Eval(EvalError::Limit(limit)) => limit.which == writ_runtime::LimitKind::Instances,
            Error::Overloaded { .. } => true,
            _ => false,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Eval(error) => error.fmt(f),
            Error::Compile(text) => f.write_str(text),
            Error::Bundle(text) => write!(f, "bundle refused: {text}"),
            Error::Configuration(text) => f.write_str(text),
            Error::Builtin(error) => error.fmt(f),
            Error::Form(text) => write!(f, "the result has another form: {text}"),
            Error::Overloaded { waiting, limit } => {
                write!(f, "{waiting} callers wait already, at most {limit} may: come back later")
            }
            Error::Deadline { late_by } => write!(f, "the deadline passed {late_by:?} ago"),
            Error::WarmUp(text) => write!(f, "warm-up: {text}"),
            Error::Aborted => f.write_str("given up before it ended"),
        }
    }
}

impl std::error::Error for Error {}

impl From<Box<EvalError>> for Error {
    fn from(error: Box<EvalError>) -> Self {
        Error::Eval(*error)
    }
}

impl From<EvalError> for Error {
    fn from(error: EvalError) -> Self {
        Error::Eval(error)
    }
}

impl From<RegisterError> for Error {
    fn from(error: RegisterError) -> Self {
        Error::Builtin(error)
    }
}
