//! Conformance, interop and sample tests across crates: what they share.

pub mod conformance;
pub mod evaluate;
pub mod host;
pub mod opa_modules;
pub mod rules;
pub mod suite_host;
