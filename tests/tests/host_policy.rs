//! A policy that stays up: swaps, data, samples, pools, limits, metrics.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that fails panics")]

use std::sync::Arc;
use std::time::Duration;

use writ_runtime::{
    Candidate, CandidateModule, DataChange, EngineConfig, EvalError, EvalOptions, Exporter, Instance, LimitKind,
    Limits, Module, Outcome, Policy, PolicyConfig, Request, Sample,
};
use writ_tests::host::{OPA_MODULE, ask, ask_as, compile, engine, foreign, value};
use writ_value::Value;

const AUTHZ: &str = r#"package authz
allow if input.user in data.admins
level := data.levels[input.user]
low := "low" if input.low
conflict := "a" if input.x
conflict := "b" if input.x
range contains x if some x in numbers.range(1, input.n)
"#;

fn authz(stamp: &str) -> Candidate {
    let text = format!("{AUTHZ}\nstamp := \"{stamp}\"\n");
    let entrypoints = ["authz/allow", "authz/level", "authz/stamp", "authz/conflict", "authz/range"];
    Candidate::from_module(stamp, compile(&text, &entrypoints))
        .with_data(value(r#"{"admins": ["ann"], "levels": {"ann": 3}}"#))
}

fn policy(config: PolicyConfig) -> Policy {
    Policy::new(&engine(), authz("r1"), config).unwrap()
}

fn config(change: impl FnOnce(&mut PolicyConfig)) -> PolicyConfig {
    let mut config = PolicyConfig::default();
    config.limits.time = Duration::from_secs(5);
    change(&mut config);
    config
}

fn text(text: &str) -> Option<Value> {
    Some(Value::from(text))
}

#[test]
fn a_decision_says_which_revision_made_it() {
    let policy = policy(config(|_| ()));
    let input = value(r#"{"user": "ann"}"#);
    let request = Request { entrypoint: "authz/allow", input: Some(&input), ..Request::default() };
    let decision = policy.decide(&request).unwrap();
    assert_eq!(decision.outcome, Outcome::Document(Some(Value::Bool(true))));
    assert_eq!(decision.revision, policy.revision().id());
    assert_eq!(policy.revision().name(), "r1");
    assert_eq!(ask(&policy, "authz/allow", Some(&value(r#"{"user": "bob"}"#))).unwrap(), None, "undefined is no error");
    assert!(matches!(ask(&policy, "authz/none", None), Err(EvalError::Input(_))));
}

#[test]
fn a_swap_is_all_or_nothing_and_can_be_taken_back() {
    let policy = policy(config(|_| ()));
    let first = policy.revision().id();
    let second = policy.swap(authz("r2")).unwrap();
    assert_eq!(ask(&policy, "authz/stamp", None).unwrap(), text("r2"));
    let mut broken = authz("r3");
    broken.modules[0].wasm = broken.modules[0].wasm[..200].into();
    assert!(matches!(policy.swap(broken), Err(EvalError::Artifact(_))));
    assert_eq!((policy.revision().id(), policy.revision().name()), (second, "r2"));
    assert_eq!(policy.rollback().unwrap(), first);
    assert_eq!(ask(&policy, "authz/stamp", None).unwrap(), text("r1"));
    assert_eq!(policy.rollback().unwrap(), second, "and forward again");
    assert_eq!(ask(&policy, "authz/stamp", None).unwrap(), text("r2"));
    let stats = policy.stats();
    assert_eq!((stats.swaps, stats.refused, stats.rollbacks), (1, 1, 2));
}

#[test]
fn there_is_nothing_before_the_first_revision() {
    assert!(matches!(policy(config(|_| ())).rollback(), Err(EvalError::Input(_))));
}

#[test]
fn data_are_replaced_and_patched_without_new_code() {
    let policy = policy(config(|_| ()));
    let level = |user: &str| ask(&policy, "authz/level", Some(&Value::object([("user", Value::from(user))]))).unwrap();
    assert_eq!(level("ann"), Some(Value::from(3)));
    let change =
        |path: &[&str], value: Option<Value>| DataChange { path: path.iter().map(|&k| k.to_owned()).collect(), value };
    policy
        .patch_data(&[change(&["levels", "bob"], Some(Value::from(7))), change(&["new", "deep"], Some(Value::Null))])
        .unwrap();
    assert_eq!((level("ann"), level("bob")), (Some(Value::from(3)), Some(Value::from(7))));
    policy.patch_data(&[change(&["levels", "ann"], None)]).unwrap();
    assert_eq!(level("ann"), None);
    // All or none.
    let bad = [change(&["levels", "cyd"], Some(Value::from(1))), change(&["levels", "none"], None)];
    assert!(matches!(policy.patch_data(&bad), Err(EvalError::Input(_))));
    assert_eq!(level("cyd"), None);
    let through = [change(&["levels", "bob", "x"], Some(Value::Null))];
    assert!(matches!(policy.patch_data(&through), Err(EvalError::Input(_))));
    assert!(matches!(policy.set_data(Value::from(1)), Err(EvalError::Artifact(_))), "data is an object");
    policy.set_data(value(r#"{"levels": {"ann": 9}}"#)).unwrap();
    assert_eq!((level("ann"), level("bob")), (Some(Value::from(9)), None));
    policy.rollback().unwrap();
    assert_eq!(level("bob"), Some(Value::from(7)));
}

/// Large enough to be mapped, with tables large enough for an index.
#[test]
fn large_data_are_found_by_key_and_survive_a_patch() {
    let policy = policy(config(|_| ()));
    let levels = Value::object((0..200_000).map(|i| (format!("user{i}"), Value::from(i))));
    let admins = (0..50).map(|i| Value::from(format!("admin{i}"))).collect();
    policy.set_data(Value::object([("levels", levels), ("admins", admins)])).unwrap();
    let level = |user: &str| ask(&policy, "authz/level", Some(&Value::object([("user", Value::from(user))]))).unwrap();
    for i in (0..200_000).step_by(997) {
        assert_eq!(level(&format!("user{i}")), Some(Value::from(i)));
    }
    assert_eq!((level("user200000"), level("")), (None, None));
    let path = ["levels", "user5"].map(str::to_owned).to_vec();
    policy.patch_data(&[DataChange { path, value: Some(Value::from("five")) }]).unwrap();
    assert_eq!((level("user5"), level("user6")), (text("five"), Some(Value::from(6))));
    assert_eq!(policy.revision().data().unwrap().get("levels").unwrap().as_object().unwrap().len(), 200_000);
}

#[test]
fn a_candidate_must_decide_the_samples() {
    let sample = |expected| Sample {
        entrypoint: "authz/stamp".to_owned(),
        input: None,
        expected: Some(Outcome::Document(text(expected))),
    };
    let policy = policy(config(|c| c.samples = vec![sample("r1")]));
    match policy.swap(authz("r2")) {
        Err(EvalError::Artifact(e)) => assert!(e.message.contains("authz/stamp"), "{e:?}"),
        other => panic!("{other:?}"),
    }
    assert_eq!(ask(&policy, "authz/stamp", None).unwrap(), text("r1"));
    let failing = Sample { entrypoint: "authz/conflict".to_owned(), input: Some(value(r#"{"x": 1}"#)), expected: None };
    assert!(Policy::new(&engine(), authz("r1"), config(|c| c.samples = vec![failing])).is_err());
}

#[test]
fn several_modules_answer_their_own_entrypoints() {
    let module = |name: &str, text: &str, entrypoints: &[&str], own: Option<&[&str]>| CandidateModule {
        name: name.to_owned(),
        wasm: compile(text, entrypoints).into(),
        entrypoints: own.map(|own| own.iter().map(|&e| e.to_owned()).collect()),
    };
    let mut candidate = Candidate::from_module("two", OPA_MODULE);
    candidate.modules.push(module("b", "package b\nx := data.n + 1", &["b/x"], None));
    candidate.modules.push(module("c", "package c\nx := data.n + 2\ny := 1", &["c/x", "c/y"], Some(&["c/x"])));
    candidate.data = Some(value(r#"{"n": 40, "admins": ["root"]}"#));
    let policy = Policy::new(&engine(), candidate.clone(), config(|_| ())).unwrap();
    assert_eq!(ask(&policy, "b/x", None).unwrap(), Some(Value::from(41)));
    assert_eq!(ask(&policy, "c/x", None).unwrap(), Some(Value::from(42)));
    assert!(ask(&policy, "c/y", None).is_err());
    assert_eq!(ask(&policy, "authz/allow", Some(&value(r#"{"user": "root"}"#))).unwrap(), Some(Value::Bool(true)));
    policy.set_data(value(r#"{"n": 1, "admins": ["ann"]}"#)).unwrap();
    assert_eq!(ask(&policy, "b/x", None).unwrap(), Some(Value::from(2)));
    assert_eq!(ask(&policy, "authz/allow", Some(&value(r#"{"user": "root"}"#))).unwrap(), Some(Value::Bool(false)));
    candidate.modules.push(module("again", "package b\nx := 1", &["b/x"], None));
    assert!(Policy::new(&engine(), candidate, config(|_| ())).is_err(), "one entrypoint, two modules");
}

#[test]
fn bad_inputs_and_policy_errors_leave_the_pool_well() {
    let policy = policy(config(|c| c.limits.input_bytes = 4096));
    let large = Value::from("x".repeat(5000));
    for _ in 0..20 {
        match ask(&policy, "authz/allow", Some(&large)) {
            Err(EvalError::Limit(e)) => assert_eq!(e.which, LimitKind::InputSize),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(policy.stats().pool.created, 1, "an input that is refused costs no instance");
    match ask(&policy, "authz/conflict", Some(&value(r#"{"x": 1}"#))) {
        Err(EvalError::Policy(e)) => {
            assert_eq!((e.code.as_str(), e.location.unwrap().file.as_str()), ("eval_conflict_error", "p.rego"))
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(ask(&policy, "authz/stamp", None).unwrap(), text("r1"));
    let stats = policy.stats();
    assert_eq!((stats.pool.discarded, stats.pool.in_use), (1, 0), "a stopped guest is thrown away");
    assert_eq!(stats.failed.iter().sum::<u64>(), 21);
}

#[test]
fn the_heap_of_a_decision_is_limited_however_large_data_are() {
    let limits = Limits { memory_bytes: 2 << 20, time: Duration::from_secs(5), ..Limits::default() };
    let policy = policy(config(|c| c.limits = limits));
    let levels = Value::object((0..100_000).map(|i| (format!("user{i}"), Value::from(i))));
    policy.set_data(Value::object([("levels", levels)])).unwrap();
    assert!(ask(&policy, "authz/range", Some(&value(r#"{"n": 1000}"#))).unwrap().is_some());
    match ask(&policy, "authz/range", Some(&value(r#"{"n": 1000000}"#))) {
        Err(EvalError::Limit(e)) => {
            assert_eq!((e.which, e.limit), (LimitKind::Memory, 2 << 20));
            assert!(e.reached > 2 << 20);
        }
        other => panic!("{other:?}"),
    }
    assert!(ask(&policy, "authz/range", Some(&value(r#"{"n": 1000}"#))).unwrap().is_some());
}

#[test]
fn fuel_ends_a_decision_at_the_same_point_every_time() {
    let mut settings = EngineConfig::default();
    settings.fuel = true;
    let engine = writ_runtime::Engine::new(&settings).unwrap();
    let module = Module::new(&engine, &authz("r1").modules[0].wasm).unwrap();
    let entrypoint = module.entrypoint("authz/range").unwrap();
    let input = value(r#"{"n": 100}"#);
    let limits = |fuel| Limits { fuel: Some(fuel), time: Duration::from_secs(5), ..Limits::default() };
    let decide =
        |fuel| Instance::new(&module, limits(fuel))?.evaluate(entrypoint, Some(&input), EvalOptions::default());
    let (mut low, mut high) = (1, 10_000_000);
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        if decide(middle).is_ok() { high = middle } else { low = middle }
    }
    for _ in 0..3 {
        assert!(decide(high).is_ok());
        match decide(low) {
            Err(EvalError::Limit(e)) => assert_eq!((e.which, e.limit), (LimitKind::Fuel, low)),
            other => panic!("{other:?}"),
        }
    }
    let without = writ_tests::host::engine();
    assert!(
        Policy::new(&without, authz("r1"), config(|c| c.limits.fuel = Some(5))).is_err(),
        "this engine does not count"
    );
}

#[test]
fn when_all_instances_are_busy_a_decision_waits_for_its_time_and_no_longer() {
    let limits = Limits { time: Duration::from_millis(300), ..Limits::default() };
    let wasm = wat::parse_str(foreign("(loop $l br $l) i32.const 0")).unwrap();
    let policy = Policy::new(
        &engine(),
        Candidate::from_module("loop", wasm),
        config(|c| {
            c.limits = limits;
            c.max_instances = 1;
        }),
    )
    .unwrap();
    let decide = || match ask(&policy, "a/b", None) {
        Err(EvalError::Limit(e)) => e.which,
        other => panic!("{other:?}"),
    };
    let (a, b) = std::thread::scope(|scope| {
        let first = scope.spawn(decide);
        std::thread::sleep(Duration::from_millis(50));
        let second = scope.spawn(decide);
        (first.join().unwrap(), second.join().unwrap())
    });
    assert_eq!(a, LimitKind::Time);
    // The second found the slot empty; it got a new instance when the first one's was thrown away, and looped in turn, or gave up.
    assert!(matches!(b, LimitKind::Time | LimitKind::Instances));
    assert!(policy.stats().pool.waits >= 1);
    assert_eq!(policy.stats().pool.in_use, 0);
}

#[test]
fn a_foreign_module_keeps_tenants_apart() {
    let candidate = Candidate::from_module("opa", OPA_MODULE).with_data(value(r#"{"admins": ["root"]}"#));
    let policy = Policy::new(&engine(), candidate, config(|c| c.max_instances = 1)).unwrap();
    let input = value(r#"{"user": "root"}"#);
    for tenant in ["a", "a", "a", "b", "b", "a"] {
        let answer = ask_as(&policy, "authz/allow", Some(&input), Some(tenant)).unwrap();
        assert_eq!(answer, Some(Value::Bool(true)));
    }
    // The first was made without a tenant, then one for each change.
    let pool = policy.stats().pool;
    assert_eq!((pool.created, pool.size), (4, 1));
}

#[test]
fn metrics_are_exported_as_text() {
    let exporter = Arc::new(Exporter::default());
    let policy = policy(config(|c| c.recorder = Some(exporter.clone())));
    ask(&policy, "authz/stamp", None).unwrap();
    ask(&policy, "authz/allow", None).unwrap();
    let _ = ask(&policy, "authz/none", None);
    let _ = policy.swap(Candidate::default());
    policy.swap(authz("r2")).unwrap();
    let text = exporter.text(&policy);
    for line in [
        "writ_decisions_total{result=\"defined\"} 1",
        "writ_decisions_total{result=\"undefined\"} 1",
        "writ_decision_errors_total{kind=\"input\"} 1",
        "writ_swaps_total{result=\"live\"} 1",
        "writ_swaps_total{result=\"refused\"} 1",
        "writ_decision_seconds_count 3",
        "writ_decision_seconds_bucket{le=\"+Inf\"} 3",
        "writ_revision 3",
        "writ_pool_instances{state=\"in_use\"} 0",
    ] {
        assert!(text.lines().any(|l| l == line), "{line}\n{text}");
    }
}

#[test]
fn the_memory_of_instances_is_counted() {
    let mut config = PolicyConfig::default();
    config.limits.time = Duration::from_secs(5);
    config.limits.memory_bytes = 4 << 20;
    let text = "package p\nx := 1\nbig := count(numbers.range(1, input.n))";
    let policy = Policy::new(&engine(), Candidate::from_module("r", compile(text, &["p/x", "p/big"])), config).unwrap();
    let one = policy.stats().pool;
    assert_eq!((one.size, one.memory_bytes % 65_536), (1, 0));
    assert!(one.memory_bytes > 0);
    ask(&policy, "p/x", None).unwrap();
    assert_eq!(policy.stats().pool.memory_bytes, one.memory_bytes);
    ask(&policy, "p/big", Some(&value(r#"{"n": 100000}"#))).unwrap();
    let grown = policy.stats().pool.memory_bytes;
    assert!(grown > one.memory_bytes + 800_000, "{grown}");
    // The instance is thrown away, and its memory with it.
    assert!(ask(&policy, "p/big", Some(&value(r#"{"n": 1000000}"#))).is_err());
    assert_eq!((policy.stats().pool.size, policy.stats().pool.memory_bytes), (0, 0));
    ask(&policy, "p/x", None).unwrap();
    assert_eq!(policy.stats().pool.memory_bytes, one.memory_bytes);
    policy.set_data(value("{}")).unwrap();
    assert_eq!(policy.stats().pool.memory_bytes, one.memory_bytes);
}
