//! Rego built-ins that run on the host: plain functions over values.
//!
//! ```text
//!   name ──lookup──▶ Builtin ──call(Context, args)──▶ Some(value) | None (undefined) | BuiltinError
//!                                  │ time, randomness, network, printing: only what the host put there
//!                                  └ Caches (process): compiled patterns, schemas, keys
//! ```
//!
//! Results and error texts are OPA's; what differs on purpose stands in `docs/builtins-differences.md`.
//! Absent on purpose: wasmtime, files, environment, sockets.

mod argument;
mod aws;
mod cache;
mod context;
mod crypto;
mod encoding;
mod error;
mod glob;
mod graphql;
mod http;
mod json;
pub mod jws;
mod jwt;
mod keys;
mod native;
mod network;
mod opa;
mod operand;
mod output;
mod recent;
mod regex;
mod schema;
mod semver;
mod table;
mod template;
mod time;
mod url;
mod uuid;
mod x509;
mod yaml;

pub use argument::Arg;
pub use cache::Caches;
pub use context::{Clock, Context, Output, ParseModule, Sink};
pub use error::{BuiltinError, ErrorKind};
pub use network::{HttpRequest, HttpResponse, Network, NetworkError, RequestUrl, TlsOptions};
pub use table::{Builtin, all, lookup};

/// What a built-in gives: a value, or `None` where it is undefined without an error.
pub type Answer = Result<Option<writ_value::Value>, BuiltinError>;
