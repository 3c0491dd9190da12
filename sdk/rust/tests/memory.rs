//! What a host takes with a small policy, 64 instances at work and a cache of 100,000 entries. A process of its own, so that nothing else is counted.

mod common;

use std::sync::Barrier;

use common::{builder, input, patient};
use writ::CacheConfig;

/// `VmRSS`: all that is in memory; `RssFile`: of that, pages of the executable and of libraries.
fn resident_kib(which: &str) -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(which)?.strip_prefix(':'))?;
    line.split_whitespace().next()?.parse().ok()
}

/// Kibibytes that are resident, and of these the executable's, when all have decided on inputs of their own.
fn at_full_load(entrypoint: &str) -> Option<(u64, u64)> {
    let mut config = CacheConfig::default();
    (config.learn, config.max_entries) = (false, 100_000);
    let writ =
        builder().cache(config).limits(patient()).max_instances(64).warm_instances(64).build().expect("a policy");
    let barrier = Barrier::new(64);
    std::thread::scope(|scope| {
        for thread in 0..64 {
            let (writ, barrier) = (&writ, &barrier);
            scope.spawn(move || {
                barrier.wait();
                for i in 0..2_500u32 {
                    let user = format!("user-{thread}-{i}");
                    writ.decide(entrypoint, input(&user, "admin", "read", i)).expect("a decision");
                }
            });
        }
    });
    let size = writ.cache().expect("a cache").size();
    // Results of `reason` are kept for five seconds only, so that on a slow machine some are gone.
    assert!(size.entries <= 100_000 && (size.entries >= 90_000 || entrypoint != "authz/allow"), "{size:?}");
    assert_eq!(writ.health().runtime.pool.size, 64);
    let (kib, of_files) = (resident_kib("VmRSS")?, resident_kib("RssFile")?);
    eprintln!("{} MiB resident, of which {} MiB are the executable's, with {size:?}", kib >> 10, of_files >> 10);
    Some((kib, of_files))
}

#[test]
fn a_host_at_full_load_stays_within_bounds() {
    // Where the system does not say, there is nothing to hold against it.
    let Some((kib, _)) = at_full_load("authz/allow") else { return };
    // 150 MB: 64 threads with a stack and a front of the cache each, 64 instances, and 100,000 answers.
    assert!(kib * 1024 < 150_000_000, "{} MiB", kib >> 10);
}

/// By itself, since memory that was given back stays with the process: `cargo test --release -p writ --test memory -- --ignored`.
#[test]
#[ignore = "measures the whole process, as the other test does"]
fn answers_that_are_objects_take_more() {
    let Some((kib, _)) = at_full_load("authz/reason") else { return };
    // An object of two members takes half a kilobyte; 185 MiB were measured.
    assert!(kib < 230 << 10, "{} MiB", kib >> 10);
}
