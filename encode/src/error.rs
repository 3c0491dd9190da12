//! Why an input could not be encoded.

use std::fmt;

/// Why an input could not be encoded. Nothing was decided.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum EncodeError {
    /// The text is not JSON, or has a number beyond the bounds; with OPA's wording and the place.
    Syntax(String),
    /// Nested deeper than this many levels.
    Depth(usize),
    /// The room is too small; nothing is lost, the caller may try again with more. The number is a size in bytes that was missed.
    Room(usize),
    /// A `Serialize` implementation failed, or gave what JSON does not have (a map key that is no string).
    Value(String),
    /// The sections of the module contradict each other, or the encoder has a defect.
    Internal(&'static str),
}

impl fmt::Display for EncodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            EncodeError::Syntax(text) => f.write_str(text),
            EncodeError::Depth(limit) => write!(f, "nested deeper than {limit} levels"),
            EncodeError::Room(bytes) => write!(f, "more than {bytes} bytes of room are needed"),
            EncodeError::Value(text) => f.write_str(text),
            EncodeError::Internal(text) => write!(f, "internal: {text}"),
        }
    }
}

impl std::error::Error for EncodeError {}
