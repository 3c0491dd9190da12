//! Modules that misbehave: each ends in its own typed error, and never in a result.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that fails panics")]

use std::time::{Duration, Instant};

use writ_runtime::{Engine, EngineConfig, EvalError, EvalOptions, Instance, LimitKind, Limits, Module, Outcome};
use writ_value::Value;

/// A module of the OPA ABI that answers `[{"result": true}]` unless `eval` (Wasm text) does something else.
fn module_text(eval: &str, imports: &str) -> String {
    format!(
        r#"(module
            (import "env" "memory" (memory 2))
            (import "env" "opa_abort" (func $abort (param i32)))
            {imports}
            (global (export "opa_wasm_abi_version") i32 (i32.const 1))
            (data (i32.const 16) "{{\"a/b\": 0}}\00")
            (data (i32.const 48) "[{{\"result\": true}}]\00")
            (data (i32.const 80) "p.rego:5:1: var assignment conflict\00")
            (data (i32.const 128) "{{}}\00")
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
            (func (export "opa_eval_ctx_get_result") (param i32) (result i32) i32.const 48)
            (func (export "entrypoints") (result i32) i32.const 16)
            (func (export "builtins") (result i32) i32.const 128)
            (func $eval (export "eval") (param i32) (result i32) {eval})
        )"#
    )
}

fn instance(eval: &str, limits: Limits) -> Instance {
    let engine = Engine::new(&EngineConfig::default()).unwrap();
    let wasm = wat::parse_str(module_text(eval, "")).unwrap();
    Instance::new(&Module::new(&engine, &wasm).unwrap(), limits).unwrap()
}

fn run(eval: &str, limits: Limits) -> Result<Outcome, EvalError> {
    let mut instance = instance(eval, limits);
    let entrypoint = instance.module().entrypoint("a/b").unwrap();
    let result = instance.evaluate(entrypoint, Some(&Value::from(1)), EvalOptions::default());
    assert_eq!(instance.is_usable(), result.is_ok());
    if result.is_err() {
        let again = instance.evaluate(entrypoint, None, EvalOptions::default());
        assert!(matches!(again, Err(EvalError::Internal(_))), "a stopped instance is not used again");
    }
    result
}

fn limit(result: Result<Outcome, EvalError>) -> (LimitKind, u64, u64) {
    match result {
        Err(EvalError::Limit(e)) => (e.which, e.limit, e.reached),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_module_that_behaves_gives_its_document() {
    assert_eq!(run("i32.const 0", Limits::default()).unwrap(), Outcome::Document(Some(Value::Bool(true))));
}

#[test]
fn an_endless_loop_ends_at_the_time_limit() {
    let limits = Limits { time: Duration::from_millis(20), ..Limits::default() };
    let started = Instant::now();
    let (which, limit, reached) = limit(run("(loop $l br $l) i32.const 0", limits));
    assert_eq!((which, limit), (LimitKind::Time, 20_000));
    assert!(reached >= 20_000);
    assert!(started.elapsed() < Duration::from_secs(5));
}

#[test]
fn a_memory_bomb_ends_at_the_memory_limit() {
    let limits = Limits { memory_bytes: 1 << 20, ..Limits::default() };
    let (which, limit, reached) = limit(run("(drop (memory.grow (i32.const 1000))) i32.const 0", limits));
    assert_eq!((which, limit), (LimitKind::Memory, 1 << 20));
    // The module's own first bytes do not count.
    assert!(reached > 1000 << 16 && reached < 1002 << 16, "{reached}");
}

#[test]
fn unbounded_recursion_ends_at_the_stack_limit() {
    assert_eq!(limit(run("(call $eval (i32.const 0))", Limits::default())).0, LimitKind::Stack);
}

#[test]
fn an_abort_is_the_policys_error() {
    match run("(call $abort (i32.const 80)) i32.const 0", Limits::default()) {
        Err(EvalError::Policy(e)) => {
            assert_eq!(e.code, "eval_conflict_error");
            assert_eq!(e.location.unwrap().row, 5);
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_abort_outside_of_memory_and_a_trap_are_errors() {
    let run = |eval| run(eval, Limits::default());
    assert!(matches!(run("(call $abort (i32.const -1)) i32.const 0"), Err(EvalError::Artifact(_))));
    assert!(matches!(run("unreachable"), Err(EvalError::Internal(_))));
    assert!(matches!(run("(i32.load (i32.const -4))"), Err(EvalError::Internal(_))));
    assert!(matches!(run("i32.const 3"), Err(EvalError::Internal(_))));
}

#[test]
fn modules_that_break_the_abi_are_refused_with_the_reason() {
    let engine = Engine::new(&EngineConfig::default()).unwrap();
    let refused = |wasm: &[u8]| match Module::new(&engine, wasm) {
        Err(EvalError::Artifact(e)) => e.message,
        other => panic!("{other:?}"),
    };
    assert!(refused(b"").contains("not a WebAssembly module"));
    assert!(refused(b"\0asm\x01\0\0\0\xff").contains("section"));
    let good = wat::parse_str(module_text("i32.const 0", "")).unwrap();
    let accepted = (0..good.len()).filter(|&n| Module::new(&engine, &good[..n]).is_ok()).count();
    assert!(accepted <= 1, "only the names at its end may be missing");
    let text = |text: &str| wat::parse_str(text).unwrap();
    let wasi = module_text("i32.const 0", r#"(import "wasi_unstable" "fd_write" (func))"#);
    assert!(refused(&text(&wasi)).contains("`wasi_unstable.fd_write`"));
    let missing = module_text("i32.const 0", "").replace("opa_malloc", "malloc");
    assert!(refused(&text(&missing)).contains("`opa_malloc`"));
    let version = module_text("i32.const 0", "").replace("i32 (i32.const 1)", "i32 (i32.const 2)");
    assert!(refused(&text(&version)).contains("version"));
    let builtin = module_text("i32.const 0", "").replace("\"{}\\00\"", "\"{\\\"no.such\\\": 0}\\00\"");
    assert!(refused(&text(&builtin)).contains("`no.such`"));
    let map = module_text("i32.const 0", "").replace("{\\\"a/b\\\": 0}", "[1]");
    assert!(refused(&text(&map)).contains("entrypoints()"));
}
