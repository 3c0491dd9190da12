//! What the tests share: a policy, a clock that they move, inputs.

#![allow(dead_code, reason = "each test uses some of it")]

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use writ::{Builder, CacheConfig, Clock, Limits, Value, Writ};

pub(crate) const POLICY: &str = r#"package authz

default allow := false

allow if input.user.role == "admin"

allow if {
    some grant in data.grants
    grant.user == input.user.id
    grant.action == input.action
}

reason := {"who": input.user.id, "ttl_seconds": 5} if allow

level := data.levels[input.user.id]

plain := input.action == "read"

slow if {
    some x in numbers.range(1, 3000)
    some y in numbers.range(1, 3000)
    some z in numbers.range(1, 3000)
    x + y + z == input.none
}

conflict := 1 if input.user
conflict := 2 if input.action
"#;

pub(crate) const DATA: &str = r#"{"grants": [{"user": "alice", "action": "read"}], "levels": {"alice": 3}}"#;

/// A clock that tests move.
#[derive(Default)]
pub(crate) struct Hand(AtomicU64);

impl Hand {
    pub(crate) fn set(&self, seconds: u64) {
        self.0.store(seconds, Ordering::Relaxed);
    }
}

impl Clock for Hand {
    fn now(&self) -> Duration {
        Duration::from_secs(self.0.load(Ordering::Relaxed))
    }
}

pub(crate) fn json(text: &str) -> Value {
    writ_value::json::parse(text.as_bytes()).expect("JSON")
}

pub(crate) fn builder() -> Builder {
    ["allow", "reason", "level", "plain", "slow", "conflict"]
        .iter()
        .fold(Writ::builder().rego("authz.rego", POLICY), |builder, name| builder.entrypoint(format!("authz/{name}")))
        .data(json(DATA))
}

/// A cache that does not step aside, and its clock.
pub(crate) fn cached() -> (Writ, Arc<Hand>) {
    cached_with(|_| {})
}

pub(crate) fn cached_with(change: impl FnOnce(&mut CacheConfig)) -> (Writ, Arc<Hand>) {
    let clock = Arc::new(Hand::default());
    let mut config = CacheConfig::default();
    config.learn = false;
    change(&mut config);
    let writ = builder().cache(config).clock(clock.clone()).build().expect("a policy");
    (writ, clock)
}

/// Time for decisions on machines that are busy with other things.
pub(crate) fn patient() -> Limits {
    Limits { time: Duration::from_secs(30), ..Limits::default() }
}

pub(crate) fn input(user: &str, role: &str, action: &str, request: u32) -> String {
    format!(r#"{{"user":{{"id":"{user}","role":"{role}"}},"action":"{action}","request":{request},"at":"{request}"}}"#)
}
