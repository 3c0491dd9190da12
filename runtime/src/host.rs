//! What a guest can reach: the host functions of the OPA ABI, and the per-store state that they work on.

use std::cell::RefCell;
use std::sync::Arc;

use wasmtime::{Caller, Linker, Memory, ResourceLimiter, TypedFunc};
use writ_abi::names;

use crate::abort;
use crate::builtins::{BuiltinTable, Session};
use crate::engine::MAX_TABLE;
use crate::environment::Environment;
use crate::error::{EvalError, LimitKind};
use crate::faults::{self, Point};
use crate::limits::Limits;
use crate::locations::Locations;
use crate::module;
use crate::overtime::Overtime;
use crate::siblings::Siblings;
use crate::space::Space;
use crate::words::Constants;

/// Longest text that is read at an address from the guest.
const MAX_C_STRING: usize = 64 << 10;

/// Lines of `print` that are kept per evaluation.
const MAX_PRINTS: usize = 10_000;

/// State of one store. Lives as long as its instance.
pub(crate) struct Host {
    /// Why the host stopped the guest; taken when the call returns.
    pub(crate) failure: Option<EvalError>,
    /// Bounds of the instance.
    pub(crate) limits: Limits,
    /// Linear memory that module and base data take: the limit of the heap counts from here.
    pub(crate) memory_floor: usize,
    /// The memory has grown, see `Instance::take_grown`.
    pub(crate) grown: bool,
    /// What becomes of a decision whose time is over.
    pub(crate) overtime: Overtime,
    /// Exports that host functions call; `None` until the instance is complete.
    pub(crate) guest: Option<Arc<Guest>>,
    /// Host functions by the module's ids.
    pub(crate) builtins: Arc<BuiltinTable>,
    /// Entrypoints of other modules of the revision that the module calls.
    pub(crate) siblings: Option<Arc<Siblings>>,
    /// What the guest has of WASI.
    #[cfg(feature = "wasi")]
    pub(crate) wasi: crate::wasi::Context,
    /// What it is granted of it.
    #[cfg(feature = "wasi")]
    pub(crate) grants: crate::wasi::WasiGrants,
    /// Where the thread's stack was when the decision began.
    pub(crate) entered: usize,
    /// What the guest may take of the stack.
    pub(crate) stack_bytes: usize,
    /// Places in the source, for errors.
    pub(crate) locations: Arc<Locations>,
    /// What the world gives to built-ins.
    pub(crate) environment: Arc<Environment>,
    /// What built-ins share within one evaluation.
    pub(crate) session: Session,
    /// Constants of the module and parts of its data that were arguments of built-ins or parts of answers.
    pub(crate) constants: RefCell<Constants>,
    /// What `print` and `opa_println` wrote in this evaluation.
    pub(crate) prints: Vec<String>,
}

/// The exports that host functions need.
pub(crate) struct Guest {
    pub(crate) memory: Memory,
    pub(crate) malloc: TypedFunc<i32, i32>,
    pub(crate) values: ValueForm,
    /// Of our modules: how their memory is divided.
    pub(crate) space: Option<Space>,
}

/// How values cross the border.
pub(crate) enum ValueForm {
    /// Our modules: boxes that hold words.
    Words,
    /// Other modules: opaque addresses, read and made as text by the module itself.
    Text { dump: TypedFunc<i32, i32>, parse: TypedFunc<(i32, i32), i32>, with_sets: bool },
}

impl Host {
    pub(crate) fn new(limits: Limits, module: &module::Inner) -> Self {
        Self {
            failure: None,
            limits,
            memory_floor: 0,
            grown: true,
            overtime: Overtime::new(module.engine.clock().coarse_now(), limits.time),
            guest: None,
            builtins: module.builtins.clone(),
            siblings: None,
            #[cfg(feature = "wasi")]
            wasi: crate::wasi::Context::default(),
            #[cfg(feature = "wasi")]
            grants: module.engine.config().wasi,
            entered: 0,
            stack_bytes: module.engine.config().stack_bytes,
            locations: module.locations.clone(),
            environment: module.engine.environment(),
            session: Session::default(),
            constants: RefCell::default(),
            prints: Vec::new(),
        }
    }
}

impl Host {
    /// Keeps a line of `print`, up to a bound.
    pub(crate) fn print(&mut self, text: String) {
        if self.prints.len() < MAX_PRINTS {
            self.prints.push(text);
        }
    }
}

impl ResourceLimiter for Host {
    fn memory_growing(&mut self, _current: usize, desired: usize, _maximum: Option<usize>) -> wasmtime::Result<bool> {
        if let Err(error) = faults::hit(Point::Allocation) {
            return Err(stop(&mut self.failure, error));
        }
        self.grown = true;
        let heap = desired.saturating_sub(self.memory_floor);
        if heap <= self.limits.memory_bytes {
            return Ok(true);
        }
        // A trap here, and not a refusal that the guest may swallow, so that the caller learns which limit it was.
        let error = EvalError::limit(LimitKind::Memory, self.limits.memory_bytes as u64, heap as u64);
        Err(stop(&mut self.failure, error))
    }

    fn table_growing(&mut self, _current: usize, desired: usize, _maximum: Option<usize>) -> wasmtime::Result<bool> {
        Ok(desired <= MAX_TABLE)
    }
}

/// Keeps `error` for the caller and gives what ends the guest.
pub(crate) fn stop(failure: &mut Option<EvalError>, error: EvalError) -> wasmtime::Error {
    let text = error.to_string();
    failure.get_or_insert(error);
    wasmtime::Error::msg(text)
}

/// The host functions, all but the memory, which each instance makes for itself.
pub(crate) fn linker(engine: &wasmtime::Engine) -> wasmtime::Result<Linker<Host>> {
    let mut linker = Linker::new(engine);
    let env = names::IMPORT_MODULE;
    linker.func_wrap(env, names::ABORT, |mut caller: Caller<'_, Host>, addr: i32| -> wasmtime::Result<()> {
        let error = match c_string(&mut caller, addr) {
            Some(text) => abort::parse(&text),
            None => EvalError::artifact("aborted with a message outside of its memory"),
        };
        let error = located(&caller, error);
        Err(stop(&mut caller.data_mut().failure, error))
    })?;
    linker.func_wrap(env, names::PRINTLN, |mut caller: Caller<'_, Host>, addr: i32| {
        if let Some(text) = c_string(&mut caller, addr) {
            caller.data_mut().print(text);
        }
    })?;
    let [b0, b1, b2, b3, b4] = names::BUILTIN_CALLS;
    linker.func_wrap(env, b0, |c: Caller<'_, Host>, id: i32, ctx: i32| call(c, id, ctx, &[]))?;
    linker.func_wrap(env, b1, |c: Caller<'_, Host>, id: i32, ctx: i32, a: i32| call(c, id, ctx, &[a]))?;
    linker.func_wrap(env, b2, |c: Caller<'_, Host>, id: i32, ctx: i32, a: i32, b: i32| call(c, id, ctx, &[a, b]))?;
    linker.func_wrap(env, b3, |x: Caller<'_, Host>, id: i32, ctx: i32, a: i32, b: i32, c: i32| {
        call(x, id, ctx, &[a, b, c])
    })?;
    linker.func_wrap(env, b4, |x: Caller<'_, Host>, id: i32, ctx: i32, a: i32, b: i32, c: i32, d: i32| {
        call(x, id, ctx, &[a, b, c, d])
    })?;
    #[cfg(feature = "wasi")]
    crate::wasi::add_to(&mut linker)?;
    Ok(linker)
}

fn call(mut caller: Caller<'_, Host>, id: i32, ctx: i32, args: &[i32]) -> wasmtime::Result<i32> {
    let answer = faults::hit(Point::HostCall).and_then(|()| crate::builtins::call(&mut caller, id, ctx, args));
    match answer {
        Ok(addr) => Ok(addr),
        Err(error) => {
            let error = located(&caller, error);
            Err(stop(&mut caller.data_mut().failure, error))
        }
    }
}

/// Adds the place to a policy error that has none.
fn located(caller: &Caller<'_, Host>, error: EvalError) -> EvalError {
    match error {
        EvalError::Policy(mut e) if e.location.is_none() => {
            e.location = caller.data().locations.of_stack(caller);
            EvalError::Policy(e)
        }
        other => other,
    }
}

/// The NUL-terminated UTF-8 text at `addr`; `None` when it is longer than `most`, or none.
pub(crate) fn text_at(memory: &[u8], addr: i32, most: usize) -> Option<String> {
    let tail = memory.get(addr as u32 as usize..)?;
    let end = tail.iter().take(most).position(|&b| b == 0)?;
    std::str::from_utf8(&tail[..end]).ok().map(str::to_owned)
}

/// The NUL-terminated text at `addr`, cut at [`MAX_C_STRING`]; `None` when the address is outside.
fn c_string(caller: &mut Caller<'_, Host>, addr: i32) -> Option<String> {
    let memory = match &caller.data().guest {
        Some(guest) => guest.memory,
        // The start function may abort before the instance is complete.
        None => caller.get_export(names::MEMORY)?.into_memory()?,
    };
    let tail = memory.data(&*caller).get(addr as u32 as usize..)?;
    let tail = &tail[..tail.len().min(MAX_C_STRING)];
    let end = tail.iter().position(|&b| b == 0).unwrap_or(tail.len());
    Some(String::from_utf8_lossy(&tail[..end]).into_owned())
}
