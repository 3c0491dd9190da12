//! Decisions through the SDK: with and without the cache, across changes of the policy.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use writ::{CacheConfig, CallOptions, Clock, Sensitivity, Value, Writ};

const POLICY: &str = r#"package authz

default allow := false

allow if input.user.role == "admin"

allow if {
    some grant in data.grants
    grant.user == input.user.id
    grant.action == input.action
}

reason := {"who": input.user.id, "ttl_seconds": 5} if allow
"#;

/// A clock that tests move.
#[derive(Default)]
struct Hand(AtomicU64);

impl Clock for Hand {
    fn now(&self) -> Duration {
        Duration::from_secs(self.0.load(Ordering::Relaxed))
    }
}

fn data(text: &str) -> Value {
    Value::try_from_json(text)
}

trait FromJson {
    fn try_from_json(text: &str) -> Self;
}

impl FromJson for Value {
    fn try_from_json(text: &str) -> Self {
        writ_value::json::parse(text.as_bytes()).expect("JSON")
    }
}

fn writ(cache: Option<CacheConfig>) -> (Writ, Arc<Hand>) {
    let clock = Arc::new(Hand::default());
    let mut builder = Writ::builder()
        .rego("authz.rego", POLICY)
        .entrypoint("authz/allow")
        .entrypoint("authz/reason")
        .data(data(r#"{"grants": [{"user": "alice", "action": "read"}]}"#))
        .clock(clock.clone());
    if let Some(config) = cache {
        builder = builder.cache(config);
    }
    (builder.build().expect("a policy"), clock)
}

fn input(user: &str, role: &str, action: &str, request: u32) -> String {
    format!(r#"{{"user":{{"id":"{user}","role":"{role}"}},"action":"{action}","request":{request},"at":"{request}"}}"#)
}

#[test]
fn unread_fields_share_an_entry() {
    let (writ, _) = writ(Some(CacheConfig::default()));
    for request in 0..100 {
        let decision = writ.decide("authz/allow", input("alice", "user", "read", request)).expect("a decision");
        assert!(decision.is_true());
        assert_eq!(decision.cached, request > 0);
    }
    assert!(!writ.decide("authz/allow", input("alice", "user", "write", 0)).expect("a decision").is_true());
    assert!(!writ.decide("authz/allow", input("bob", "user", "read", 0)).expect("a decision").is_true());
    assert!(writ.decide("authz/allow", input("bob", "admin", "read", 0)).expect("a decision").is_true());
    let stats = writ.cache_stats().expect("a cache");
    assert_eq!((stats.hits, stats.misses, stats.inserted, stats.entries), (99, 4, 4, 4));
    assert!((stats.hit_rate() - 99.0 / 103.0).abs() < 1e-9);
    writ.reset_cache_stats();
    assert_eq!(writ.cache_stats().map(|s| (s.hits, s.entries)), Some((0, 4)));
}

#[test]
fn entries_end_by_class_call_and_result() {
    let (writ, clock) = writ(Some(CacheConfig::default()));
    let ask = |options| writ.decide_with("authz/allow", input("alice", "user", "read", 0), options).expect("a decision");
    let critical = CallOptions { sensitivity: Some(Sensitivity::Critical), ..CallOptions::default() };
    assert!(!ask(critical).cached);
    clock.0.store(59, Ordering::Relaxed);
    assert!(ask(critical).cached);
    clock.0.store(60, Ordering::Relaxed);
    assert!(!ask(critical).cached, "over after 60 s");
    let ttl = CallOptions { ttl: Some(Duration::ZERO), ..CallOptions::default() };
    writ.clear_cache();
    assert!(!ask(ttl).cached);
    assert!(!ask(ttl).cached, "a call may say that nothing is kept");
    let reason = || writ.decide("authz/reason", input("alice", "user", "read", 0)).expect("a decision");
    assert!(!reason().cached);
    clock.0.store(64, Ordering::Relaxed);
    assert!(reason().cached);
    clock.0.store(65, Ordering::Relaxed);
    assert!(!reason().cached, "the result said 5 s");
    // Back in time nothing is lost, and nothing lives for ever.
    clock.0.store(10, Ordering::Relaxed);
    assert!(reason().cached);
    clock.0.store(1000, Ordering::Relaxed);
    assert!(writ.remove_expired() >= 1);
    assert_eq!(writ.cache_stats().map(|s| s.entries), Some(0));
}

#[test]
fn a_change_of_data_is_seen_at_once() {
    let (writ, _) = writ(Some(CacheConfig::default()));
    let ask = || writ.decide("authz/allow", input("bob", "user", "read", 0)).expect("a decision");
    assert!(!ask().is_true());
    assert!(ask().cached);
    let first = ask().revision;
    writ.set_data(data(r#"{"grants": [{"user": "bob", "action": "read"}]}"#)).expect("new data");
    let decision = ask();
    assert!(decision.is_true() && !decision.cached && decision.revision > first);
    writ.rollback().expect("the one before");
    let decision = ask();
    assert!(!decision.is_true());
    assert_eq!(decision.revision, first);
}

#[test]
fn undefined_is_kept_and_stays_undefined() {
    let (writ, _) = writ(Some(CacheConfig::default()));
    for cached in [false, true] {
        let decision = writ.decide("authz/reason", input("bob", "user", "read", 0)).expect("a decision");
        assert_eq!((decision.result, decision.cached), (None, cached));
    }
}

#[test]
fn varying_policies_are_never_kept() {
    let policy = "package t\nnow := time.now_ns()\nroll := rand.intn(input.x, 6)";
    let writ = Writ::builder().rego("t.rego", policy).entrypoint("t/now").cache(CacheConfig::default()).build();
    let writ = writ.expect("a policy");
    for _ in 0..3 {
        assert!(!writ.decide("t/now", "{}").expect("a decision").cached);
    }
    assert_eq!(writ.cache_stats().map(|s| (s.bypassed, s.entries)), Some((3, 0)));
}

#[test]
fn errors_are_errors_each_time() {
    let (writ, _) = writ(Some(CacheConfig::default()));
    for _ in 0..2 {
        let error = writ.decide("authz/allow", "{\"user\":").expect_err("no JSON");
        assert_eq!(error.code(), "input_refused");
        let error = writ.decide("authz/deny", "{}").expect_err("no entrypoint");
        assert_eq!(error.code(), "input_refused");
    }
    assert_eq!(writ.cache_stats().map(|s| s.entries), Some(0));
    let error = Writ::builder().rego("x.rego", "package x\np := q").entrypoint("x/p").build().expect_err("unsafe");
    assert_eq!(error.code(), "compile_error");
    assert_eq!(Writ::builder().build().expect_err("nothing").code(), "configuration_error");
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
    let (writ, _) = writ(Some(CacheConfig::default()));
    let request = Request { user: User { id: "alice", role: "user" }, action: "read" };
    assert!(writ.decide_value("authz/allow", &request).expect("a decision").is_true());
    assert!(writ.decide("authz/allow", input("alice", "user", "read", 7)).expect("a decision").cached);
    let many = writ.decide_many("authz/allow", &[input("alice", "user", "read", 1), "nonsense".to_owned()]);
    assert!(many[0].as_ref().is_ok_and(writ::Decision::is_true));
    assert!(many[1].is_err());
    let health = writ.health();
    assert!(health.ready && health.cache.is_some());
}
