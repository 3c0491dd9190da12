//! `urlquery.*` and `uri.*`, by the rules of Go's `net/url`.

mod escape;
mod print;
mod query;
mod resolve;
mod uri;

use crate::Builtin;

/// The namespaces' built-ins, piece by piece.
pub(crate) const BUILTINS: &[&[Builtin]] = &[query::BUILTINS, uri::BUILTINS];

pub(crate) use escape::{Part, escape, quote, unescape};
pub(crate) use uri::{Uri, parse};
