//! Any bytes through the whole compiler: `cargo +nightly fuzz run compiler`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| writ_compiler::fuzz::fuzz_compile(bytes));
