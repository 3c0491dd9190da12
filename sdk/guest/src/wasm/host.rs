//! What the host gives, and errors on their way to it.

use std::panic::PanicHookInfo;

use writ_guest::value;

use crate::error::{POLICY_PANIC, PolicyError};

mod env {
    #[link(wasm_import_module = "env")]
    unsafe extern "C" {
        pub(super) safe fn opa_abort(addr: u32);
        pub(super) safe fn opa_println(addr: u32);
    }
}

/// A C string of the text, in the heap.
fn c_string(text: &str) -> u32 {
    let plain = text.replace('\0', " ") + "\0";
    let word = value::string(plain.as_bytes());
    word.addr() + writ_abi::layout::STRING_BYTES
}

/// Gives the host a line.
pub(crate) fn println(line: &str) {
    env::opa_println(c_string(line));
}

/// Ends the evaluation.
#[cold]
pub(super) fn fail(error: &PolicyError) -> ! {
    abort(&error.to_string())
}

#[cold]
pub(super) fn abort(text: &str) -> ! {
    env::opa_abort(c_string(text));
    std::arch::wasm32::unreachable()
}

/// Ends the evaluation with message and place of the panic.
pub(super) fn panicked(info: &PanicHookInfo<'_>) {
    let message = info.payload_as_str().unwrap_or("a panic without a message");
    match info.location() {
        Some(at) => abort(&format!("{POLICY_PANIC}: {at}: {message}")),
        None => abort(&format!("{POLICY_PANIC}: {message}")),
    }
}
