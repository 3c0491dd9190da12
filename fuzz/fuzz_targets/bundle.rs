//! Any bytes as a bundle and as the files of one: `cargo +nightly fuzz run bundle`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| writ_bundle::fuzz::fuzz_read(bytes));
