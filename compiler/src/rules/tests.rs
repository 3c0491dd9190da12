//! Tests of rule documents.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that fails panics")]
