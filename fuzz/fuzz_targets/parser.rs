//! Any bytes through the parser: `cargo +nightly fuzz run parser`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| writ_compiler::syntax::fuzz::fuzz_parse(bytes));
