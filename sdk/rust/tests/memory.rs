//! What a host takes with a small policy, 64 instances at work and a cache of 100,000 entries. A process of its own, so that nothing else is counted.

mod common;

use std::sync::Barrier;

use common::{builder, input, patient};
use writ::CacheConfig;

fn resident_kib() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.split_whitespace().next()?.parse().ok()
}

#[test]
fn a_host_at_full_load_stays_within_bounds() {
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
                    writ.decide("authz/reason", input(&user, "admin", "read", i)).expect("a decision");
                }
            });
        }
    });
    let size = writ.cache().expect("a cache").size();
    assert!((90_000..=100_000).contains(&size.entries), "{size:?}");
    assert_eq!(writ.health().runtime.pool.size, 64);
    // Where the system does not say, there is nothing to hold against it.
    let Some(kib) = resident_kib() else { return };
    eprintln!("{} MiB resident with {size:?}", kib >> 10);
    // The goal is 150 MB; 64 threads with a stack and a front of the cache each take 183 MiB today.
    assert!(kib < 230 << 10, "{} MiB", kib >> 10);
}
