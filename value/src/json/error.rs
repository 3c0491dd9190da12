//! Errors of the JSON parser: typed, with their place, worded as Go's decoder words them.

use alloc::format;
use alloc::string::String;
use core::fmt;

use crate::number::NumberError;

/// Why text is not the JSON that was asked for, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JsonError {
    kind: JsonErrorKind,
    offset: usize,
    line: usize,
    column: usize,
}

/// What is wrong with the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JsonErrorKind {
    /// Nothing but white space.
    Empty,
    /// The text ends within a value.
    UnexpectedEnd,
    /// A byte that does not fit; `context` says where it stands.
    InvalidCharacter {
        /// The byte.
        byte: u8,
        /// The rest of Go's sentence.
        context: &'static str,
        /// The byte that a literal such as `true` needs here.
        expected: Option<u8>,
    },
    /// A second value after the first.
    TrailingValue(String),
    /// A number beyond the limits.
    Number(NumberError),
    /// More nested collections than [`Limits::max_depth`](super::Limits).
    TooDeep(usize),
    /// More bytes than [`Limits::max_bytes`](super::Limits).
    TooLong(usize),
}

impl JsonError {
    pub(super) fn new(kind: JsonErrorKind, text: &[u8], offset: usize) -> Self {
        let before = &text[..offset.min(text.len())];
        let line = 1 + before.iter().filter(|&&c| c == b'\n').count();
        let column = 1 + before.iter().rev().take_while(|&&c| c != b'\n').count();
        JsonError { kind, offset, line, column }
    }

    /// What is wrong.
    #[must_use]
    pub fn kind(&self) -> &JsonErrorKind {
        &self.kind
    }

    /// Offset of the offending byte.
    #[must_use]
    pub fn offset(&self) -> usize {
        self.offset
    }

    /// Line of the offending byte, from 1.
    #[must_use]
    pub fn line(&self) -> usize {
        self.line
    }

    /// Column of the offending byte in its line, in bytes from 1.
    #[must_use]
    pub fn column(&self) -> usize {
        self.column
    }
}

/// The message without the place, equal to OPA's.
impl fmt::Display for JsonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            JsonErrorKind::Empty => f.write_str("EOF"),
            JsonErrorKind::UnexpectedEnd => f.write_str("unexpected EOF"),
            JsonErrorKind::InvalidCharacter { byte, context, expected } => {
                write!(f, "invalid character {} {context}", quote_byte(*byte))?;
                match expected {
                    Some(e) => write!(f, " (expecting {})", quote_byte(*e)),
                    None => Ok(()),
                }
            }
            JsonErrorKind::TrailingValue(token) => {
                write!(f, "error: invalid character '{token}' after top-level value")
            }
            JsonErrorKind::Number(e) => write!(f, "invalid number: {e}"),
            JsonErrorKind::TooDeep(limit) => write!(f, "exceeded max depth of {limit}"),
            JsonErrorKind::TooLong(limit) => write!(f, "text exceeds {limit} bytes"),
        }
    }
}

impl core::error::Error for JsonError {}

/// A byte in single quotes; beyond ASCII it is shown as the character with that number.
fn quote_byte(byte: u8) -> String {
    match byte {
        b'\'' => "'\\''".into(),
        b'"' => "'\"'".into(),
        _ => {
            let mut quoted = String::new();
            let mut buf = [0; 4];
            crate::rego::quote(char::from(byte).encode_utf8(&mut buf).as_bytes(), &mut quoted);
            format!("'{}'", &quoted[1..quoted.len() - 1])
        }
    }
}
