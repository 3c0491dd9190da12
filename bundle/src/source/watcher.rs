//! The loop behind a source: when to read, and what of it to deliver.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use sha2::{Digest, Sha256};

use super::WatchOptions;
use super::stamp::Stamp;
use crate::assemble::File;
use crate::error::BundleError;

/// How long after a change it is read once more, for file systems whose times are too coarse to show a second change soon after the first.
const SECOND_LOOK: Duration = Duration::from_secs(3);

/// What is watched: first its bytes, then what they mean. Only the first half is repeated when nothing changed.
pub(super) trait Target: Send + 'static {
    type Output;
    fn path(&self) -> &Path;
    fn read(&self) -> Result<Vec<File>, BundleError>;
    fn finish(&self, files: Vec<File>) -> Result<Self::Output, BundleError>;
}

/// Wakes the loop.
#[derive(Debug, Default)]
pub(super) struct Bell {
    state: Mutex<State>,
    rung: Condvar,
}

#[derive(Debug, Default)]
struct State {
    stopped: bool,
    poked: bool,
}

impl Bell {
    pub(super) fn stop(&self) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).stopped = true;
        self.rung.notify_all();
    }

    pub(super) fn poke(&self) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).poked = true;
        self.rung.notify_all();
    }

    /// Waits; false when it is over.
    fn wait(&self, time: Duration) -> bool {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.rung.wait_timeout_while(state, time, |state| !state.stopped && !state.poked);
        let (mut state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        state.poked = false;
        !state.stopped
    }

    fn is_stopped(&self) -> bool {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).stopped
    }
}

/// What was delivered last: the digest of the contents, or the error's text.
#[derive(Debug, PartialEq, Eq)]
enum Delivered {
    Contents([u8; 32]),
    Failure(String),
}

/// A change that is waited out.
struct Change {
    stamp: Stamp,
    /// When this stamp was seen first.
    since: Instant,
    /// When the first of the changes without pause was seen.
    first: Instant,
}

pub(super) struct Watcher<T> {
    target: T,
    options: WatchOptions,
    /// Stamp of what was read last.
    read: Option<Stamp>,
    delivered: Option<Delivered>,
    change: Option<Change>,
    second_look: Option<Instant>,
}

impl<T: Target> Watcher<T> {
    pub(super) fn new(target: T, options: WatchOptions) -> Self {
        Self { target, options, read: None, delivered: None, change: None, second_look: None }
    }

    /// Reads without waiting for quiet, until what is read did not change meanwhile.
    pub(super) fn read_now(&mut self) -> Result<T::Output, BundleError> {
        const TRIES: usize = 20;
        let mut tries = 0;
        loop {
            let before = self.stamp();
            let files = self.target.read();
            tries += 1;
            if self.stamp() != before {
                if tries < TRIES {
                    std::thread::sleep(self.options.settle);
                    continue;
                }
                let message = "changes without pause".to_owned();
                return Err(BundleError::Io { path: self.target.path().display().to_string(), message });
            }
            self.note_read(before);
            return self.outcome(files).unwrap_or_else(|| Err(BundleError::manifest("nothing was read")));
        }
    }

    pub(super) fn run(mut self, bell: &Bell, mut on_change: impl FnMut(Result<T::Output, BundleError>)) {
        let mut pause = Duration::ZERO;
        while bell.wait(pause) {
            let start = Instant::now();
            if let Some(outcome) = self.look() {
                if bell.is_stopped() {
                    return;
                }
                // Who is called may be wrong; who comes after must still be told.
                let _ = catch_unwind(AssertUnwindSafe(|| on_change(outcome)));
            }
            let wanted = match self.change {
                Some(_) => self.options.settle.min(self.options.interval),
                None => self.options.interval,
            };
            pause = wanted.max(start.elapsed().saturating_mul(if self.change.is_some() { 1 } else { 20 }));
        }
    }

    /// One look; something to deliver if contents have changed and are quiet.
    fn look(&mut self) -> Option<Result<T::Output, BundleError>> {
        let (stamp, now) = (self.stamp(), Instant::now());
        let is_known = self.read == Some(stamp);
        let overdue = is_known && self.second_look.is_some_and(|at| at <= now);
        if is_known && !overdue {
            self.change = None;
            return None;
        }
        let change = match self.change.take() {
            Some(change) if change.stamp == stamp => change,
            Some(change) => Change { stamp, since: now, first: change.first },
            None => Change { stamp, since: now, first: now },
        };
        let is_quiet = now - change.since >= self.options.settle || now - change.first >= self.options.patience;
        if !is_quiet && !overdue {
            self.change = Some(change);
            return None;
        }
        let files = self.target.read();
        let after = self.stamp();
        if after != stamp {
            self.change = Some(Change { stamp: after, since: Instant::now(), first: change.first });
            return None;
        }
        if is_known {
            self.second_look = None;
        } else {
            self.note_read(stamp);
        }
        self.outcome(files)
    }

    fn stamp(&self) -> Stamp {
        Stamp::of(self.target.path(), &self.options.reader.limits)
    }

    fn note_read(&mut self, stamp: Stamp) {
        self.read = Some(stamp);
        self.second_look = Some(Instant::now() + SECOND_LOOK);
    }

    /// `None` when it is what was delivered last.
    fn outcome(&mut self, files: Result<Vec<File>, BundleError>) -> Option<Result<T::Output, BundleError>> {
        let is_new = |delivered: &mut Option<Delivered>, now: Delivered| {
            let is_new = delivered.as_ref() != Some(&now);
            *delivered = Some(now);
            is_new
        };
        match files {
            Ok(files) => {
                let contents = Delivered::Contents(digest(&files));
                is_new(&mut self.delivered, contents).then(|| self.target.finish(files))
            }
            Err(e) => is_new(&mut self.delivered, Delivered::Failure(e.to_string())).then_some(Err(e)),
        }
    }
}

fn digest(files: &[File]) -> [u8; 32] {
    let mut hasher = Sha256::new();
    for file in files {
        for part in [file.path.as_bytes(), &file.bytes] {
            hasher.update((part.len() as u64).to_le_bytes());
            hasher.update(part);
        }
    }
    hasher.finalize().into()
}
