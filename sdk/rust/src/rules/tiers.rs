//! Code of two kinds for one document: quick code that is there at once, and optimised code that takes its place when a thread in the background has
//! made it. Both are made of the same module, so they decide alike.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, Weak};

use writ_runtime::{Candidate, Engine, EngineConfig, EvalError, Policy, PolicyConfig};

/// Documents that wait for optimised code. One that finds no room keeps its quick code.
const WAITING: usize = 128;

/// Makes both kinds. The thread ends with it.
#[derive(Debug)]
pub(super) struct Compiler {
    quick: Engine,
    /// `None` where the system gives no thread.
    jobs: Option<SyncSender<Job>>,
}

/// A module to be optimised, if its document is still wanted then.
#[derive(Debug)]
struct Job {
    tiers: Weak<Tiers>,
    wasm: Vec<u8>,
}

/// The code of one document.
#[derive(Debug)]
pub(super) struct Tiers {
    config: PolicyConfig,
    /// `None` once the other is there.
    quick: Mutex<Option<Policy>>,
    best: OnceLock<Policy>,
}

impl Compiler {
    pub(super) fn new() -> Result<Self, EvalError> {
        let mut config = EngineConfig::default();
        config.optimize = false;
        let quick = Engine::new(&config)?;
        let (jobs, waiting) = sync_channel(WAITING);
        let thread = std::thread::Builder::new().name("writ-rules".to_owned()).spawn(move || work(&waiting));
        Ok(Compiler { quick, jobs: thread.is_ok().then_some(jobs) })
    }

    /// Quick code now, optimised code soon.
    pub(super) fn compile(&self, wasm: Vec<u8>, config: PolicyConfig) -> Result<Arc<Tiers>, EvalError> {
        let quick = Policy::new(&self.quick, Candidate::from_module("", wasm.clone()), config.clone())?;
        let tiers = Arc::new(Tiers { config, quick: Mutex::new(Some(quick)), best: OnceLock::new() });
        if let Some(jobs) = &self.jobs {
            // With no room it decides a little slower for as long as it is kept.
            _ = jobs.try_send(Job { tiers: Arc::downgrade(&tiers), wasm });
        }
        Ok(tiers)
    }
}

/// The thread in the background. Its engine is made with the first document, which need not wait for it.
fn work(waiting: &Receiver<Job>) {
    let mut engine = None;
    while let Ok(job) = waiting.recv() {
        let Some(tiers) = job.tiers.upgrade() else { continue };
        if engine.is_none() {
            engine = Engine::new(&EngineConfig::default()).ok();
        }
        let Some(engine) = &engine else { return };
        // What the quick engine took is refused here only where memory is short, and then the document stays as it is.
        if let Ok(best) = Policy::new(engine, Candidate::from_module("", job.wasm), tiers.config.clone()) {
            tiers.replace(best);
        }
    }
}

impl Tiers {
    /// The best code that there is.
    #[inline]
    pub(super) fn with<R>(&self, decide: impl FnOnce(&Policy) -> Result<R, EvalError>) -> Result<R, EvalError> {
        match self.best.get() {
            Some(best) => decide(best),
            None => self.with_quick(decide),
        }
    }

    #[cold]
    fn with_quick<R>(&self, decide: impl FnOnce(&Policy) -> Result<R, EvalError>) -> Result<R, EvalError> {
        let quick = self.quick.lock().unwrap_or_else(PoisonError::into_inner).clone();
        match quick.as_ref().or_else(|| self.best.get()) {
            Some(policy) => decide(policy),
            // One of them is always there: `replace` puts the one before it takes the other.
            None => Err(EvalError::internal("a document without code")),
        }
    }

    fn replace(&self, best: Policy) {
        _ = self.best.set(best);
        let quick = self.quick.lock().unwrap_or_else(PoisonError::into_inner).take();
        drop(quick);
    }

    pub(super) fn is_optimized(&self) -> bool {
        self.best.get().is_some()
    }
}
