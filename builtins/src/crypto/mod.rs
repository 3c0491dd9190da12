//! `crypto.*`.

mod hash;

use crate::Builtin;

pub(crate) use hash::hex;

/// The namespace's built-ins, piece by piece.
pub(crate) const BUILTINS: &[&[Builtin]] = &[hash::BUILTINS];
