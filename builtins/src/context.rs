//! What a built-in may know and do besides its arguments. One `Context` per decision; [`Caches`] live with the process.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Instant;

use writ_value::Value;

use crate::cache::Caches;
use crate::error::BuiltinError;
use crate::network::Network;
use crate::recent::Recent;
use crate::regex::{Bounded, Pattern};

/// Text that a policy wants somebody to see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// From `print`.
    Print(String),
    /// From `trace`.
    Trace(String),
}

/// Receives [`Output`].
pub type Sink = Box<dyn FnMut(Output) + Send>;

/// Reads a Rego module (file name, source) into the JSON form of its syntax tree.
pub type ParseModule = Arc<dyn Fn(&str, &str) -> Result<Value, String> + Send + Sync>;

/// Where a decision's time comes from, in nanoseconds since 1970.
#[derive(Clone, Copy, Debug)]
pub enum Clock {
    /// This time.
    Fixed(i64),
    /// What the function says when a built-in asks for the first time in a decision.
    Reading(fn() -> i64),
}

/// Calls of non-deterministic built-ins with the same arguments give the same answer within one decision. Lifetime: one decision, or several one
/// after the other with [`Context::begin`] before each.
pub struct Context {
    /// What `opa.runtime` gives; an empty object by default, so that no environment leaks into policies.
    pub runtime: Value,
    /// The network, off by default: calls of `http.send` and `net.lookup_ip_addr` then end the evaluation.
    pub network: Option<Arc<dyn Network>>,
    /// Where `print` and `trace` go; nowhere by default.
    pub sink: Option<Sink>,
    /// For `rego.parse_module`.
    pub parse_module: Option<ParseModule>,
    /// Long-running built-ins give up at this instant.
    pub deadline: Option<Instant>,
    /// Makes random built-ins repeatable, for tests and replays.
    pub seed: Option<u64>,
    pub(crate) patterns: Recent<Pattern>,
    pub(crate) globs: Recent<Bounded>,
    /// Room for keys that are put together.
    pub(crate) key: Vec<u8>,
    clock: Clock,
    now_ns: Cell<Option<i64>>,
    pub(crate) caches: Arc<Caches>,
    memo: BTreeMap<(&'static str, Value), Result<Value, BuiltinError>>,
    n_random: u64,
}

impl Context {
    /// A context with no capabilities at the given time.
    #[must_use]
    pub fn new(caches: Arc<Caches>, now_ns: i64) -> Self {
        Self::with_clock(caches, Clock::Fixed(now_ns))
    }

    /// A context with no capabilities, whose time is read when it is needed.
    #[must_use]
    pub fn with_clock(caches: Arc<Caches>, clock: Clock) -> Self {
        Context {
            runtime: Value::empty_object(),
            network: None,
            sink: None,
            parse_module: None,
            deadline: None,
            seed: None,
            patterns: Recent::default(),
            globs: Recent::default(),
            key: Vec::new(),
            clock,
            now_ns: Cell::new(None),
            caches,
            memo: BTreeMap::new(),
            n_random: 0,
        }
    }

    /// Begins another decision with the same capabilities: what was answered in the one before is forgotten, time is read again, random
    /// numbers begin anew. Costs next to nothing, unlike a new context.
    #[inline]
    pub fn begin(&mut self) {
        self.now_ns.set(None);
        self.n_random = 0;
        if !self.memo.is_empty() {
            self.memo.clear();
        }
    }

    /// Nanoseconds since 1970: one time for the whole decision.
    #[inline]
    #[must_use]
    pub fn now_ns(&self) -> i64 {
        if let Some(now) = self.now_ns.get() {
            return now;
        }
        let now = match self.clock {
            Clock::Fixed(now) => now,
            Clock::Reading(read) => read(),
        };
        self.now_ns.set(Some(now));
        now
    }

    /// The process-wide caches.
    #[must_use]
    pub fn caches(&self) -> &Arc<Caches> {
        &self.caches
    }

    /// The answer or error given earlier in this decision for the same key, or the one computed now.
    pub(crate) fn once(
        &mut self,
        name: &'static str,
        key: Value,
        compute: impl FnOnce(&mut Context) -> Result<Value, BuiltinError>,
    ) -> Result<Value, BuiltinError> {
        let key = (name, key);
        if let Some(answer) = self.memo.get(&key) {
            return answer.clone();
        }
        let answer = compute(self);
        self.memo.insert(key, answer.clone());
        answer
    }

    /// Random bytes: from the system, or a repeatable stream if there is a seed.
    pub(crate) fn random(&mut self, buf: &mut [u8]) -> Result<(), BuiltinError> {
        use sha2::{Digest, Sha256};
        let Some(seed) = self.seed else {
            return getrandom::fill(buf).map_err(|e| BuiltinError::halt(format!("no random numbers: {e}")));
        };
        for chunk in buf.chunks_mut(32) {
            let block = Sha256::new().chain_update(seed.to_le_bytes()).chain_update(self.n_random.to_le_bytes());
            self.n_random += 1;
            chunk.copy_from_slice(&block.finalize()[..chunk.len()]);
        }
        Ok(())
    }

    /// Fails once the deadline has passed.
    pub(crate) fn check_deadline(&self) -> Result<(), BuiltinError> {
        match self.deadline {
            Some(d) if Instant::now() >= d => Err(BuiltinError::halt("deadline exceeded")),
            _ => Ok(()),
        }
    }
}

impl fmt::Debug for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Context")
            .field("clock", &self.clock)
            .field("network", &self.network.is_some())
            .field("seed", &self.seed)
            .finish_non_exhaustive()
    }
}
