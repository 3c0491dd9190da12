//! What the SDK adds to a decision, and what its cache, its batches and its queue save.
//!
//! | bench | measures |
//! | --- | --- |
//! | `sdk/decide-typed`, `sdk/decide-json` | one decision, no cache, the time it took not measured |
//! | `sdk/decide-measured` | the same typed decision, with the time it took |
//! | `sdk/async-lone` | the same from JSON text through `decide_async`, nobody else there |
//! | `sdk/hit-typed`, `sdk/hit-json` | found in the front of the thread; `-2-threads`: per decision and thread, two at once |
//! | `sdk/hit-local` | found in the tier that threads share, without fronts |
//! | `sdk/miss` | looked for, decided and kept; every input new |
//! | `sdk/many-typed`, `sdk/loop-typed` | 1,000 decisions in a batch on one thread, and in a loop |
//! | `sdk/queue-N`, `sdk/blocking-N` | 64 asynchronous callers of a policy of some 20 µs on N instances: waiting for permits, and blocking in the pool |

use std::hint::black_box;
use std::sync::Barrier;
use std::time::{Duration, Instant};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use serde::Serialize;
use writ::{BatchConfig, CacheConfig, Writ};

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

work := count([x | some x in numbers.range(1, 400); x % input.user.level == 0])
"#;

const NAME: &str = "authz/allow";

#[derive(Serialize)]
struct Request {
    user: User,
    action: &'static str,
    resource: Resource,
    request_id: u64,
}

#[derive(Serialize)]
struct User {
    id: &'static str,
    role: &'static str,
    level: u64,
}

#[derive(Serialize)]
struct Resource {
    r#type: &'static str,
    owner: &'static str,
}

fn request(level: u64) -> Request {
    let user = User { id: "alice", role: "editor", level };
    let resource = Resource { r#type: "document", owner: "alice" };
    Request { user, action: "update", resource, request_id: 7_001 }
}

fn builder() -> writ::Builder {
    Writ::builder().rego("authz.rego", POLICY).entrypoint(NAME).entrypoint("authz/work").measure(false)
}

fn plain() -> Writ {
    builder().build().expect("a policy")
}

fn cached(front: usize) -> Writ {
    let mut config = CacheConfig::default();
    (config.learn, config.front_entries) = (false, front);
    builder().cache(config).build().expect("a policy")
}

fn text(level: u64) -> Vec<u8> {
    serde_json::to_vec(&request(level)).expect("JSON")
}

fn decide(c: &mut Criterion) {
    let (writ, typed, json) = (plain(), request(4), text(4));
    c.bench_function("sdk/decide-typed", |b| b.iter(|| writ.decide_value(NAME, black_box(&typed))));
    c.bench_function("sdk/decide-json", |b| b.iter(|| writ.decide(NAME, black_box(&json))));
    let measured = builder().measure(true).build().expect("a policy");
    c.bench_function("sdk/decide-measured", |b| b.iter(|| measured.decide_value(NAME, black_box(&typed))));
    let body = bytes::Bytes::from(json);
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    c.bench_function("sdk/async-lone", |b| {
        b.iter_custom(|n| {
            runtime.block_on(async {
                let started = Instant::now();
                for _ in 0..n {
                    let _ = black_box(writ.decide_async(NAME, body.clone()).await);
                }
                started.elapsed()
            })
        });
    });
}

/// Time per decision of threads that all decide at once.
fn in_threads(threads: usize, n: u64, work: impl Fn() + Sync) -> Duration {
    let barrier = Barrier::new(threads);
    let times: Vec<Duration> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads)
            .map(|_| {
                scope.spawn(|| {
                    (0..100).for_each(|_| work());
                    barrier.wait();
                    let started = Instant::now();
                    (0..n).for_each(|_| work());
                    started.elapsed()
                })
            })
            .collect();
        workers.into_iter().map(|worker| worker.join().unwrap_or_default()).collect()
    });
    times.iter().sum::<Duration>() / threads as u32
}

fn hits(c: &mut Criterion) {
    let (writ, typed, json) = (cached(512), request(4), text(4));
    let hit = || drop(black_box(writ.decide_value(NAME, black_box(&typed))));
    c.bench_function("sdk/hit-typed", |b| b.iter(hit));
    c.bench_function("sdk/hit-typed-2-threads", |b| b.iter_custom(|n| in_threads(2, n, hit)));
    c.bench_function("sdk/hit-json", |b| b.iter(|| writ.decide(NAME, black_box(&json))));
    let shared = cached(0);
    let hit = || drop(black_box(shared.decide_value(NAME, black_box(&typed))));
    c.bench_function("sdk/hit-local", |b| b.iter(hit));
    c.bench_function("sdk/hit-local-2-threads", |b| b.iter_custom(|n| in_threads(2, n, hit)));
    let mut level = 0;
    c.bench_function("sdk/miss", |b| {
        b.iter(|| {
            level += 1;
            writ.decide_value(NAME, black_box(&request(level)))
        });
    });
}

fn many(c: &mut Criterion) {
    let writ = plain();
    let requests: Vec<Request> = (0..1000).map(request).collect();
    let mut group = c.benchmark_group("sdk");
    group.throughput(Throughput::Elements(1000));
    group.bench_function("many-typed", |b| b.iter(|| black_box(writ.decide_many_values(NAME, &requests))));
    group.bench_function("loop-typed", |b| {
        b.iter(|| requests.iter().map(|request| writ.decide_value(NAME, request)).collect::<Vec<_>>());
    });
    group.finish();
}

/// 64 callers on four threads, of a policy that takes some time.
fn queue(c: &mut Criterion) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(4).build().expect("threads");
    for instances in [1, 2] {
        for (name, permits) in [("queue", instances), ("blocking", 64)] {
            let mut batching = BatchConfig::default();
            batching.max_deciding = permits;
            let writ = builder().max_instances(instances).batching(batching).build().expect("a policy");
            let body = bytes::Bytes::from(text(4));
            c.bench_function(&format!("sdk/{name}-{instances}"), |b| {
                b.iter_custom(|n| {
                    let each = n.div_ceil(64);
                    let started = Instant::now();
                    runtime.block_on(async {
                        let callers: Vec<_> = (0..64)
                            .map(|_| {
                                let (writ, body) = (writ.clone(), body.clone());
                                tokio::spawn(async move {
                                    for _ in 0..each {
                                        let _ = black_box(writ.decide_async("authz/work", body.clone()).await);
                                        tokio::task::yield_now().await;
                                    }
                                })
                            })
                            .collect();
                        for caller in callers {
                            let _ = caller.await;
                        }
                    });
                    // Per decision.
                    started.elapsed().mul_f64(n as f64 / (each * 64) as f64)
                });
            });
        }
    }
}

criterion_group!(benches, decide, hits, many, queue);
criterion_main!(benches);
