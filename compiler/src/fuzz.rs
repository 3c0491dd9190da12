//! What the fuzzer checks about the whole compiler; also run over the stored corpus by the tests.

use crate::syntax::RegoVersion;
use crate::{Options, Query, Source, compile};

/// Compiles `bytes` as a module in each dialect, with a query over all of `data`. Where that succeeds, the bytes are a valid Wasm module, and
/// compiling again gives the same ones.
///
/// # Panics
/// Where they are not; that is a bug in the compiler.
#[expect(clippy::panic, reason = "a fuzz target reports by panicking")]
pub fn fuzz_compile(bytes: &[u8]) {
    for version in [RegoVersion::V0, RegoVersion::V1] {
        let sources = [Source { name: "fuzz.rego".to_owned(), text: bytes.to_vec(), rego_version: Some(version) }];
        let query = Query { name: "all".to_owned(), text: "x = data".to_owned(), ..Query::default() };
        let options = Options { queries: vec![query], rego_version: version, ..Options::default() };
        let output = compile(&sources, &options);
        let Some(wasm) = output.wasm else {
            assert!(!output.diagnostics.is_empty(), "no module and no reason");
            continue;
        };
        if let Err(error) = wasmparser::validate(&wasm) {
            panic!("the module is not valid: {error}");
        }
        assert!(compile(&sources, &options).wasm.as_ref() == Some(&wasm), "two compilations differ");
    }
}
