//! The functions themselves.

use std::time::Instant;

use wasmtime::{Caller, Extern, FuncType, Linker, Store, Val};
use wasmtime_wasi::WasiCtxBuilder;
use wasmtime_wasi::p1::{WasiP1Ctx, add_to_linker_sync};

use super::{CLOCK, IMPORT_MODULE, RANDOM};
use crate::error::{BuiltinError, EvalError, PolicyError};
use crate::host::{Host, stop};

/// Numbers of errors, as WASI has them.
const SUCCESS: i32 = 0;
const BADF: i32 = 8;
const FAULT: i32 = 21;
const INVAL: i32 = 28;

/// Largest number of bytes of a call that writes or asks for chance, so that it ends soon.
const MAX_BYTES: usize = 1 << 20;
/// Most parts of a text that is written.
const MAX_PARTS: i32 = 1024;
/// Longest line of output; what is longer becomes several.
const MAX_LINE: usize = 8 << 10;
/// Lines that go to `tracing` in one decision.
const MAX_LINES: usize = 1000;

/// Functions that wasmtime-wasi gives us as they are: they look at a context that holds nothing, and return at once. Every other one that is not
/// defined below says that it does not know the descriptor.
const KEPT: [&str; 12] = [
    "args_get",
    "args_sizes_get",
    "environ_get",
    "environ_sizes_get",
    "fd_fdstat_set_flags",
    "fd_fdstat_set_rights",
    "fd_prestat_get",
    "fd_prestat_dir_name",
    "fd_tell",
    "proc_raise",
    "sched_yield",
    "sock_accept",
];

/// What an instance has of WASI. Made when it first calls.
#[derive(Default)]
pub(crate) struct Context {
    /// Holds nothing.
    empty: Option<Box<WasiP1Ctx>>,
    /// Lines that this decision wrote.
    lines: usize,
    /// Lines of output and error that are not at their end: writers that do not collect write them in pieces.
    open: [Vec<u8>; 2],
}

/// Names of the two, in events.
const STREAMS: [&str; 2] = ["output", "error"];

impl Context {
    fn empty(&mut self) -> &mut WasiP1Ctx {
        self.empty.get_or_insert_with(|| Box::new(WasiCtxBuilder::new().build_p1()))
    }

    /// A decision begins.
    #[inline]
    pub(crate) fn begin(&mut self) {
        self.lines = 0;
    }
}

impl Host {
    /// A decision is over: what stands in an open line is all of it.
    #[inline]
    pub(crate) fn end_output(&mut self) {
        for stream in 0..STREAMS.len() {
            if !self.wasi.open[stream].is_empty() {
                let line = std::mem::take(&mut self.wasi.open[stream]);
                self.output(stream, &line);
            }
        }
    }

    /// Adds a piece of text to a stream; whole lines go out.
    fn write_output(&mut self, stream: usize, text: &[u8]) {
        let mut pieces = text.split(|&b| b == b'\n').peekable();
        while let Some(piece) = pieces.next() {
            self.wasi.open[stream].extend_from_slice(piece);
            if pieces.peek().is_some() || self.wasi.open[stream].len() >= MAX_LINE {
                let line = std::mem::take(&mut self.wasi.open[stream]);
                line.chunks(MAX_LINE).for_each(|line| self.output(stream, line));
            }
        }
    }

    fn output(&mut self, stream: usize, line: &[u8]) {
        let line = String::from_utf8_lossy(line);
        self.wasi.lines += 1;
        if self.wasi.lines <= MAX_LINES {
            tracing::info!(target: "writ::policy", stream = STREAMS[stream], "{line}");
        }
        self.print(line.into_owned());
    }
}

/// Adds all functions of WASI.
pub(crate) fn add_to(linker: &mut Linker<Host>) -> wasmtime::Result<()> {
    add_to_linker_sync(linker, |host: &mut Host| host.wasi.empty())?;
    linker.allow_shadowing(true);
    for (name, ty) in types(linker.engine())? {
        if KEPT.contains(&name.as_str()) {
            continue;
        }
        linker.func_new(IMPORT_MODULE, &name, ty, |_, _, results| {
            results.iter_mut().for_each(|result| *result = Val::I32(BADF));
            Ok(())
        })?;
    }
    linker.func_wrap(IMPORT_MODULE, CLOCK[0], clock_time_get)?;
    linker.func_wrap(IMPORT_MODULE, CLOCK[1], clock_res_get)?;
    linker.func_wrap(IMPORT_MODULE, RANDOM[0], random_get)?;
    linker.func_wrap(IMPORT_MODULE, "fd_write", fd_write)?;
    linker.func_wrap(
        IMPORT_MODULE,
        "poll_oneoff",
        |mut caller: Caller<'_, Host>, _: i32, _: i32, _: i32, _: i32| {
            Err::<i32, _>(refused(&mut caller, "poll_oneoff", "a policy may not wait"))
        },
    )?;
    linker.func_wrap(IMPORT_MODULE, "proc_exit", |mut caller: Caller<'_, Host>, code: i32| {
        let message = format!("the policy ended its process with the code {code}");
        let error = EvalError::Policy(PolicyError { code: "policy_exit".to_owned(), message, location: None });
        Err::<(), _>(stop(&mut caller.data_mut().failure, error))
    })?;
    linker.allow_shadowing(false);
    Ok(())
}

/// Names and types of all functions.
fn types(engine: &wasmtime::Engine) -> wasmtime::Result<Vec<(String, FuncType)>> {
    let mut linker = Linker::new(engine);
    add_to_linker_sync(&mut linker, |context: &mut Context| context.empty())?;
    let mut store = Store::new(engine, Context::default());
    let found: Vec<(String, Extern)> = linker.iter(&mut store).map(|(_, name, it)| (name.to_owned(), it)).collect();
    Ok(found.into_iter().filter_map(|(name, it)| Some((name, it.into_func()?.ty(&store)))).collect())
}

/// Ends the decision.
#[cold]
fn refused(caller: &mut Caller<'_, Host>, name: &str, why: &str) -> wasmtime::Error {
    let error = BuiltinError { name: format!("{IMPORT_MODULE}.{name}"), message: why.to_owned() };
    stop(&mut caller.data_mut().failure, EvalError::Builtin(error))
}

const NO_CLOCK: &str = "the host grants no clock (`WasiGrants::clock`)";
const NO_CHANCE: &str = "the host grants no randomness (`WasiGrants::random`), which `HashMap` of the standard library \
                         needs as well: use `BTreeMap`, or a hasher of your own";

/// Clocks: the time of day stands still within a decision, as `time.now_ns()` does; the other one counts from the decision's beginning.
fn clock_time_get(mut caller: Caller<'_, Host>, clock: i32, _precision: i64, at: i32) -> wasmtime::Result<i32> {
    let host = caller.data_mut();
    if !host.grants.clock {
        return Err(refused(&mut caller, CLOCK[0], NO_CLOCK));
    }
    let ns = match clock {
        0 => host.session.now_ns(&host.environment),
        1 => {
            let passed = Instant::now().saturating_duration_since(host.overtime.started);
            i64::try_from(passed.as_nanos()).unwrap_or(i64::MAX)
        }
        _ => return Ok(INVAL),
    };
    Ok(write(&mut caller, at, &ns.to_le_bytes()))
}

fn clock_res_get(mut caller: Caller<'_, Host>, clock: i32, at: i32) -> wasmtime::Result<i32> {
    if !caller.data().grants.clock {
        return Err(refused(&mut caller, CLOCK[1], NO_CLOCK));
    }
    if !(0..2).contains(&clock) {
        return Ok(INVAL);
    }
    Ok(write(&mut caller, at, &1_u64.to_le_bytes()))
}

fn random_get(mut caller: Caller<'_, Host>, at: i32, len: i32) -> wasmtime::Result<i32> {
    if !caller.data().grants.random {
        return Err(refused(&mut caller, RANDOM[0], NO_CHANCE));
    }
    let len = len as u32 as usize;
    if len > MAX_BYTES {
        return Ok(INVAL);
    }
    let Some(room) = memory(&mut caller).and_then(|memory| memory.get_mut(at as u32 as usize..)?.get_mut(..len)) else {
        return Ok(FAULT);
    };
    match getrandom::fill(room) {
        Ok(()) => Ok(SUCCESS),
        Err(error) => Err(refused(&mut caller, RANDOM[0], &error.to_string())),
    }
}

/// Output and error: whole texts, line by line.
fn fd_write(mut caller: Caller<'_, Host>, fd: i32, parts: i32, count: i32, written: i32) -> i32 {
    let stream = match fd {
        1 => 0,
        2 => 1,
        _ => return BADF,
    };
    if !(0..=MAX_PARTS).contains(&count) {
        return INVAL;
    }
    let Some(text) = memory(&mut caller).and_then(|memory| gather(memory, parts as u32, count as u32)) else {
        return FAULT;
    };
    caller.data_mut().write_output(stream, &text);
    // At most MAX_BYTES, so it fits.
    write(&mut caller, written, &(text.len() as u32).to_le_bytes())
}

/// The bytes of the parts, which are pairs of address and length: as many as fit into [`MAX_BYTES`]; a writer goes on with the rest.
fn gather(memory: &[u8], parts: u32, count: u32) -> Option<Vec<u8>> {
    let word = |at: u64| {
        let bytes = memory.get(usize::try_from(at).ok()?..)?.first_chunk::<4>()?;
        Some(u32::from_le_bytes(*bytes))
    };
    let mut text = Vec::new();
    for n in 0..u64::from(count) {
        let at = u64::from(parts) + n * 8;
        let (start, len) = (word(at)? as usize, word(at + 4)? as usize);
        let part = memory.get(start..)?.get(..len)?;
        text.extend_from_slice(&part[..part.len().min(MAX_BYTES - text.len())]);
    }
    Some(text)
}

fn write(caller: &mut Caller<'_, Host>, at: i32, bytes: &[u8]) -> i32 {
    let room = memory(caller).and_then(|memory| memory.get_mut(at as u32 as usize..)?.get_mut(..bytes.len()));
    match room {
        Some(room) => {
            room.copy_from_slice(bytes);
            SUCCESS
        }
        None => FAULT,
    }
}

/// The guest's memory; its start function may call before the instance is complete.
fn memory<'c>(caller: &'c mut Caller<'_, Host>) -> Option<&'c mut [u8]> {
    let memory = match &caller.data().guest {
        Some(guest) => guest.memory,
        None => caller.get_export(writ_abi::names::MEMORY)?.into_memory()?,
    };
    Some(memory.data_mut(caller))
}
