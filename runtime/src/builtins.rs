//! Calls of host built-ins: a module's id → a function over values, with arguments and result carried across memory.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use wasmtime::{AsContextMut, Caller};
use writ_abi::names::abort_code;
use writ_value::Value;

use crate::abi::{decode, encode};
use crate::error::{BuiltinError, EvalError, PolicyError};
use crate::host::{Guest, Host, ValueForm};
use crate::words::{self, Layout, write_boxed};

/// The built-ins of one module, by the module's ids. Ids have gaps.
#[derive(Default)]
pub(crate) struct BuiltinTable {
    by_id: BTreeMap<i32, Entry>,
}

/// A built-in of the host.
type Function = fn(&[Value]) -> Result<Value, String>;

struct Entry {
    name: String,
    function: Function,
}

/// What built-ins share within one evaluation.
#[derive(Default)]
pub(crate) struct Session {
    strict: bool,
}

impl Session {
    pub(crate) fn new(strict: bool) -> Self {
        Self { strict }
    }
}

impl BuiltinTable {
    /// Finds every built-in that the module wants.
    pub(crate) fn new(wanted: &BTreeMap<String, i32>) -> Result<Self, EvalError> {
        let mut by_id = BTreeMap::new();
        let mut missing = Vec::new();
        for (name, &id) in wanted {
            match find(name) {
                Some(function) => {
                    by_id.insert(id, Entry { name: name.clone(), function });
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
        let mut names: Vec<_> = self.by_id.values().map(|e| e.name.as_str()).collect();
        names.sort_unstable();
        names.into_iter()
    }
}

/// Runs the built-in `id`; the address of the result, 0 for undefined.
pub(crate) fn call(caller: &mut Caller<'_, Host>, id: i32, args: &[i32]) -> Result<i32, EvalError> {
    let table = caller.data().builtins.clone();
    let Some(entry) = table.by_id.get(&id) else {
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
    // INVARIANT: no panic crosses into Wasm frames.
    let outcome = catch_unwind(AssertUnwindSafe(|| (entry.function)(&values)));
    match outcome {
        Ok(Ok(value)) => result(caller, &guest, &value),
        Ok(Err(message)) if caller.data().session.strict => {
            Err(EvalError::Policy(PolicyError { code: abort_code::BUILTIN.to_owned(), message, location: None }))
        }
        Ok(Err(_)) => Ok(0),
        Err(_) => Err(EvalError::Builtin(BuiltinError { name: entry.name.clone(), message: "it panicked".to_owned() })),
    }
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

fn find(_name: &str) -> Option<Function> {
    None
}
