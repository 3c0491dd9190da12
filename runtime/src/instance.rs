//! An instantiated policy: made once, evaluated many times, its heap set back before each evaluation.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use wasmtime::{Extern, Memory, Store, TypedFunc, WasmParams, WasmResults};
use writ_abi::names;
use writ_value::{Number, Value};

use crate::abi::{Dialect, Lookup};
use crate::builtins::Session;
use crate::engine;
use crate::environment::Environment;
use crate::error::EvalError;
use crate::host::{Guest, Host};
use crate::limits::Limits;
use crate::module::{EntrypointId, Import, Module};
use crate::outcome::Outcome;
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
    /// Heap pointer right after instantiation.
    heap_start: i32,
    /// Heap pointer after the data: where each evaluation starts.
    heap_base: i32,
    /// False after a trap: its memory may be in any state.
    usable: bool,
}

/// The store and how long a call into it may take.
pub(crate) struct Calls {
    pub(crate) store: Store<Host>,
    pub(crate) memory: Memory,
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
        let inner = &module.inner;
        let mut store = Store::new(inner.engine.wasm(), Host::new(limits, inner));
        store.limiter(|host| host);
        // The start function runs guest code, so the deadline comes first.
        store.set_epoch_deadline(engine::ticks(limits.time));
        let allowed = Allowance { time: limits.time, started: Instant::now(), stack_bytes: inner.engine.stack_bytes() };
        let fail = |error: wasmtime::Error, store: &mut Store<Host>| {
            let failure = store.data_mut().failure.take();
            trap::classify(&error, failure, allowed)
        };
        let mut memory = None;
        let mut given = Vec::with_capacity(inner.imports.len());
        for import in &inner.imports {
            let item: wasmtime::Result<Extern> = match import {
                Import::Memory(ty) => Memory::new(&mut store, ty.clone()).map(|m| {
                    memory = Some(m);
                    m.into()
                }),
                Import::Function(name) => inner.engine.linker().get(&mut store, names::IMPORT_MODULE, name),
            };
            given.push(item.map_err(|e| fail(e, &mut store))?);
        }
        let instance = wasmtime::Instance::new(&mut store, &inner.wasm, &given).map_err(|e| fail(e, &mut store))?;
        let memory = instance
            .get_memory(&mut store, names::MEMORY)
            .or(memory)
            .ok_or_else(|| EvalError::artifact("it has no memory"))?;
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
        let values = dialect.value_form();
        store.data_mut().guest = Some(Arc::new(Guest { memory, malloc: abi.malloc.clone(), values }));
        let calls = Calls { store, memory, stack_bytes: inner.engine.stack_bytes() };
        let mut this = Self { module: module.clone(), calls, abi, dialect, heap_start: 0, heap_base: 0, usable: true };
        this.heap_start = this.guarded(|this| this.calls.run(&this.abi.heap_ptr_get, ()))?;
        this.set_data(&Value::empty_object())?;
        Ok(this)
    }

    /// Replaces the data document. Costs time linear in its size.
    ///
    /// # Errors
    /// [`EvalError::Limit`] when it does not fit into the instance's memory.
    pub fn set_data(&mut self, data: &Value) -> Result<(), EvalError> {
        self.guarded(|this| {
            this.calls.run(&this.abi.heap_ptr_set, this.heap_start)?;
            this.dialect.set_data(&mut this.calls, &this.abi.malloc, data)?;
            this.heap_base = this.calls.run(&this.abi.heap_ptr_get, ())?;
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
            let host = this.calls.store.data_mut();
            host.prints.clear();
            host.session = Session::new(options.strict_builtin_errors, host.limits.time);
            this.calls.run(&this.abi.heap_ptr_set, this.heap_base)?;
            let result = this.dialect.evaluate(&mut this.calls, &this.abi.malloc, entrypoint, input, options)?;
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

    /// Runs `work`, which calls the guest, and gives the instance up when it fails in there.
    fn guarded<T>(&mut self, work: impl FnOnce(&mut Self) -> Result<T, EvalError>) -> Result<T, EvalError> {
        if !self.usable {
            return Err(EvalError::internal("the instance was stopped and must not be used again"));
        }
        let result = work(self);
        self.usable = result.is_ok();
        result
    }
}

impl Calls {
    /// Calls the guest within the time limit.
    pub(crate) fn run<P: WasmParams, R: WasmResults>(
        &mut self,
        function: &TypedFunc<P, R>,
        args: P,
    ) -> Result<R, EvalError> {
        let time = self.store.data().limits.time;
        let allowed = Allowance { time, started: Instant::now(), stack_bytes: self.stack_bytes };
        self.store.set_epoch_deadline(engine::ticks(time));
        function.call(&mut self.store, args).map_err(|error| {
            let failure = self.store.data_mut().failure.take();
            trap::classify(&error, failure, allowed)
        })
    }
}

impl std::fmt::Debug for Instance {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Instance")
            .field("module", &self.module)
            .field("heap_base", &self.heap_base)
            .field("usable", &self.usable)
            .finish_non_exhaustive()
    }
}
