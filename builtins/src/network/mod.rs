//! `net.*` and the capability behind it.

mod block;
mod cidr;
mod lookup;
mod merge;
mod transport;
mod url;

use crate::Builtin;

pub use transport::{HttpRequest, HttpResponse, Network, NetworkError, TlsOptions};
pub use url::RequestUrl;

/// The namespace's built-ins, piece by piece.
pub(crate) const BUILTINS: &[&[Builtin]] = &[cidr::BUILTINS, lookup::BUILTINS];
