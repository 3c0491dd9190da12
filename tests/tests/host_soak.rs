//! Two threads decide without pause while the revision is swapped under them, and some candidates are broken.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test that fails panics, one that takes a minute says what it saw"
)]

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use writ_runtime::{Candidate, CodeCacheConfig, Engine, EngineConfig, Policy, PolicyConfig, Request, Sample};
use writ_tests::host::{compile, resident_bytes, value};
use writ_value::Value;

/// Time between two swaps.
const EVERY: Duration = Duration::from_millis(50);

/// Distinct revisions.
const REVISIONS: i64 = 8;

/// Each revision stamps its answer, once in its code and once in its data.
fn candidate(n: i64) -> Candidate {
    let text = format!("package s\nanswer := {{\"code\": {n}, \"data\": data.stamp, \"echo\": input.echo}}\n");
    let filler = (0..2000).map(|i| (format!("key{i}"), Value::from(n)));
    let data = Value::object([("stamp", Value::from(n)), ("filler", Value::object(filler))]);
    Candidate::from_module(n.to_string(), compile(&text, &["s/answer"])).with_data(data)
}

fn broken(mut candidate: Candidate, how: usize) -> Candidate {
    let module = &mut candidate.modules[0];
    match how % 3 {
        0 => module.wasm = module.wasm[..module.wasm.len() / 2].into(),
        1 => module.entrypoints = Some(vec!["s/none".to_owned()]),
        _ => candidate.data = Some(value("[]")),
    }
    candidate
}

/// An engine that keeps compiled code in a folder, as a host whose revisions come back would have it: what is tested here is the swap, and not
/// the code generator, which would have the two cores for itself else.
fn engine(folder: &std::path::Path) -> Engine {
    let mut config = EngineConfig::default();
    config.code_cache = Some(CodeCacheConfig::new(folder));
    Engine::new(&config).unwrap()
}

fn soak(length: Duration, tolerated_growth: f64) {
    let folder = std::env::temp_dir().join(format!("writ-soak-{}-{}", std::process::id(), length.as_secs()));
    soak_with(&engine(&folder), length, tolerated_growth);
    std::fs::remove_dir_all(&folder).unwrap();
}

fn soak_with(engine: &Engine, length: Duration, tolerated_growth: f64) {
    let candidates: Vec<Candidate> = (0..REVISIONS).map(candidate).collect();
    let mut config = PolicyConfig::default();
    config.limits.time = Duration::from_secs(5);
    config.samples =
        vec![Sample { entrypoint: "s/answer".to_owned(), input: Some(value(r#"{"echo": 1}"#)), expected: None }];
    let policy = Policy::new(engine, candidates[0].clone(), config).unwrap();
    // All code is compiled once.
    for candidate in &candidates {
        policy.swap(candidate.clone()).unwrap();
    }
    let (stop, decisions) = (AtomicBool::new(false), AtomicU64::new(0));
    let decide = |thread: i64| {
        let mut n = 0;
        while !stop.load(Ordering::Relaxed) {
            n += 1;
            let echo = Value::from(thread * 1_000_000_000 + n);
            let input = Value::object([("echo", echo.clone())]);
            let request = Request { entrypoint: "s/answer", input: Some(&input), ..Request::default() };
            let decision = policy.decide(&request).unwrap();
            let writ_runtime::Outcome::Document(Some(answer)) = decision.outcome else { panic!("undefined") };
            assert_eq!(answer.get("code"), answer.get("data"), "one revision made the whole answer");
            assert_eq!(answer.get("echo"), Some(&echo));
            decisions.fetch_add(1, Ordering::Relaxed);
        }
    };
    let (mut swaps, mut refused, mut before) = (0, 0, 0);
    std::thread::scope(|scope| {
        let threads = [scope.spawn(|| decide(1)), scope.spawn(|| decide(2))];
        let started = Instant::now();
        for n in 1usize.. {
            // Every 50 ms, however long a swap takes.
            std::thread::sleep((started + EVERY * n as u32).saturating_duration_since(Instant::now()));
            let next = candidates[n % candidates.len()].clone();
            if n % 10 == 0 {
                let live = policy.revision().id();
                assert!(policy.swap(broken(next, n / 10)).is_err());
                assert_eq!(policy.revision().id(), live);
                refused += 1;
            } else {
                policy.swap(next).unwrap();
                swaps += 1;
            }
            // What the allocators keep for themselves is there after a third of the time.
            if before == 0 && started.elapsed() >= length / 3 {
                before = resident_bytes();
            }
            if started.elapsed() >= length || threads.iter().any(|t| t.is_finished()) {
                break;
            }
        }
        stop.store(true, Ordering::Relaxed);
    });
    let after = resident_bytes();
    let growth = after as f64 / before as f64 - 1.0;
    let total = decisions.load(Ordering::Relaxed);
    eprintln!(
        "{total} decisions, {swaps} swaps, {refused} refused, memory {before} -> {after} ({:.1} %)",
        growth * 100.0
    );
    assert!(total > 100 && swaps > 3);
    assert!(growth < tolerated_growth, "memory grew by {:.1} %", growth * 100.0);
    let stats = policy.stats();
    let warm = REVISIONS as u64;
    assert_eq!((stats.swaps, stats.refused, stats.failed), (swaps + warm, refused, [0; 6]));
}

#[test]
fn decisions_go_on_through_swaps_for_a_few_seconds() {
    soak(Duration::from_secs(4), 0.5);
}

#[test]
#[ignore = "takes a minute"]
fn decisions_go_on_through_swaps_for_a_minute() {
    soak(Duration::from_secs(60), 0.05);
}
