//! Rego to Wasm: text in, bytes and diagnostics out, without input or output.
