//! Policies in Rust that panic, fail, loop, leak or take too much: a typed error each time, and nothing of it in the next decision.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that fails panics")]

use std::sync::LazyLock;
use std::time::Duration;

use writ_runtime::{
    Candidate, EvalError, EvalOptions, Instance, Interface, LimitKind, Limits, Module, Policy, PolicyConfig,
    PolicyError,
};
use writ_tests::host::{VALUES, engine, value};
use writ_value::{Value, json};

const WASM: &[u8] = include_bytes!("../../sdk/guest/fixture/policy.wasm");

/// Compiled once for all tests.
fn module(interface: Interface) -> &'static Module {
    static MODULES: LazyLock<[Module; 2]> = LazyLock::new(|| {
        [Interface::Best, Interface::Opa].map(|interface| Module::with_interface(&engine(), WASM, interface).unwrap())
    });
    &MODULES[usize::from(interface == Interface::Opa)]
}

fn instance(interface: Interface) -> Instance {
    let limits = Limits { time: Duration::from_secs(5), ..Limits::default() };
    Instance::new(module(interface), limits).unwrap()
}

fn decide(instance: &mut Instance, entrypoint: &str, input: &str) -> Result<Option<Value>, EvalError> {
    let id = instance.module().entrypoint(&format!("fixture/{entrypoint}")).unwrap();
    instance.decide_json(id, input.as_bytes(), EvalOptions::default(), |answer| answer.value())
}

fn policy_error(entrypoint: &str, input: &str) -> PolicyError {
    for interface in [Interface::Best, Interface::Opa] {
        let mut instance = instance(interface);
        match decide(&mut instance, entrypoint, input) {
            Err(EvalError::Policy(e)) => {
                assert!(!instance.is_usable(), "the instance is discarded");
                if interface == Interface::Opa {
                    return e;
                }
            }
            other => panic!("{other:?}"),
        }
    }
    unreachable!()
}

#[test]
fn a_panic_is_a_policy_error_with_its_place() {
    let e = policy_error("panic", "\"this: one\"");
    assert_eq!((e.code.as_str(), e.message.as_str()), ("policy_panic", "cannot decide on this: one"));
    let place = e.location.unwrap();
    assert!(place.file.ends_with("sdk/guest/fixture/src/lib.rs") && place.row > 10, "{place}");
    let e = policy_error("index", "[[1, 2], 7]");
    assert_eq!(e.message, "index out of bounds: the len is 2 but the index is 7");
}

#[test]
fn errors_have_codes_and_messages() {
    let e = policy_error("parse", "\"x\"");
    assert_eq!((e.code.as_str(), e.message.as_str()), ("policy_error", "invalid digit found in string"));
}

#[test]
fn an_input_of_another_type_is_the_callers_fault() {
    for interface in [Interface::Best, Interface::Opa] {
        let error = decide(&mut instance(interface), "panic", "7").unwrap_err();
        let EvalError::Input(error) = error else { panic!("{error}") };
        assert_eq!(error.message, "input does not fit `&str`: invalid type: integer `7`, expected a borrowed string");
    }
}

#[test]
fn a_pool_replaces_what_was_discarded() {
    let candidate = Candidate::from_module("fixture", WASM).with_data(value("{}"));
    let mut config = PolicyConfig::default();
    config.max_instances = 2;
    let policy = Policy::new(&engine(), candidate, config).unwrap();
    for round in 0..10 {
        let ask = |entrypoint: &str, input: &str| {
            let made = |instance: &mut Instance, id, _: &_| {
                instance.decide_json(id, input.as_bytes(), EvalOptions::default(), |answer| answer.value())
            };
            policy.with_instance(entrypoint, None, made)
        };
        assert!(ask("fixture/panic", "\"x\"").is_err());
        assert_eq!(ask("fixture/maybe", "3").unwrap(), Some(Value::from(3)), "round {round}");
    }
    assert!(policy.revision().pool_stats().discarded >= 10);
}

#[test]
fn statics_are_set_back() {
    for interface in [Interface::Best, Interface::Opa] {
        let mut instance = instance(interface);
        for name in ["ann", "bob", "ann"] {
            let answer = decide(&mut instance, "statics", &format!("{name:?}")).unwrap().unwrap();
            assert_eq!(json::to_string(&answer), format!("[10,{name:?}]"));
        }
    }
}

#[test]
fn limits_end_what_does_not_end() {
    let module = module(Interface::Best);
    let limits = Limits { time: Duration::from_millis(30), memory_bytes: 8 << 20, ..Limits::default() };
    // Memory has to be used up before the time is, on a busy machine as well.
    let patient = Limits { time: Duration::from_secs(5), ..limits };
    for (entrypoint, input, which) in
        [("loop", "1", LimitKind::Time), ("memory", "100000", LimitKind::Memory), ("memory", "100", LimitKind::Memory)]
    {
        let limits = if which == LimitKind::Memory { patient } else { limits };
        let mut instance = Instance::new(module, limits).unwrap();
        match decide(&mut instance, entrypoint, input) {
            Err(EvalError::Limit(limit)) => assert_eq!(limit.which, which, "{entrypoint}"),
            other => panic!("{entrypoint}: {other:?}"),
        }
        assert!(!instance.is_usable());
    }
    let mut instance = Instance::new(module, limits).unwrap();
    decide(&mut instance, "stack", "1").unwrap_err();
    assert!(!instance.is_usable());
}

#[test]
fn blocks_do_not_overlap() {
    let mut instance = instance(Interface::Best);
    let first = decide(&mut instance, "churn", "1").unwrap();
    let size = instance.memory().len();
    for _ in 0..3 {
        assert_eq!(decide(&mut instance, "churn", "1").unwrap(), first);
    }
    assert_eq!(instance.memory().len(), size, "memory is reused");
}

#[test]
fn values_go_through_unchanged() {
    for interface in [Interface::Best, Interface::Opa] {
        let mut instance = instance(interface);
        for text in VALUES {
            let answer = decide(&mut instance, "echo", text).unwrap_or_else(|e| panic!("{text}: {e}"));
            assert_eq!(answer, Some(value(text)), "{text}");
        }
    }
    for interface in [Interface::Best, Interface::Opa] {
        let mut instance = instance(interface);
        for data in [r#"{"a": [1, {"b": "c"}]}"#, r#"{"a": 2}"#, "{}"] {
            instance.set_data(&value(data)).unwrap();
            for _ in 0..3 {
                assert_eq!(decide(&mut instance, "data", "null").unwrap(), Some(value(data)));
            }
        }
    }
}

#[test]
fn a_missing_input_is_none() {
    for interface in [Interface::Best, Interface::Opa] {
        let mut instance = instance(interface);
        let ask = |instance: &mut Instance, entrypoint: &str, input: Option<&Value>| {
            let id = instance.module().entrypoint(entrypoint).unwrap();
            instance.evaluate(id, input, EvalOptions::default())
        };
        let document = |value| writ_runtime::Outcome::Document(value);
        assert_eq!(ask(&mut instance, "fixture/maybe", None).unwrap(), document(None));
        assert_eq!(instance.prints().len(), 1, "{:?}", instance.prints());
        assert_eq!(ask(&mut instance, "fixture/maybe", Some(&Value::from(4))).unwrap(), document(Some(Value::from(4))));
        assert_eq!(ask(&mut instance, "fixture/constant", None).unwrap(), document(Some(Value::from("constant"))));
        let error = ask(&mut instance, "fixture/parse", None);
        assert!(matches!(error, Err(EvalError::Input(_))), "{error:?}");
    }
}
