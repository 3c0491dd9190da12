//! What the C library of WASI needs of a module: its constructors run once, and it takes memory where Rust does.
//!
//! Its own allocator would take the memory behind the module's data for its own, where the heap of decisions lies.

use std::ffi::{c_int, c_void};

use writ_guest::{heap, mem};

/// Bytes in front of a block: its size, and what keeps it aligned.
const HEADER: u32 = 16;
/// Number of the error that there is no memory.
const ENOMEM: c_int = 48;

unsafe extern "C" {
    /// Made by the linker, which puts a call of it before each export unless somebody calls it.
    fn __wasm_call_ctors();
}

/// Runs the constructors.
pub(super) fn start() {
    // SAFETY: the first thing that runs in an instance, and once.
    unsafe { __wasm_call_ctors() }
}

fn block(size: usize, align: usize) -> u32 {
    let slack = if align > HEADER as usize { align } else { 0 };
    // Out of memory traps in there, as anywhere in a policy.
    let start = heap::alloc(u32::try_from(size.saturating_add(slack)).unwrap_or(u32::MAX).saturating_add(HEADER));
    let at = (start + HEADER).next_multiple_of(align.max(8) as u32);
    mem::store32(at - 4, size as u32);
    at
}

fn address(at: *mut c_void) -> u32 {
    at.expose_provenance() as u32
}

#[unsafe(no_mangle)]
extern "C" fn malloc(size: usize) -> *mut c_void {
    mem::pointer(block(size, 8)).cast()
}

#[unsafe(no_mangle)]
extern "C" fn calloc(count: usize, size: usize) -> *mut c_void {
    let size = count.saturating_mul(size);
    let at = block(size, 8);
    mem::zero(at, size as u32);
    mem::pointer(at).cast()
}

/// What is freed comes back with the end of the decision.
#[unsafe(no_mangle)]
extern "C" fn free(_at: *mut c_void) {}

#[unsafe(no_mangle)]
extern "C" fn realloc(at: *mut c_void, size: usize) -> *mut c_void {
    let new = block(size, 8);
    if !at.is_null() {
        let old = mem::load32(address(at) - 4);
        mem::copy(new, address(at), old.min(size as u32));
    }
    mem::pointer(new).cast()
}

#[unsafe(no_mangle)]
extern "C" fn aligned_alloc(align: usize, size: usize) -> *mut c_void {
    mem::pointer(block(size, align)).cast()
}

#[unsafe(no_mangle)]
extern "C" fn posix_memalign(place: *mut *mut c_void, align: usize, size: usize) -> c_int {
    if place.is_null() {
        return ENOMEM;
    }
    mem::store32(place.expose_provenance() as u32, block(size, align));
    0
}
