//! Why something is no bundle, or not one that is accepted.

use std::fmt;

/// Row and column in a text, both from 1; columns count bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Row.
    pub row: usize,
    /// Column.
    pub col: usize,
}

/// A bundle or data file that is refused. Every variant names the file.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum BundleError {
    /// The file cannot be read.
    Io {
        /// The file.
        path: String,
        /// What the system said.
        message: String,
    },
    /// Not a gzip-compressed tar archive.
    NotABundle {
        /// What was found.
        message: String,
    },
    /// A limit was reached.
    Limit {
        /// What there is too much of.
        what: &'static str,
        /// The file, empty for the bundle as a whole.
        path: String,
        /// How much is accepted.
        limit: u64,
    },
    /// A name that a bundle must not hold: it leaves the bundle, comes twice, or is no plain file.
    Path {
        /// The name.
        path: String,
        /// What is wrong with it.
        message: String,
    },
    /// A JSON or YAML file that is none.
    Malformed {
        /// The file.
        path: String,
        /// What is wrong.
        message: String,
        /// Where, if known.
        place: Option<Place>,
    },
    /// Two values for one path of the data.
    Conflict {
        /// The file that brings the second value.
        path: String,
        /// The path, such as `data.a.b`.
        at: String,
    },
    /// A manifest that contradicts itself or the files.
    Manifest {
        /// What is wrong.
        message: String,
    },
}

impl BundleError {
    pub(crate) fn manifest(message: impl Into<String>) -> Self {
        Self::Manifest { message: message.into() }
    }

    pub(crate) fn io(path: impl Into<String>, error: &std::io::Error) -> Self {
        Self::Io { path: path.into(), message: plain(error) }
    }
}

/// The system's text without Rust's ` (os error 2)`.
fn plain(error: &std::io::Error) -> String {
    let text = error.to_string();
    let end = text.find(" (os error").unwrap_or(text.len());
    let mut chars = text[..end].chars();
    chars.next().map(|c| c.to_lowercase().chain(chars).collect()).unwrap_or_default()
}

impl fmt::Display for BundleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io { path, message } | Self::Path { path, message } => write!(f, "{path}: {message}"),
            Self::NotABundle { message } => write!(f, "not a bundle: {message}"),
            Self::Limit { what, path, limit } if path.is_empty() => write!(f, "{what}: at most {limit} are accepted"),
            Self::Limit { what, path, limit } => write!(f, "{path}: {what}: at most {limit} are accepted"),
            Self::Malformed { path, message, place: Some(place) } => {
                write!(f, "{path}:{}:{}: {message}", place.row, place.col)
            }
            Self::Malformed { path, message, place: None } => write!(f, "{path}: {message}"),
            Self::Conflict { path, at } => {
                write!(f, "{path}: merge error: conflicting values at {at}, data from multiple files must not overlap")
            }
            Self::Manifest { message } => write!(f, "manifest: {message}"),
        }
    }
}

impl std::error::Error for BundleError {}
