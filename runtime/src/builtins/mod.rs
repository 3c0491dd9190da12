//! Calls of host built-ins: a module's id → a function over values, with arguments and result carried across memory.
//!
//! ```text
//!   opa_builtinN(id, ctx, boxes…) ─▶ arguments read from memory ─▶ Session::call ─▶ result: a box that the guest gave,
//!                                                                                  or memory from its allocator
//! ```

mod custom;
mod session;
mod table;

use wasmtime::{AsContextMut, Caller};
use writ_value::Value;

pub use custom::{CustomBuiltin, CustomBuiltins, Invocation, MAX_ARGUMENTS, RegisterError};
pub(crate) use session::Session;
pub(crate) use table::BuiltinTable;

use crate::abi::{decode, encode};
use crate::error::EvalError;
use crate::host::{Guest, Host, ValueForm};
use crate::words::{self, Layout, write_boxed};

/// Runs the built-in `id`; the address of the result, 0 for undefined.
///
/// `spare` is the address of a box in which a small result may be given back, or 0. Our modules tell one in the place of the ABI's context, which
/// no host reads; for other modules it is an address that means nothing here.
pub(crate) fn call(caller: &mut Caller<'_, Host>, id: i32, spare: i32, args: &[i32]) -> Result<i32, EvalError> {
    let Some(guest) = &caller.data().guest else {
        return Err(EvalError::artifact("it calls a built-in before it is instantiated"));
    };
    match guest.values {
        ValueForm::Words => call_with_words(caller, id, spare, args),
        ValueForm::Text { .. } => call_with_text(caller, id, args),
    }
}

/// Without an allocation for arguments and results that fit into words.
fn call_with_words(caller: &mut Caller<'_, Host>, id: i32, spare: i32, args: &[i32]) -> Result<i32, EvalError> {
    let Some(memory) = caller.data().guest.as_ref().map(|guest| guest.memory) else { return Ok(0) };
    let (bytes, host) = memory.data_and_store_mut(&mut *caller);
    let mut values: [Value; MAX_ARGUMENTS] = Default::default();
    for (value, &arg) in values.iter_mut().zip(args) {
        match words::read_box(bytes, arg, &host.limits)? {
            Some(argument) => *value = argument,
            // An undefined argument makes the call undefined; compiled code never gets here with one.
            None => return Ok(0),
        }
    }
    // The boxes lie outside of the heap: what they held must not stay there.
    args.iter().for_each(|&arg| words::clear_box(bytes, arg));
    let values = values.get(..args.len()).unwrap_or_default();
    match run(host, id, values)? {
        None => Ok(0),
        Some(value) if words::write_immediate(bytes, spare, &value) => Ok(spare),
        Some(value) => result(caller, &value),
    }
}

fn call_with_text(caller: &mut Caller<'_, Host>, id: i32, args: &[i32]) -> Result<i32, EvalError> {
    let Some(guest) = caller.data().guest.clone() else { return Ok(0) };
    let mut values = Vec::with_capacity(args.len());
    for &arg in args {
        match argument(caller, &guest, arg)? {
            Some(value) => values.push(value),
            None => return Ok(0),
        }
    }
    match run(caller.data_mut(), id, &values)? {
        Some(value) => result(caller, &value),
        None => Ok(0),
    }
}

fn run(host: &mut Host, id: i32, args: &[Value]) -> Result<Option<Value>, EvalError> {
    let Some(callee) = host.builtins.get(id) else {
        return Err(EvalError::artifact(format!("it calls a built-in with the unknown id {id}")));
    };
    let answer = host.session.call(id, callee, args, &host.environment);
    for line in host.session.take_printed() {
        host.print(line);
    }
    answer
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

fn result(caller: &mut Caller<'_, Host>, value: &Value) -> Result<i32, EvalError> {
    let Some(guest) = caller.data().guest.clone() else { return Ok(0) };
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
