//! Calls of host built-ins: a module's id → a function over values, with arguments and result carried across memory.
//!
//! ```text
//!   opa_builtinN(id, ctx, boxes…) ─▶ arguments read from memory ─▶ Session::call ─▶ result: a box that the guest gave,
//!                                                                                  or memory from its allocator
//! ```

mod custom;
mod function;
mod session;
mod table;

use wasmtime::{AsContext, AsContextMut, Caller, Memory};
use writ_abi::Word;
use writ_builtins::Arg;
use writ_value::Value;

pub use custom::{CustomBuiltin, CustomBuiltins, Invocation, MAX_ARGUMENTS, RegisterError};
pub(crate) use session::Session;
pub(crate) use table::{BuiltinTable, Function};

use crate::abi::{decode, encode};
use crate::error::EvalError;
use crate::host::{Guest, Host, ValueForm};
use crate::space::Space;
use crate::words::{self, Layout, write_boxed};

/// Runs the built-in `id`; the address of the result, 0 for undefined.
///
/// `spare` is the address of a box in which the result may be given back, or 0. Our modules tell one in the place of the ABI's context, which
/// no host reads; for other modules it is an address that means nothing here.
pub(crate) fn call(caller: &mut Caller<'_, Host>, id: i32, spare: i32, args: &[i32]) -> Result<i32, EvalError> {
    match caller.data().guest.as_deref() {
        Some(&Guest { memory, space: Some(space), .. }) => call_with_words(caller, memory, space, id, spare, args),
        Some(_) => call_with_text(caller, id, args),
        None => Err(EvalError::artifact("it calls a built-in before it is instantiated")),
    }
}

/// Texts are read where they lie, and nothing is allocated for other arguments and results that fit into words.
fn call_with_words(
    caller: &mut Caller<'_, Host>,
    memory: Memory,
    space: Space,
    id: i32,
    spare: i32,
    boxes: &[i32],
) -> Result<i32, EvalError> {
    let (bytes, host) = memory.data_and_store_mut(&mut *caller);
    let mut words = [Word::UNDEFINED; MAX_ARGUMENTS];
    for (word, &addr) in words.iter_mut().zip(boxes) {
        // The boxes lie outside of the heap: what they held must not stay there.
        *word = words::take_box(bytes, addr)?;
        // An undefined argument makes the call undefined; compiled code never gets here with one.
        if !word.is_defined() {
            return Ok(0);
        }
    }
    if let (Some(place), [word, ..]) = (host.builtins.function(id), words) {
        let argument = words::read(bytes, word, &host.limits)?.unwrap_or_default();
        return match function::call(caller, id, place, argument)? {
            None => Ok(0),
            Some(value) => result_in_words(caller, memory, space, spare, &value),
        };
    }
    let (bytes, limits) = (&*bytes, host.limits);
    let mut values: [Value; MAX_ARGUMENTS] = Default::default();
    let mut args = [Arg::Text(b""); MAX_ARGUMENTS];
    for ((arg, value), &word) in args.iter_mut().zip(&mut values).zip(&words[..boxes.len()]) {
        *arg = match words::read_text(bytes, word, &limits)? {
            Some(text) => Arg::Text(text),
            None => {
                *value = host.constants.get_mut().read(bytes, word, &limits)?;
                Arg::Value(value)
            }
        };
    }
    match run(host, id, &args[..boxes.len()])? {
        None => Ok(0),
        Some(value) => result_in_words(caller, memory, space, spare, &value),
    }
}

fn result_in_words(
    caller: &mut Caller<'_, Host>,
    memory: Memory,
    space: Space,
    spare: i32,
    value: &Value,
) -> Result<i32, EvalError> {
    if words::write_immediate(memory.data_mut(&mut *caller), spare, value) {
        return Ok(spare);
    }
    let limits = caller.data().limits;
    let layout = Layout::of(value, limits.input_bytes, limits.depth)?;
    let addr = reserve(caller, memory, space, layout.malloc_size()?)?;
    write_boxed(&layout, memory.data_mut(caller), addr).map(|addr| addr as i32)
}

/// Takes `size` bytes of the guest's heap without a call into it.
fn reserve(caller: &mut Caller<'_, Host>, memory: Memory, space: Space, size: i32) -> Result<u32, EvalError> {
    let addr = u64::from(space.heap_ptr(memory.data(&*caller)));
    let end = addr + u64::from(size.unsigned_abs());
    let have = memory.data_size(&*caller) as u64;
    if end > have {
        let pages = (end - have).div_ceil(memory.page_size(caller.as_context()));
        memory.grow(&mut *caller, pages).map_err(|e| nested(caller, &e))?;
    }
    let end = u32::try_from(end).map_err(|_| EvalError::internal("a heap of more than 4 GiB"))?;
    space.set_heap_ptr(memory.data_mut(caller), end);
    // Below `end`, so it fits.
    Ok(addr as u32)
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
    let args: Vec<Arg<'_>> = values.iter().map(Arg::from).collect();
    match run(caller.data_mut(), id, &args)? {
        Some(value) => result(caller, &guest, &value),
        None => Ok(0),
    }
}

fn run(host: &mut Host, id: i32, args: &[Arg<'_>]) -> Result<Option<Value>, EvalError> {
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
    let ValueForm::Text { dump, with_sets, .. } = &guest.values else { return Err(no_text()) };
    if addr == 0 {
        return Ok(None);
    }
    let limits = caller.data().limits;
    let text = dump.call(caller.as_context_mut(), addr).map_err(|e| nested(caller, &e))?;
    let memory = guest.memory.data(&*caller).get(text as u32 as usize..).unwrap_or_default();
    let end = memory.iter().take(limits.result_bytes).position(|&b| b == 0);
    let text = end.and_then(|end| std::str::from_utf8(memory.get(..end)?).ok());
    let text = text.ok_or_else(|| EvalError::artifact("an argument of a built-in is no text"))?;
    decode(text, *with_sets).map(Some)
}

fn result(caller: &mut Caller<'_, Host>, guest: &Guest, value: &Value) -> Result<i32, EvalError> {
    let ValueForm::Text { parse, with_sets, .. } = &guest.values else { return Err(no_text()) };
    let text = encode(value, *with_sets);
    let size = i32::try_from(text.len()).map_err(|_| EvalError::internal("a result of more than 2 GiB"))?;
    let addr = guest.malloc.call(caller.as_context_mut(), size).map_err(|e| nested(caller, &e))?;
    guest
        .memory
        .write(caller.as_context_mut(), addr as u32 as usize, text.as_bytes())
        .map_err(|_| EvalError::artifact("`opa_malloc` gave an address outside of its memory"))?;
    parse.call(caller.as_context_mut(), (addr, size)).map_err(|e| nested(caller, &e))
}

fn no_text() -> EvalError {
    EvalError::internal("a module that passes words was asked for text")
}

/// The error of a call back into the guest: what a host function left behind, or the trap. A time-out there shows again in the outer call, which
/// knows the numbers.
fn nested(caller: &mut Caller<'_, Host>, error: &wasmtime::Error) -> EvalError {
    caller.data_mut().failure.take().unwrap_or_else(|| EvalError::internal(format!("{error:#}")))
}
