//! One per process: wasmtime's engine, the host functions, and the clock that ends evaluations that take too long.

use std::sync::Arc;
use std::time::Duration;

use wasmtime::{Linker, OptLevel, WasmBacktraceDetails};

use crate::environment::Environment;
use crate::error::EvalError;
use crate::host::{self, Host};

/// Time between two ticks of the epoch clock: the precision of [`Limits::time`](crate::Limits::time).
pub const TICK: Duration = Duration::from_millis(1);

/// Settings of an [`Engine`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct EngineConfig {
    /// Stack of the guest in bytes. The calling thread needs this much and some for the host. Default 1 MiB.
    pub stack_bytes: usize,
    /// Spend compile time on fast code (default). Off: code is made several times faster and runs slower, for one-off queries.
    pub optimize: bool,
}

impl Default for EngineConfig {
    fn default() -> Self {
        Self { stack_bytes: 1 << 20, optimize: true }
    }
}

/// Process-wide: compiles modules and runs their instances. Cloning is cheap and gives the same engine.
#[derive(Clone)]
pub struct Engine {
    inner: Arc<Inner>,
}

struct Inner {
    wasm: wasmtime::Engine,
    linker: Linker<Host>,
    stack_bytes: usize,
    environment: Arc<Environment>,
}

impl Engine {
    /// An environment without capabilities that shares the engine's caches: to be filled and given to
    /// [`Instance::set_environment`](crate::Instance::set_environment).
    pub fn new_environment(&self) -> Environment {
        Environment::clone(&self.inner.environment)
    }

    /// Starts an engine and its ticker thread, which ends when the last clone and the last instance are gone.
    ///
    /// # Errors
    /// [`EvalError::Internal`] when the machine is not supported or has no thread to give.
    pub fn new(config: &EngineConfig) -> Result<Self, EvalError> {
        let mut settings = wasmtime::Config::new();
        settings
            .epoch_interruption(true)
            .max_wasm_stack(config.stack_bytes)
            .cranelift_opt_level(if config.optimize { OptLevel::Speed } else { OptLevel::None })
            .wasm_backtrace_details(WasmBacktraceDetails::Disable)
            .wasm_memory64(false)
            .wasm_multi_memory(false)
            .wasm_tail_call(false)
            .wasm_relaxed_simd(false);
        let defect = |e: wasmtime::Error| EvalError::internal(format!("engine: {e:#}"));
        let wasm = wasmtime::Engine::new(&settings).map_err(defect)?;
        let linker = host::linker(&wasm).map_err(defect)?;
        spawn_ticker(&wasm)?;
        Ok(Self {
            inner: Arc::new(Inner { wasm, linker, stack_bytes: config.stack_bytes, environment: Arc::default() }),
        })
    }

    pub(crate) fn wasm(&self) -> &wasmtime::Engine {
        &self.inner.wasm
    }

    pub(crate) fn linker(&self) -> &Linker<Host> {
        &self.inner.linker
    }

    /// What instances start with: no capabilities, and the caches that all of them share.
    pub(crate) fn environment(&self) -> Arc<Environment> {
        self.inner.environment.clone()
    }

    pub(crate) fn stack_bytes(&self) -> usize {
        self.inner.stack_bytes
    }
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine").field("stack_bytes", &self.inner.stack_bytes).finish_non_exhaustive()
    }
}

/// The ticker holds the engine weakly, so that it never keeps one alive.
fn spawn_ticker(engine: &wasmtime::Engine) -> Result<(), EvalError> {
    let weak = engine.weak();
    std::thread::Builder::new()
        .name("writ-epoch".to_owned())
        .spawn(move || {
            while let Some(engine) = weak.upgrade() {
                engine.increment_epoch();
                drop(engine);
                std::thread::sleep(TICK);
            }
        })
        .map(drop)
        .map_err(|e| EvalError::internal(format!("no thread for the epoch clock: {e}")))
}

/// Epoch ticks after which `time` is surely over: one more than fit, since the current tick is partly gone.
pub(crate) fn ticks(time: Duration) -> u64 {
    let n = time.as_nanos().div_ceil(TICK.as_nanos()).saturating_add(1);
    u64::try_from(n).unwrap_or(u64::MAX / 2).min(u64::MAX / 2)
}
