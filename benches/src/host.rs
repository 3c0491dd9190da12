//! Policies, bundles and data that the benches of the host share.

use std::fmt::Write as _;

use writ_bundle::{Bundle, File, Manifest, WasmEntrypoint};
use writ_compiler::{Options, Source, compile};
use writ_runtime::{Candidate, Engine, Limits, Policy, PolicyConfig};
use writ_value::{Value, json};

const POLICY: &str = r#"package authz

default allow := false

allow if input.user.role == "admin"

allow if {
    input.action == "read"
    input.resource.type == "document"
    input.user.level >= 3
}

allow if {
    input.user.id == input.resource.owner
    input.action in {"read", "update", "delete"}
}
"#;

/// An input that is allowed by the last rule of the small policy, entrypoint `authz/allow`.
pub const INPUT: &[u8] = br#"{"user":{"id":"alice","role":"editor","level":4,"email":"alice@example.com"},"action":"update","resource":{"type":"document","owner":"alice","id":"doc-17"},"request_id":"7f1c9d2e"}"#;

/// An input for `p/level` of [`big_policy`].
pub const BIG_INPUT: &[u8] = br#"{"user":"user000077"}"#;

fn module(text: &str, entrypoint: &str) -> Vec<u8> {
    let source = Source { name: "policy.rego".to_owned(), text: text.as_bytes().to_vec(), rego_version: None };
    let options = Options { entrypoints: vec![entrypoint.to_owned()], ..Options::default() };
    compile(&[source], &options).wasm.unwrap_or_default()
}

/// The small policy; `n` makes its code another one.
#[must_use]
pub fn candidate(n: usize) -> Candidate {
    let text = format!("{POLICY}\nallow if input.user.role == \"role{n}\"\n");
    Candidate::from_module(format!("code {n}"), module(&text, "authz/allow"))
}

/// The small policy with data that `n` makes other ones.
#[must_use]
pub fn candidate_with_data(n: usize) -> Candidate {
    candidate(0).with_data(Value::object([("n", Value::from(n as i64))]))
}

/// The small policy, live.
///
/// # Panics
/// When it does not load.
#[must_use]
#[expect(clippy::expect_used, reason = "a bench's own policy loads")]
pub fn policy(engine: &Engine) -> Policy {
    let mut config = PolicyConfig::default();
    // A busy machine is to show in the figures, not to end the bench.
    config.limits.time = std::time::Duration::from_secs(5);
    Policy::new(engine, candidate(0), config).expect("the policy loads")
}

/// A bundle with the small policy's module, source and a little data.
///
/// # Panics
/// When it cannot be written to memory.
#[must_use]
#[expect(clippy::expect_used, reason = "writing to memory works")]
pub fn bundle() -> Vec<u8> {
    let entrypoint =
        WasmEntrypoint { entrypoint: "authz/allow".to_owned(), module: "/policy.wasm".to_owned(), annotations: None };
    let bundle = Bundle {
        manifest: Manifest { revision: "r1".to_owned(), wasm: vec![entrypoint], ..Manifest::default() },
        data: Value::object([("teams", Value::object([("a", Value::from(1))]))]),
        modules: vec![File { path: "policy.rego".to_owned(), bytes: POLICY.as_bytes().to_vec() }],
        wasm: vec![File { path: "policy.wasm".to_owned(), bytes: module(POLICY, "authz/allow") }],
        ..Bundle::default()
    };
    let mut bytes = Vec::new();
    bundle.write(&mut bytes).expect("it can be written");
    bytes
}

/// About `bytes` of JSON text: users with roles.
#[must_use]
pub fn big_data(bytes: usize) -> String {
    let mut text = "{\"users\": {".to_owned();
    let mut n = 0;
    while text.len() < bytes {
        let comma = if n == 0 { "" } else { ", " };
        let _ = write!(
            text,
            "{comma}\"user{n:06}\": {{\"level\": {}, \"roles\": [\"reader\", \"team-{}\"], \"email\": \"user{n}@example.com\", \"active\": true}}",
            n % 7,
            n % 1000
        );
        n += 1;
    }
    text.push_str("}}");
    text
}

/// A policy over [`big_data`], entrypoint `p/level`, of eight instances at most.
///
/// # Panics
/// When it does not load.
#[must_use]
#[expect(clippy::expect_used, reason = "a bench's own policy loads")]
pub fn big_policy(engine: &Engine, text: &str) -> Policy {
    let wasm = module("package p\nlevel := data.users[input.user].level", "p/level");
    let data = json::parse(text.as_bytes()).expect("the data are JSON");
    let mut config = PolicyConfig::default();
    config.max_instances = 8;
    config.limits = Limits { time: std::time::Duration::from_secs(1), ..Limits::default() };
    Policy::new(engine, Candidate::from_module("big", wasm).with_data(data), config).expect("the policy loads")
}
