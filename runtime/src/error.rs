//! What can go wrong, by whose fault and by what the caller can do about it. Undefined is a result, never an error.

use std::fmt;

/// Why a decision could not be made. Every variant means "no decision": a caller that guards access must deny.
#[derive(Debug, Clone)]
pub enum EvalError {
    /// The policy contradicts itself, or in strict mode one of its built-in calls failed.
    Policy(PolicyError),
    /// The input is not usable.
    Input(InputError),
    /// A limit was reached.
    Limit(LimitError),
    /// A built-in function of the host failed in a way that is no policy error.
    Builtin(BuiltinError),
    /// The module is not usable: refused at load, or it broke the ABI.
    Artifact(ArtifactError),
    /// A defect of ours. The instance is discarded.
    Internal(InternalError),
}

/// An error that the policy raised, with OPA's code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyError {
    /// OPA's code, such as `eval_conflict_error`.
    pub code: String,
    /// What happened.
    pub message: String,
    /// Where, when the module says so.
    pub location: Option<Location>,
}

/// A place in Rego source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Location {
    /// Path as given to the compiler; empty for a query.
    pub file: String,
    /// Line, from 1.
    pub row: u32,
    /// Column, from 1.
    pub col: u32,
}

/// An input (or data document) that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InputError {
    /// What is wrong with it.
    pub message: String,
}

/// The limit that was reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LimitError {
    /// Which limit.
    pub which: LimitKind,
    /// Its value, in the unit of [`LimitKind::unit`].
    pub limit: u64,
    /// What was reached or asked for, in the same unit; where only the fact is known, the limit itself.
    pub reached: u64,
}

/// Limits of one evaluation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LimitKind {
    /// Wall time.
    Time,
    /// Linear memory of the instance.
    Memory,
    /// Stack of the guest.
    Stack,
    /// Size of the input document in memory.
    InputSize,
    /// Size of the result document.
    ResultSize,
    /// Nesting of a document that crosses the border, either way.
    Depth,
    /// Fuel.
    Fuel,
    /// Instances of a pool, or of the engine.
    Instances,
}

impl LimitKind {
    /// The unit of the numbers in a [`LimitError`].
    pub fn unit(self) -> &'static str {
        match self {
            Self::Time => "us",
            Self::Memory | Self::Stack | Self::InputSize | Self::ResultSize => "bytes",
            Self::Depth => "levels",
            Self::Fuel => "units",
            Self::Instances => "instances",
        }
    }
}

/// A built-in function of the host that failed, not by a bad argument.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuiltinError {
    /// Its name.
    pub name: String,
    /// What happened.
    pub message: String,
}

/// A module that is refused or that broke the ABI.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArtifactError {
    /// What is wrong with it.
    pub message: String,
}

/// A defect of ours or of the guest library.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InternalError {
    /// What was observed.
    pub message: String,
}

impl EvalError {
    /// An artifact error.
    pub fn artifact(message: impl Into<String>) -> Self {
        Self::Artifact(ArtifactError { message: message.into() })
    }

    /// An internal error.
    pub fn internal(message: impl Into<String>) -> Self {
        Self::Internal(InternalError { message: message.into() })
    }

    /// An input error.
    pub fn input(message: impl Into<String>) -> Self {
        Self::Input(InputError { message: message.into() })
    }

    /// A limit that was reached.
    pub fn limit(which: LimitKind, limit: u64, reached: u64) -> Self {
        Self::Limit(LimitError { which, limit, reached })
    }
}

impl fmt::Display for EvalError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Policy(e) => e.fmt(f),
            Self::Input(e) => write!(f, "input refused: {}", e.message),
            Self::Limit(e) => e.fmt(f),
            Self::Builtin(e) => write!(f, "built-in `{}` failed: {}", e.name, e.message),
            Self::Artifact(e) => write!(f, "module refused: {}", e.message),
            Self::Internal(e) => write!(f, "internal error: {}", e.message),
        }
    }
}

impl fmt::Display for PolicyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(at) = &self.location {
            write!(f, "{at}: ")?;
        }
        write!(f, "{}: {}", self.code, self.message)
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.file.is_empty() {
            write!(f, "{}:", self.file)?;
        }
        write!(f, "{}:{}", self.row, self.col)
    }
}

impl fmt::Display for LimitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self.which {
            LimitKind::Time => "time",
            LimitKind::Memory => "memory",
            LimitKind::Stack => "stack",
            LimitKind::InputSize => "input size",
            LimitKind::ResultSize => "result size",
            LimitKind::Depth => "depth",
            LimitKind::Fuel => "fuel",
            LimitKind::Instances => "pool",
        };
        let unit = self.which.unit();
        write!(f, "{name} limit of {} {unit} reached ({} {unit})", self.limit, self.reached)
    }
}

impl std::error::Error for EvalError {}
