//! Conformance, differential and interop tests across crates.
