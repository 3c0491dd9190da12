//! What a host pays besides the decision itself: instances, loading, swaps, data, threads.
//!
//! | bench | measures | bar |
//! | --- | --- | --- |
//! | `pool/acquire-and-return` | a warm instance out of the pool and back | 100 ns |
//! | `pool/fresh-instance` | an instance made and dropped | 20 µs |
//! | `load/without-cached-code` | bytes of a bundle to the first decision, machine code made | 15 ms |
//! | `load/without-cached-code-in-haste` | the same by an engine that does not optimise (`EngineConfig::optimize`) | |
//! | `load/with-cached-code` | the same, machine code from the cache on disk | 2 ms |
//! | `swap/same-code` | a candidate with other data made live | |
//! | `swap/other-code` | a candidate with other code (from the cache) made live | |
//! | `swap/slowest-decision` | the slowest of all decisions while revisions are swapped; its time is no mean | 1 ms |
//! | `swap/slowest-decision-compiling` | the same with code that is compiled for each swap | 1 ms |
//! | `swap/slowest-decision-without` | the same without swaps: what the machine itself does | |
//! | `data/100-MB` | JSON text to the first decision on it | 3 s |
//! | `threads/1`, `threads/2` | a million decisions shared among threads | 1.8 times faster |
//!
//! Memory is measured by `cargo run --release -p writ-benches --example host_memory`.

use std::hint::black_box;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use criterion::{Criterion, criterion_group, criterion_main};
use writ_benches::host::{
    BIG_INPUT, INPUT, big_data, big_policy, bundle, candidate, candidate_with_data, policy as policy_of,
};
use writ_bundle::Reader;
use writ_runtime::{
    Candidate, CodeCacheConfig, Engine, EngineConfig, Instance, Limits, Module, Policy, PolicyConfig, Request,
};

fn request() -> Request<'static> {
    Request { entrypoint: "authz/allow", ..Request::default() }
}

fn decide(policy: &Policy) -> bool {
    policy.decide_json(&request(), black_box(INPUT), |answer| Ok(answer.as_bool())).expect("a decision") == Some(true)
}

fn pool(c: &mut Criterion) {
    let engine = Engine::new(&EngineConfig::default()).expect("an engine");
    let policy = policy_of(&engine);
    let module = Module::new(&engine, &candidate(0).modules[0].wasm).expect("a module");
    let mut group = c.benchmark_group("pool");
    group.bench_function("acquire-and-return", |b| {
        b.iter(|| policy.with_instance("authz/allow", None, |instance, _, _| Ok(instance.is_usable())).expect("one"));
    });
    group.bench_function("fresh-instance", |b| {
        b.iter(|| Instance::new(&module, Limits::default()).expect("an instance"));
    });
    group.finish();
}

fn first_decision(engine: &Engine, bytes: &[u8]) -> bool {
    let bundle = Reader::default().read(bytes).expect("a bundle");
    let candidate = Candidate::from_bundle(bundle, None).expect("a candidate");
    decide(&Policy::new(engine, candidate, PolicyConfig::default()).expect("a policy"))
}

/// An engine with compiled code in a folder of its own, which the system clears.
fn caching_engine() -> Engine {
    let folder = std::env::temp_dir().join(format!("writ-bench-code-{}", std::process::id()));
    let mut config = EngineConfig::default();
    config.code_cache = Some(CodeCacheConfig::new(folder));
    Engine::new(&config).expect("an engine")
}

fn load(c: &mut Criterion) {
    let bytes = bundle();
    let (plain, caching) = (Engine::new(&EngineConfig::default()).expect("an engine"), caching_engine());
    let mut hasty = EngineConfig::default();
    hasty.optimize = false;
    let hasty = Engine::new(&hasty).expect("an engine");
    let mut group = c.benchmark_group("load");
    group.bench_function("without-cached-code", |b| b.iter(|| first_decision(&plain, black_box(&bytes))));
    group.bench_function("without-cached-code-in-haste", |b| b.iter(|| first_decision(&hasty, black_box(&bytes))));
    assert!(first_decision(&caching, &bytes));
    group.bench_function("with-cached-code", |b| b.iter(|| first_decision(&caching, black_box(&bytes))));
    group.finish();
}

/// The slowest decision of a thread while `work` runs `times` in another.
fn slowest(policy: &Policy, times: u64, mut work: impl FnMut(u64)) -> Duration {
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let decider = scope.spawn(|| {
            let mut slowest = Duration::ZERO;
            while !stop.load(Ordering::Relaxed) {
                let started = Instant::now();
                assert!(decide(policy));
                slowest = slowest.max(started.elapsed());
            }
            slowest
        });
        for n in 0..times {
            work(n);
            std::thread::sleep(Duration::from_millis(5));
        }
        stop.store(true, Ordering::Relaxed);
        decider.join().expect("no panic")
    })
}

fn swap(c: &mut Criterion) {
    let engine = caching_engine();
    let policy = policy_of(&engine);
    let codes: Vec<Candidate> = (0..4).map(candidate).collect();
    let data: Vec<Candidate> = (0..4).map(candidate_with_data).collect();
    let next = |from: &[Candidate], n: u64| {
        policy.swap(from[(n % 4) as usize].clone()).expect("it goes live");
    };
    (0..4).for_each(|n| next(&codes, n));
    let mut group = c.benchmark_group("swap");
    let mut n = 0;
    group.bench_function("same-code", |b| {
        b.iter(|| {
            n += 1;
            next(&data, n);
        });
    });
    group.bench_function("other-code", |b| {
        b.iter(|| {
            n += 1;
            next(&codes, n);
        });
    });
    group.sample_size(10).measurement_time(Duration::from_secs(4));
    group.bench_function("slowest-decision", |b| {
        b.iter_custom(|times| slowest(&policy, times, |n| next(&codes, n)) * u32::try_from(times).unwrap_or(u32::MAX));
    });
    let plain = policy_of(&Engine::new(&EngineConfig::default()).expect("an engine"));
    group.bench_function("slowest-decision-compiling", |b| {
        b.iter_custom(|times| {
            let swap = |n: u64| {
                plain.swap(codes[(n % 4) as usize].clone()).expect("it goes live");
            };
            slowest(&plain, times, swap) * u32::try_from(times).unwrap_or(u32::MAX)
        });
    });
    group.bench_function("slowest-decision-without", |b| {
        b.iter_custom(|times| slowest(&policy, times, |_| ()) * u32::try_from(times).unwrap_or(u32::MAX));
    });
    group.finish();
}

fn data(c: &mut Criterion) {
    let engine = Engine::new(&EngineConfig::default()).expect("an engine");
    let text = big_data(100 << 20);
    let mut group = c.benchmark_group("data");
    group.sample_size(10);
    group.bench_function("100-MB", |b| {
        b.iter(|| {
            let policy = big_policy(&engine, black_box(&text));
            let request = Request { entrypoint: "p/level", ..Request::default() };
            policy.decide_json(&request, BIG_INPUT, |answer| Ok(answer.is_defined())).expect("a decision")
        });
    });
    group.finish();
}

const SHARED_DECISIONS: u64 = 1_000_000;

fn threads(c: &mut Criterion) {
    let engine = Engine::new(&EngineConfig::default()).expect("an engine");
    let policy = policy_of(&engine);
    let mut group = c.benchmark_group("threads");
    group.sample_size(10);
    for threads in [1, 2] {
        group.bench_function(threads.to_string(), |b| {
            b.iter(|| {
                std::thread::scope(|scope| {
                    for _ in 0..threads {
                        scope.spawn(|| (0..SHARED_DECISIONS / threads).for_each(|_| assert!(decide(&policy))));
                    }
                });
            });
        });
    }
    group.finish();
}

criterion_group!(group, pool, load, swap, data, threads);
criterion_main!(group);
