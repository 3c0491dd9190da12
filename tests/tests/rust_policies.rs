//! The sample policies in Rust, as the modules that are checked in: they decide as their files say by every way into a module, as `cargo test` of each
//! sample has it natively. `cli/tests/rust.rs` builds them anew.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that fails panics")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use writ_runtime::{EvalError, EvalOptions, Instance, Interface, Limits, Module, Outcome, Varies};
use writ_tests::host::{engine, value};
use writ_value::{Value, json};

fn samples() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../guest-policies/rust");
    let mut samples: Vec<_> = fs::read_dir(root).unwrap().map(|e| e.unwrap().path()).filter(|p| p.is_dir()).collect();
    samples.sort();
    assert!(samples.len() >= 3, "samples are gone");
    samples
}

fn read(sample: &Path, name: &str) -> Value {
    json::parse(&fs::read(sample.join(name)).unwrap()).unwrap()
}

/// Compiled once for all tests.
fn module(sample: &Path, interface: Interface) -> Module {
    static MODULES: Mutex<BTreeMap<(PathBuf, bool), Module>> = Mutex::new(BTreeMap::new());
    let mut modules = MODULES.lock().unwrap();
    let made = || {
        let wasm = fs::read(sample.join("policy.wasm")).unwrap();
        Module::with_interface(&engine(), &wasm, interface).unwrap()
    };
    modules.entry((sample.to_owned(), interface == Interface::Opa)).or_insert_with(made).clone()
}

fn instance(sample: &Path, interface: Interface) -> Instance {
    let mut instance = Instance::new(&module(sample, interface), Limits::default()).unwrap();
    instance.set_data(&read(sample, "data.json")).unwrap();
    instance
}

type Answer = Result<Option<Value>, EvalError>;

/// Every way into a module.
fn ways(sample: &Path, entrypoint: &str, input: &Value) -> Vec<(&'static str, Answer)> {
    let options = EvalOptions::default();
    let document = |outcome: Result<Outcome, EvalError>| match outcome? {
        Outcome::Document(value) => Ok(value),
        other => panic!("{other:?}"),
    };
    let text = json::to_string(input);
    let mut answers = Vec::new();
    for (name, interface) in [("words", Interface::Best), ("the OPA ABI", Interface::Opa)] {
        let mut instance = instance(sample, interface);
        let id = instance.module().entrypoint(entrypoint).unwrap();
        answers.push((name, document(instance.evaluate(id, Some(input), options))));
    }
    let mut instance = instance(sample, Interface::Best);
    let id = instance.module().entrypoint(entrypoint).unwrap();
    answers.push(("JSON text", instance.decide_json(id, text.as_bytes(), options, |answer| answer.value())));
    if instance.is_usable() {
        let prepared = instance.prepare_json(id, text.as_bytes()).unwrap();
        answers.push(("prepared", instance.decide_prepared(&prepared, options, |answer| answer.value())));
    }
    answers
}

#[test]
fn samples_decide_as_expected_by_every_way() {
    for sample in samples() {
        for case in read(&sample, "cases.json").as_array().unwrap() {
            let entrypoint = case.get("entrypoint").unwrap().as_str().unwrap();
            for (way, answer) in ways(&sample, entrypoint, case.get("input").unwrap()) {
                let place = format!("{}: {}: {way}", sample.display(), json::to_string(case));
                let Some(error) = case.get("error") else {
                    assert_eq!(
                        answer.unwrap_or_else(|e| panic!("{place}: {e}")),
                        case.get("expected").cloned(),
                        "{place}"
                    );
                    continue;
                };
                let expected = |name| error.get(name).unwrap().as_str().unwrap();
                match answer.expect_err(&place) {
                    EvalError::Policy(e) => {
                        assert_eq!(
                            (e.code.as_str(), e.message.as_str()),
                            (expected("code"), expected("message")),
                            "{place}"
                        );
                    }
                    EvalError::Input(e) => {
                        assert_eq!(
                            ("eval_input_error", e.message.as_str()),
                            (expected("code"), expected("message")),
                            "{place}"
                        );
                    }
                    other => panic!("{place}: {other}"),
                }
            }
        }
    }
}

fn fraud() -> PathBuf {
    samples().into_iter().find(|sample| sample.ends_with("fraud-score")).unwrap()
}

const PAYMENT: &str = r#"{"amount": 1200, "country": "CH", "card": {"country": "CH", "age_days": 400, "holder": "A"},
    "account": {"age_days": 900}, "recent": [{"amount": 1, "at": 7}], "session": "s1"}"#;

#[test]
fn what_the_type_cannot_hold_is_not_in_the_key() {
    let instance = instance(&fraud(), Interface::Best);
    let id = instance.module().entrypoint("fraud/score").unwrap();
    let key = |text: &str| instance.prepare_json(id, text.as_bytes()).unwrap().key().to_vec();
    let first = key(PAYMENT);
    let unread =
        PAYMENT.replace("\"s1\"", "{\"deep\": [1, 2]}").replace("\"at\": 7", "\"at\": 8").replace("\"A\"", "\"B\"");
    assert_eq!(first, key(&unread));
    assert_ne!(first, key(&PAYMENT.replace("1200", "1201")));
    assert_ne!(first, key(&PAYMENT.replace("\"amount\": 1,", "\"amount\": 2,")));
    assert!(first.len() < 400, "{} bytes", first.len());
}

#[test]
fn entrypoints_are_pure() {
    for sample in samples() {
        let module = module(&sample, Interface::Best);
        for id in module.entrypoints().values() {
            assert_eq!(module.entrypoint_info(*id).unwrap().varies, Varies::Never);
        }
        assert_eq!(module.host_builtins().count(), 0);
    }
}

#[test]
fn decisions_leave_nothing_behind() {
    let mut instance = instance(&fraud(), Interface::Best);
    let id = instance.module().entrypoint("fraud/score").unwrap();
    let decide = |instance: &mut Instance, text: &str| {
        instance.decide_json(id, text.as_bytes(), EvalOptions::default(), |answer| answer.value()).unwrap()
    };
    let first = decide(&mut instance, PAYMENT);
    let size = instance.memory().len();
    let statics = instance.memory()[128 << 10..].to_vec();
    for n in 0..2000 {
        decide(&mut instance, &PAYMENT.replace("1200", &(n * 1000).to_string()));
    }
    assert_eq!(decide(&mut instance, PAYMENT), first);
    assert_eq!(instance.memory().len(), size);
    // All but the stack is what it was.
    assert!(instance.memory()[128 << 10..] == statics[..], "something is left");
}

#[test]
fn data_that_do_not_fit_are_refused_when_they_are_set() {
    let mut instance = Instance::new(&module(&fraud(), Interface::Best), Limits::default()).unwrap();
    let id = instance.module().entrypoint("fraud/score").unwrap();
    let error =
        instance.decide_json(id, PAYMENT.as_bytes(), EvalOptions::default(), |answer| answer.value()).unwrap_err();
    let EvalError::Policy(error) = error else { panic!("{error}") };
    assert!(error.message.starts_with("data does not fit `Thresholds`"), "{}", error.message);

    let mut instance = Instance::new(&module(&fraud(), Interface::Best), Limits::default()).unwrap();
    let error = instance.set_data(&value(r#"{"fraud": {"large": "x"}}"#)).unwrap_err();
    assert!(matches!(error, EvalError::Policy(_)), "{error}");
    assert!(!instance.is_usable());
}

#[test]
fn log_lines_reach_whoever_evaluates() {
    let mut instance = instance(&fraud(), Interface::Best);
    let id = instance.module().entrypoint("fraud/score").unwrap();
    instance.evaluate(id, Some(&value(PAYMENT)), EvalOptions::default()).unwrap();
    assert_eq!(instance.prints(), ["DEBUG fraud_score: scored Allow score=0"]);
}
