//! What this process has used. The processor's time and not the clock's, which says nothing on a busy machine.

use std::time::{Duration, Instant};

/// Measures from its making on.
#[derive(Debug)]
pub struct Meter {
    began: Instant,
    used: Option<Duration>,
    peak_kib: u64,
}

impl Meter {
    /// Begins. The work to measure must stay on this thread.
    #[must_use]
    pub fn start() -> Meter {
        let peak_kib = peak_kib();
        Meter { began: Instant::now(), used: thread_time(), peak_kib }
    }

    /// Time on the processor, or by the clock where the system does not tell.
    #[must_use]
    pub fn time(&self) -> Duration {
        match (self.used, thread_time()) {
            (Some(before), Some(now)) => now.saturating_sub(before),
            _ => self.began.elapsed(),
        }
    }

    /// By how much the most memory that the process ever held has grown, in KiB; 0 where the system does not tell.
    #[must_use]
    pub fn kib(&self) -> u64 {
        peak_kib().saturating_sub(self.peak_kib)
    }
}

fn thread_time() -> Option<Duration> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    text.split(' ').next()?.parse().ok().map(Duration::from_nanos)
}

fn peak_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:"));
    line.and_then(|l| l.trim().split(' ').next()?.parse().ok()).unwrap_or(0)
}
