//! What tests of the host share: modules of ours and of others, and a look at the process's memory.

use writ_compiler::{Options, Source};
use writ_runtime::{Decision, Engine, EngineConfig, EvalError, Outcome, Policy, Request};
use writ_value::{Value, json};

/// A module that `opa build -t wasm` made, with its source next to it.
pub const OPA_MODULE: &[u8] = include_bytes!("../../runtime/tests/fixtures/authz.wasm");

/// Compiles one Rego file.
///
/// # Panics
/// When it does not compile.
#[must_use]
#[expect(clippy::panic, reason = "a test's own policy compiles")]
pub fn compile(text: &str, entrypoints: &[&str]) -> Vec<u8> {
    let sources = [Source { name: "p.rego".to_owned(), text: text.as_bytes().to_vec(), rego_version: None }];
    let entrypoints = entrypoints.iter().map(|&e| e.to_owned()).collect();
    let output = writ_compiler::compile(&sources, &Options { entrypoints, ..Options::default() });
    match output.wasm {
        Some(wasm) => wasm,
        None => panic!("{:?}", output.diagnostics),
    }
}

/// An engine of its own.
///
/// # Panics
/// When the machine has none.
#[must_use]
#[expect(clippy::panic, reason = "without an engine there is nothing to test")]
pub fn engine() -> Engine {
    Engine::new(&EngineConfig::default()).unwrap_or_else(|e| panic!("{e}"))
}

/// Parses JSON.
///
/// # Panics
/// When it is none.
#[must_use]
#[expect(clippy::panic, reason = "a test's own text is JSON")]
pub fn value(text: &str) -> Value {
    json::parse(text.as_bytes()).unwrap_or_else(|e| panic!("{e}: {text}"))
}

/// Asks for a document.
///
/// # Errors
/// As [`Policy::decide`].
pub fn ask(policy: &Policy, entrypoint: &str, input: Option<&Value>) -> Result<Option<Value>, EvalError> {
    ask_as(policy, entrypoint, input, None)
}

/// Asks for a document as a tenant.
///
/// # Errors
/// As [`Policy::decide`].
pub fn ask_as(
    policy: &Policy,
    entrypoint: &str,
    input: Option<&Value>,
    tenant: Option<&str>,
) -> Result<Option<Value>, EvalError> {
    let Decision { outcome, .. } = policy.decide(&Request { entrypoint, input, tenant, ..Request::default() })?;
    match outcome {
        Outcome::Document(value) => Ok(value),
        Outcome::Query(_) => Err(EvalError::internal("a document was asked for")),
    }
}

/// Text of a module of the OPA ABI that answers `[{"result": true}]` to `a/b` unless `eval` does something else. `$abort` is the host's, `$call` a
/// built-in of one argument, which is `time.weekday`.
#[must_use]
pub fn foreign(eval: &str) -> String {
    format!(
        r#"(module
            (import "env" "memory" (memory 2))
            (import "env" "opa_abort" (func $abort (param i32)))
            (import "env" "opa_builtin1" (func $call (param i32 i32 i32) (result i32)))
            (global (export "opa_wasm_abi_version") i32 (i32.const 1))
            (data (i32.const 16) "{{\"a/b\": 0}}\00")
            (data (i32.const 48) "[{{\"result\": true}}]\00")
            (data (i32.const 80) "p.rego:5:1: var assignment conflict\00")
            (data (i32.const 128) "{{\"time.weekday\": 0}}\00")
            (data (i32.const 192) "[{{\"result\": \"\ff\"}}]\00")
            (global $heap (mut i32) (i32.const 1024))
            (func (export "opa_heap_ptr_get") (result i32) global.get $heap)
            (func (export "opa_heap_ptr_set") (param i32) local.get 0 global.set $heap)
            (func (export "opa_malloc") (param i32) (result i32)
                global.get $heap
                (global.set $heap (i32.add (global.get $heap) (local.get 0))))
            (func (export "opa_json_parse") (param i32 i32) (result i32) local.get 0)
            (func (export "opa_json_dump") (param i32) (result i32) local.get 0)
            (func (export "opa_eval_ctx_new") (result i32) i32.const 512)
            (func (export "opa_eval_ctx_set_input") (param i32 i32))
            (func (export "opa_eval_ctx_set_data") (param i32 i32))
            (func (export "opa_eval_ctx_set_entrypoint") (param i32 i32))
            (func (export "opa_eval_ctx_get_result") (param i32) (result i32) (global.get $result))
            (global $result (mut i32) (i32.const 48))
            (func (export "entrypoints") (result i32) i32.const 16)
            (func (export "builtins") (result i32) i32.const 128)
            (func $eval (export "eval") (param i32) (result i32) {eval})
        )"#
    )
}

/// Bytes of memory that the process holds (resident set).
#[must_use]
pub fn resident_bytes() -> u64 {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages: u64 = statm.split_whitespace().nth(1).and_then(|n| n.parse().ok()).unwrap_or_default();
    pages * 4096
}

/// Values of each kind as JSON text, some at the edges of what numbers and strings can be.
pub const VALUES: [&str; 12] = [
    "null",
    "true",
    "[]",
    "{}",
    "0",
    "-1",
    "9007199254740993",
    "\"\\ud83d\\ude00\"",
    "1.5",
    "-0.25",
    "[[[1]],{\"a\":{\"b\":[null]}}]",
    "{\"b\":1,\"a\":{\"\":2}}",
];
