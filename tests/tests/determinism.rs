//! What an entrypoint's result varies with is known when the module is loaded; within a decision nothing varies; with time and seed given, a
//! decision can be replayed.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that fails panics")]

use std::sync::Arc;

use writ_compiler::{Options, Source, compile};
use writ_runtime::{Engine, EngineConfig, EvalOptions, Instance, Limits, Module, Outcome, Varies};
use writ_value::Value;

const POLICY: &str = r#"package p

plain := sprintf("%d", [count(input.xs)])
helper(x) := x + time.now_ns()
clock := helper(1)
verified := io.jwt.decode_verify("a.b.c", {"secret": "s"})
world := http.send({"method": "get", "url": input.url})
both := {"a": clock, "b": rand.intn("x", 10)}
mocked := x if x := helper(1) with time.now_ns as 5
mocked_away := x if x := both with data.p.both as 1
schema := json.match_schema(input, {})

draw := [rand.intn("a", 1000000007), rand.intn("a", 1000000007), rand.intn("b", 1000000007)]
ids := [uuid.rfc4122("a"), uuid.rfc4122("a"), uuid.rfc4122("b")]
times := [time.now_ns(), [time.now_ns() | some _ in numbers.range(1, 3)]]
everything := [draw, ids, times]
"#;

fn module() -> Module {
    let names = "plain clock verified world both mocked mocked_away schema draw ids times everything";
    let entrypoints = names.split(' ').map(|name| format!("p/{name}")).collect();
    let source = Source { name: "p.rego".to_owned(), text: POLICY.as_bytes().to_vec(), rego_version: None };
    let output = compile(&[source], &Options { entrypoints, ..Options::default() });
    let Some(wasm) = output.wasm else { panic!("{:?}", output.diagnostics) };
    let engine = Engine::new(&EngineConfig::default()).unwrap();
    Module::new(&engine, &wasm).unwrap()
}

#[test]
fn entrypoints_tell_what_they_vary_with() {
    let module = module();
    for (name, varies, builtins) in [
        ("plain", Varies::Never, &[][..]),
        ("schema", Varies::Never, &[]),
        ("clock", Varies::Clock, &["time.now_ns"]),
        ("verified", Varies::Clock, &["io.jwt.decode_verify"]),
        ("world", Varies::World, &["http.send"]),
        ("both", Varies::World, &["rand.intn", "time.now_ns"]),
        ("mocked", Varies::Never, &[]),
        ("mocked_away", Varies::Never, &[]),
        ("everything", Varies::World, &["rand.intn", "time.now_ns", "uuid.rfc4122"]),
    ] {
        let id = module.entrypoint(&format!("p/{name}")).unwrap();
        let info = module.entrypoint_info(id).unwrap();
        assert_eq!(
            (info.varies, info.varying_builtins),
            (varies, builtins.iter().map(|b| (*b).to_owned()).collect()),
            "{name}"
        );
    }
    assert_eq!(module.entrypoint_info(writ_runtime::EntrypointId(99)), None);
}

#[test]
fn a_module_that_opa_compiled_varies_with_what_it_imports() {
    let engine = Engine::new(&EngineConfig::default()).unwrap();
    let module = Module::new(&engine, include_bytes!("../../runtime/tests/fixtures/authz.wasm")).unwrap();
    let info = module.entrypoint_info(module.entrypoint("authz/allow").unwrap()).unwrap();
    assert_eq!((info.varies, info.varying_builtins), (Varies::Never, vec![]));
}

/// The decision of a new instance, or of a given one.
fn decide(instance: &mut Instance, entrypoint: &str) -> Vec<Value> {
    let id = instance.module().entrypoint(entrypoint).unwrap();
    match instance.evaluate(id, None, EvalOptions::default()).unwrap() {
        Outcome::Document(Some(Value::Array(items))) => items.to_vec(),
        other => panic!("{other:?}"),
    }
}

fn instance(module: &Module, time_ns: Option<i64>, seed: Option<u64>) -> Instance {
    let mut instance = Instance::new(module, Limits::default()).unwrap();
    let mut environment = module.engine().new_environment();
    environment.fixed_time_ns = time_ns;
    environment.seed = seed;
    instance.set_environment(Arc::new(environment));
    instance
}

#[test]
fn one_decision_gets_one_answer_per_argument() {
    let module = module();
    let mut instance = instance(&module, None, None);
    for entrypoint in ["p/draw", "p/ids"] {
        let first = decide(&mut instance, entrypoint);
        assert!(first[0] == first[1] && first[0] != first[2], "{first:?}");
        let second = decide(&mut instance, entrypoint);
        assert!(second[0] == second[1] && second[0] != first[0], "another decision: {first:?} {second:?}");
    }
    let times = decide(&mut instance, "p/times");
    assert!(times[1].as_array().unwrap().iter().all(|t| *t == times[0]), "{times:?}");
    std::thread::sleep(std::time::Duration::from_millis(5));
    assert!(decide(&mut instance, "p/times")[0] > times[0], "time goes on between decisions");
}

#[test]
fn a_decision_is_replayed_with_its_time_and_seed() {
    let module = module();
    let record = decide(&mut instance(&module, Some(1_700_000_000_000_000_123), Some(42)), "p/everything");
    assert_eq!(record[2].as_array().unwrap()[0], Value::from(1_700_000_000_000_000_123_i64));
    for _ in 0..3 {
        let replayed = decide(&mut instance(&module, Some(1_700_000_000_000_000_123), Some(42)), "p/everything");
        assert_eq!(replayed, record);
    }
    // Whatever the instance decided before.
    let mut used = instance(&module, Some(1_700_000_000_000_000_123), Some(42));
    decide(&mut used, "p/ids");
    assert_eq!(decide(&mut used, "p/everything"), record);
    let other = decide(&mut instance(&module, Some(1_700_000_000_000_000_123), Some(43)), "p/everything");
    assert!(other[0] != record[0] && other[1] != record[1] && other[2] == record[2]);
}
