//! Policies that were built for WASI: nothing is granted unless the host grants it, and what is granted makes answers vary. The module is that of
//! `sdk/guest/fixture-wasi`.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that fails panics")]

use std::sync::Arc;
use std::time::Duration;

use writ_compiler::capabilities::Capabilities;
use writ_compiler::{Options, Source, compile};
use writ_runtime::{
    Candidate, CandidateModule, Engine, EngineConfig, EvalError, EvalOptions, Instance, Interface, Limits, Module,
    Outcome, Policy, PolicyConfig, Varies, WasiGrants,
};
use writ_tests::host::value;
use writ_value::{Value, json};

const WASM: &[u8] = include_bytes!("../../sdk/guest/fixture-wasi/policy.wasm");

fn grants(clock: bool, random: bool) -> WasiGrants {
    let mut grants = WasiGrants::default();
    (grants.clock, grants.random) = (clock, random);
    grants
}

fn engine(grants: WasiGrants) -> Engine {
    let mut config = EngineConfig::default();
    config.wasi = grants;
    Engine::new(&config).unwrap()
}

fn instance(grants: WasiGrants) -> Instance {
    let limits = Limits { time: Duration::from_secs(5), ..Limits::default() };
    Instance::new(&Module::new(&engine(grants), WASM).unwrap(), limits).unwrap()
}

fn ask(instance: &mut Instance, entrypoint: &str, input: &str) -> Result<Option<Value>, EvalError> {
    let id = instance.module().entrypoint(&format!("wasi/{entrypoint}")).unwrap();
    instance.decide_json(id, input.as_bytes(), EvalOptions::default(), |answer| answer.value())
}

fn text(answer: Result<Option<Value>, EvalError>) -> String {
    json::to_string(&answer.unwrap().unwrap())
}

#[test]
fn it_decides_like_any_other() {
    for interface in [Interface::Best, Interface::Opa] {
        let module = Module::with_interface(&engine(WasiGrants::default()), WASM, interface).unwrap();
        let mut instance = Instance::new(&module, Limits::default()).unwrap();
        for n in 0..5 {
            assert_eq!(ask(&mut instance, "plain", &n.to_string()).unwrap(), Some(Value::from(n + 1)));
            assert_eq!(text(ask(&mut instance, "statics", "null")), "10", "statics are set back");
        }
        let id = module.entrypoint("wasi/plain").unwrap();
        assert_eq!(module.entrypoint_info(id).unwrap().varies, Varies::Never);
        let error = ask(&mut instance, "panic", "\"this\"").unwrap_err();
        assert!(
            matches!(&error, EvalError::Policy(e) if e.code == "policy_panic" && e.message.ends_with("this")),
            "{error}"
        );
    }
}

#[test]
fn there_are_no_files_no_network_and_no_surroundings() {
    // Nothing of these can be granted.
    for grants in [grants(false, false), grants(true, true)] {
        let mut instance = instance(grants);
        for (entrypoint, input) in [
            ("file", "\"/etc/passwd\""),
            ("file", "\"Cargo.toml\""),
            ("file", "\"../Cargo.toml\""),
            ("write", "\"/tmp/writ-wasi\""),
            ("write", "\"writ-wasi\""),
            ("folder", "\"/\""),
            ("folder", "\".\""),
            ("network", "\"127.0.0.1:80\""),
        ] {
            let error = ask(&mut instance, entrypoint, input).unwrap_err();
            assert!(
                matches!(&error, EvalError::Policy(e) if e.code == "policy_error"),
                "{entrypoint} {input}: {error}"
            );
            instance = self::instance(grants);
        }
        assert_eq!(text(ask(&mut instance, "surroundings", "null")), "[0,0,\"\"]");
    }
    assert!(!std::path::Path::new("/tmp/writ-wasi").exists() && !std::path::Path::new("writ-wasi").exists());
}

#[test]
fn the_clock_has_to_be_granted() {
    for (entrypoint, grant) in [("clock", false), ("instant", false), ("clock", true)] {
        // Randomness alone does not give the clock.
        let mut instance = instance(grants(grant, !grant));
        let answer = ask(&mut instance, entrypoint, "null");
        if grant {
            let answer = answer.unwrap().unwrap();
            let times = answer.as_array().unwrap();
            assert_eq!(times[0], times[1], "time of day stands still within a decision");
            continue;
        }
        let Err(EvalError::Builtin(error)) = answer else { panic!("{answer:?}") };
        assert_eq!(error.name, "wasi_snapshot_preview1.clock_time_get");
        assert!(error.message.contains("grants no clock"), "{error:?}");
        assert!(!instance.is_usable());
    }
    let mut instance = instance(grants(true, false));
    assert_eq!(text(ask(&mut instance, "instant", "null")), "true");
    let mut environment = instance.module().engine().new_environment();
    environment.fixed_time_ns = Some(1_700_000_000_000_000_000);
    instance.set_environment(Arc::new(environment));
    assert_eq!(text(ask(&mut instance, "clock", "null")), "[1700000000000000000,1700000000000000000]");
}

#[test]
fn randomness_has_to_be_granted() {
    for entrypoint in ["random", "map"] {
        let mut instance = instance(grants(true, false));
        let answer = ask(&mut instance, entrypoint, "\"a\"");
        let Err(EvalError::Builtin(error)) = answer else { panic!("{answer:?}") };
        assert_eq!(error.name, "wasi_snapshot_preview1.random_get");
        assert!(error.message.contains("`BTreeMap`"), "{error:?}");
    }
    let mut instance = instance(grants(false, true));
    assert_eq!(text(ask(&mut instance, "map", "\"a\"")), "1");
    let drawn: Vec<String> = (0..4).map(|_| text(ask(&mut instance, "random", "null"))).collect();
    assert!(drawn.windows(2).all(|pair| pair[0] != pair[1]), "{drawn:?}");
}

#[test]
fn waiting_is_never_granted_and_the_process_does_not_end() {
    let mut instance = instance(grants(true, true));
    let Err(EvalError::Builtin(error)) = ask(&mut instance, "sleep", "null") else { panic!() };
    assert_eq!(
        (error.name.as_str(), error.message.as_str()),
        ("wasi_snapshot_preview1.poll_oneoff", "a policy may not wait")
    );
    let mut instance = self::instance(WasiGrants::default());
    let Err(EvalError::Policy(error)) = ask(&mut instance, "exit", "3") else { panic!() };
    assert_eq!(
        (error.code.as_str(), error.message.as_str()),
        ("policy_exit", "the policy ended its process with the code 3")
    );
    assert!(!instance.is_usable());
}

#[test]
fn output_goes_to_the_prints() {
    let mut instance = instance(WasiGrants::default());
    for n in ["one", "two"] {
        assert_eq!(text(ask(&mut instance, "print", &format!("{n:?}"))), "true");
        let prints = instance.prints();
        // Error is not collected by its writer, so its line ends first.
        let mut prints = prints.to_vec();
        prints.sort_unstable();
        assert_eq!(prints, [format!("to error: {n}"), format!("to output: {n}")]);
    }
    let long = format!("\"{}\"", "x".repeat(100_000));
    assert_eq!(text(ask(&mut instance, "print", &long)), "true");
    assert!(instance.prints().iter().all(|line| line.len() <= 8 << 10));
}

#[test]
fn what_is_granted_makes_answers_vary() {
    let info = |clock, random| {
        let module = Module::new(&engine(grants(clock, random)), WASM).unwrap();
        let info = module.entrypoint_info(module.entrypoint("wasi/plain").unwrap()).unwrap();
        (info.varies, info.varying_builtins.join(" "))
    };
    assert_eq!(info(false, false), (Varies::Never, String::new()));
    assert_eq!(info(true, false), (Varies::World, "wasi.clock".to_owned()));
    assert_eq!(info(false, true), (Varies::World, "wasi.random".to_owned()));
    assert_eq!(info(true, true), (Varies::World, "wasi.clock wasi.random".to_owned()));
    // A module that imports none of it is what it was.
    let plain = include_bytes!("../../sdk/guest/fixture/policy.wasm");
    let module = Module::new(&engine(grants(true, true)), plain).unwrap();
    assert_eq!(module.entrypoint_info(module.entrypoint("fixture/maybe").unwrap()).unwrap().varies, Varies::Never);
}

#[test]
fn the_cache_keeps_nothing_that_varies() {
    let folder = std::env::temp_dir().join(format!("writ-wasi-{}", std::process::id()));
    let mut bundle = writ_bundle::Bundle { data: value("{}"), ..writ_bundle::Bundle::default() };
    bundle.wasm.push(writ_bundle::File { path: "policy.wasm".to_owned(), bytes: WASM.to_vec() });
    for entrypoint in ["wasi/random", "wasi/plain"] {
        let (entrypoint, module) = (entrypoint.to_owned(), "/policy.wasm".to_owned());
        bundle.manifest.wasm.push(writ_bundle::WasmEntrypoint { entrypoint, module, annotations: None });
    }
    bundle.write_file(&folder, None).unwrap();
    let mut config = EngineConfig::default();
    config.wasi = grants(false, true);
    let writ = writ::Writ::builder().bundle_path(&folder).engine(config).cache(writ::CacheConfig::default());
    let writ = writ.build().unwrap();
    let drawn: std::collections::BTreeSet<String> =
        (0..50).map(|_| writ.decide("wasi/random", "{}").unwrap().to_json().unwrap()).collect();
    assert_eq!(drawn.len(), 50);
    std::fs::remove_file(folder).unwrap();
}

#[test]
fn a_caller_in_rego_varies_with_it_and_sees_one_answer_per_decision() {
    let engine = engine(grants(false, true));
    let module = Module::new(&engine, WASM).unwrap();
    let mut capabilities = Capabilities::current();
    module.capabilities().iter().for_each(|entry| capabilities.add(entry).unwrap());
    let text = "package p\nr := [wasi.random(1), wasi.random(1), wasi.random(2)]\nother := 1";
    let options = Options {
        entrypoints: vec!["p/r".to_owned(), "p/other".to_owned()],
        capabilities: Some(capabilities),
        ..Options::default()
    };
    let source = Source { name: "p.rego".to_owned(), text: text.as_bytes().to_vec(), rego_version: None };
    let mut candidate = Candidate::from_module("", compile(&[source], &options).wasm.unwrap());
    candidate.modules.push(CandidateModule { name: "wasi".to_owned(), wasm: WASM.into(), entrypoints: None });
    let policy = Policy::new(&engine, candidate, PolicyConfig::default()).unwrap();
    let decide =
        || match policy.decide(&writ_runtime::Request { entrypoint: "p/r", ..Default::default() }).unwrap().outcome {
            Outcome::Document(Some(value)) => value.as_array().unwrap().to_vec(),
            other => panic!("{other:?}"),
        };
    let (first, second) = (decide(), decide());
    assert_eq!(first[0], first[1], "within a decision nothing varies");
    assert!(first[0] != second[0] && first[0] != first[2]);
    let varies = |name: &str| {
        policy.with_instance(name, None, |instance, id, _| Ok(instance.entrypoint_info(id).unwrap().varies))
    };
    assert_eq!((varies("p/r").unwrap(), varies("p/other").unwrap()), (Varies::World, Varies::Never));
}

#[test]
fn it_may_decide_on_a_thread_that_drives_a_runtime() {
    // wasmtime-wasi waits for a runtime of tokio's there, which panics.
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let mut instance = instance(grants(true, true));
        for (entrypoint, input) in [("print", "\"x\""), ("surroundings", "null"), ("clock", "null"), ("map", "\"x\"")] {
            assert!(ask(&mut instance, entrypoint, input).is_ok(), "{entrypoint}");
        }
        for (entrypoint, input) in [("file", "\"/etc/passwd\""), ("folder", "\".\""), ("network", "\"127.0.0.1:1\"")] {
            let error = ask(&mut instance, entrypoint, input).unwrap_err();
            assert!(matches!(error, EvalError::Policy(_)), "{entrypoint}: {error}");
            instance = self::instance(grants(true, true));
        }
    });
}
