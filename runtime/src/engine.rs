//! One per process: wasmtime's engine with its pool of memories, the host functions, and the clock that ends evaluations that take too long.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use wasmtime::{
    InstanceAllocationStrategy, Linker, OptLevel, PoolingAllocationConfig, RegallocAlgorithm, WasmBacktraceDetails,
};

use crate::builtins::CustomBuiltins;
use crate::clock::Clock;
use crate::code_cache::{CodeCache, CodeCacheConfig};
use crate::environment::Environment;
use crate::error::EvalError;
use crate::host::{self, Host};
use crate::stopwatch::Stopwatch;
use crate::wasi::WasiGrants;

pub use crate::clock::TICK;

/// What a 32-bit module can address, so what each instance's slot of the pool reserves (address space, no memory).
const SLOT_BYTES: usize = 1 << 32;
/// Functions, tables and globals of an instance take room outside of its linear memory: at most this much.
const MAX_INSTANCE_BYTES: usize = 16 << 20;
/// Elements of a table: compiled policies have one per function that is called through a reference.
pub(crate) const MAX_TABLE: usize = 1 << 16;

/// Settings of an [`Engine`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct EngineConfig {
    /// Stack of the guest in bytes. The calling thread needs this much and some for the host; where a policy calls entrypoints of other modules of its
    /// bundle, a quarter more. Default 1 MiB.
    pub stack_bytes: usize,
    /// Spend compile time on fast code (default). Off: code is made in some 0.6 of the time and runs slower, for one-off queries and for processes that must
    /// decide at once and have no [code cache](Self::code_cache) yet.
    pub optimize: bool,
    /// Instances that may exist at a time in the process. Each reserves 4 GiB of address space. Default 1000.
    pub max_instances: u32,
    /// Keep compiled code in a folder. Default: no.
    pub code_cache: Option<CodeCacheConfig>,
    /// Count the steps of Wasm code, for [`Limits::fuel`](crate::Limits::fuel). Costs time in every decision. Default: no.
    pub fuel: bool,
    /// What policies that were built for WASI are granted. Default: nothing.
    pub wasi: WasiGrants,
}

impl Default for EngineConfig {
    fn default() -> Self {
        Self {
            stack_bytes: 1 << 20,
            optimize: true,
            max_instances: 1000,
            code_cache: None,
            fuel: false,
            wasi: WasiGrants::default(),
        }
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
    clock: Clock,
    config: EngineConfig,
    code_cache: Option<CodeCache>,
    considerate: OnceLock<Option<rayon::ThreadPool>>,
    environment: Arc<Environment>,
    custom: CustomBuiltins,
}

impl Engine {
    /// An environment without capabilities that shares the engine's caches: to be filled and given to
    /// [`Instance::set_environment`](crate::Instance::set_environment).
    pub fn new_environment(&self) -> Environment {
        Environment::clone(&self.inner.environment)
    }

    /// Makes an engine. Its ticker thread starts with the first instance and ends when the last clone and the last instance are gone.
    ///
    /// # Errors
    /// [`EvalError::Internal`] when the machine is not supported, or the folder of the code cache is not usable.
    pub fn new(config: &EngineConfig) -> Result<Self, EvalError> {
        Self::with_builtins(config, CustomBuiltins::default())
    }

    /// Like [`Engine::new`], with built-ins of the host application, which the modules of this engine may need.
    ///
    /// # Errors
    /// As [`Engine::new`].
    pub fn with_builtins(config: &EngineConfig, custom: CustomBuiltins) -> Result<Self, EvalError> {
        let defect = |e: wasmtime::Error| EvalError::internal(format!("engine: {e:#}"));
        // A process with little address space (`ulimit -v`) makes instances one by one instead.
        let wasm = wasmtime::Engine::new(&settings(config, true))
            .or_else(|_| wasmtime::Engine::new(&settings(config, false)))
            .map_err(defect)?;
        let linker = host::linker(&wasm).map_err(defect)?;
        let clock = Clock::new(wasm.weak());
        let code_cache = config.code_cache.as_ref().map(CodeCache::open).transpose();
        let code_cache = code_cache.map_err(|e| EvalError::internal(format!("code cache: {e}")))?;
        let (config, environment, considerate) = (config.clone(), Arc::default(), OnceLock::new());
        let inner = Inner { wasm, linker, clock, config, code_cache, considerate, environment, custom };
        Ok(Self { inner: Arc::new(inner) })
    }

    pub(crate) fn wasm(&self) -> &wasmtime::Engine {
        &self.inner.wasm
    }

    /// Machine code for a module, found or made.
    pub(crate) fn compile(&self, wasm: &[u8], haste: Haste) -> wasmtime::Result<wasmtime::Module> {
        let _span = tracing::debug_span!("compile", bytes = wasm.len()).entered();
        match &self.inner.code_cache {
            Some(cache) => cache.load(self, wasm, haste),
            None => self.make_code(wasm, haste),
        }
    }

    /// Machine code for a module, made.
    pub(crate) fn make_code(&self, wasm: &[u8], haste: Haste) -> wasmtime::Result<wasmtime::Module> {
        match (haste, self.inner.considerate()) {
            (Haste::BesideDecisions, Some(threads)) => threads.install(|| wasmtime::Module::new(self.wasm(), wasm)),
            _ => wasmtime::Module::new(self.wasm(), wasm),
        }
    }

    /// Built-ins that the host application added.
    pub fn custom_builtins(&self) -> &CustomBuiltins {
        &self.inner.custom
    }

    /// The time of the last tick: at most [`TICK`] before now, or what a busy machine makes of one. Cost: a load. Stands still until the first
    /// instance is made.
    #[inline]
    pub fn coarse_now(&self) -> std::time::Instant {
        self.inner.clock.coarse_now()
    }

    /// Begins to measure how long something takes, for less than two looks at the system's clock cost.
    #[inline]
    pub fn stopwatch(&self) -> Stopwatch {
        self.inner.clock.stopwatch()
    }

    pub(crate) fn linker(&self) -> &Linker<Host> {
        &self.inner.linker
    }

    pub(crate) fn clock(&self) -> &Clock {
        &self.inner.clock
    }

    /// What instances start with: no capabilities, and the caches that all of them share.
    pub(crate) fn environment(&self) -> Arc<Environment> {
        self.inner.environment.clone()
    }

    pub(crate) fn config(&self) -> &EngineConfig {
        &self.inner.config
    }
}

/// How many cores the code generator may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Haste {
    /// All: nobody decides before it is done.
    First,
    /// All but one, so that decisions that go on meanwhile need not wait for a core.
    BesideDecisions,
}

impl Inner {
    /// Threads that leave a core to others. `None` where there are none to be had.
    fn considerate(&self) -> Option<&rayon::ThreadPool> {
        let make = || {
            let cores = std::thread::available_parallelism().map_or(1, usize::from);
            let threads = rayon::ThreadPoolBuilder::new().num_threads(cores.saturating_sub(1).max(1));
            threads.thread_name(|n| format!("writ-code-{n}")).build().ok()
        };
        self.considerate.get_or_init(make).as_ref()
    }
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine").field("config", &self.inner.config).finish_non_exhaustive()
    }
}

fn settings(config: &EngineConfig, pooling: bool) -> wasmtime::Config {
    let mut settings = wasmtime::Config::new();
    settings
        .epoch_interruption(true)
        .consume_fuel(config.fuel)
        .max_wasm_stack(config.stack_bytes)
        .wasm_backtrace_details(WasmBacktraceDetails::Disable)
        .memory_reservation(SLOT_BYTES as u64)
        .wasm_memory64(false)
        .wasm_multi_memory(false)
        .wasm_tail_call(false)
        .wasm_simd(false)
        .wasm_relaxed_simd(false)
        .wasm_extended_const(false)
        .wasm_wide_arithmetic(false);
    if !config.optimize {
        // Of a small policy's compile time optimising takes a fifth and the thorough register allocator another (measured on modules of 14 kB of code).
        settings.cranelift_opt_level(OptLevel::None).cranelift_regalloc_algorithm(RegallocAlgorithm::SinglePass);
    }
    if pooling {
        let mut pool = PoolingAllocationConfig::new();
        pool.total_core_instances(config.max_instances)
            .total_memories(config.max_instances)
            .total_tables(config.max_instances)
            .max_memories_per_module(1)
            .max_tables_per_module(1)
            .table_elements(MAX_TABLE)
            .max_core_instance_size(MAX_INSTANCE_BYTES)
            .max_memory_size(SLOT_BYTES);
        settings.allocation_strategy(InstanceAllocationStrategy::Pooling(pool));
    }
    settings
}

/// Epoch ticks after which `time` is surely over: one more than fit, since the current tick is partly gone.
pub(crate) fn ticks(time: Duration) -> u64 {
    let n = time.as_nanos().div_ceil(TICK.as_nanos()).saturating_add(1);
    u64::try_from(n).unwrap_or(u64::MAX / 2).min(u64::MAX / 2)
}
