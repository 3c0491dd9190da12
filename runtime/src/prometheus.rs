//! Counters and histograms as the text that Prometheus reads.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::policy::Policy;
use crate::stats::{DecisionKind, ErrorKind, Recorder, SwapKind};

/// Upper bounds of the buckets, in nanoseconds; one more has everything.
const BOUNDS: [u64; 14] = [
    1_000,
    2_500,
    5_000,
    10_000,
    25_000,
    50_000,
    100_000,
    250_000,
    1_000_000,
    5_000_000,
    10_000_000,
    50_000_000,
    250_000_000,
    1_000_000_000,
];

/// Histograms of how long decisions and swaps take. Give it to a policy as its recorder, and print both with [`Exporter::text`].
#[derive(Debug, Default)]
pub struct Exporter {
    decisions: Histogram,
    swaps: Histogram,
}

#[derive(Debug, Default)]
struct Histogram {
    buckets: [AtomicU64; BOUNDS.len() + 1],
    sum_ns: AtomicU64,
}

impl Histogram {
    fn observe(&self, took: Duration) {
        let ns = u64::try_from(took.as_nanos()).unwrap_or(u64::MAX);
        let bucket = BOUNDS.partition_point(|&bound| bound < ns);
        if let Some(bucket) = self.buckets.get(bucket) {
            bucket.fetch_add(1, Ordering::Relaxed);
        }
        self.sum_ns.fetch_add(ns, Ordering::Relaxed);
    }

    fn write(&self, name: &str, help: &str, out: &mut String) {
        let _ = writeln!(out, "# HELP {name} {help}\n# TYPE {name} histogram");
        let mut count = 0;
        for (i, bucket) in self.buckets.iter().enumerate() {
            count += bucket.load(Ordering::Relaxed);
            match BOUNDS.get(i) {
                Some(&bound) => {
                    let _ = writeln!(out, "{name}_bucket{{le=\"{}\"}} {count}", seconds(bound));
                }
                None => {
                    let _ = writeln!(out, "{name}_bucket{{le=\"+Inf\"}} {count}");
                }
            }
        }
        let sum = seconds(self.sum_ns.load(Ordering::Relaxed));
        let _ = writeln!(out, "{name}_sum {sum}\n{name}_count {count}");
    }
}

fn seconds(ns: u64) -> f64 {
    Duration::from_nanos(ns).as_secs_f64()
}

impl Recorder for Exporter {
    fn decision(&self, _: &str, _: DecisionKind, took: Duration) {
        self.decisions.observe(took);
    }

    fn swap(&self, _: SwapKind, took: Duration) {
        self.swaps.observe(took);
    }
}

impl Exporter {
    /// Everything that `policy` and this exporter counted, in the text format 0.0.4.
    pub fn text(&self, policy: &Policy) -> String {
        let stats = policy.stats();
        let mut out = String::new();
        metric(
            &mut out,
            "writ_decisions_total",
            "counter",
            "Decisions by how they ended.",
            &[
                ("{result=\"defined\"}", stats.defined),
                ("{result=\"undefined\"}", stats.undefined),
                ("{result=\"error\"}", stats.failed.iter().sum()),
            ],
        );
        let labels = ErrorKind::ALL.map(|kind| format!("{{kind=\"{}\"}}", kind.name()));
        let errors: Vec<(&str, u64)> = labels.iter().map(String::as_str).zip(stats.failed).collect();
        metric(&mut out, "writ_decision_errors_total", "counter", "Decisions that failed, by whose fault.", &errors);
        metric(
            &mut out,
            "writ_swaps_total",
            "counter",
            "Changes of the revision by how they ended.",
            &[
                ("{result=\"live\"}", stats.swaps),
                ("{result=\"refused\"}", stats.refused),
                ("{result=\"rolled_back\"}", stats.rollbacks),
            ],
        );
        let revision = policy.revision().id().0;
        metric(&mut out, "writ_revision", "gauge", "Number of the live revision.", &[("", revision)]);
        let pool = stats.pool;
        metric(
            &mut out,
            "writ_pool_instances",
            "gauge",
            "Instances of the live revision.",
            &[
                ("{state=\"in_use\"}", pool.in_use as u64),
                ("{state=\"idle\"}", pool.size.saturating_sub(pool.in_use) as u64),
            ],
        );
        let max = pool.max as u64;
        metric(&mut out, "writ_pool_max_instances", "gauge", "Instances that may exist.", &[("", max)]);
        let memory = pool.memory_bytes as u64;
        metric(&mut out, "writ_pool_memory_bytes", "gauge", "Linear memory of instances.", &[("", memory)]);
        metric(&mut out, "writ_pool_waits_total", "counter", "Decisions that waited.", &[("", pool.waits)]);
        metric(&mut out, "writ_pool_created_total", "counter", "Instances made.", &[("", pool.created)]);
        metric(&mut out, "writ_pool_discarded_total", "counter", "Instances thrown away.", &[("", pool.discarded)]);
        let data = stats.data_bytes as u64;
        metric(&mut out, "writ_data_bytes", "gauge", "Base data, once for all instances.", &[("", data)]);
        self.decisions.write("writ_decision_seconds", "Time of a decision.", &mut out);
        self.swaps.write("writ_swap_seconds", "Time to load a candidate and make it live.", &mut out);
        out
    }
}

fn metric(out: &mut String, name: &str, kind: &str, help: &str, values: &[(&str, u64)]) {
    let _ = writeln!(out, "# HELP {name} {help}\n# TYPE {name} {kind}");
    for (labels, value) in values {
        let _ = writeln!(out, "{name}{labels} {value}");
    }
}
