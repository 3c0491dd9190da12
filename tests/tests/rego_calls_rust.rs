//! A policy in Rego calls an entrypoint in Rust of the same revision: its answers, errors, limits, and what a cache has to know. The modules in Rust are
//! those that are checked in.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that fails panics")]

use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use writ_compiler::capabilities::Capabilities;
use writ_compiler::plan::OptLevel;
use writ_compiler::{Options, Source, compile};
use writ_runtime::{
    Candidate, CandidateModule, DataChange, Engine, EngineConfig, EvalError, EvalOptions, LimitKind, Limits, Module,
    Policy, PolicyConfig, PolicyError, Varies,
};
use writ_tests::host::{VALUES, engine, value};
use writ_value::{Value, json};

const FRAUD: &str = "../guest-policies/rust/fraud-score/policy.wasm";
const FIXTURE: &str = "../sdk/guest/fixture/policy.wasm";

const GATE: &str = r#"package gate

# Heavy parts in Rust, the rest where everybody reads it.
default allow := false
allow if {
    not input.user in data.blocked
    scored.action == "allow"
}
scored := fraud.score(input.payment)

worst := max({fraud.score(payment).score | some payment in input.payments})
twice := [fraud.allow(input.payment), fraud.allow(input.payment)]
aside := input.user
"#;

fn file(path: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    std::fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

fn fraud_data() -> Value {
    let text = String::from_utf8(file("../guest-policies/rust/fraud-score/data.json")).unwrap();
    value(&text.replacen('{', "{\"blocked\": [\"eve\"], \"elsewhere\": 1, ", 1))
}

/// What policies that come with this module may call. It is compiled once for all tests.
fn capabilities(rust: &[u8]) -> Capabilities {
    static KNOWN: Mutex<Vec<(Vec<u8>, Capabilities)>> = Mutex::new(Vec::new());
    let mut known = KNOWN.lock().unwrap();
    if let Some((_, capabilities)) = known.iter().find(|(wasm, _)| wasm == rust) {
        return capabilities.clone();
    }
    let mut capabilities = Capabilities::current();
    let module = Module::new(&engine(), rust).unwrap();
    module.capabilities().iter().for_each(|entry| capabilities.add(entry).unwrap());
    known.push((rust.to_vec(), capabilities.clone()));
    capabilities
}

fn options(rust: &[u8], entrypoints: &[&str]) -> Options {
    Options {
        entrypoints: entrypoints.iter().map(|&name| name.to_owned()).collect(),
        capabilities: Some(capabilities(rust)),
        ..Options::default()
    }
}

fn source(text: &str) -> [Source; 1] {
    [Source { name: "gate.rego".to_owned(), text: text.as_bytes().to_vec(), rego_version: None }]
}

fn rego(rust: &[u8], text: &str, entrypoints: &[&str]) -> Vec<u8> {
    let output = compile(&source(text), &options(rust, entrypoints));
    output.wasm.unwrap_or_else(|| panic!("{:?}", output.diagnostics))
}

fn candidate_of(rego: Vec<u8>, rust: Vec<u8>, data: Value) -> Candidate {
    let mut candidate = Candidate::from_module("both", rego).with_data(data);
    candidate.modules.push(CandidateModule { name: "rust".to_owned(), wasm: rust.into(), entrypoints: None });
    candidate
}

fn gate() -> Candidate {
    let rust = file(FRAUD);
    let entrypoints = ["gate/allow", "gate/scored", "gate/worst", "gate/twice", "gate/aside"];
    candidate_of(rego(&rust, GATE, &entrypoints), rust, fraud_data())
}

/// A policy over the fixture, which does what policies should not.
fn faulty(text: &str, change: impl FnOnce(&mut PolicyConfig)) -> Policy {
    let rust = file(FIXTURE);
    let candidate = candidate_of(rego(&rust, text, &["p/r"]), rust, value("{}"));
    let mut config = PolicyConfig::default();
    config.limits.time = Duration::from_secs(5);
    change(&mut config);
    Policy::new(&engine(), candidate, config).unwrap()
}

fn policy(change: impl FnOnce(&mut PolicyConfig)) -> Policy {
    let mut config = PolicyConfig::default();
    config.limits.time = Duration::from_secs(5);
    change(&mut config);
    Policy::new(&engine(), gate(), config).unwrap()
}

fn ask(policy: &Policy, entrypoint: &str, input: &str) -> Result<Option<Value>, EvalError> {
    policy.with_instance(entrypoint, None, |instance, id, _| {
        instance.decide_json(id, input.as_bytes(), EvalOptions::default(), |answer| answer.value())
    })
}

fn payment(amount: u64, country: &str) -> String {
    format!(
        r#"{{"amount": {amount}, "country": "{country}", "card": {{"country": "CH", "age_days": 40}}, "account": {{"age_days": 900}}}}"#
    )
}

fn request(user: &str, amount: u64) -> String {
    format!(r#"{{"user": "{user}", "payment": {}}}"#, payment(amount, "CH"))
}

fn policy_error(answer: Result<Option<Value>, EvalError>) -> PolicyError {
    match answer {
        Err(EvalError::Policy(error)) => error,
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_entrypoint_in_rust_is_a_function_in_rego() {
    let policy = policy(|_| ());
    for (user, amount, allowed) in [("ann", 1200, true), ("eve", 1200, false), ("ann", 9_000_000, false)] {
        let answer = ask(&policy, "gate/allow", &request(user, amount)).unwrap();
        assert_eq!(answer, Some(Value::Bool(allowed)), "{user} {amount}");
    }
    let answer = ask(&policy, "gate/scored", &request("ann", 9_000_000)).unwrap().unwrap();
    assert_eq!(
        answer,
        ask(&policy, "fraud/score", &payment(9_000_000, "CH")).unwrap().unwrap(),
        "as when asked directly"
    );
    let many = format!(r#"{{"payments": [{}, {}, {}]}}"#, payment(1, "CH"), payment(1, "AA"), payment(1, "BB"));
    assert_eq!(ask(&policy, "gate/worst", &many).unwrap(), Some(Value::from(40)));
    // The log lines of the callee are the decision's.
    let prints = policy.with_instance("gate/twice", None, |instance, id, _| {
        instance.decide_json(id, request("ann", 1).as_bytes(), EvalOptions::default(), |answer| answer.value())?;
        Ok(instance.prints().to_vec())
    });
    assert!(prints.unwrap().iter().any(|line| line.contains("scored Allow")));
    // Without the argument there is no answer, as of any built-in.
    assert_eq!(ask(&policy, "gate/scored", r#"{"user": "ann"}"#).unwrap(), None);
}

#[test]
fn every_level_of_optimisation_gives_the_same() {
    let rust = file(FRAUD);
    for opt_level in [OptLevel::O0, OptLevel::O1, OptLevel::O2] {
        let options = Options { opt_level, ..options(&rust, &["gate/allow", "gate/worst"]) };
        let wasm = compile(&source(GATE), &options).wasm.unwrap();
        let candidate = candidate_of(wasm, rust.clone(), fraud_data());
        let policy = Policy::new(&engine(), candidate, PolicyConfig::default()).unwrap();
        assert_eq!(ask(&policy, "gate/allow", &request("ann", 1)).unwrap(), Some(Value::Bool(true)));
    }
}

#[test]
fn functions_can_be_replaced_in_tests() {
    let policy = faulty("package p\nr := x if x := fixture.loop(1) with fixture.loop as 7", |_| ());
    assert_eq!(ask(&policy, "p/r", "{}").unwrap(), Some(Value::from(7)));
}

#[test]
fn what_is_not_there_is_refused_by_name() {
    let rust = file(FRAUD);
    let wasm = rego(&rust, GATE, &["gate/allow", "gate/twice"]);
    let message = |error: EvalError| match error {
        EvalError::Artifact(error) => error.message,
        other => panic!("{other}"),
    };
    // By itself: a host that knows modules one by one.
    let alone = message(Module::new(&engine(), &wasm).unwrap_err());
    assert!(
        alone.contains("entrypoints of other modules") && alone.contains("`fraud.allow`, `fraud.score`"),
        "{alone}"
    );
    let refused = |candidate: Candidate| {
        message(Policy::new(&engine(), candidate, PolicyConfig::default()).err().expect("it is refused"))
    };
    let without = refused(Candidate::from_module("", wasm.clone()).with_data(fraud_data()));
    assert!(without.contains("that no other module of the revision has: `fraud/allow`, `fraud/score`"), "{without}");
    // Another module, and one that does not offer all.
    let other = refused(candidate_of(wasm.clone(), file(FIXTURE), fraud_data()));
    assert!(other.contains("`fraud/allow`, `fraud/score`"), "{other}");
    let mut part = candidate_of(wasm.clone(), rust.clone(), fraud_data());
    part.modules[1].entrypoints = Some(vec!["fraud/score".to_owned()]);
    assert!(refused(part).ends_with("has: `fraud/allow`"));
    // One that calls others itself, even in a circle.
    let chain = rego(
        &rust,
        "package fraud\nscore := fraud.allow(input)\nallow := fraud.score(input)",
        &["fraud/score", "fraud/allow"],
    );
    let circle = refused(candidate_of(wasm.clone(), chain, fraud_data()));
    assert!(circle.contains("need built-ins of the host themselves: `fraud/allow`, `fraud/score`"), "{circle}");
    // A refused candidate leaves the live one as it is.
    let policy = policy(|_| ());
    assert!(policy.swap(Candidate::from_module("", wasm).with_data(fraud_data())).is_err());
    assert_eq!(ask(&policy, "gate/allow", &request("ann", 1)).unwrap(), Some(Value::Bool(true)));
}

#[test]
fn the_compiler_knows_what_comes_with_the_policy() {
    let rust = file(FRAUD);
    let messages = |text: &str| {
        let output = compile(&source(text), &options(&rust, &["p/r"]));
        output.diagnostics.iter().map(|d| d.full_message()).collect::<Vec<_>>()
    };
    for (text, wanted) in [
        ("package p\nr := fraud.guess(1)", "undefined function fraud.guess"),
        ("package p\nr := fraud.score(1, 2, 3)", "fraud.score: arity mismatch"),
    ] {
        assert!(messages(text).iter().any(|m| m.contains(wanted)), "{:?}", messages(text));
    }
    let plain = Options { entrypoints: vec!["gate/allow".to_owned()], ..Options::default() };
    let found = compile(&source(GATE), &plain).diagnostics;
    assert!(found.iter().any(|d| d.message.contains("undefined function fraud.score")), "{found:?}");
    let again = Capabilities::parse(capabilities(&rust).to_json().as_bytes()).unwrap();
    assert_eq!(again.to_json(), capabilities(&rust).to_json(), "a capabilities file holds them");
}

#[test]
fn an_error_there_ends_the_decision() {
    // Where an undefined call would let everything pass.
    let text = "package p\ndefault r := \"passes\"\nr := \"stopped\" if fixture.parse(input.text) > 0";
    let policy = faulty(text, |_| ());
    assert_eq!(ask(&policy, "p/r", r#"{"text": "1"}"#).unwrap(), Some(Value::from("stopped")));
    let error = policy_error(ask(&policy, "p/r", r#"{"text": "x"}"#));
    assert_eq!(
        (error.code.as_str(), error.message.as_str()),
        ("policy_error", "fixture.parse: invalid digit found in string")
    );
    assert_eq!(error.location.unwrap().to_string(), "gate.rego:3:19");
    let error = policy_error(ask(&policy, "p/r", r#"{"text": 7}"#));
    assert_eq!(error.code, "eval_type_error");
    assert!(error.message.starts_with("fixture.parse: input does not fit `&str`"), "{error}");

    let policy = faulty("package p\nr := fixture.panic(input)", |_| ());
    let error = policy_error(ask(&policy, "p/r", "\"this\""));
    assert_eq!((error.code.as_str(), error.message.as_str()), ("policy_panic", "fixture.panic: cannot decide on this"));
    assert!(error.location.unwrap().file.ends_with("fixture/src/lib.rs"), "the place in Rust");
    for _ in 0..20 {
        policy_error(ask(&policy, "p/r", "\"this\""));
    }
    let pool = policy.revision().pool_stats();
    assert!(pool.in_use == 0 && pool.discarded >= 20, "{pool:?}");
}

#[test]
fn undefined_there_is_undefined_here() {
    let policy = faulty("package p\ndefault r := \"none\"\nr := fixture.maybe(input.n)", |_| ());
    assert_eq!(ask(&policy, "p/r", r#"{"n": 3}"#).unwrap(), Some(Value::from(3)));
    assert_eq!(ask(&policy, "p/r", r#"{"n": null}"#).unwrap(), Some(Value::from("none")));
}

#[test]
fn values_go_there_and_back_unchanged() {
    let policy = faulty("package p\nr := fixture.echo(input)", |_| ());
    for text in VALUES {
        assert_eq!(ask(&policy, "p/r", text).unwrap(), Some(value(text)), "{text}");
    }
    let long = format!("[\"{}\"]", "x".repeat(1 << 20));
    assert_eq!(ask(&policy, "p/r", &long).unwrap(), Some(value(&long)));
}

#[test]
fn statics_of_one_call_are_not_in_the_next() {
    let policy = faulty("package p\nr := [fixture.statics(x) | some x in [\"a\", \"b\"]]", |_| ());
    assert_eq!(json::to_string(&ask(&policy, "p/r", "{}").unwrap().unwrap()), r#"[[10,"a"],[10,"b"]]"#);
}

#[test]
fn limits_hold_for_both_together() {
    let time = |text: &str, limit: u64| {
        let policy = faulty(text, |config| config.limits.time = Duration::from_millis(limit));
        let started = Instant::now();
        let Err(EvalError::Limit(error)) = ask(&policy, "p/r", "{}") else { panic!("{text}") };
        assert_eq!((error.which, error.limit), (LimitKind::Time, limit * 1000), "the caller's own limit");
        // Within twice the limit, and what a busy machine adds.
        assert!(started.elapsed() < Duration::from_secs(2), "{:?}", started.elapsed());
    };
    time("package p\nr := fixture.loop(1)", 60);
    // Many calls share the caller's time.
    let many =
        "package p\nn := numbers.range(1, 5000)\nr := count([1 | some x in n; some y in n; fixture.constant(x + y)])";
    time(many, 100);
    let policy = faulty("package p\nr := fixture.memory(1000000)", |config| config.limits.memory_bytes = 8 << 20);
    let Err(EvalError::Limit(error)) = ask(&policy, "p/r", "{}") else { panic!() };
    assert_eq!(error.which, LimitKind::Memory);
    let policy = faulty("package p\nr := fixture.stack(1)", |_| ());
    assert!(ask(&policy, "p/r", "{}").is_err());
    let policy = faulty("package p\nr := fixture.echo(input)", |config| config.limits.result_bytes = 1000);
    let Err(EvalError::Limit(error)) = ask(&policy, "p/r", &format!("[\"{}\"]", "x".repeat(2000))) else { panic!() };
    assert_eq!(error.which, LimitKind::ResultSize);
}

#[test]
fn fuel_is_shared() {
    let mut settings = EngineConfig::default();
    settings.fuel = true;
    let engine = Engine::new(&settings).unwrap();
    let rust = file(FIXTURE);
    let text = "package p\nr := count([x | some x in numbers.range(1, input); fixture.constant(x)])";
    let wasm = rego(&rust, text, &["p/r"]);
    let mut config = PolicyConfig::default();
    config.limits = Limits { fuel: Some(1_000_000), time: Duration::from_secs(20), ..Limits::default() };
    let policy = Policy::new(&engine, candidate_of(wasm, rust.clone(), value("{}")), config.clone()).unwrap();
    assert_eq!(ask(&policy, "p/r", "10").unwrap(), Some(Value::from(10)));
    let Err(EvalError::Limit(error)) = ask(&policy, "p/r", "100000") else { panic!() };
    assert_eq!(error.which, LimitKind::Fuel);
    let looping = rego(&rust, "package p\nr := fixture.loop(1)", &["p/r"]);
    let policy = Policy::new(&engine, candidate_of(looping, rust, value("{}")), config).unwrap();
    let Err(EvalError::Limit(error)) = ask(&policy, "p/r", "1") else { panic!() };
    assert_eq!(error.which, LimitKind::Fuel);
}

#[test]
fn a_caller_deep_in_its_stack_does_not_call() {
    const STACK: usize = 128 << 10;
    let mut settings = EngineConfig::default();
    settings.stack_bytes = STACK;
    let engine = Engine::new(&settings).unwrap();
    let rust = file(FIXTURE);
    // A quarter is all that a caller may have used, whatever a function's frame takes.
    let outcomes = [1, 400, 800, 1600, 2400].map(|depth| {
        let chain: String = (0..depth).map(|n| format!("f{n}(x) := y if y := f{}(x)\n", n + 1)).collect();
        let text = format!("package p\nr := f0(input)\n{chain}f{depth}(x) := fixture.constant(x)");
        // Without the passes that put functions into each other.
        let options = Options { opt_level: OptLevel::O0, ..options(&rust, &["p/r"]) };
        let wasm = compile(&source(&text), &options).wasm.unwrap();
        let policy =
            Policy::new(&engine, candidate_of(wasm, rust.clone(), value("{}")), PolicyConfig::default()).unwrap();
        match ask(&policy, "p/r", "1") {
            Ok(answer) => {
                assert_eq!(answer, Some(Value::from("constant")));
                0
            }
            Err(EvalError::Limit(error)) if error.which == LimitKind::Stack => error.limit,
            Err(other) => panic!("{other}"),
        }
    });
    assert_eq!(outcomes[0], 0);
    assert!(outcomes.contains(&(STACK as u64 / 4)), "{outcomes:?}");
}

#[test]
fn threads_share_two_pools() {
    let policy = policy(|config| config.max_instances = 2);
    std::thread::scope(|scope| {
        for _ in 0..6 {
            scope.spawn(|| {
                for n in 0..300 {
                    let (amount, allowed) = if n % 2 == 0 { (1200, true) } else { (9_000_000, false) };
                    let answer = ask(&policy, "gate/allow", &request("ann", amount)).unwrap();
                    assert_eq!(answer, Some(Value::Bool(allowed)));
                }
            });
        }
    });
    assert!(policy.revision().pool_stats().size <= 4);
}

#[test]
fn a_batch_decides_each_input_as_if_alone() {
    let policy = policy(|_| ());
    let inputs: Vec<String> = (0..500)
        .map(|n| {
            if n == 77 {
                r#"{"user": "ann", "payment": {"amount": "much"}}"#.to_owned()
            } else {
                request("ann", n * 1000)
            }
        })
        .collect();
    let inputs: Vec<&str> = inputs.iter().map(String::as_str).collect();
    let answers = policy.with_instance("gate/allow", None, |instance, id, _| {
        Ok(instance.decide_many_json(id, &inputs, EvalOptions::default(), |answer| Ok(answer.as_bool())))
    });
    for (n, answer) in answers.unwrap().into_iter().enumerate() {
        match answer {
            Ok(answer) => assert_eq!(answer.map(Value::Bool), ask(&policy, "gate/allow", inputs[n]).unwrap(), "{n}"),
            Err(error) => assert!(n == 77 && matches!(error, EvalError::Policy(_)), "{n}: {error}"),
        }
    }
}

#[test]
fn a_revision_is_never_mixed() {
    // The caller says which revision it is of, and so do the callee's data.
    let rust = file(FIXTURE);
    let candidate = |n: i64| {
        let text = format!("package p\nr := [{n}, fixture.data(null)]");
        candidate_of(rego(&rust, &text, &["p/r"]), rust.clone(), value(&format!(r#"{{"n": {n}}}"#)))
    };
    let mut config = PolicyConfig::default();
    config.limits.time = Duration::from_secs(5);
    let policy = Policy::new(&engine(), candidate(0), config).unwrap();
    let (done, asked) = (AtomicBool::new(false), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                while !done.load(Ordering::Relaxed) {
                    let answer = ask(&policy, "p/r", "{}").unwrap().unwrap();
                    let parts = answer.as_array().unwrap();
                    assert_eq!(Some(&parts[0]), parts[1].get("n"), "{}", json::to_string(&answer));
                    asked.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        for n in 1..6 {
            policy.swap(candidate(n)).unwrap();
            let target = asked.load(Ordering::Relaxed) + 100;
            while asked.load(Ordering::Relaxed) < target {
                std::thread::yield_now();
            }
        }
        policy.rollback().unwrap();
        done.store(true, Ordering::Relaxed);
    });
    assert_eq!(json::to_string(&ask(&policy, "p/r", "{}").unwrap().unwrap()), r#"[4,{"n":4}]"#);
}

#[test]
fn a_caller_depends_on_the_data_of_what_it_calls() {
    let policy = policy(|_| ());
    let info =
        |name: &str| policy.with_instance(name, None, |instance, id, _| Ok(instance.entrypoint_info(id).unwrap()));
    let allow = info("gate/allow").unwrap();
    assert_eq!(allow.calls, ["fraud/score"]);
    assert_eq!(allow.varies, Varies::Never);
    let reads: Vec<String> = allow.data.unwrap().iter().map(|path| path.join("/")).collect();
    assert_eq!(reads, ["blocked", "fraud"]);
    assert_eq!(info("gate/aside").unwrap().data.unwrap(), [[""; 0]; 0]);
    let since = |name: &str| policy.revision().unchanged_since(name).unwrap().0;
    let change = |path: &[&str], to: Value| {
        let path = path.iter().map(|&key| key.to_owned()).collect();
        policy.patch_data(&[DataChange { path, value: Some(to) }]).unwrap();
    };
    change(&["elsewhere"], Value::from(2));
    assert_eq!([since("gate/allow"), since("gate/scored"), since("gate/aside"), since("fraud/score")], [1; 4]);
    change(&["fraud", "large"], Value::from(1));
    assert_eq!([since("gate/allow"), since("gate/scored"), since("gate/aside"), since("fraud/score")], [3, 3, 1, 3]);
}

#[test]
fn the_cache_knows_what_a_call_reads() {
    let folder = std::env::temp_dir().join(format!("writ-calls-{}", std::process::id()));
    let candidate = gate();
    let mut bundle = writ_bundle::Bundle { data: fraud_data(), ..writ_bundle::Bundle::default() };
    for (path, module) in ["policy.wasm", "rust/policy.wasm"].into_iter().zip(&candidate.modules) {
        bundle.wasm.push(writ_bundle::File { path: path.to_owned(), bytes: module.wasm.to_vec() });
    }
    for (entrypoint, module) in
        [("gate/allow", "/policy.wasm"), ("fraud/score", "/rust/policy.wasm"), ("fraud/allow", "/rust/policy.wasm")]
    {
        let (entrypoint, module) = (entrypoint.to_owned(), module.to_owned());
        bundle.manifest.wasm.push(writ_bundle::WasmEntrypoint { entrypoint, module, annotations: None });
    }
    bundle.write_file(&folder, None).unwrap();
    let writ = writ::Writ::builder().bundle_path(&folder).cache(writ::CacheConfig::default()).build().unwrap();
    let decide = |country: &str| {
        let input = format!(r#"{{"user": "ann", "payment": {}}}"#, payment(1200, country));
        (0..50).map(|_| writ.decide("gate/allow", &input).unwrap().is_true()).fold(None, |all, one| {
            assert!(all.is_none_or(|all| all == one), "one answer");
            Some(one)
        })
    };
    assert_eq!((decide("CH"), decide("AA")), (Some(true), Some(false)));
    // What only the module in Rust reads.
    let text = json::to_string(&fraud_data()).replace("\"AA\":30", "\"AA\":1");
    writ.set_data(value(&text)).unwrap();
    assert_eq!(decide("AA"), Some(true));
    writ.set_data(fraud_data()).unwrap();
    assert_eq!((decide("CH"), decide("AA")), (Some(true), Some(false)));
    std::fs::remove_file(folder).unwrap();
}

#[test]
fn modules_that_are_changed_harm_nobody() {
    let candidate = gate();
    let whole = candidate.modules[0].wasm.clone();
    let text = |wasm: &[u8]| wasm.windows(13).position(|w| w == b"\"fraud/score\"");
    let at = text(&whole).unwrap();
    // The section says another entrypoint, or nonsense in its place.
    for (from, to) in
        [("fraud/score", "fraud/allow"), ("fraud/score", "gate/allow\0"), ("fraud/score", "fraud/\u{e9}oree")]
    {
        let mut wasm = whole.to_vec();
        for place in 0..wasm.len() - from.len() {
            if wasm[place..].starts_with(from.as_bytes()) {
                wasm[place..place + from.len()].copy_from_slice(&to.as_bytes()[..from.len()]);
            }
        }
        assert_ne!(&wasm[at..at + 13], &whole[at..at + 13]);
        let mut changed = candidate.clone();
        changed.modules[0].wasm = Arc::from(wasm);
        match Policy::new(&engine(), changed, PolicyConfig::default()) {
            Ok(policy) => _ = ask(&policy, "gate/allow", &request("ann", 1)),
            Err(error) => assert!(matches!(error, EvalError::Artifact(_)), "{error}"),
        }
    }
}
