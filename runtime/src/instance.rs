//! An instantiated policy: made once, evaluated many times, its heap set back before each evaluation.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use wasmtime::{Memory, Store, TypedFunc, WasmParams, WasmResults};
use writ_abi::{Word, names};
use writ_encode::Scratch;
use writ_value::{Number, Value, json};

use crate::abi::{Dialect, Lookup};
use crate::data::{DataImage, ModuleData};
use crate::decide::{FastInput, Place};
use crate::engine;
use crate::environment::Environment;
use crate::error::{EvalError, LimitKind};
use crate::faults::{self, Point};
use crate::host::{Guest, Host};
use crate::limits::Limits;
use crate::meta::{EntrypointInfo, Varies};
use crate::module::{EntrypointId, Module};
use crate::outcome::Outcome;
use crate::siblings::Siblings;
use crate::space::Space;
use crate::stack;
use crate::trap::{self, Allowance};
use crate::words;

/// How one evaluation runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct EvalOptions {
    /// The first failing built-in call is a [`PolicyError`](crate::PolicyError) instead of undefined. Modules that are not ours do not know this:
    /// there it holds for the host's built-ins only.
    pub strict_builtin_errors: bool,
    /// Time for this decision, where it is less than [`Limits::time`]; checked at ticks as well.
    pub time: Option<Duration>,
    /// What is left of the fuel of the decision that this one is a part of.
    pub(crate) fuel: Option<u64>,
}

impl EvalOptions {
    /// Sets [`EvalOptions::time`].
    #[must_use]
    #[inline]
    pub fn with_time(mut self, time: Option<Duration>) -> Self {
        self.time = time;
        self
    }

    #[must_use]
    pub(crate) fn with_fuel(mut self, fuel: Option<u64>) -> Self {
        self.fuel = fuel;
        self
    }

    /// Sets [`EvalOptions::strict_builtin_errors`].
    #[must_use]
    #[inline]
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
    /// The data, while its pages are mapped.
    mapped: Option<Arc<DataImage>>,
    /// Heap pointer right after instantiation; of modules that are not ours.
    heap_start: i32,
    /// Heap pointer after the data, where each evaluation starts; of modules that are not ours.
    heap_base: i32,
    usable: bool,
    /// What [`Instance::attach`] put there, for a fresh instance.
    data: Option<ModuleData>,
    /// How often a fresh instance took this one's place.
    renewed: u64,
    /// Lists that the encoder uses, kept so that a decision allocates nothing.
    scratch: Scratch,
}

/// The store and how long a call into it may take.
pub(crate) struct Calls {
    pub(crate) store: Store<Host>,
    pub(crate) memory: Memory,
    /// Of our modules: how their memory is divided.
    pub(crate) space: Option<Space>,
    /// What the decision may use, and when it began.
    allowed: Allowance,
    /// Ticks of the time that is allowed.
    ticks: u64,
    /// What the guest was last told about failing built-ins.
    strict: Option<bool>,
    /// The guest was stopped in the middle of a call: its memory may be in any state.
    stopped: bool,
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
        store.epoch_deadline_callback(|mut store| Ok(store.data_mut().overtime.deadline()));
        // The start function runs guest code, so the deadline comes first.
        store.set_epoch_deadline(engine::ticks(limits.time));
        let config = inner.engine.config();
        match (limits.fuel, config.fuel) {
            (Some(_), false) => return Err(EvalError::internal("a limit of fuel, but the engine does not count it")),
            (fuel, true) => store.set_fuel(fuel.unwrap_or(u64::MAX)).map_err(|e| EvalError::internal(e.to_string()))?,
            (None, false) => {}
        }
        let started = inner.engine.clock().coarse_now();
        let (stack_bytes, max_instances) = (config.stack_bytes, config.max_instances);
        let allowed = Allowance { time: limits.time, started, stack_bytes, fuel: limits.fuel, max_instances };
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
        store.data_mut().guest = Some(Arc::new(Guest { memory, malloc: abi.malloc.clone(), values, space }));
        let ticks = engine::ticks(limits.time);
        let calls = Calls { store, memory, space, allowed, ticks, strict: None, stopped: false };
        let mut this = Self {
            module: module.clone(),
            calls,
            abi,
            dialect,
            mapped: None,
            heap_start: 0,
            heap_base: 0,
            usable: true,
            data: None,
            renewed: 0,
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
        let data = match self.calls.space {
            Some(space) => ModuleData::Image(Arc::new(DataImage::new(data, space.heap_start, self.fast_input())?)),
            None => ModuleData::Text(json::to_string(data).into()),
        };
        self.attach(&data)
    }

    /// Replaces the data by what is ready for the module. Cost: a few pages of memory for modules of ours, parsing the text for others.
    pub(crate) fn attach(&mut self, data: &ModuleData) -> Result<(), EvalError> {
        self.guarded(|this| {
            this.calls.begin(&this.module, &EvalOptions::default());
            let host = this.calls.store.data_mut();
            // Data is the host's own choice; only what decisions need beyond it is limited.
            host.memory_floor = u32::MAX as usize;
            // Until the new data are there, nothing is known to stay.
            host.constants.get_mut().reset(0..0);
            let base = match data {
                ModuleData::Image(image) => {
                    this.detach()?;
                    this.calls.grow_to(image.end())?;
                    if image.place(this.calls.memory.data_mut(&mut this.calls.store))? {
                        this.mapped = Some(image.clone());
                    }
                    this.dialect.set_data(&mut this.calls, &this.abi.malloc, data)?;
                    this.calls.set_heap_base(image.end());
                    this.dialect.index_data(&mut this.calls)?;
                    // Whole pages, so that a small change of the data seldom moves the frames behind them, by whose bytes decisions are kept.
                    let base = this.calls.heap_ptr().next_multiple_of(FRAME_ALIGN);
                    this.calls.set_heap_base(base);
                    base
                }
                ModuleData::Text(_) => {
                    this.calls.run(&this.abi.heap_ptr_set, this.heap_start)?;
                    this.dialect.set_data(&mut this.calls, &this.abi.malloc, data)?;
                    this.heap_base = this.calls.run(&this.abi.heap_ptr_get, ())?;
                    this.heap_base as u32 as usize
                }
            };
            let fixed = this.calls.space.map_or(0..0, |space| space.fixed());
            let host = this.calls.store.data_mut();
            host.memory_floor = base;
            host.constants.get_mut().reset(fixed);
            this.data = Some(data.clone());
            Ok(())
        })
    }

    /// Puts a fresh instance, with the same data, limits and environment, in the place of this one, which was stopped.
    #[cold]
    pub(crate) fn renew(&mut self) -> Result<(), EvalError> {
        let data = self.data.clone().ok_or_else(|| EvalError::internal("an instance without data"))?;
        let host = self.calls.store.data();
        let (environment, siblings) = (host.environment.clone(), host.siblings.clone());
        let mut fresh = Self::bare(&self.module, host.limits)?;
        fresh.set_environment(environment);
        fresh.calls.store.data_mut().siblings = siblings;
        fresh.attach(&data)?;
        fresh.renewed = self.renewed + 1;
        *self = fresh;
        Ok(())
    }

    /// How often [`Instance::renew`] took place since the last time that this was asked.
    #[inline]
    pub(crate) fn take_renewed(&mut self) -> u64 {
        std::mem::take(&mut self.renewed)
    }

    /// Takes mapped pages out of the memory.
    fn detach(&mut self) -> Result<(), EvalError> {
        match self.mapped.take() {
            Some(image) if !image.remove(self.calls.memory.data_mut(&mut self.calls.store)) => {
                // Memory in which foreign pages are mapped must not go back to the engine's pool, so it is not given back at all.
                let host = Host::new(self.calls.store.data().limits, &self.module.inner);
                let fresh = Store::new(self.module.inner.engine.wasm(), host);
                std::mem::forget(std::mem::replace(&mut self.calls.store, fresh));
                Err(EvalError::internal("the data cannot be taken out of the memory"))
            }
            _ => Ok(()),
        }
    }

    /// Replaces what built-ins get from the world, for the evaluations to come.
    pub fn set_environment(&mut self, environment: Arc<Environment>) {
        let host = self.calls.store.data_mut();
        host.environment = environment;
        host.session.leave_environment();
    }

    /// Lets the module call entrypoints of others.
    pub(crate) fn link(&mut self, siblings: Arc<Siblings>) {
        self.calls.store.data_mut().siblings = Some(siblings);
    }

    /// [`Module::entrypoint_info`] with what the entrypoint can call in other modules of the revision.
    pub fn entrypoint_info(&self, id: EntrypointId) -> Option<EntrypointInfo> {
        let siblings = self.calls.store.data().siblings.as_ref();
        siblings.and_then(|siblings| siblings.info(id).cloned()).or_else(|| self.module.entrypoint_info(id))
    }

    /// SHA-256 of all code that its decisions run: [`Module::digest`], or a digest of the module and of those that it calls.
    pub fn digest(&self) -> [u8; 32] {
        let siblings = self.calls.store.data().siblings.as_ref();
        siblings.map_or_else(|| self.module.digest(), |siblings| siblings.digest())
    }

    /// Whether it is not certain that the entrypoint's result depends on input and data alone.
    fn varies(&self, id: EntrypointId) -> bool {
        match &self.calls.store.data().siblings {
            Some(siblings) => siblings.info(id).is_none_or(|info| info.varies != Varies::Never),
            None => self.module.varies(id),
        }
    }

    /// Fuel that the last decision left; meaningful in engines that count it.
    pub(crate) fn fuel_left(&self) -> u64 {
        self.calls.store.get_fuel().unwrap_or_default()
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
        self.evaluate_known(entrypoint, input, options)
    }

    /// As [`Instance::evaluate`], of an entrypoint that the module has.
    pub(crate) fn evaluate_known(
        &mut self,
        entrypoint: EntrypointId,
        input: Option<&Value>,
        options: EvalOptions,
    ) -> Result<Outcome, EvalError> {
        let is_query = self.module.is_query(entrypoint);
        self.guarded(|this| {
            this.calls.begin(&this.module, &options);
            let Allowance { started, time, .. } = this.calls.allowed;
            let host = this.calls.store.data_mut();
            host.prints.clear();
            host.session.restart(options.strict_builtin_errors, started, time);
            if this.calls.space.is_none() {
                this.calls.run(&this.abi.heap_ptr_set, this.heap_base)?;
            }
            let result = this.dialect.evaluate(&mut this.calls, &this.abi.malloc, entrypoint, input, options)?;
            this.calls.wipe();
            Outcome::from_result(result, is_query)
        })
    }

    /// What `print` wrote in the last evaluation, one line each. A batch evaluates many inputs at once; the lines of the last of those calls are here.
    pub fn prints(&self) -> &[String] {
        &self.calls.store.data().prints
    }

    /// False after a trap, a limit or an abort: the instance refuses to evaluate and is to be dropped.
    #[inline]
    pub fn is_usable(&self) -> bool {
        self.usable
    }

    /// Its linear memory, to look at.
    #[inline]
    pub fn memory(&self) -> &[u8] {
        self.calls.memory.data(&self.calls.store)
    }

    /// Whether its memory has grown since the last time that this was asked.
    #[inline]
    pub(crate) fn take_grown(&mut self) -> bool {
        std::mem::take(&mut self.calls.store.data_mut().grown)
    }

    /// Bytes of its linear memory, of which the system holds those that were written.
    pub(crate) fn memory_bytes(&self) -> usize {
        self.calls.memory.data_size(&self.calls.store)
    }

    /// The module that this is an instance of.
    pub fn module(&self) -> &Module {
        &self.module
    }

    /// Of modules of ours: first address behind the module's own data.
    pub(crate) fn static_end(&self) -> u32 {
        self.calls.space.map_or(0, |space| space.heap_start)
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
            if let Dialect::Words(_) = this.dialect {
                let map = words::read_box(this.memory(), addr, this.limits())?;
                return map.ok_or_else(|| EvalError::artifact(format!("`{what}` gives nothing")));
            }
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

    #[inline]
    pub(crate) fn limits(&self) -> &Limits {
        &self.calls.store.data().limits
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

    /// Where answers lie.
    #[inline]
    pub(crate) fn place(&self) -> Place<'_> {
        let Host { limits, constants, .. } = self.calls.store.data();
        Place { memory: self.memory(), limits, constants }
    }

    /// Begins a decision of the fast path.
    #[inline]
    pub(crate) fn begin_decision(&mut self, options: &EvalOptions) {
        self.calls.begin(&self.module, options);
        let Allowance { started, time, .. } = self.calls.allowed;
        let host = self.calls.store.data_mut();
        host.prints.clear();
        host.session.restart(options.strict_builtin_errors, started, time);
        self.calls.set_strict(options.strict_builtin_errors);
    }

    /// Has the guest decide on a frame that was laid out at [`Self::frame_base`].
    #[inline]
    pub(crate) fn call_decide(
        &mut self,
        entrypoint: EntrypointId,
        frame: u32,
        heap: u32,
    ) -> Result<Word, Box<EvalError>> {
        match &mut self.dialect {
            Dialect::Words(words) => words.decide(&mut self.calls, entrypoint, frame, heap),
            Dialect::Opa(_) => Err(EvalError::internal("no fast path").into()),
        }
    }

    /// Whether [`Self::call_decide_many`] can be called for the entrypoint, to the same effect as one call for each input.
    pub(crate) fn decides_many(&self, entrypoint: EntrypointId) -> bool {
        // Built-ins whose answers vary give one answer per call of the guest, and fuel is counted per call.
        let can = matches!(&self.dialect, Dialect::Words(words) if words.decides_many());
        can && !self.varies(entrypoint) && self.calls.allowed.fuel.is_none()
    }

    /// Has the guest decide on `count` frames, see [`writ_abi::names::DECIDE_MANY`].
    pub(crate) fn call_decide_many(
        &mut self,
        entrypoint: EntrypointId,
        table: u32,
        count: u32,
        heap: u32,
    ) -> Result<(), EvalError> {
        match &mut self.dialect {
            Dialect::Words(words) => words.decide_many(&mut self.calls, entrypoint, table, count, heap),
            Dialect::Opa(_) => Err(EvalError::internal("no fast path")),
        }
    }

    /// Makes the instance unusable once the work in hand is done: the module broke the ABI.
    pub(crate) fn give_up(&mut self) {
        self.calls.stopped = true;
    }

    /// The time of the last tick.
    pub(crate) fn coarse_now(&self) -> std::time::Instant {
        self.module.inner.engine.clock().coarse_now()
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

    /// Has the answer read and leaves nothing of the decision behind.
    #[inline]
    pub(crate) fn end_decision<R>(&mut self, read: impl FnOnce(Place<'_>) -> R) -> R {
        let Calls { store, memory, space, .. } = &mut self.calls;
        let (memory, Host { limits, constants, .. }) = memory.data_and_store_mut(store);
        let result = read(Place { memory, limits, constants });
        if let Some(space) = space {
            space.wipe(memory);
        }
        result
    }

    /// Leaves nothing of the decisions behind.
    pub(crate) fn wipe(&mut self) {
        self.calls.wipe();
    }

    /// Runs `work`, which calls the guest, and gives the instance up when it fails in there.
    pub(crate) fn guarded<T>(&mut self, work: impl FnOnce(&mut Self) -> Result<T, EvalError>) -> Result<T, EvalError> {
        self.guarded_boxed(|this| work(this).map_err(Box::new)).map_err(|error| *error)
    }

    /// [`Self::guarded`] with errors in boxes, so that results of a word stay in registers.
    #[inline]
    pub(crate) fn guarded_boxed<T>(
        &mut self,
        work: impl FnOnce(&mut Self) -> Result<T, Box<EvalError>>,
    ) -> Result<T, Box<EvalError>> {
        if !self.usable {
            return Err(EvalError::internal("the instance was stopped and must not be used again").into());
        }
        // Until it is known to be well: a panic on the way leaves it so.
        self.usable = false;
        self.calls.stopped = false;
        let result = work(self);
        #[cfg(feature = "wasi")]
        self.calls.store.data_mut().end_output();
        match &result {
            Ok(_) => self.usable = !self.calls.stopped,
            Err(error) => self.after_failure(error),
        }
        result
    }

    #[cold]
    fn after_failure(&mut self, error: &EvalError) {
        let lied = matches!(error, EvalError::Artifact(_) | EvalError::Internal(_));
        self.usable = !self.calls.stopped && !lied;
        if self.usable {
            self.calls.wipe();
        }
    }
}

impl Calls {
    /// Starts the time of a decision: all calls from here on share it.
    #[inline]
    pub(crate) fn begin(&mut self, module: &Module, options: &EvalOptions) {
        let limit = self.store.data().limits.time;
        let time = options.time.map_or(limit, |time| time.min(limit));
        if time != self.allowed.time {
            (self.allowed.time, self.ticks) = (time, engine::ticks(time));
        }
        self.allowed.started = module.inner.engine.clock().coarse_now();
        self.store.set_epoch_deadline(self.ticks);
        let host = self.store.data_mut();
        host.entered = stack::here();
        #[cfg(feature = "wasi")]
        host.wasi.begin();
        (host.overtime.started, host.overtime.limit) = (self.allowed.started, self.allowed.time);
        if let Some(fuel) = self.allowed.fuel {
            // Fails only in engines that do not count, which no instance with this limit has.
            let _ = self.store.set_fuel(options.fuel.map_or(fuel, |left| left.min(fuel)));
        }
    }

    /// Calls the guest within the time of the decision.
    #[inline]
    pub(crate) fn run<P: WasmParams, R: WasmResults>(
        &mut self,
        function: &TypedFunc<P, R>,
        args: P,
    ) -> Result<R, EvalError> {
        self.run_boxed(function, args).map_err(|error| *error)
    }

    /// [`Self::run`] with errors in boxes.
    #[inline]
    pub(crate) fn run_boxed<P: WasmParams, R: WasmResults>(
        &mut self,
        function: &TypedFunc<P, R>,
        args: P,
    ) -> Result<R, Box<EvalError>> {
        function.call(&mut self.store, args).map_err(|error| self.failed(&error))
    }

    #[cold]
    fn failed(&mut self, error: &wasmtime::Error) -> Box<EvalError> {
        self.stopped = true;
        let failure = self.store.data_mut().failure.take();
        Box::new(trap::classify(error, failure, self.allowed))
    }

    /// Takes `size` bytes of the heap of one of our modules, without a call; they read as zeros.
    pub(crate) fn reserve(&mut self, size: u32) -> Result<u32, EvalError> {
        let Some(space) = self.space else { return Err(EvalError::internal("no heap of ours")) };
        let addr = u64::from(space.heap_ptr(self.memory.data(&self.store))).next_multiple_of(8);
        let end = addr + u64::from(size);
        self.grow_to(usize::try_from(end).unwrap_or(usize::MAX))?;
        let end = u32::try_from(end).map_err(|_| EvalError::internal("a heap of more than 4 GiB"))?;
        space.set_heap_ptr(self.memory.data_mut(&mut self.store), end);
        // Below `end`, so it fits.
        Ok(addr as u32)
    }

    /// Grows the memory, if it is smaller, so that it has the byte before `end`.
    pub(crate) fn grow_to(&mut self, end: usize) -> Result<(), EvalError> {
        let have = self.memory.data_size(&self.store);
        if end > have {
            faults::hit(Point::Allocation)?;
            let pages = (end - have).div_ceil(WASM_PAGE) as u64;
            if self.memory.grow(&mut self.store, pages).is_err() {
                self.stopped = true;
                // The limit's own error, or else the module itself declares that it has no room for so much.
                let most = self.memory.ty(&self.store).maximum().unwrap_or(MAX_PAGES).saturating_mul(WASM_PAGE as u64);
                let failure = self.store.data_mut().failure.take();
                return Err(failure.unwrap_or_else(|| EvalError::limit(LimitKind::Memory, most, end as u64)));
            }
        }
        Ok(())
    }

    /// Moves the place where the heap of each evaluation begins. What lay there before is no data any more.
    fn set_heap_base(&mut self, base: usize) {
        if let Some(space) = &mut self.space {
            space.heap_base = u32::try_from(base).unwrap_or(u32::MAX);
            space.wipe(self.memory.data_mut(&mut self.store));
        }
    }

    /// The first free address of the heap of one of our modules.
    fn heap_ptr(&self) -> usize {
        self.space.map_or(0, |space| space.heap_ptr(self.memory.data(&self.store)) as usize)
    }

    #[inline]
    pub(crate) fn set_strict(&mut self, strict: bool) {
        if let Some(space) = self.space
            && self.strict != Some(strict)
        {
            space.set_strict(self.memory.data_mut(&mut self.store), strict);
            self.strict = Some(strict);
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
const WASM_PAGE: usize = 65_536;
/// Pages that a 32-bit module can address.
const MAX_PAGES: u64 = 1 << 16;
/// Where frames may begin.
const FRAME_ALIGN: usize = 4096;

impl Drop for Instance {
    fn drop(&mut self) {
        // An error here has already kept the memory out of circulation.
        let _ = self.detach();
    }
}

impl std::fmt::Debug for Instance {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Instance").field("module", &self.module).field("usable", &self.usable).finish_non_exhaustive()
    }
}
