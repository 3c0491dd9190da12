//! The network that a host grants to policies: HTTP/1.1, TLS and DNS within an allow list, for `http.send` and `net.lookup_ip_addr`.
//!
//! ```text
//!   Grant (hosts, schemes, limits) ─▶ Client ─implements─▶ writ_builtins::Network
//!                                       │ permit ─▶ dns ─▶ connect (TCP, Unix, TLS) ─▶ wire (request, response)
//!                                       └ redirects, each to a granted host
//! ```
//!
//! Blocking, one connection per exchange: whoever decides in an async runtime gives policies that may use the network threads of their own.
//! Absent on purpose: proxies, cookies, connection pools, HTTP/2.

mod client;
mod connect;
mod dns;
mod grant;
mod permits;
mod tls;
mod wire;

pub use client::Client;
pub use grant::{Grant, HostPattern};
pub use writ_builtins::Network;
