//! Why there is no decision. Every variant means "no decision": a caller that guards access must deny.

use std::fmt;

use writ_runtime::EvalError;

/// An error of the SDK.
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
    /// A result does not have the form that the caller asked for.
    Form(String),
}

impl Error {
    /// A stable code for logs and metrics.
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
            Error::Form(_) => "unexpected_form",
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
            Error::Form(text) => write!(f, "the result has another form: {text}"),
        }
    }
}

impl std::error::Error for Error {}

impl From<EvalError> for Error {
    fn from(error: EvalError) -> Self {
        Error::Eval(error)
    }
}
