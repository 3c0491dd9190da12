//! Any bytes as a module, or as edits of one that our compiler made: `cargo +nightly fuzz run --features module module`.
#![no_main]

use std::sync::LazyLock;

static BASE: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let text = b"package p\nallow if input.user in data.admins\nwords := {w: x | some w, x in input.a}\n".to_vec();
    let source = writ_compiler::Source { name: "p.rego".to_owned(), text, rego_version: None };
    let entrypoints = ["p/allow", "p/words"].map(str::to_owned).to_vec();
    let options = writ_compiler::Options { entrypoints, ..writ_compiler::Options::default() };
    writ_compiler::compile(&[source], &options).wasm.expect("the policy compiles")
});

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| writ_runtime::fuzz::fuzz_load(&BASE, bytes));
