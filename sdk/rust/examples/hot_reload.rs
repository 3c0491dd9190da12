//! A policy that changes while decisions are made: the folder is watched, what appears there goes live in one step, what is broken does not.
//!
//! ```sh
//! cargo run --release --example hot_reload
//! ```

use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use writ::{WatchOptions, Writ};

/// What the example saw.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    pub(crate) decisions: u64,
    pub(crate) revisions: u64,
    pub(crate) refused: Option<String>,
    pub(crate) failures: u64,
}

pub(crate) fn run(folder: &Path) -> Result<Seen, Box<dyn std::error::Error>> {
    let write = |text: &str| std::fs::write(folder.join("gate.rego"), text);
    write("package gate\nopen := input.level > 3")?;
    let writ = Writ::builder().bundle_path(folder).entrypoint("gate/open").build()?;
    let mut options = WatchOptions::default();
    (options.interval, options.settle) = (Duration::from_millis(5), Duration::from_millis(10));
    let watch = writ.watch(options)?;

    let (stop, decisions, failures) = (AtomicBool::new(false), AtomicU64::new(0), AtomicU64::new(0));
    let until = |what: &dyn Fn() -> bool| {
        let started = Instant::now();
        while !what() && started.elapsed() < Duration::from_secs(20) {
            std::thread::sleep(Duration::from_millis(1));
        }
    };
    let is_open = || writ.decide("gate/open", r#"{"level": 5}"#).is_ok_and(|decision| decision.is_true());
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !stop.load(Ordering::Relaxed) {
                match writ.decide("gate/open", r#"{"level": 5}"#) {
                    Ok(_) => decisions.fetch_add(1, Ordering::Relaxed),
                    Err(_) => failures.fetch_add(1, Ordering::Relaxed),
                };
            }
        });
        let changed = write("package gate\nopen := input.level > 7").and_then(|()| {
            until(&|| !is_open());
            write("package gate\nopen := input.level >")?;
            until(&|| writ.health().bundle.refused.is_some());
            Ok(())
        });
        stop.store(true, Ordering::Relaxed);
        changed
    })?;
    drop(watch);
    let health = writ.health();
    Ok(Seen {
        decisions: decisions.into_inner(),
        revisions: health.runtime.swaps,
        refused: health.bundle.refused,
        failures: failures.into_inner(),
    })
}

#[expect(clippy::print_stdout, reason = "an example shows what it does")]
pub(crate) fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    let seen = run(folder.path())?;
    println!("{} decisions, {} failed; {} changes went live", seen.decisions, seen.failures, seen.revisions);
    println!("refused: {}", seen.refused.unwrap_or_default());
    Ok(())
}
