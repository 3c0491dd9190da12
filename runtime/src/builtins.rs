//! Calls of host built-ins: a module's id → a function over values, with arguments and result carried across memory.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use wasmtime::{AsContextMut, Caller};
use writ_builtins::{Builtin, Context, ErrorKind, Output};
use writ_value::Value;

use crate::abi::{decode, encode};
use crate::environment::Environment;
use crate::error::{BuiltinError, EvalError, PolicyError};
use crate::host::{Guest, Host, ValueForm};
use crate::trap;
use crate::words::{self, Layout, write_boxed};

/// The built-ins of one module, by the module's ids. Ids have gaps.
#[derive(Default)]
pub(crate) struct BuiltinTable {
    by_id: BTreeMap<i32, &'static Builtin>,
}

/// What built-ins share within one evaluation. The context is made when the first one is called.
#[derive(Default)]
pub(crate) struct Session {
    strict: bool,
    started: Option<Instant>,
    deadline: Option<Instant>,
    context: Option<Context>,
    /// What the context's sink received.
    printed: Arc<Mutex<Vec<String>>>,
}

impl Session {
    /// Of an evaluation that began at `started`.
    pub(crate) fn new(strict: bool, started: Instant, time: Duration) -> Self {
        Self { strict, started: Some(started), deadline: started.checked_add(time), ..Self::default() }
    }

    /// [`Session::new`] in place, which costs nothing when no built-in of the host was called since.
    #[inline]
    pub(crate) fn restart(&mut self, strict: bool, started: Instant, time: Duration) {
        if self.context.is_some() {
            *self = Self::new(strict, started, time);
        }
        (self.strict, self.started, self.deadline) = (strict, Some(started), started.checked_add(time));
    }

    fn started(&self) -> Instant {
        self.started.unwrap_or_else(Instant::now)
    }
}

impl BuiltinTable {
    /// Finds every built-in that the module wants.
    pub(crate) fn new(wanted: &BTreeMap<String, i32>) -> Result<Self, EvalError> {
        let mut by_id = BTreeMap::new();
        let mut missing = Vec::new();
        for (name, &id) in wanted {
            match writ_builtins::lookup(name) {
                Some(builtin) => {
                    by_id.insert(id, builtin);
                }
                None => missing.push(format!("`{name}`")),
            }
        }
        if missing.is_empty() {
            return Ok(Self { by_id });
        }
        Err(EvalError::artifact(format!("it needs built-ins that this host does not have: {}", missing.join(", "))))
    }

    /// Names, sorted.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        let mut names: Vec<_> = self.by_id.values().map(|b| b.name).collect();
        names.sort_unstable();
        names.into_iter()
    }
}

/// Runs the built-in `id`; the address of the result, 0 for undefined.
pub(crate) fn call(caller: &mut Caller<'_, Host>, id: i32, args: &[i32]) -> Result<i32, EvalError> {
    let table = caller.data().builtins.clone();
    let Some(&builtin) = table.by_id.get(&id) else {
        return Err(EvalError::artifact(format!("it calls a built-in with the unknown id {id}")));
    };
    let Some(guest) = caller.data().guest.clone() else {
        return Err(EvalError::artifact("it calls a built-in before it is instantiated"));
    };
    let mut values = Vec::with_capacity(args.len());
    for &arg in args {
        match argument(caller, &guest, arg)? {
            Some(value) => values.push(value),
            // An undefined argument makes the call undefined; compiled code never gets here with one.
            None => return Ok(0),
        }
    }
    match run(caller.data_mut(), builtin, &values)? {
        Some(value) => result(caller, &guest, &value),
        None => Ok(0),
    }
}

/// Calls the function itself. INVARIANT: no panic crosses into Wasm frames.
fn run(host: &mut Host, builtin: &Builtin, args: &[Value]) -> Result<Option<Value>, EvalError> {
    let deadline = host.session.deadline;
    let mut context = match host.session.context.take() {
        Some(context) => context,
        None => context(&host.environment, deadline, host.session.printed.clone()),
    };
    let answer = catch_unwind(AssertUnwindSafe(|| builtin.call(&mut context, args)));
    host.session.context = Some(context);
    if let Ok(mut lines) = host.session.printed.clone().lock() {
        lines.drain(..).for_each(|line| host.print(line));
    }
    let failed =
        |message: &str| EvalError::Builtin(BuiltinError { name: builtin.name.to_owned(), message: message.to_owned() });
    match answer {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(e)) if e.kind() == ErrorKind::Halt && deadline.is_some_and(|d| Instant::now() >= d) => {
            Err(trap::out_of_time(host.limits.time, host.session.started()))
        }
        Ok(Err(e)) if e.kind() == ErrorKind::Halt => Err(failed(e.message())),
        Ok(Err(e)) if host.session.strict => Err(EvalError::Policy(PolicyError {
            code: e.code().to_owned(),
            message: e.message().to_owned(),
            location: None,
        })),
        Ok(Err(_)) => Ok(None),
        Err(_) => Err(failed("it panicked")),
    }
}

fn context(environment: &Environment, deadline: Option<Instant>, printed: Arc<Mutex<Vec<String>>>) -> Context {
    let mut context = environment.context(deadline);
    context.sink = Some(Box::new(move |output| {
        if let (Output::Print(text), Ok(mut lines)) = (output, printed.lock()) {
            lines.push(text);
        }
    }));
    context
}

fn argument(caller: &mut Caller<'_, Host>, guest: &Guest, addr: i32) -> Result<Option<Value>, EvalError> {
    let limits = caller.data().limits;
    match &guest.values {
        ValueForm::Words => words::read_box(guest.memory.data(&*caller), addr, &limits),
        ValueForm::Text { .. } if addr == 0 => Ok(None),
        ValueForm::Text { dump, with_sets, .. } => {
            let text = dump.call(caller.as_context_mut(), addr).map_err(|e| nested(caller, &e))?;
            let memory = guest.memory.data(&*caller).get(text as u32 as usize..).unwrap_or_default();
            let end = memory.iter().take(limits.result_bytes).position(|&b| b == 0);
            let text = end.and_then(|end| std::str::from_utf8(memory.get(..end)?).ok());
            let text = text.ok_or_else(|| EvalError::artifact("an argument of a built-in is no text"))?;
            decode(text, *with_sets).map(Some)
        }
    }
}

fn result(caller: &mut Caller<'_, Host>, guest: &Guest, value: &Value) -> Result<i32, EvalError> {
    let limits = caller.data().limits;
    match &guest.values {
        ValueForm::Words => {
            let layout = Layout::of(value, limits.input_bytes, limits.depth)?;
            let addr =
                guest.malloc.call(caller.as_context_mut(), layout.malloc_size()?).map_err(|e| nested(caller, &e))?;
            write_boxed(&layout, guest.memory.data_mut(caller), addr as u32).map(|addr| addr as i32)
        }
        ValueForm::Text { parse, with_sets, .. } => {
            let text = encode(value, *with_sets);
            let size = i32::try_from(text.len()).map_err(|_| EvalError::internal("a result of more than 2 GiB"))?;
            let addr = guest.malloc.call(caller.as_context_mut(), size).map_err(|e| nested(caller, &e))?;
            guest
                .memory
                .write(caller.as_context_mut(), addr as u32 as usize, text.as_bytes())
                .map_err(|_| EvalError::artifact("`opa_malloc` gave an address outside of its memory"))?;
            parse.call(caller.as_context_mut(), (addr, size)).map_err(|e| nested(caller, &e))
        }
    }
}

/// The error of a call back into the guest: what a host function left behind, or the trap. A time-out there shows again in the outer call, which
/// knows the numbers.
fn nested(caller: &mut Caller<'_, Host>, error: &wasmtime::Error) -> EvalError {
    caller.data_mut().failure.take().unwrap_or_else(|| EvalError::internal(format!("{error:#}")))
}
