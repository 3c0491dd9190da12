//! `crypto.*`.

mod hash;

use crate::Builtin;

/// The namespace's built-ins, piece by piece.
pub(crate) const BUILTINS: &[&[Builtin]] = &[hash::BUILTINS];
