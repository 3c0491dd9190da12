//! What a built-in reports when it has no result: OPA's classes and texts.

use std::fmt;

/// The class of an error, which decides what the evaluation does with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// An operand of the wrong type or form (`eval_type_error`). Undefined unless built-in errors are strict.
    Type,
    /// The operation failed (`eval_builtin_error`). Undefined unless built-in errors are strict.
    Builtin,
    /// The evaluation must end, strict or not: a limit, a missing grant, a defect.
    Halt,
}

impl ErrorKind {
    /// OPA's code for the class.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            ErrorKind::Type => "eval_type_error",
            ErrorKind::Builtin => "eval_builtin_error",
            ErrorKind::Halt => "eval_internal_error",
        }
    }
}

/// A failed built-in call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BuiltinError {
    kind: ErrorKind,
    message: String,
}

impl BuiltinError {
    /// An error of the operation.
    pub fn new(message: impl Into<String>) -> Self {
        BuiltinError { kind: ErrorKind::Builtin, message: message.into() }
    }

    /// An error of an operand; `message` begins with `operand N`.
    pub fn operand(message: impl Into<String>) -> Self {
        BuiltinError { kind: ErrorKind::Type, message: message.into() }
    }

    /// An error that ends the evaluation.
    pub fn halt(message: impl Into<String>) -> Self {
        BuiltinError { kind: ErrorKind::Halt, message: message.into() }
    }

    pub(crate) fn of_kind(kind: ErrorKind, message: impl Into<String>) -> Self {
        BuiltinError { kind, message: message.into() }
    }

    /// The class.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// OPA's code for the class.
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.kind.code()
    }

    /// The text; from [`Builtin::call`](crate::Builtin::call) it begins with the built-in's name, as in OPA.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    pub(crate) fn named(self, name: &str) -> Self {
        BuiltinError { kind: self.kind, message: format!("{name}: {}", self.message) }
    }
}

impl fmt::Display for BuiltinError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for BuiltinError {}

impl From<writ_value::NumberError> for BuiltinError {
    fn from(e: writ_value::NumberError) -> Self {
        let kind = if e.is_operand_error() { ErrorKind::Type } else { ErrorKind::Builtin };
        BuiltinError { kind, message: e.to_string() }
    }
}
