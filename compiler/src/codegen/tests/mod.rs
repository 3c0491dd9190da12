//! Plans become valid modules that do what the plans say: run on an interpreter, by our fast path and by the OPA ABI.

mod build;
mod comparing;
mod control;
mod host;
mod hosting;
mod levels;
mod limits;
mod linear;
mod linking;
mod making;
mod random;
mod scopes;
mod snapshots;
mod switching;

use crate::plan::ir::{CompareOp, Plan};
use build::{Build, answer, compare, eval, ret, wasm};
use host::Host;

/// `allow if input.user.role == "admin"`.
fn role_policy() -> Plan {
    let mut b = Build::default();
    let role = b.input(0, &["user", "role"]);
    let (admin, yes) = (b.json("\"admin\""), b.json("true"));
    b.main(1, vec![role, compare(build::local(0), CompareOp::Eq, admin), ret(yes)])
}

#[test]
fn a_rule_on_a_path_of_the_input() {
    let plan = role_policy();
    assert_eq!(answer(&plan, r#"{"user":{"role":"admin"}}"#), "true");
    assert_eq!(answer(&plan, r#"{"user":{"role":"user"}}"#), "undefined");
    assert_eq!(answer(&plan, r#"{"user":{"role":7}}"#), "undefined");
    assert_eq!(answer(&plan, r#"{"user":"admin"}"#), "undefined");
    assert_eq!(eval(&plan, None, None).as_deref(), Ok("undefined"));
}

#[test]
fn the_same_plan_gives_the_same_bytes() {
    assert_eq!(wasm(&role_policy()), wasm(&role_policy()));
}

#[test]
fn a_policy_that_compares_strings_is_small() {
    let size = wasm(&role_policy()).len();
    assert!(size < 64 * 1024, "{size}");
}

#[test]
fn an_unknown_entrypoint_aborts() {
    let mut host = Host::new(&wasm(&role_policy()));
    for id in [1, -1] {
        let expected = Err("internal: illegal entrypoint id".to_owned());
        assert_eq!(host.fast(id, None, None), expected);
        assert_eq!(host.in_steps(id, None, None), expected);
    }
}

#[test]
fn the_abi_is_complete() {
    let mut host = Host::new(&wasm(&role_policy()));
    assert_eq!(host.global("opa_wasm_abi_version"), 1);
    assert_eq!(host.global("opa_wasm_abi_minor_version"), 3);
    assert_eq!(host.table("entrypoints").replace(' ', ""), r#"{"p":0}"#);
    assert_eq!(host.table("builtins"), "{}");
    let names = [
        "eval",
        "builtins",
        "entrypoints",
        "opa_eval",
        "opa_eval_ctx_new",
        "opa_eval_ctx_set_input",
        "opa_eval_ctx_set_data",
        "opa_eval_ctx_set_entrypoint",
        "opa_eval_ctx_get_result",
        "opa_malloc",
        "opa_free",
        "opa_json_parse",
        "opa_json_dump",
        "opa_value_parse",
        "opa_value_dump",
        "opa_heap_ptr_get",
        "opa_heap_ptr_set",
        "opa_value_add_path",
        "opa_value_remove_path",
        "opa_value_free",
        "opa_heap_blocks_stash",
        "opa_heap_blocks_restore",
        "opa_heap_stash_clear",
        "writ_eval",
        "writ_set_documents",
        "writ_set_strict",
    ];
    for name in names {
        assert!(host.instance.get_func(&host.store, name).is_some(), "{name}");
    }
    assert!(host.instance.get_memory(&host.store, "memory").is_some());
}
