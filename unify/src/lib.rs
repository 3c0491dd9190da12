//! Nothing. This crate's dependencies ask for the features that any crate of the tree asks for, so that the command and the tests share one build of
//! wasmtime and the rest: `cargo run -p writ-cli` and then `cargo test --workspace` compile what they have in common once.
//!
//! The command depends on it, libraries do not. `cli/tests/unify.rs` says what is missing.
