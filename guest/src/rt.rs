//! What the wasm32 build needs from Rust's runtime: a panic that traps, and the global allocator for collections of the
//! `alloc` crate, which is the same bump heap as for values.
//!
//! Freeing the topmost block gives it back, freeing any other does nothing: the host resets the heap after the evaluation.
#![allow(unsafe_code, reason = "the trait is unsafe")]

use core::alloc::{GlobalAlloc, Layout};

use crate::{heap, mem};

struct Bump;

// SAFETY: blocks come from `heap`, never overlap while they live, and are 8-aligned (nothing in the guest asks for more).
unsafe impl GlobalAlloc for Bump {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if layout.align() > 8 {
            return core::ptr::null_mut();
        }
        mem::pointer(heap::alloc(layout.size() as u32))
    }

    #[inline]
    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        heap::resize_top(block.expose_provenance() as u32, layout.size() as u32, 0);
    }

    #[inline]
    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        mem::pointer(heap::grow(block.expose_provenance() as u32, layout.size() as u32, size as u32))
    }
}

#[global_allocator]
static HEAP: Bump = Bump;

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}
