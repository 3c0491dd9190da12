//! `json.patch`, `json.marshal_with_options` and JSON Schema.

mod marshal;
mod patch;

use crate::Builtin;

/// The namespace's built-ins, piece by piece.
pub(crate) const BUILTINS: &[&[Builtin]] = &[marshal::BUILTINS, patch::BUILTINS];
