//! `net.*` and the capability behind it.

mod block;
mod cidr;
mod lookup;
mod merge;
mod transport;

use crate::Builtin;

pub use transport::{HttpRequest, HttpResponse, Network, NetworkError, TlsOptions};

/// The namespace's built-ins, piece by piece.
pub(crate) const BUILTINS: &[&[Builtin]] = &[cidr::BUILTINS, lookup::BUILTINS];
