//! `urlquery.*` and `uri.*`, by the rules of Go's `net/url`.

mod escape;
mod query;
mod uri;

use crate::Builtin;

/// The namespaces' built-ins, piece by piece.
pub(crate) const BUILTINS: &[&[Builtin]] = &[query::BUILTINS, uri::BUILTINS];

pub(crate) use escape::quote;
