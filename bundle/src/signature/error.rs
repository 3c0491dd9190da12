//! Why a signature does not hold.

use std::fmt;

/// A signature that is missing, wrong, or does not cover the bundle.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum SignatureError {
    /// The bundle is signed, and no key is configured.
    NoKey,
    /// A key is configured, and the bundle is not signed.
    Missing,
    /// `.signatures.json`, its token or what the token says has the wrong form.
    Malformed {
        /// What is wrong.
        message: String,
    },
    /// No key has the id that the signature or the configuration names.
    UnknownKey {
        /// The id, empty if there is none.
        id: String,
    },
    /// The token was not signed with the key, or was changed since.
    Invalid,
    /// The token is for another scope.
    Scope,
    /// A file that the signature does not list.
    NotCovered {
        /// The file.
        path: String,
    },
    /// Files that the signature lists and the bundle lacks.
    Absent {
        /// The files.
        paths: Vec<String>,
    },
    /// A file that is not the one that was signed.
    Digest {
        /// The file.
        path: String,
        /// The digest that was signed, in hexadecimal.
        signed: String,
        /// The digest of the file.
        found: String,
    },
    /// A key that cannot be used, or failed to sign.
    Key {
        /// What is wrong.
        message: String,
    },
}

impl SignatureError {
    /// A code that stays the same from version to version.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoKey => "signature_no_key",
            Self::Missing => "signature_missing",
            Self::Malformed { .. } => "signature_malformed",
            Self::UnknownKey { .. } => "signature_unknown_key",
            Self::Invalid => "signature_invalid",
            Self::Scope => "signature_scope",
            Self::NotCovered { .. } => "signature_file_not_covered",
            Self::Absent { .. } => "signature_file_absent",
            Self::Digest { .. } => "signature_digest",
            Self::Key { .. } => "signature_key",
        }
    }

    pub(crate) fn path(&self) -> Option<&str> {
        match self {
            Self::NotCovered { path } | Self::Digest { path, .. } => Some(path),
            Self::Absent { paths } => paths.first().map(String::as_str),
            Self::Key { .. } | Self::NoKey | Self::UnknownKey { .. } => None,
            Self::Missing | Self::Malformed { .. } | Self::Invalid | Self::Scope => Some(".signatures.json"),
        }
    }
}

impl fmt::Display for SignatureError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoKey => f.write_str("verification key not provided"),
            Self::Missing => f.write_str("bundle missing .signatures.json file"),
            Self::Malformed { message } => write!(f, ".signatures.json: {message}"),
            Self::UnknownKey { id } if id.is_empty() => f.write_str("verification key ID is empty"),
            Self::UnknownKey { id } => write!(f, "verification key corresponding to ID {id} not found"),
            Self::Invalid => f.write_str("failed to verify JWT signature"),
            Self::Scope => f.write_str("scope mismatch"),
            Self::NotCovered { path } => write!(f, "file {path} not included in bundle signature"),
            Self::Absent { paths } => write!(
                f,
                "file(s) [{}] specified in bundle signatures but not found in the target bundle",
                paths.join(" ")
            ),
            Self::Digest { path, signed, found } => {
                write!(f, "{path}: digest mismatch (want: {signed}, got: {found})")
            }
            Self::Key { message } => f.write_str(message),
        }
    }
}

impl std::error::Error for SignatureError {}
