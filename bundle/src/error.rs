//! Why something is no bundle, or not one that is accepted: each error with a code that stays and the path inside of the bundle.

use std::fmt;

/// Row and column in a text, both from 1; columns count bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Row.
    pub row: usize,
    /// Column.
    pub col: usize,
}

/// A bundle or data file that is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum BundleError {
    /// The file cannot be read or written.
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
    /// A name that a bundle must not hold.
    Path {
        /// The name.
        path: String,
        /// What is wrong with it.
        problem: PathProblem,
    },
    /// A JSON or YAML file that is none, or not of the form that its name promises.
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
    /// Data, a change or an entrypoint outside of the roots.
    OutsideRoots {
        /// Where, with `/` in front.
        path: String,
        /// What stands there.
        what: Owned,
        /// The roots of the manifest.
        roots: Vec<String>,
    },
    /// Bundles that own the same part of the data.
    OverlappingRoots {
        /// Names of the bundles.
        bundles: Vec<String>,
        /// For each pair of roots what is wrong.
        messages: Vec<String>,
    },
    /// A delta bundle that is none, or does not fit the bundle it is for.
    Delta {
        /// What is wrong.
        message: String,
    },
    /// A change of data that cannot be made.
    Patch(crate::patch::PatchError),
    /// A signature that is missing, wrong, or does not cover the bundle.
    Signature(crate::signature::SignatureError),
}

/// What stands outside of the roots.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Owned {
    /// A value.
    Data,
    /// An entrypoint of a Wasm module.
    Entrypoint,
    /// What a change is for.
    Patch,
}

/// What is wrong with a name in a bundle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum PathProblem {
    /// It leads out of the bundle.
    Escape,
    /// It stands there twice.
    Duplicate,
    /// It is a link or a device.
    NotPlain,
    /// It holds a NUL, a backslash, or bytes that are no text.
    Character,
    /// It is empty.
    Empty,
    /// It has too many bytes.
    TooLong,
    /// Too many folders are on the way.
    TooDeep,
}

impl BundleError {
    /// A code that stays the same from version to version.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Io { .. } => "bundle_io",
            Self::NotABundle { .. } => "bundle_not_an_archive",
            Self::Limit { .. } => "bundle_limit",
            Self::Path { problem, .. } => problem.code(),
            Self::Malformed { .. } => "bundle_malformed",
            Self::Conflict { .. } => "bundle_data_conflict",
            Self::Manifest { .. } => "bundle_manifest",
            Self::OutsideRoots { .. } => "bundle_outside_roots",
            Self::OverlappingRoots { .. } => "bundle_overlapping_roots",
            Self::Delta { .. } => "bundle_delta",
            Self::Patch(_) => "bundle_patch",
            Self::Signature(error) => error.code(),
        }
    }

    /// The path inside of the bundle (for [`BundleError::Io`] the one outside) that the error is about, if it is about one.
    pub fn path(&self) -> Option<&str> {
        let path = match self {
            Self::Io { path, .. }
            | Self::Limit { path, .. }
            | Self::Path { path, .. }
            | Self::Malformed { path, .. }
            | Self::Conflict { path, .. }
            | Self::OutsideRoots { path, .. } => path,
            Self::Manifest { .. } => ".manifest",
            Self::Delta { .. } => "patch.json",
            Self::Patch(error) => &error.path,
            Self::Signature(error) => error.path()?,
            Self::NotABundle { .. } | Self::OverlappingRoots { .. } => return None,
        };
        (!path.is_empty()).then_some(path)
    }

    pub(crate) fn manifest(message: impl Into<String>) -> Self {
        Self::Manifest { message: message.into() }
    }

    pub(crate) fn delta(message: impl Into<String>) -> Self {
        Self::Delta { message: message.into() }
    }

    pub(crate) fn io(path: impl Into<String>, error: &std::io::Error) -> Self {
        Self::Io { path: path.into(), message: plain(error) }
    }
}

impl PathProblem {
    fn code(self) -> &'static str {
        match self {
            Self::Escape => "bundle_path_escape",
            Self::Duplicate => "bundle_duplicate_entry",
            Self::NotPlain => "bundle_not_a_plain_file",
            Self::Character | Self::Empty | Self::TooLong | Self::TooDeep => "bundle_path",
        }
    }
}

/// The system's text without Rust's ` (os error 2)`.
fn plain(error: &std::io::Error) -> String {
    let text = error.to_string();
    let end = text.find(" (os error").unwrap_or(text.len());
    let mut chars = text[..end].chars();
    chars.next().map(|c| c.to_lowercase().chain(chars).collect()).unwrap_or_default()
}

/// Roots as OPA prints them: `[a b]`.
fn list(roots: &[String]) -> String {
    format!("[{}]", roots.join(" "))
}

impl fmt::Display for PathProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Escape => "the name leads out of the bundle",
            Self::Duplicate => "the name stands in the bundle twice",
            Self::NotPlain => "not a plain file",
            Self::Character => "the name holds a character that is not accepted",
            Self::Empty => "the name is empty",
            Self::TooLong => "the name is too long",
            Self::TooDeep => "too many folders on the way",
        })
    }
}

impl fmt::Display for BundleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io { path, message } => write!(f, "{path}: {message}"),
            Self::Path { path, problem } => write!(f, "{path}: {problem}"),
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
            Self::OutsideRoots { path, what: Owned::Data | Owned::Patch, roots } => write!(
                f,
                "manifest roots {} do not permit data at path '{path}' (hint: check bundle directory structure)",
                list(roots)
            ),
            Self::OutsideRoots { path, what: Owned::Entrypoint, roots } => {
                write!(f, "manifest roots {} do not permit '{path}' wasm resolver", list(roots))
            }
            Self::OverlappingRoots { bundles, messages } => write!(
                f,
                "detected overlapping roots in manifests for these bundles: [{}] ({})",
                bundles.join(", "),
                messages.join(", ")
            ),
            Self::Delta { message } => write!(f, "delta bundle: {message}"),
            Self::Patch(error) => write!(f, "patch: {error}"),
            Self::Signature(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for BundleError {}
