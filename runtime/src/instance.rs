//! An instantiated policy: made once, evaluated many times, its heap set back before each evaluation.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use wasmtime::{Memory, Store, TypedFunc, WasmParams, WasmResults};
use writ_abi::{Word, names};
use writ_encode::Scratch;
use writ_value::{Number, Value};

use crate::abi::{Dialect, Lookup};
use crate::builtins::Session;
use crate::decide::FastInput;
use crate::engine;
use crate::environment::Environment;
use crate::error::EvalError;
use crate::host::{Guest, Host};
use crate::limits::Limits;
use crate::module::{EntrypointId, Module};
use crate::outcome::Outcome;
use crate::space::Space;
use crate::trap::{self, Allowance};

/// How one evaluation runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct EvalOptions {
    /// The first failing built-in call is a [`PolicyError`](crate::PolicyError) instead of undefined. Modules that are not ours do not know this:
    /// there it holds for the host's built-ins only.
    pub strict_builtin_errors: bool,
}

impl EvalOptions {
    /// Sets [`EvalOptions::strict_builtin_errors`].
    #[must_use]
    pub fn with_strict_builtin_errors(mut self, strict: bool) -> Self {
        self.strict_builtin_errors = strict;
        self
    }
}

/// One instance with its memory. Not shared between threads; `Send`.
pub struct Instance {
    module: Module,
    calls: Calls,
    abi: Abi,
    dialect: Dialect,
    /// Heap pointer right after instantiation; of modules that are not ours.
    heap_start: i32,
    /// Heap pointer after the data, where each evaluation starts; of modules that are not ours.
    heap_base: i32,
    /// False after a trap: its memory may be in any state.
    usable: bool,
    /// Lists that the encoder uses, kept so that a decision allocates nothing.
    scratch: Scratch,
}

/// The store and how long a call into it may take.
pub(crate) struct Calls {
    pub(crate) store: Store<Host>,
    pub(crate) memory: Memory,
    /// Of our modules: how their memory is divided.
    pub(crate) space: Option<Space>,
    /// When the decision began.
    pub(crate) started: Instant,
    stack_bytes: usize,
}

/// Exports that every module of the ABI has.
struct Abi {
    heap_ptr_get: TypedFunc<(), i32>,
    heap_ptr_set: TypedFunc<i32, ()>,
    malloc: TypedFunc<i32, i32>,
    json_dump: TypedFunc<i32, i32>,
    entrypoints: TypedFunc<(), i32>,
    builtins: TypedFunc<(), i32>,
}

impl Instance {
    /// Instantiates `module` with empty data (`{}`).
    ///
    /// # Errors
    /// [`EvalError::Artifact`] when the module does not keep to the ABI, [`EvalError::Limit`] when its start reaches one.
    pub fn new(module: &Module, limits: Limits) -> Result<Self, EvalError> {
        let mut this = Self::bare(module, limits)?;
        this.set_data(&Value::empty_object())?;
        Ok(this)
    }

    /// An instance without data.
    pub(crate) fn bare(module: &Module, limits: Limits) -> Result<Self, EvalError> {
        let inner = &module.inner;
        inner.engine.clock().start()?;
        let mut store = Store::new(inner.engine.wasm(), Host::new(limits, inner));
        store.limiter(|host| host);
        // The start function runs guest code, so the deadline comes first.
        store.set_epoch_deadline(engine::ticks(limits.time));
        let started = inner.engine.clock().coarse_now();
        let allowed = Allowance { time: limits.time, started, stack_bytes: inner.engine.stack_bytes() };
        let instance = inner.code.instantiate(&mut store).map_err(|error| {
            let failure = store.data_mut().failure.take();
            trap::classify(&error, failure, allowed)
        })?;
        let memory = instance
            .get_memory(&mut store, names::MEMORY)
            .ok_or_else(|| EvalError::artifact("it exports no memory"))?;
        let mut lookup = Lookup { instance, store: &mut store };
        lookup.check_version()?;
        let abi = Abi {
            heap_ptr_get: lookup.function("opa_heap_ptr_get")?,
            heap_ptr_set: lookup.function("opa_heap_ptr_set")?,
            malloc: lookup.function("opa_malloc")?,
            json_dump: lookup.function("opa_json_dump")?,
            entrypoints: lookup.function("entrypoints")?,
            builtins: lookup.function("builtins")?,
        };
        let dialect = Dialect::find(&mut lookup, inner.fast)?;
        let cells = if inner.fast { Some(lookup.address(names::CELLS)?) } else { None };
        let space = cells.map(|cells| Space::of_fresh(memory.data(&store), cells)).transpose()?;
        let values = dialect.value_form();
        store.data_mut().guest = Some(Arc::new(Guest { memory, malloc: abi.malloc.clone(), values }));
        let calls = Calls { store, memory, space, started, stack_bytes: inner.engine.stack_bytes() };
        let mut this = Self {
            module: module.clone(),
            calls,
            abi,
            dialect,
            heap_start: 0,
            heap_base: 0,
            usable: true,
            scratch: Scratch::default(),
        };
        if space.is_none() {
            this.heap_start = this.guarded(|this| this.calls.run(&this.abi.heap_ptr_get, ()))?;
            this.heap_base = this.heap_start;
        }
        Ok(this)
    }

    /// Replaces the data document. Costs time linear in its size.
    ///
    /// # Errors
    /// [`EvalError::Limit`] when it does not fit into the instance's memory.
    pub fn set_data(&mut self, data: &Value) -> Result<(), EvalError> {
        self.guarded(|this| {
            this.calls.begin(&this.module);
            // Data is the host's own choice; only what decisions need beyond it is limited.
            this.calls.store.data_mut().memory_floor = u32::MAX as usize;
            if let Some(space) = &mut this.calls.space {
                let memory = this.calls.memory.data_mut(&mut this.calls.store);
                space.heap_base = space.heap_start;
                space.wipe(memory);
            } else {
                this.calls.run(&this.abi.heap_ptr_set, this.heap_start)?;
            }
            this.dialect.set_data(&mut this.calls, &this.abi.malloc, data)?;
            let base = if let Some(space) = &mut this.calls.space {
                space.heap_base = space.heap_ptr(this.calls.memory.data(&this.calls.store));
                space.heap_base
            } else {
                this.heap_base = this.calls.run(&this.abi.heap_ptr_get, ())?;
                this.heap_base as u32
            };
            this.calls.store.data_mut().memory_floor = base as usize;
            Ok(())
        })
    }

    /// Replaces what built-ins get from the world, for the evaluations to come.
    pub fn set_environment(&mut self, environment: Arc<Environment>) {
        self.calls.store.data_mut().environment = environment;
    }

    /// Evaluates `entrypoint` on `input` (`None`: undefined). Nothing of earlier evaluations is left in the heap that this one uses.
    ///
    /// Time is counted per call into the guest, from the start of this one.
    ///
    /// # Errors
    /// All variants of [`EvalError`]. After an error that stopped the guest the instance is [unusable](Instance::is_usable).
    pub fn evaluate(
        &mut self,
        entrypoint: EntrypointId,
        input: Option<&Value>,
        options: EvalOptions,
    ) -> Result<Outcome, EvalError> {
        if !self.module.entrypoints().values().any(|&known| known == entrypoint) {
            return Err(EvalError::input(format!("the module has no entrypoint {}", entrypoint.0)));
        }
        let is_query = self.module.is_query(entrypoint);
        self.guarded(|this| {
            this.calls.begin(&this.module);
            let started = this.calls.started;
            let host = this.calls.store.data_mut();
            host.prints.clear();
            host.session = Session::new(options.strict_builtin_errors, started, host.limits.time);
            if this.calls.space.is_none() {
                this.calls.run(&this.abi.heap_ptr_set, this.heap_base)?;
            }
            let result = this.dialect.evaluate(&mut this.calls, &this.abi.malloc, entrypoint, input, options)?;
            this.calls.wipe();
            Outcome::from_result(result, is_query)
        })
    }

    /// What `print` wrote in the last evaluation, one line each.
    pub fn prints(&self) -> &[String] {
        &self.calls.store.data().prints
    }

    /// False after a trap, a limit or an abort: the instance refuses to evaluate and is to be dropped.
    pub fn is_usable(&self) -> bool {
        self.usable
    }

    /// The module that this is an instance of.
    pub fn module(&self) -> &Module {
        &self.module
    }

    pub(crate) fn entrypoints(&mut self) -> Result<BTreeMap<String, EntrypointId>, EvalError> {
        let ids = self.id_map(|abi| &abi.entrypoints, "entrypoints()")?;
        Ok(ids.into_iter().map(|(name, id)| (name, EntrypointId(id))).collect())
    }

    pub(crate) fn builtins(&mut self) -> Result<BTreeMap<String, i32>, EvalError> {
        self.id_map(|abi| &abi.builtins, "builtins()")
    }

    /// Reads an object of names to ids, as both maps of the ABI are.
    fn id_map(&mut self, of: fn(&Abi) -> &TypedFunc<(), i32>, what: &str) -> Result<BTreeMap<String, i32>, EvalError> {
        let value = self.guarded(|this| {
            let addr = this.calls.run(of(&this.abi), ())?;
            let text = this.calls.run(&this.abi.json_dump, addr)?;
            this.calls.json_at(text)
        })?;
        let wrong = || EvalError::artifact(format!("`{what}` does not give an object of names and numbers"));
        let entries = value.as_object().ok_or_else(wrong)?;
        entries
            .iter()
            .map(|(name, id)| {
                let id = id.as_number().and_then(Number::to_i64).and_then(|id| i32::try_from(id).ok());
                Ok((name.as_str().ok_or_else(wrong)?.to_owned(), id.ok_or_else(wrong)?))
            })
            .collect()
    }

    /// Bytes of linear memory.
    #[inline]
    pub(crate) fn memory(&self) -> &[u8] {
        self.calls.memory.data(&self.calls.store)
    }

    #[inline]
    pub(crate) fn limits(&self) -> Limits {
        self.calls.store.data().limits
    }

    /// Where frames are laid out; 0 for modules that are not ours.
    #[inline]
    pub(crate) fn frame_base(&self) -> u32 {
        self.calls.space.map_or(0, |space| space.heap_base.next_multiple_of(8))
    }

    /// What the module says about its inputs, if this instance can make use of it.
    #[inline]
    pub(crate) fn fast_input(&self) -> Option<&Arc<FastInput>> {
        match &self.dialect {
            Dialect::Words(words) if words.decides() => self.module.inner.input.as_ref(),
            _ => None,
        }
    }

    /// What encoding needs.
    #[inline]
    pub(crate) fn parts(&mut self) -> (Option<&FastInput>, &mut Scratch, &mut [u8]) {
        let memory = self.calls.memory.data_mut(&mut self.calls.store);
        (self.module.inner.input.as_deref(), &mut self.scratch, memory)
    }

    /// Begins a decision of the fast path.
    #[inline]
    pub(crate) fn begin_decision(&mut self, options: EvalOptions) {
        self.calls.begin(&self.module);
        let started = self.calls.started;
        let host = self.calls.store.data_mut();
        host.prints.clear();
        host.session.restart(options.strict_builtin_errors, started, host.limits.time);
        self.calls.set_strict(options.strict_builtin_errors);
    }

    /// Has the guest decide on a frame that was laid out at [`Self::frame_base`].
    #[inline]
    pub(crate) fn call_decide(&mut self, entrypoint: EntrypointId, frame: u32, heap: u32) -> Result<Word, EvalError> {
        match &mut self.dialect {
            Dialect::Words(words) => words.decide(&mut self.calls, entrypoint, frame, heap),
            Dialect::Opa(_) => Err(EvalError::internal("no fast path")),
        }
    }

    /// Makes room for an input.
    pub(crate) fn grow_memory(&mut self, end: usize) -> Result<(), EvalError> {
        self.calls.grow_to(end)
    }

    /// Overwrites what an encoder may have written to `len` bytes of the frame's place.
    #[cold]
    pub(crate) fn wipe_frame(&mut self, base: u32, len: usize) {
        let memory = self.calls.memory.data_mut(&mut self.calls.store);
        if let Some(room) = memory.get_mut(base as usize..).and_then(|room| room.get_mut(..len)) {
            room.fill(0);
        }
    }

    /// Leaves nothing of the decision behind.
    #[inline]
    pub(crate) fn end_decision(&mut self) {
        self.calls.wipe();
    }

    /// Runs `work`, which calls the guest, and gives the instance up when it fails in there.
    #[inline]
    pub(crate) fn guarded<T>(&mut self, work: impl FnOnce(&mut Self) -> Result<T, EvalError>) -> Result<T, EvalError> {
        if !self.usable {
            return Err(EvalError::internal("the instance was stopped and must not be used again"));
        }
        let result = work(self);
        self.usable = result.is_ok();
        result
    }
}

impl Calls {
    /// Starts the time of a decision: all calls from here on share it.
    #[inline]
    pub(crate) fn begin(&mut self, module: &Module) {
        self.started = module.inner.engine.clock().coarse_now();
        self.store.set_epoch_deadline(engine::ticks(self.store.data().limits.time));
    }

    /// Calls the guest within the time of the decision.
    #[inline]
    pub(crate) fn run<P: WasmParams, R: WasmResults>(
        &mut self,
        function: &TypedFunc<P, R>,
        args: P,
    ) -> Result<R, EvalError> {
        function.call(&mut self.store, args).map_err(|error| self.failed(&error))
    }

    #[cold]
    fn failed(&mut self, error: &wasmtime::Error) -> EvalError {
        let time = self.store.data().limits.time;
        let allowed = Allowance { time, started: self.started, stack_bytes: self.stack_bytes };
        let failure = self.store.data_mut().failure.take();
        trap::classify(error, failure, allowed)
    }

    /// Takes `size` bytes of the heap of one of our modules, without a call; they read as zeros.
    pub(crate) fn reserve(&mut self, size: u32) -> Result<u32, EvalError> {
        let Some(space) = self.space else { return Err(EvalError::internal("no heap of ours")) };
        let addr = u64::from(space.heap_ptr(self.memory.data(&self.store))).next_multiple_of(8);
        let end = addr + u64::from(size);
        let have = self.memory.data_size(&self.store) as u64;
        if end > have {
            let pages = (end - have).div_ceil(WASM_PAGE);
            self.memory.grow(&mut self.store, pages).map_err(|error| self.failed(&error))?;
        }
        let end = u32::try_from(end).map_err(|_| EvalError::internal("a heap of more than 4 GiB"))?;
        space.set_heap_ptr(self.memory.data_mut(&mut self.store), end);
        // Below `end`, so it fits.
        Ok(addr as u32)
    }

    /// Grows the memory, if it is smaller, so that it has the byte before `end`.
    pub(crate) fn grow_to(&mut self, end: usize) -> Result<(), EvalError> {
        let have = self.memory.data_size(&self.store);
        if end > have {
            let pages = (end - have).div_ceil(WASM_PAGE as usize) as u64;
            self.memory.grow(&mut self.store, pages).map_err(|error| self.failed(&error))?;
        }
        Ok(())
    }

    #[inline]
    pub(crate) fn set_strict(&mut self, strict: bool) {
        if let Some(space) = self.space {
            space.set_strict(self.memory.data_mut(&mut self.store), strict);
        }
    }

    /// Leaves nothing of a decision in the memory of one of our modules.
    #[inline]
    pub(crate) fn wipe(&mut self) {
        if let Some(space) = self.space {
            space.wipe(self.memory.data_mut(&mut self.store));
        }
    }
}

/// Bytes of a page of linear memory.
const WASM_PAGE: u64 = 65_536;

impl std::fmt::Debug for Instance {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Instance").field("module", &self.module).field("usable", &self.usable).finish_non_exhaustive()
    }
}
