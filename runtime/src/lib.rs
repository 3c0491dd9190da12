//! The wasmtime host: loads compiled policies, keeps warm instances, answers queries.
