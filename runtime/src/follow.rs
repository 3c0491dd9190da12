//! A policy that follows a file or folder: what is delivered there goes live if it is well, and changes nothing if it is not.
//!
//! ```text
//!   Source (watched, quiet, read as a whole) ─▶ bundle ─▶ swap         ─▶ Delivery::Live
//!                                            └▶ delta  ─▶ apply_delta ─┘
//!                                            └▶ unreadable, refused: the live revision stays ─▶ Delivery::Refused
//! ```

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use writ_bundle::{Bundle, BundleError, Source, WatchOptions};

use crate::engine::Engine;
use crate::error::EvalError;
use crate::policy::{Policy, PolicyConfig};
use crate::revision::{Candidate, RevisionId};

/// Compiles the Rego sources of a bundle to one module, as [`CompileRego`](crate::CompileRego), on the watching thread.
type Compile = Arc<dyn Fn(&Bundle) -> Result<Vec<u8>, String> + Send + Sync>;
type OnDelivery = Arc<dyn Fn(&Delivery) + Send + Sync>;

/// How a path is followed. Plain data; [`FollowConfig::default`] reads unsigned Wasm bundles.
#[derive(Clone, Default)]
#[non_exhaustive]
pub struct FollowConfig {
    /// How the path is watched; bounds and keys of what is read.
    pub watch: WatchOptions,
    /// For bundles that hold Rego and no module. Default: they are refused.
    pub compile: Option<Compile>,
    /// Called on the watching thread with what came of each delivery. Default: nobody is; [`Follower::status`] tells the last one.
    pub on_delivery: Option<OnDelivery>,
}

/// What came of a bundle that was found.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Delivery {
    /// It is live.
    Live(RevisionId),
    /// The revision that was live stays.
    Refused(FollowError),
}

/// Why what was found did not go live.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum FollowError {
    /// There is nothing, or what is there cannot be read as a bundle that is accepted.
    Bundle(BundleError),
    /// It was read, and is no candidate or no delta for what is live.
    Candidate(EvalError),
}

/// What came of deliveries so far.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct FollowStatus {
    /// Deliveries that went live.
    pub live: u64,
    /// Deliveries that were refused.
    pub refused: u64,
    /// Why the last one was refused; `None` when it went live, or there was none.
    pub error: Option<FollowError>,
}

/// Follows a path until it is dropped; when the drop returns, no change is under way and none will come, unless the drop happens within a call of
/// [`FollowConfig::on_delivery`]. Keeps the policy alive.
pub struct Follower {
    source: Source,
    status: Arc<Mutex<FollowStatus>>,
}

impl Policy {
    /// Reads the bundle at `path`, archive or folder, makes a policy of it and follows it from there.
    ///
    /// # Errors
    /// Why what is there now is refused; then nothing is followed.
    pub fn open(
        engine: &Engine,
        path: impl AsRef<Path>,
        config: PolicyConfig,
        follow: FollowConfig,
    ) -> Result<(Self, Follower), FollowError> {
        // What changes between the first reading and the policy's making waits in here.
        let (give, take) = std::sync::mpsc::sync_channel::<Taker>(1);
        let mut taker = None;
        let watch = follow.watch.clone();
        let (bundle, source) = Source::open(path, watch, move |found| {
            // Without a policy there is nothing to change.
            let Some(taker) = taker.get_or_insert_with(|| take.recv().ok()) else { return };
            taker.take(found);
        })
        .map_err(FollowError::Bundle)?;
        let policy = match candidate(bundle, &follow).and_then(|candidate| Self::new(engine, candidate, config)) {
            Ok(policy) => policy,
            Err(error) => {
                // The source waits for its thread, which may wait for this.
                drop(give);
                return Err(FollowError::Candidate(error));
            }
        };
        let taker = Taker::new(policy.clone(), follow);
        let status = taker.status.clone();
        // The watching thread lives as long as `source`.
        let _ = give.send(taker);
        Ok((policy, Follower { source, status }))
    }

    /// Follows a path with bundles for this policy: what is there now, and everything that comes after.
    ///
    /// # Errors
    /// [`FollowError::Bundle`] when there is no thread to be had. What is wrong with a bundle is a [`Delivery`].
    pub fn follow(&self, path: impl AsRef<Path>, follow: FollowConfig) -> Result<Follower, FollowError> {
        let taker = Taker::new(self.clone(), follow);
        let (status, watch) = (taker.status.clone(), taker.config.watch.clone());
        let source = Source::watch(path, watch, move |found| taker.take(found)).map_err(FollowError::Bundle)?;
        Ok(Follower { source, status })
    }
}

impl Follower {
    /// Looks now instead of after the interval.
    pub fn poke(&self) {
        self.source.poke();
    }

    /// What came of deliveries so far.
    pub fn status(&self) -> FollowStatus {
        self.status.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Takes deliveries for a policy.
struct Taker {
    policy: Policy,
    config: FollowConfig,
    status: Arc<Mutex<FollowStatus>>,
}

impl Taker {
    fn new(policy: Policy, config: FollowConfig) -> Self {
        Self { policy, config, status: Arc::default() }
    }

    fn take(&self, found: Result<Bundle, BundleError>) {
        let result = match found {
            Err(error) => {
                self.policy.refuse(&error);
                Err(FollowError::Bundle(error))
            }
            Ok(delta) if delta.is_delta() => self.policy.apply_delta(&delta).map_err(FollowError::Candidate),
            Ok(bundle) => match candidate(bundle, &self.config) {
                Ok(candidate) => self.policy.swap(candidate).map_err(FollowError::Candidate),
                Err(error) => {
                    self.policy.refuse(&error);
                    Err(FollowError::Candidate(error))
                }
            },
        };
        let delivery = {
            let mut status = self.status.lock().unwrap_or_else(PoisonError::into_inner);
            status.error = result.as_ref().err().cloned();
            match result {
                Ok(id) => {
                    status.live += 1;
                    Delivery::Live(id)
                }
                Err(error) => {
                    status.refused += 1;
                    Delivery::Refused(error)
                }
            }
        };
        if let Some(on_delivery) = &self.config.on_delivery {
            on_delivery(&delivery);
        }
    }
}

fn candidate(bundle: Bundle, config: &FollowConfig) -> Result<Candidate, EvalError> {
    let Some(compile) = &config.compile else { return Candidate::from_bundle(bundle, None) };
    // A compiler that panics has refused the bundle.
    let compile = |bundle: &Bundle| {
        catch_unwind(AssertUnwindSafe(|| compile(bundle))).unwrap_or_else(|_| Err("the compiler panicked".to_owned()))
    };
    Candidate::from_bundle(bundle, Some(&compile))
}

impl fmt::Display for FollowError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bundle(e) => e.fmt(f),
            Self::Candidate(e) => e.fmt(f),
        }
    }
}

impl std::error::Error for FollowError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Bundle(e) => Some(e),
            Self::Candidate(e) => Some(e),
        }
    }
}

impl fmt::Debug for FollowConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FollowConfig")
            .field("watch", &self.watch)
            .field("compile", &self.compile.is_some())
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Follower {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Follower").field("status", &self.status()).finish_non_exhaustive()
    }
}
