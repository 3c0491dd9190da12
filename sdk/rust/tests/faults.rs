//! What goes wrong in the middle: no wrong answer, no leak, nobody stuck.

mod common;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use common::{builder, cached, cached_with, input, json};
use writ::{CustomBuiltin, Entry, Limits, Tier, Value, Writ};
use writ_runtime::faults::{self, Point};

#[test]
fn a_decision_that_times_out_in_a_batch_harms_no_other() {
    let policy = "package p\nout := 1 if not input.spin\nout := 2 if {\n input.spin\n some x in numbers.range(1, 3000)\n some y in numbers.range(1, 3000)\n some z in numbers.range(1, 3000)\n x + y + z == input.none\n}";
    let limits = Limits { time: Duration::from_millis(20), ..Limits::default() };
    let mut config = writ::CacheConfig::default();
    config.learn = false;
    let builder = || Writ::builder().rego("p.rego", policy).entrypoint("p/out").limits(limits).max_instances(2);
    for writ in [builder().build().expect("a policy"), builder().cache(config).build().expect("a policy")] {
        let inputs: Vec<String> =
            (0..500).map(|i| format!(r#"{{"spin": {}, "none": -1, "i": {i}}}"#, i % 100 == 50)).collect();
        for _ in 0..2 {
            for (i, decision) in writ.decide_many("p/out", &inputs).into_iter().enumerate() {
                if i % 100 == 50 {
                    assert_eq!(decision.expect_err("too slow").code(), "limit_reached");
                } else {
                    assert_eq!(decision.expect("a decision").result, Some(Value::from(1)));
                }
            }
        }
        let pool = writ.health().runtime.pool;
        // One that ends a whole batch is decided once more, alone, and costs a second instance.
        assert_eq!(pool.in_use, 0);
        assert!((10..=20).contains(&pool.discarded), "each time-out costs its instance: {}", pool.discarded);
        assert!(pool.size <= 2);
        if let Some(cache) = writ.cache() {
            assert_eq!(cache.size().entries, 1, "no time-out is kept");
        }
    }
}

#[test]
fn faults_of_the_runtime_are_errors_and_the_next_decision_is_well() {
    let writ = builder().build().expect("a policy");
    // No instance is idle in a pool that retired its instances, so the next decision makes one, and fails to.
    writ.set_data(json(common::DATA)).expect("data");
    let text = input("alice", "user", "read", 0);
    let big = format!(r#"{{"user": {{"id": "{}"}}, "action": "read"}}"#, "x".repeat(3 << 20));
    faults::arm(Some((Point::Allocation, 1)));
    let error = writ.decide("authz/allow", &big).expect_err("memory cannot grow");
    assert_eq!(error.code(), "internal_error");
    assert!(faults::is_spent());
    assert!(writ.decide("authz/allow", &text).expect("a decision").is_true());
    faults::arm(Some((Point::Allocation, 1)));
    let decisions = writ.decide_many("authz/allow", &[&text, &big, &text]);
    faults::arm(None);
    let codes: Vec<_> =
        decisions.iter().map(|decision| decision.as_ref().map_or_else(|e| e.code(), |_| "ok")).collect();
    assert_eq!(codes, ["ok", "internal_error", "ok"]);
    assert_eq!(writ.health().runtime.pool.in_use, 0);
}

#[test]
fn a_leader_that_fails_leaves_the_others_to_decide_themselves() {
    // The built-in fails for whoever comes first, after the others have begun to wait.
    let failing = Arc::new(AtomicBool::new(true));
    let fails = failing.clone();
    let builtin = CustomBuiltin::pure(
        "acme.check",
        r#"{"args": [{"type": "number"}], "result": {"type": "boolean"}}"#,
        move |_, _| {
            std::thread::sleep(Duration::from_millis(50));
            assert!(!fails.swap(false, Ordering::SeqCst), "a defect");
            Ok(Some(Value::from(true)))
        },
    );
    let mut config = writ::CacheConfig::default();
    config.learn = false;
    let writ = Writ::builder()
        .rego("p.rego", "package p\nok := acme.check(input.x)")
        .entrypoint("p/ok")
        .builtin(builtin.expect("a built-in"))
        .expect("new")
        .limits(Limits { time: Duration::from_secs(5), ..Limits::default() })
        .cache(config)
        .build()
        .expect("a policy");
    let started = Instant::now();
    let outcomes: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(|| writ.decide("p/ok", r#"{"x": 1}"#))).collect();
        threads.into_iter().map(|thread| thread.join().expect("no panic comes out")).collect()
    });
    assert!(started.elapsed() < Duration::from_secs(4), "nobody waited until patience ended");
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_err()).count(), 1);
    assert!(outcomes.iter().flatten().all(|decision| decision.is_true()));
    // Now it is well: one decides, the others take its answer.
    writ.cache().expect("a cache").clear();
    writ.reset_metrics();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| assert!(writ.decide("p/ok", r#"{"x": 1}"#).expect("a decision").is_true()));
        }
    });
    let stats = writ.metrics().cache.expect("a cache");
    assert_eq!((stats.inserted, stats.misses - stats.led, stats.hits + stats.misses), (1, 1, 4), "{stats:?}");
}

/// A tier that forgets, lies dead or panics is the host's to answer for; one that gives nothing must do no harm.
#[derive(Default)]
struct Shared {
    entries: Mutex<BTreeMap<Vec<u8>, Entry>>,
    dead: AtomicBool,
}

impl Tier for Shared {
    fn get(&self, key: &[u8]) -> Option<Entry> {
        if self.dead.load(Ordering::Relaxed) {
            return None;
        }
        self.entries.lock().expect("whole").get(key).cloned()
    }

    fn put(&self, key: Arc<[u8]>, entry: Entry) {
        if !self.dead.load(Ordering::Relaxed) {
            self.entries.lock().expect("whole").insert(key.to_vec(), entry);
        }
    }

    fn delete(&self, key: &[u8]) -> bool {
        self.entries.lock().expect("whole").remove(key).is_some()
    }

    fn clear(&self) {
        self.entries.lock().expect("whole").clear();
    }

    fn remove_expired(&self, _: Duration) -> usize {
        0
    }

    fn size(&self) -> (u64, u64) {
        (self.entries.lock().expect("whole").len() as u64, 0)
    }
}

#[test]
fn handles_share_a_tier_as_far_as_code_and_data_are_the_same() {
    let tier = Arc::new(Shared::default());
    let build = |data: &str| {
        let mut config = writ::CacheConfig::default();
        config.learn = false;
        builder().data(json(data)).cache(config).tier(tier.clone()).build().expect("a policy")
    };
    let ask = |writ: &Writ| writ.decide("authz/allow", input("alice", "user", "read", 0)).expect("a decision");
    let (one, two) = (build(common::DATA), build(common::DATA));
    assert!(!ask(&one).cached);
    let decision = ask(&two);
    assert!(decision.is_true() && decision.cached, "what one decided the other finds");
    assert_eq!(two.metrics().cache.map(|stats| stats.shared.hits), Some(1));
    let other = build(r#"{"grants": []}"#);
    let decision = ask(&other);
    assert!(!decision.is_true() && !decision.cached, "other data are another question");
    two.patch_data(&[writ::DataChange { path: vec!["levels".to_owned()], value: Some(json("{}")) }]).expect("a patch");
    assert!(ask(&two).cached, "nothing that this entrypoint reads has changed");
    tier.dead.store(true, Ordering::Relaxed);
    let three = build(common::DATA);
    assert!(ask(&three).is_true() && three.cache().expect("a cache").health().shared == Some(false));
    assert!(ask(&three).cached, "its own tier goes on");
    let alone = builder().tier(tier).build().expect_err("a tier without a cache");
    assert_eq!(alone.code(), "configuration_error");
}

#[test]
fn a_clock_that_goes_back_makes_nothing_live_longer() {
    let (writ, clock) = cached();
    let ask = || writ.decide("authz/allow", input("alice", "user", "read", 0)).expect("a decision").cached;
    clock.set(1000);
    assert!(!ask() && ask());
    for now in [0, 500, 999] {
        clock.set(now);
        assert!(!ask(), "made in the future");
        assert!(ask());
        clock.set(now + 180);
        assert!(!ask(), "180 s after it was made, whatever the clock did");
        writ.cache().expect("a cache").clear();
        clock.set(1000);
        ask();
    }
}

#[test]
fn a_thousand_threads_come_and_go() {
    let (writ, _) = cached_with(|config| config.front_entries = 16);
    let before = resident_kib();
    for round in 0..100 {
        std::thread::scope(|scope| {
            for _ in 0..10 {
                scope.spawn(|| {
                    let decision =
                        writ.decide("authz/allow", input("alice", "user", "read", round)).expect("a decision");
                    assert!(decision.is_true());
                });
            }
        });
    }
    assert_eq!(writ.metrics().defined, 1000, "what threads counted stays when they are gone");
    let grown = resident_kib().saturating_sub(before);
    assert!(grown < 64 << 10, "{grown} KiB more for threads that are gone");
    assert_eq!(writ.health().runtime.pool.in_use, 0);
}

fn resident_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}
