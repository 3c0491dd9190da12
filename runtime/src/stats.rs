//! What a policy reports: counters that cost a thread no more than a write to memory of its own, and one interface for whoever wants every event.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crossbeam_utils::CachePadded;

use crate::error::EvalError;
use crate::thread_number;

/// Threads beyond this many share counters.
const SHARDS: usize = 16;

/// Receives events. Called in the middle of decisions: it must be quick and must not block.
pub trait Recorder: Send + Sync {
    /// A decision was made (or failed) in `took`.
    fn decision(&self, entrypoint: &str, result: DecisionKind, took: Duration) {
        let _ = (entrypoint, result, took);
    }

    /// A candidate went live, or was refused.
    fn swap(&self, result: SwapKind, took: Duration) {
        let _ = (result, took);
    }
}

/// How a decision ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DecisionKind {
    /// With a value.
    Defined,
    /// Undefined, or without a solution.
    Undefined,
    /// With an error.
    Failed(ErrorKind),
}

/// Errors by whose fault they are: the variants of [`EvalError`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ErrorKind {
    /// The policy's.
    Policy,
    /// The caller's.
    Input,
    /// A limit.
    Limit,
    /// A host function's.
    Builtin,
    /// The module's.
    Artifact,
    /// Ours.
    Internal,
}

impl ErrorKind {
    /// All of them.
    pub const ALL: [Self; 6] = [Self::Policy, Self::Input, Self::Limit, Self::Builtin, Self::Artifact, Self::Internal];

    /// Its name in metrics.
    pub fn name(self) -> &'static str {
        match self {
            Self::Policy => "policy",
            Self::Input => "input",
            Self::Limit => "limit",
            Self::Builtin => "builtin",
            Self::Artifact => "artifact",
            Self::Internal => "internal",
        }
    }
}

impl From<&EvalError> for ErrorKind {
    fn from(error: &EvalError) -> Self {
        match error {
            EvalError::Policy(_) => Self::Policy,
            EvalError::Input(_) => Self::Input,
            EvalError::Limit(_) => Self::Limit,
            EvalError::Builtin(_) => Self::Builtin,
            EvalError::Artifact(_) => Self::Artifact,
            EvalError::Internal(_) => Self::Internal,
        }
    }
}

/// How a change of the revision ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SwapKind {
    /// A new revision is live.
    Live,
    /// The candidate was refused; nothing changed.
    Refused,
    /// The previous revision is live again.
    RolledBack,
}

/// Instances of a pool, or of all pools of a revision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct PoolStats {
    /// Instances that exist.
    pub size: usize,
    /// Instances that may exist.
    pub max: usize,
    /// Those that are making a decision.
    pub in_use: usize,
    /// Linear memory that they have, as of their last return. The system holds what was written of it, and [data](Stats::data_bytes) once for all.
    pub memory_bytes: usize,
    /// How often a decision had to wait for one.
    pub waits: u64,
    /// Made so far.
    pub created: u64,
    /// Thrown away so far.
    pub discarded: u64,
}

impl PoolStats {
    pub(crate) fn add(&mut self, other: Self) {
        self.size += other.size;
        self.max += other.max;
        self.in_use += other.in_use;
        self.memory_bytes += other.memory_bytes;
        self.waits += other.waits;
        self.created += other.created;
        self.discarded += other.discarded;
    }
}

/// What a policy did since it was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Stats {
    /// Decisions with a value.
    pub defined: u64,
    /// Decisions without one.
    pub undefined: u64,
    /// Decisions that failed, in the order of [`ErrorKind::ALL`].
    pub failed: [u64; 6],
    /// Revisions that went live.
    pub swaps: u64,
    /// Candidates that were refused.
    pub refused: u64,
    /// Returns to the previous revision.
    pub rollbacks: u64,
    /// The live revision's instances.
    pub pool: PoolStats,
    /// Bytes of the live revision's base data, once for all instances.
    pub data_bytes: usize,
}

/// Counters of decisions, one set per thread.
#[derive(Default)]
pub(crate) struct Counters {
    shards: [CachePadded<Shard>; SHARDS],
}

#[derive(Default)]
struct Shard {
    defined: AtomicU64,
    undefined: AtomicU64,
    failed: [AtomicU64; 6],
}

impl Counters {
    #[inline]
    pub(crate) fn count(&self, kind: DecisionKind) {
        let Some(shard) = self.shards.get(thread_number::get() % SHARDS) else { return };
        let counter = match kind {
            DecisionKind::Defined => &shard.defined,
            DecisionKind::Undefined => &shard.undefined,
            DecisionKind::Failed(error) => match shard.failed.get(error as usize) {
                Some(counter) => counter,
                None => return,
            },
        };
        counter.fetch_add(1, Ordering::Relaxed);
    }

    /// Adds all up.
    pub(crate) fn sum(&self, stats: &mut Stats) {
        for shard in &self.shards {
            stats.defined += shard.defined.load(Ordering::Relaxed);
            stats.undefined += shard.undefined.load(Ordering::Relaxed);
            for (sum, counter) in stats.failed.iter_mut().zip(&shard.failed) {
                *sum += counter.load(Ordering::Relaxed);
            }
        }
    }
}
