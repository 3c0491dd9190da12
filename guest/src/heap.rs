//! The heap: a bump allocator from the heap pointer upwards, reset by whoever calls the module.
//!
//! Nothing is ever freed in the middle; the topmost block may grow in place or be taken back.

use crate::{host, mem};

/// Every block starts at a multiple of this.
const ALIGN: u32 = 8;
/// Pages that are added at once at least, so that small blocks do not call the host each time.
const GROW_PAGES: u32 = 16;

/// A block of `size` bytes, not zeroed. Aborts when the host gives no more memory.
#[inline]
pub fn alloc(size: u32) -> u32 {
    let start = u64::from(mem::heap_ptr()).next_multiple_of(u64::from(ALIGN));
    reserve(start + u64::from(size));
    mem::set_heap_ptr(start as u32 + size);
    start as u32
}

/// A block for `count` elements of `size` bytes.
#[inline]
pub fn alloc_array(count: u32, size: u32) -> u32 {
    alloc(product(count, size))
}

/// `count * size`, or an abort when memory could never hold that.
#[inline]
pub fn product(count: u32, size: u32) -> u32 {
    match count.checked_mul(size) {
        Some(bytes) => bytes,
        None => out_of_memory(),
    }
}

/// Gives the topmost block a new size. False, and no effect, when the block is not the topmost.
#[inline]
pub fn resize_top(start: u32, old: u32, new: u32) -> bool {
    let top = start.wrapping_add(old) == mem::heap_ptr();
    if top {
        if new < old {
            mem::mark_used();
        }
        reserve(u64::from(start) + u64::from(new));
        mem::set_heap_ptr(start + new);
    }
    top
}

/// A block with room for `new` bytes and the content of the `old` bytes at `start`, in place where that is possible.
#[inline]
pub fn grow(start: u32, old: u32, new: u32) -> u32 {
    if resize_top(start, old, new) {
        return start;
    }
    let moved = alloc(new);
    mem::copy(moved, start, old);
    moved
}

/// The place to [`release`] to, for scratch memory.
#[inline]
pub fn mark() -> u32 {
    mem::heap_ptr()
}

/// Gives back everything that was allocated since [`mark`]. The caller keeps no address into it.
#[inline]
pub fn release(mark: u32) {
    mem::mark_used();
    mem::set_heap_ptr(mark);
}

#[inline]
fn reserve(end: u64) {
    if end > u64::from(mem::limit()) {
        more(end);
    }
}

#[cold]
#[inline(never)]
fn more(end: u64) {
    // The host may have grown the memory itself, so the size is asked for first.
    let have = mem::size();
    if end > have {
        let need = (end - have).div_ceil(u64::from(mem::PAGE));
        if need > 65_536 || end > u64::from(u32::MAX) - u64::from(mem::PAGE) {
            out_of_memory();
        }
        let need = need as u32;
        if !mem::grow(need.max(GROW_PAGES)) && !mem::grow(need) {
            out_of_memory();
        }
    }
    mem::set_limit(mem::size().min(u64::from(u32::MAX)) as u32);
}

/// Ends the evaluation.
#[cold]
pub fn out_of_memory() -> ! {
    host::abort(b"eval_internal_error: out of memory\0")
}
