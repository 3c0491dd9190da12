//! Decisions through the SDK: one and many, with and without the cache, across changes of the policy.

mod common;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use common::{builder, cached, cached_with, input, json};
use writ::{
    CacheConfig, CallOptions, Candidate, CustomBuiltin, DataChange, DecisionKind, Error, Question, Recorder,
    Sensitivity, SwapKind, Value, Writ,
};

fn change(path: &[&str], value: Option<Value>) -> DataChange {
    DataChange { path: path.iter().map(|&key| key.to_owned()).collect(), value }
}

#[test]
fn unread_fields_share_an_entry() {
    let (writ, _) = cached();
    for request in 0..100 {
        let decision = writ.decide("authz/allow", input("alice", "user", "read", request)).expect("a decision");
        assert!(decision.is_true());
        assert_eq!(decision.cached, request > 0);
    }
    assert!(!writ.decide("authz/allow", input("alice", "user", "write", 0)).expect("a decision").is_true());
    assert!(!writ.decide("authz/allow", input("bob", "user", "read", 0)).expect("a decision").is_true());
    assert!(writ.decide("authz/allow", input("bob", "admin", "read", 0)).expect("a decision").is_true());
    let stats = writ.metrics().cache.expect("a cache");
    assert_eq!((stats.hits, stats.misses, stats.inserted, stats.entries), (99, 4, 4, 4));
    assert!((stats.hit_rate() - 99.0 / 103.0).abs() < 1e-9);
    assert_eq!(stats.front.hits, 99);
    writ.reset_metrics();
    let stats = writ.cache().expect("a cache").stats();
    assert_eq!((stats.hits, stats.entries), (0, 4));
}

#[test]
fn another_thread_finds_what_this_one_kept() {
    let (writ, _) = cached();
    writ.decide("authz/reason", input("alice", "user", "read", 0)).expect("a decision");
    let ask = || writ.decide("authz/reason", input("alice", "user", "read", 1)).expect("a decision");
    let others = std::thread::scope(|scope| scope.spawn(|| (ask(), ask())).join().expect("no panic"));
    assert!(others.0.cached && others.1.cached);
    assert_eq!(others.0.result, Some(json(r#"{"who": "alice", "ttl_seconds": 5}"#)));
    let stats = writ.metrics().cache.expect("a cache");
    assert_eq!((stats.local.hits, stats.front.hits), (1, 1));
    let sampled = (0..200).map(|_| ask()).count();
    let stats = writ.metrics().cache.expect("a cache");
    assert_eq!(stats.hits, 2 + sampled as u64);
    assert!(stats.front.latency.samples() >= 2 && stats.front.latency.mean() > Duration::ZERO);
}

#[test]
fn entries_end_by_class_call_and_result() {
    let (writ, clock) = cached();
    let ask = |options: &CallOptions| {
        writ.decide_with("authz/allow", input("alice", "user", "read", 0), options).expect("a decision")
    };
    for (class, seconds) in [
        (Sensitivity::Critical, 60),
        (Sensitivity::Confidential, 120),
        (Sensitivity::Internal, 180),
        (Sensitivity::Public, 300),
    ] {
        let mut options = CallOptions::default();
        options.sensitivity = Some(class);
        clock.set(1000);
        writ.cache().expect("a cache").clear();
        assert!(!ask(&options).cached);
        clock.set(1000 + seconds - 1);
        assert!(ask(&options).cached);
        clock.set(1000 + seconds);
        assert!(!ask(&options).cached, "{class:?} is over after {seconds} s");
    }
    let mut never = CallOptions::default();
    never.ttl = Some(Duration::ZERO);
    writ.cache().expect("a cache").clear();
    assert!(!ask(&never).cached);
    assert!(!ask(&never).cached, "a call may say that nothing is kept");
    let reason = || writ.decide("authz/reason", input("alice", "user", "read", 0)).expect("a decision");
    clock.set(2000);
    assert!(!reason().cached);
    clock.set(2004);
    assert!(reason().cached);
    clock.set(2005);
    assert!(!reason().cached, "the result said 5 s");
    clock.set(10);
    assert!(!reason().cached, "the clock was set back: what was made later is not believed");
    assert!(reason().cached);
    clock.set(1_000_000);
    assert!(writ.cache().expect("a cache").remove_expired() >= 1);
    assert_eq!(writ.cache().map(|cache| cache.size().entries), Some(0));
    assert!(writ.metrics().cache.expect("a cache").expired >= 6);
}

#[test]
fn the_cache_can_be_worked_by_hand() {
    let (writ, clock) = cached();
    let cache = writ.cache().expect("a cache");
    let text = input("carol", "user", "read", 0);
    let question = Question::json("authz/allow", text.as_bytes());
    assert_eq!(cache.get(&question).expect("asked"), None);
    assert!(cache.put(&question, Some(Value::from(true)), Duration::from_secs(30)).expect("put"));
    assert_eq!(cache.get(&question).expect("asked"), Some(Some(Value::from(true))));
    let decision = writ.decide("authz/allow", input("carol", "user", "read", 99)).expect("a decision");
    assert!(decision.is_true() && decision.cached);
    assert!(cache.delete(&question).expect("deleted") && !cache.delete(&question).expect("asked"));
    assert!(!writ.decide("authz/allow", &text).expect("a decision").is_true(), "not in the thread's front either");
    assert!(!cache.put(&question, None, Duration::ZERO).expect("asked"));
    cache.put(&question, None, Duration::from_secs(30)).expect("put");
    clock.set(30);
    assert_eq!(cache.get(&question).expect("asked"), None, "its time is over");
    let typed =
        Question::value("authz/allow", &serde_json::json!({"user": {"id": "carol", "role": "user"}, "action": "read"}));
    assert!(cache.put(&typed.expect("JSON"), Some(Value::from(true)), Duration::from_secs(30)).expect("put"));
    assert_eq!(cache.get(&question).expect("asked"), Some(Some(Value::from(true))));
    assert!(cache.get(&Question::json("authz/none", b"{}")).is_err());
    assert!(cache.get(&Question::json("authz/allow", b"{")).is_err());
    let health = cache.health();
    assert!(health.local && health.shared.is_none());
    assert_eq!(health.size, cache.size());
    assert!(format!("{cache:?}").contains("entries: 1"));
    cache.clear();
    assert_eq!(cache.size().bytes, 0);
    assert!(!writ.decide("authz/allow", &text).expect("a decision").cached);
}

#[test]
fn a_change_of_data_is_seen_at_once_and_a_rollback_as_well() {
    let (writ, _) = cached();
    let ask = || writ.decide("authz/allow", input("bob", "user", "read", 0)).expect("a decision");
    assert!(!ask().is_true());
    assert!(ask().cached);
    let first = ask().revision;
    writ.set_data(json(r#"{"grants": [{"user": "bob", "action": "read"}]}"#)).expect("new data");
    let decision = ask();
    assert!(decision.is_true() && !decision.cached && decision.revision > first);
    writ.rollback().expect("the one before");
    let decision = ask();
    assert!(!decision.is_true());
    assert_eq!(decision.revision, first);
    let (first, _) = cached();
    assert_eq!(first.rollback().expect_err("only one").code(), "input_refused");
}

#[test]
fn a_change_elsewhere_leaves_what_does_not_depend_on_it() {
    let (writ, _) = cached();
    let ask = |name: &str| writ.decide(name, input("alice", "user", "read", 0)).expect("a decision");
    let all = ["authz/allow", "authz/level", "authz/plain"];
    assert_eq!(all.map(|name| ask(name).cached), [false; 3]);
    assert_eq!(all.map(|name| ask(name).cached), [true; 3]);
    let second = writ.patch_data(&[change(&["levels", "alice"], Some(Value::from(4)))]).expect("a patch");
    let decision = ask("authz/level");
    assert_eq!((decision.result, decision.cached), (Some(Value::from(4)), false));
    assert!(ask("authz/allow").cached && ask("authz/plain").cached);
    assert_eq!(ask("authz/allow").revision, second, "the live revision decides so, too");
    writ.patch_data(&[change(&["grants"], Some(json("[]")))]).expect("a patch");
    let decision = ask("authz/allow");
    assert!(!decision.cached && !decision.is_true());
    assert!(ask("authz/level").cached && ask("authz/plain").cached);
    // A swap makes everything new.
    writ.swap(Candidate::from_module("v2", compiled())).expect("a swap");
    assert!(!ask("authz/plain").cached);
    assert_eq!(writ.health().bundle.name, "v2");
    assert_eq!(writ.decide("authz/allow", "{}").expect_err("gone").code(), "input_refused");
}

/// The module of a policy, by way of the compiler.
fn compiled() -> Vec<u8> {
    let source = writ_compiler::Source {
        name: "authz.rego".to_owned(),
        text: common::POLICY.into(),
        ..writ_compiler::Source::default()
    };
    let options =
        writ_compiler::Options { entrypoints: vec!["authz/plain".to_owned()], ..writ_compiler::Options::default() };
    writ_compiler::compile(&[source], &options).wasm.expect("it compiles")
}

#[test]
fn undefined_is_kept_and_stays_undefined() {
    let (writ, _) = cached();
    for cached in [false, true] {
        let decision = writ.decide("authz/reason", input("bob", "user", "read", 0)).expect("a decision");
        assert_eq!((decision.to_json(), decision.cached), (None, cached));
        assert_eq!(decision.result, None);
    }
}

#[test]
fn varying_entrypoints_are_not_kept_and_those_that_read_the_clock_for_a_given_time() {
    let policy =
        "package t\nnow := time.now_ns()\nroll := rand.intn(input.x, 6)\nplain := input.x\nboth := [now, roll]";
    let build = |clock_ttl| {
        let mut config = CacheConfig::default();
        (config.learn, config.clock_ttl) = (false, clock_ttl);
        let names = ["t/now", "t/roll", "t/plain", "t/both"];
        let builder =
            names.iter().fold(Writ::builder().rego("t.rego", policy), |builder, name| builder.entrypoint(*name));
        builder.cache(config).build().expect("a policy")
    };
    let kept = |writ: &Writ, name: &str| {
        let ask = || writ.decide(name, r#"{"x": "a"}"#).expect("a decision").cached;
        (ask(), ask())
    };
    let writ = build(Duration::ZERO);
    assert_eq!(kept(&writ, "t/now"), (false, false));
    assert_eq!(kept(&writ, "t/roll"), (false, false));
    assert_eq!(kept(&writ, "t/plain"), (false, true), "of one module, each entrypoint for itself");
    assert_eq!(writ.metrics().cache.map(|stats| (stats.bypassed, stats.entries)), Some((4, 1)));
    assert_eq!(writ.cache().expect("a cache").get(&Question::json("t/now", b"{}")).expect("asked"), None);
    assert!(!writ.cache().expect("a cache").put(&Question::json("t/now", b"{}"), None, Duration::MAX).expect("asked"));
    let writ = build(Duration::from_millis(20));
    assert_eq!(kept(&writ, "t/now"), (false, true));
    assert_eq!(kept(&writ, "t/both"), (false, false));
    std::thread::sleep(Duration::from_millis(40));
    assert_eq!(kept(&writ, "t/now"), (false, true), "no longer than that");
}

#[test]
fn errors_are_errors_each_time() {
    let (writ, _) = cached();
    for _ in 0..2 {
        let error = writ.decide("authz/allow", "{\"user\":").expect_err("no JSON");
        assert_eq!(error.code(), "input_refused");
        let error = writ.decide("authz/deny", "{}").expect_err("no entrypoint");
        assert_eq!(error.code(), "input_refused");
        let error = writ.decide("authz/conflict", input("a", "b", "c", 0)).expect_err("two values");
        assert_eq!(error.code(), "policy_error");
        assert!(!error.is_retryable());
    }
    assert_eq!(writ.cache().map(|cache| cache.size().entries), Some(0));
    assert_eq!(writ.metrics().failed, 6);
    let error = Writ::builder().rego("x.rego", "package x\np := q").entrypoint("x/p").build().expect_err("unsafe");
    assert_eq!(error.code(), "compile_error");
    assert!(error.to_string().starts_with("x.rego:2:6: rego_unsafe_var_error: "), "{error}");
    assert_eq!(Writ::builder().build().expect_err("nothing").code(), "configuration_error");
    let nameless = Writ::builder().rego("x.rego", "package x").build().expect_err("no entrypoint");
    assert_eq!(nameless.code(), "configuration_error");
    let missing = Writ::builder().bundle_path("/nowhere/at/all").build().expect_err("no file");
    assert_eq!(missing.code(), "bundle_refused");
    let garbage = Writ::builder().bundle_bytes(&b"garbage"[..]).build().expect_err("no archive");
    assert_eq!(garbage.code(), "bundle_refused");
    assert_eq!(Writ::builder().data_json("{").expect_err("half").code(), "input_refused");
}

#[test]
fn typed_inputs_and_text_share_entries() {
    #[derive(serde::Serialize)]
    struct User<'a> {
        id: &'a str,
        role: &'a str,
    }
    #[derive(serde::Serialize)]
    struct Request<'a> {
        user: User<'a>,
        action: &'a str,
    }
    let (writ, _) = cached();
    let request = Request { user: User { id: "alice", role: "user" }, action: "read" };
    assert!(writ.decide_value("authz/allow", &request).expect("a decision").is_true());
    assert!(writ.decide("authz/allow", input("alice", "user", "read", 7)).expect("a decision").cached);
    #[derive(serde::Deserialize, Debug, PartialEq)]
    struct Reason {
        who: String,
    }
    for cached in [false, true] {
        let decision = writ.decide_value_into::<_, Reason>("authz/reason", &request).expect("a decision");
        assert_eq!((decision.result, decision.cached), (Some(Reason { who: "alice".to_owned() }), cached));
    }
    let reason = writ.decide_into::<Reason>("authz/reason", input("bob", "user", "read", 0)).expect("a decision");
    assert_eq!(reason.result, None, "undefined is no error");
    assert_eq!(writ.decide_into::<u8>("authz/allow", "{}").expect_err("a boolean").code(), "unexpected_form");
    assert!(writ.decide("authz/allow", "{}").is_ok(), "that harmed nobody");
    assert_eq!(writ.health().runtime.pool.discarded, 0);
}

#[test]
fn many_inputs_are_answered_in_order_each_by_itself() {
    for (writ, through_cache) in [(builder().build().expect("a policy"), false), (cached().0, true)] {
        for count in [0, 1, 255, 256, 257, 5000] {
            let text = |i: usize| match i % 5 {
                0 => "nonsense".to_owned(),
                1 => input("alice", "user", "write", i as u32),
                _ => input("alice", "user", "read", i as u32),
            };
            let inputs: Vec<String> = (0..count).map(text).collect();
            let decisions = writ.decide_many("authz/allow", &inputs);
            assert_eq!(decisions.len(), count);
            for (i, decision) in decisions.iter().enumerate() {
                match i % 5 {
                    0 => assert_eq!(decision.as_ref().expect_err("no JSON").code(), "input_refused"),
                    1 => assert!(!decision.as_ref().expect("a decision").is_true()),
                    _ => assert!(decision.as_ref().expect("a decision").is_true()),
                }
            }
            let hits = decisions.iter().flatten().filter(|decision| decision.cached).count();
            assert!(if through_cache { hits + 4 + count / 5 + 1 >= count } else { hits == 0 }, "{hits} of {count}");
            assert!(decisions.iter().flatten().all(|decision| decision.took.is_some()));
        }
        let none = writ.decide_many("authz/nothing", &["{}", "{}"]);
        assert!(none.iter().all(|decision| decision.as_ref().is_err_and(|e| e.code() == "input_refused")));
        let values: Vec<_> = (0..3)
            .map(|i| {
                let action = ["read", "write"][i % 2];
                serde_json::json!({ "action": action })
            })
            .collect();
        let truths: Vec<_> =
            writ.decide_many_values("authz/plain", &values).iter().flatten().map(|d| d.is_true()).collect();
        assert_eq!(truths, [true, false, true]);
    }
}

#[test]
fn a_deadline_holds_for_what_has_not_begun_and_for_what_runs() {
    let writ = builder().limits(common::patient()).build().expect("a policy");
    let within = |time: Duration| {
        let mut options = CallOptions::default();
        options.deadline = Some(Instant::now() + time);
        options
    };
    assert!(writ.decide_with("authz/plain", "{}", &within(Duration::from_secs(60))).is_ok());
    let error = writ.decide_with("authz/plain", "{}", &within(Duration::ZERO)).expect_err("over");
    assert_eq!(error.code(), "deadline_passed");
    let started = Instant::now();
    let error =
        writ.decide_with("authz/slow", r#"{"none": -1}"#, &within(Duration::from_millis(5))).expect_err("too slow");
    assert_eq!(error.code(), "deadline_passed");
    assert!(started.elapsed() < Duration::from_secs(10), "the limit was not what ended it");
    let limited = builder().build().expect("a policy");
    assert_eq!(limited.decide("authz/slow", r#"{"none": -1}"#).expect_err("too slow").code(), "limit_reached");
    let over = writ.decide_many_with("authz/plain", &["{}", "{}"], &within(Duration::ZERO));
    assert!(over.iter().all(|decision| matches!(decision, Err(Error::Deadline { .. }))));
}

#[test]
fn strict_and_fresh_calls_go_past_the_cache() {
    let policy = "package s\nn := to_number(input.x)";
    let mut config = CacheConfig::default();
    config.learn = false;
    let writ = Writ::builder().rego("s.rego", policy).entrypoint("s/n").cache(config).build().expect("a policy");
    let input = r#"{"x": "no number"}"#;
    assert_eq!(writ.decide("s/n", input).expect("undefined").result, None);
    let mut strict = CallOptions::default();
    strict.strict_builtin_errors = true;
    assert_eq!(writ.decide_with("s/n", input, &strict).expect_err("an error here").code(), "policy_error");
    assert!(writ.decide("s/n", input).expect("undefined").cached);
    let mut fresh = CallOptions::default();
    fresh.fresh = true;
    assert!(!writ.decide_with("s/n", input, &fresh).expect("undefined").cached);
}

#[test]
fn a_call_inside_of_a_call_is_a_call() {
    // A built-in that asks the same policy, and an input that asks while it is written.
    let inner: Arc<std::sync::OnceLock<Writ>> = Arc::default();
    let asks = {
        let inner = inner.clone();
        let declaration = r#"{"args": [{"type": "string"}], "result": {"type": "boolean"}}"#;
        CustomBuiltin::pure("acme.ask", declaration, move |_, args| {
            let user = args[0].as_str().unwrap_or_default().to_owned();
            let writ = inner.get().expect("set before the first decision");
            let decision = writ.decide("p/leaf", format!(r#"{{"user": "{user}"}}"#)).expect("a decision");
            Ok(decision.result)
        })
    };
    let policy = "package p\nleaf := input.user == \"ann\"\ntop := acme.ask(input.user)";
    let mut config = CacheConfig::default();
    config.learn = false;
    let builder = Writ::builder().rego("p.rego", policy).entrypoint("p/leaf").entrypoint("p/top").cache(config);
    let writ = builder.builtin(asks.expect("a built-in")).expect("new").build().expect("a policy");
    inner.set(writ.clone()).expect("once");

    struct Nosy<'w>(&'w Writ);
    impl serde::Serialize for Nosy<'_> {
        fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            let inner = self.0.decide("p/leaf", r#"{"user": "ann"}"#).expect("a decision");
            serde::Serialize::serialize(
                &serde_json::json!({"user": if inner.is_true() { "ann" } else { "bob" }}),
                serializer,
            )
        }
    }
    for cached in [false, true] {
        let decision = writ.decide("p/top", r#"{"user": "ann"}"#).expect("a decision");
        assert!(decision.is_true());
        assert_eq!(decision.cached, cached);
        assert!(writ.decide_value("p/top", &Nosy(&writ)).expect("a decision").is_true());
    }
    let values = [Nosy(&writ), Nosy(&writ)];
    assert!(writ.decide_many_values("p/leaf", &values).iter().flatten().all(|decision| decision.is_true()));
    let twin =
        || CustomBuiltin::pure("acme.twin", r#"{"result": {"type": "number"}}"#, |_, _| Ok(None)).expect("well formed");
    let twice = Writ::builder().builtin(twin()).expect("new").builtin(twin());
    assert_eq!(twice.expect_err("there is one already").code(), "builtin_refused");
}

#[test]
fn handles_do_not_meet_in_a_thread() {
    // More than a thread keeps seats for, in turns.
    let all: Vec<(Writ, usize)> = (0..12)
        .map(|i| {
            let policy = format!("package p\nn := {i} + input.x");
            let mut config = CacheConfig::default();
            config.learn = false;
            let writ =
                Writ::builder().rego("p.rego", policy).entrypoint("p/n").cache(config).build().expect("a policy");
            (writ, i)
        })
        .collect();
    for round in 0..3 {
        for (writ, i) in &all {
            let decision = writ.decide("p/n", r#"{"x": 1}"#).expect("a decision");
            assert_eq!(decision.result, Some(Value::from(*i as i64 + 1)));
            assert_eq!(decision.cached, round > 0);
        }
    }
    assert!(all.iter().all(|(writ, _)| writ.metrics().defined == 3));
}

#[test]
fn decisions_have_numbers_times_and_a_recorder() {
    #[derive(Default)]
    struct Counts {
        defined: AtomicUsize,
        failed: AtomicUsize,
        swaps: AtomicUsize,
    }
    impl Recorder for Counts {
        fn decision(&self, entrypoint: &str, result: DecisionKind, _: Duration) {
            assert_eq!(entrypoint, "authz/plain");
            let counter = if matches!(result, DecisionKind::Failed(_)) { &self.failed } else { &self.defined };
            counter.fetch_add(1, Ordering::Relaxed);
        }
        fn swap(&self, _: SwapKind, _: Duration) {
            self.swaps.fetch_add(1, Ordering::Relaxed);
        }
    }
    let counts = Arc::new(Counts::default());
    let writ = builder().recorder(counts.clone()).measure(false).build().expect("a policy");
    let one = writ.decide("authz/plain", r#"{"action": "read"}"#).expect("a decision");
    let two = writ.decide("authz/plain", r#"{"action": "read"}"#).expect("a decision");
    assert!(one.id != two.id && one.took.is_none());
    assert!(writ.decide("authz/plain", "{").is_err());
    writ.set_data(json("{}")).expect("data");
    let load = |counter: &AtomicUsize| counter.load(Ordering::Relaxed);
    assert_eq!((load(&counts.defined), load(&counts.failed), load(&counts.swaps)), (2, 1, 1));
    let timed = builder().build().expect("a policy").decide("authz/plain", "{}").expect("a decision");
    assert!(timed.took.is_some_and(|took| took > Duration::ZERO && took < Duration::from_secs(5)));
}

#[test]
fn health_tells_what_probes_ask() {
    let (writ, _) = cached();
    let health = writ.health();
    assert!(health.live && health.ready);
    assert_eq!((health.bundle.revision.0, health.bundle.refused.clone()), (1, None));
    assert!(health.cache.expect("a cache").local);
    assert_eq!((health.queue.deciding, health.queue.waiting), (0, 0));
    let bad = Candidate::from_module("bad", &b"\0asm"[..]);
    assert_eq!(writ.swap(bad).expect_err("no module").code(), "artifact_refused");
    let health = writ.health();
    assert!(health.ready, "the one before goes on");
    assert!(health.bundle.refused.is_some());
    assert!(writ.patch_data(&[change(&["nothing", "here"], None)]).is_err());
    writ.set_data(json("{}")).expect("data");
    assert_eq!(writ.health().bundle.refused, None);
    assert!(writ.health().bundle.age < Duration::from_secs(60));
    let debug = format!("{writ:?} {:?}", builder().cache(CacheConfig::default()));
    assert!(debug.contains("Writ") && debug.contains("cache: Some"));
}

#[test]
fn the_cache_steps_aside_where_deciding_is_cheaper_and_says_so() {
    // Looking up and deciding so little cost about the same, so all that can be said is that both are measured and that answers stay right.
    let writ = builder().cache(CacheConfig::default()).build().expect("a policy");
    for i in 0..60_000u32 {
        let decision =
            writ.decide("authz/plain", input("a", "b", ["read", "write"][(i % 2) as usize], i)).expect("a decision");
        assert_eq!(decision.is_true(), i % 2 == 0);
    }
    let metrics = writ.metrics();
    let learned = metrics.entrypoints.iter().find(|metrics| &*metrics.name == "authz/plain").expect("asked");
    assert!(learned.look > Duration::ZERO && learned.decide > Duration::ZERO && learned.hit_rate > 0.9, "{learned:?}");
    let stats = metrics.cache.expect("a cache");
    assert_eq!(stats.hits + stats.misses + stats.aside, 60_000);
    // Nothing is ever found here, so looking is in vain whatever it costs.
    for i in 0..60_000u32 {
        writ.decide("authz/reason", input(&format!("user{i}"), "admin", "read", i)).expect("a decision");
    }
    let metrics = writ.metrics();
    let learned = metrics.entrypoints.iter().find(|metrics| &*metrics.name == "authz/reason").expect("asked");
    assert!(learned.aside && learned.hit_rate < 0.1, "{learned:?}");
    assert!(metrics.cache.expect("a cache").aside > 30_000);
}

#[test]
fn entries_are_bounded_and_go_when_there_are_too_many() {
    let (writ, _) = cached_with(|config| (config.max_entries, config.front_entries) = (100, 0));
    for i in 0..1000 {
        writ.decide("authz/level", input(&format!("user{i}"), "user", "read", 0)).expect("a decision");
    }
    let stats = writ.metrics().cache.expect("a cache");
    assert!(stats.entries <= 100 && stats.evicted >= 900, "{stats:?}");
    assert_eq!((stats.misses, stats.front.hits), (1000, 0));
    let (writ, _) = cached_with(|config| config.max_bytes = 50_000);
    for i in 0..1000 {
        writ.decide("authz/level", input(&format!("user{i}"), "user", "read", 0)).expect("a decision");
    }
    let stats = writ.metrics().cache.expect("a cache");
    assert!(stats.bytes <= 50_000 && stats.entries > 10, "{stats:?}");
}
