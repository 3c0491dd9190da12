//! What a decision costs on a warm instance, by the form of its input.
//!
//! | bench | measures |
//! | --- | --- |
//! | `decide/json` | JSON text in, boolean out |
//! | `decide/prepared` | an input that was encoded once |
//! | `decide/struct` | a Rust struct in |
//! | `decide/value` | a `serde_json::Value` in |
//! | `floor/ignored-any` | the same text scanned by `serde_json`, nothing kept |

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use serde::Serialize;
use writ_compiler::{Options, Source, compile};
use writ_runtime::{Engine, EngineConfig, EvalOptions, Instance, Limits, Module};

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

const INPUT: &str = r#"{"user":{"id":"alice","role":"editor","level":4,"email":"alice@example.com"},"action":"update","resource":{"type":"document","owner":"alice","id":"doc-17"},"request_id":"7f1c9d2e"}"#;

#[derive(Serialize)]
struct User {
    id: &'static str,
    role: &'static str,
    level: u32,
    email: &'static str,
}

#[derive(Serialize)]
struct Resource {
    r#type: &'static str,
    owner: &'static str,
    id: &'static str,
}

#[derive(Serialize)]
struct Request {
    user: User,
    action: &'static str,
    resource: Resource,
    request_id: &'static str,
}

fn instance(policy: &str, entrypoint: &str) -> Instance {
    let source = Source { name: "policy.rego".to_owned(), text: policy.as_bytes().to_vec(), rego_version: None };
    let options = Options { entrypoints: vec![entrypoint.to_owned()], ..Options::default() };
    let wasm = compile(&[source], &options).wasm.expect("the policy compiles");
    let engine = Engine::new(&EngineConfig::default()).expect("an engine");
    let module = Module::new(&engine, &wasm).expect("a module");
    Instance::new(&module, Limits::default()).expect("an instance")
}

fn benches(c: &mut Criterion) {
    let mut instance = instance(POLICY, "authz/allow");
    let entrypoint = instance.module().entrypoint("authz/allow").expect("an entrypoint");
    let options = EvalOptions::default();
    let mut group = c.benchmark_group("decide");
    group.bench_function("json", |b| {
        b.iter(|| instance.decide_json(entrypoint, black_box(INPUT.as_bytes()), options, |a| Ok(a.as_bool())));
    });
    let prepared = instance.prepare_json(entrypoint, INPUT.as_bytes()).expect("an input");
    group.bench_function("prepared", |b| {
        b.iter(|| instance.decide_prepared(black_box(&prepared), options, |a| Ok(a.as_bool())));
    });
    let request = Request {
        user: User { id: "alice", role: "editor", level: 4, email: "alice@example.com" },
        action: "update",
        resource: Resource { r#type: "document", owner: "alice", id: "doc-17" },
        request_id: "7f1c9d2e",
    };
    group.bench_function("struct", |b| {
        b.iter(|| instance.decide_value(entrypoint, black_box(&request), options, |a| Ok(a.as_bool())));
    });
    let value: serde_json::Value = serde_json::from_str(INPUT).expect("JSON");
    group.bench_function("value", |b| {
        b.iter(|| instance.decide_value(entrypoint, black_box(&value), options, |a| Ok(a.as_bool())));
    });
    group.finish();
    c.bench_function("floor/ignored-any", |b| {
        b.iter(|| serde_json::from_str::<serde::de::IgnoredAny>(black_box(INPUT)).is_ok());
    });
}

criterion_group!(group, benches);
criterion_main!(group);
