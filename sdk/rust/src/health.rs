//! A report for probes.

use std::time::Duration;

use writ_runtime::{RevisionId, Stats};

use crate::cache::CacheStats;

/// How a [`Writ`](crate::Writ) is.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Health {
    /// Decisions can be made: always, since a [`Writ`](crate::Writ) exists only with a live revision.
    pub ready: bool,
    /// The live revision's number.
    pub revision: RevisionId,
    /// Its name, as the bundle says; empty when it says nothing.
    pub revision_name: String,
    /// Time since it went live.
    pub age: Duration,
    /// Pool, decisions and swaps.
    pub runtime: Stats,
    /// The decision cache; `None` when there is none.
    pub cache: Option<CacheStats>,
}
