//! A module that OPA compiled runs on this host, evaluation after evaluation, with its own data.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that fails panics")]

use writ_runtime::{Engine, EngineConfig, EvalError, EvalOptions, Instance, Limits, Module, Outcome};
use writ_value::{Value, json};

fn parse(text: &str) -> Value {
    json::parse(text.as_bytes()).unwrap()
}

fn instance() -> Instance {
    let engine = Engine::new(&EngineConfig::default()).unwrap();
    let module = Module::new(&engine, include_bytes!("fixtures/authz.wasm")).unwrap();
    let mut instance = Instance::new(&module, Limits::default()).unwrap();
    instance.set_data(&parse(r#"{"admins": ["root"], "roles": {"ann": ["dev", "ops"]}}"#)).unwrap();
    instance
}

fn evaluate(instance: &mut Instance, entrypoint: &str, input: Option<&str>) -> Result<Option<Value>, EvalError> {
    let id = instance.module().entrypoint(entrypoint).unwrap();
    match instance.evaluate(id, input.map(parse).as_ref(), EvalOptions::default())? {
        Outcome::Document(value) => Ok(value),
        Outcome::Query(_) => panic!("a document was asked for"),
    }
}

#[test]
fn it_says_what_it_can_be_asked_and_what_it_needs() {
    let instance = instance();
    let names: Vec<_> = instance.module().entrypoints().keys().map(String::as_str).collect();
    assert_eq!(names, ["authz/accepted", "authz/allow", "authz/level", "authz/matching"]);
    assert_eq!(instance.module().host_builtins().collect::<Vec<_>>(), ["net.cidr_expand"]);
}

#[test]
fn decisions_follow_input_and_data() {
    let mut instance = instance();
    for _ in 0..50 {
        let mut allow = |input: &str| evaluate(&mut instance, "authz/allow", Some(input)).unwrap();
        assert_eq!(allow(r#"{"user": "root"}"#), Some(Value::Bool(true)));
        assert_eq!(allow(r#"{"user": "ann", "accepts": ["ops"]}"#), Some(Value::Bool(true)));
        assert_eq!(allow(r#"{"user": "ann", "accepts": ["dba"]}"#), Some(Value::Bool(false)));
        assert_eq!(evaluate(&mut instance, "authz/level", None).unwrap(), None, "undefined is no false");
        instance.set_data(&parse(r#"{"admins": ["ann"]}"#)).unwrap();
        let mut allow = |input: &str| evaluate(&mut instance, "authz/allow", Some(input)).unwrap();
        assert_eq!(allow(r#"{"user": "ann", "accepts": ["dba"]}"#), Some(Value::Bool(true)));
        instance.set_data(&parse(r#"{"admins": ["root"], "roles": {"ann": ["dev", "ops"]}}"#)).unwrap();
    }
}

#[test]
fn sets_stay_sets_in_both_directions() {
    let mut instance = instance();
    let accepted = evaluate(&mut instance, "authz/accepted", Some(r#"{"accepts": ["b", "a", "b"]}"#)).unwrap();
    assert_eq!(accepted, Some(Value::set(["a", "b"].map(Value::from))));
    let networks = evaluate(&mut instance, "authz/matching", Some(r#"{"network": "10.0.0.0/31"}"#)).unwrap();
    assert_eq!(networks, Some(Value::set(["10.0.0.0", "10.0.0.1"].map(Value::from))));
}

#[test]
fn a_failing_built_in_is_undefined_unless_errors_are_strict() {
    let mut instance = instance();
    let input = r#"{"network": "no network"}"#;
    assert_eq!(evaluate(&mut instance, "authz/matching", Some(input)).unwrap(), Some(Value::set([])));
    let id = instance.module().entrypoint("authz/matching").unwrap();
    let strict = EvalOptions::default().with_strict_builtin_errors(true);
    match instance.evaluate(id, Some(&parse(input)), strict) {
        Err(EvalError::Policy(e)) => assert_eq!(e.code, "eval_builtin_error"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_conflict_is_the_policys_error() {
    match evaluate(&mut instance(), "authz/level", Some(r#"{"low": true, "high": true}"#)) {
        Err(EvalError::Policy(e)) => {
            assert_eq!(e.code, "eval_conflict_error");
            assert!(e.location.is_some());
        }
        other => panic!("{other:?}"),
    }
}

/// Everything that OPA's Wasm leaves to the host runs here, the built-ins that our own modules carry with them included.
#[test]
fn builtins_that_opa_leaves_to_the_host_answer_as_in_opa() {
    let engine = Engine::new(&EngineConfig::default()).unwrap();
    let module = Module::new(&engine, include_bytes!("fixtures/hosted.wasm")).unwrap();
    assert_eq!(module.host_builtins().count(), 34, "{:?}", module.host_builtins().collect::<Vec<_>>());
    let mut instance = Instance::new(&module, Limits::default()).unwrap();
    for _ in 0..3 {
        let input = include_str!("fixtures/hosted_input.json");
        let got = evaluate(&mut instance, "hosted/results", Some(input)).unwrap().unwrap();
        let wanted = parse(include_str!("fixtures/hosted_expected.json"));
        let (got, wanted) = (parse(&json::to_string(&got)), wanted.as_object().unwrap());
        let got = got.as_object().unwrap();
        assert!(got.keys().eq(wanted.keys()), "{:?}", got.keys().collect::<Vec<_>>());
        for (name, wanted) in wanted {
            assert_eq!(got.get(name), Some(wanted), "{name:?}");
        }
    }
}
