//! Why a plan cannot become a module.

use std::fmt;

use crate::plan::verify::PlanError;
use crate::source::Span;

/// Why [`emit`](super::emit) gave no module. The first two are the policy's fault, the others defects of this crate.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum EmitError {
    /// A limit of WebAssembly or of this compiler is exceeded.
    TooLarge(TooLarge),
    /// A built-in that the host gives can take four arguments at most.
    TooManyArguments {
        /// Its name.
        builtin: String,
        /// Place of the call.
        span: Span,
    },
    /// The plan breaks a rule of [`plan::ir`](crate::plan::ir).
    InvalidPlan(PlanError),
    /// The guest module cannot be used.
    Guest(String),
}

/// Which limit is exceeded, where, and by how much.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TooLarge {
    /// What there is too much of, in plural.
    pub what: &'static str,
    /// Name of the function (or other part) that has it.
    pub place: String,
    /// How many there are, or how many were seen when counting stopped.
    pub found: u64,
    /// How many there may be.
    pub limit: u64,
}

impl EmitError {
    /// The stable code of the error.
    pub fn code(&self) -> &'static str {
        match self {
            EmitError::TooLarge(_) => "emit_limit_error",
            EmitError::TooManyArguments { .. } => "emit_arity_error",
            EmitError::InvalidPlan(_) => "emit_plan_error",
            EmitError::Guest(_) => "emit_guest_error",
        }
    }
}

impl fmt::Display for EmitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            EmitError::TooLarge(TooLarge { what, place, found, limit }) => {
                write!(f, "`{place}` has too many {what}: {found}, at most {limit} are possible")
            }
            EmitError::TooManyArguments { builtin, .. } => write!(f, "{builtin}: too many built-in call arguments"),
            EmitError::InvalidPlan(error) => write!(f, "defect in the plan: {error}"),
            EmitError::Guest(reason) => write!(f, "defect in the guest module: {reason}"),
        }
    }
}

impl std::error::Error for EmitError {}

impl From<PlanError> for EmitError {
    fn from(error: PlanError) -> Self {
        EmitError::InvalidPlan(error)
    }
}

/// Checks a count against its limit.
pub(crate) fn at_most(what: &'static str, place: &str, found: usize, limit: usize) -> Result<(), EmitError> {
    if found <= limit {
        return Ok(());
    }
    Err(EmitError::TooLarge(TooLarge { what, place: place.to_owned(), found: found as u64, limit: limit as u64 }))
}
