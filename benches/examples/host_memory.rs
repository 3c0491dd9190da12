//! What instances and data take of memory: `cargo run --release -p writ-benches --example host_memory`.
//!
//! The resident set before and after, in this order: an engine with a small policy and one instance; 64 instances that have all decided; 100 MB of
//! JSON data with one instance, then with eight that have all decided. Shared pages are counted once, as the system counts them (`Pss`).
#![allow(clippy::print_stdout, clippy::expect_used, reason = "a program that prints figures")]

use std::sync::Barrier;

use writ_benches::host::{BIG_INPUT, INPUT, big_data, big_policy, candidate};
use writ_runtime::{Engine, EngineConfig, Policy, PolicyConfig};

/// Bytes that the process holds, shared pages divided among those who share them.
fn held() -> u64 {
    let text = std::fs::read_to_string("/proc/self/smaps_rollup").unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("Pss:")).unwrap_or_default();
    line.split_whitespace().next().and_then(|n| n.parse::<u64>().ok()).unwrap_or_default() * 1024
}

/// Has `n` instances decide at once, so that all exist.
fn decide_at_once(policy: &Policy, n: usize, entrypoint: &str, input: &[u8]) {
    let barrier = Barrier::new(n);
    std::thread::scope(|scope| {
        for _ in 0..n {
            scope.spawn(|| {
                policy
                    .with_instance(entrypoint, None, |instance, id, _| {
                        barrier.wait();
                        instance.decide_json(id, input, Default::default(), |answer| Ok(answer.is_defined()))
                    })
                    .expect("a decision")
            });
        }
    });
    assert_eq!(policy.stats().pool.size, n);
}

fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}

fn main() {
    let engine = Engine::new(&EngineConfig::default()).expect("an engine");
    let mut config = PolicyConfig::default();
    config.max_instances = 64;
    let small = Policy::new(&engine, candidate(0), config).expect("a policy");
    decide_at_once(&small, 1, "authz/allow", INPUT);
    let one = held();
    decide_at_once(&small, 64, "authz/allow", INPUT);
    let many = held();
    println!("small policy, 1 instance: {:.1} MB; 64 instances: {:.1} MB more", megabytes(one), megabytes(many - one));
    drop(small);

    let before = held();
    let text = big_data(100 << 20);
    let started = std::time::Instant::now();
    let big = big_policy(&engine, &text);
    decide_at_once(&big, 1, "p/level", BIG_INPUT);
    let ready = started.elapsed();
    let length = text.len() as u64;
    drop(text);
    let one = held() - before;
    decide_at_once(&big, 8, "p/level", BIG_INPUT);
    let eight = held() - before;
    println!("image of the data: {:.1} MB", megabytes(big.stats().data_bytes as u64));
    println!(
        "{:.0} MB of JSON: ready after {ready:.2?}; 1 instance: {:.1} MB; 8 instances: {:.1} MB ({:.3} times)",
        megabytes(length),
        megabytes(one),
        megabytes(eight),
        eight as f64 / one as f64
    );
}
