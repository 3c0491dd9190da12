//! Rust's allocator over the module's heap. Small blocks are kept by size and reused; of the others the topmost one may grow, shrink or be given back.
//! All of it comes back when the host sets the heap back.

use std::alloc::{GlobalAlloc, Layout};
use std::sync::atomic::{AtomicU32, Ordering};

use writ_guest::{heap, mem};

/// Sizes are multiples of this.
const STEP: usize = 16;
/// Largest small block.
const SMALL: usize = 512;

/// Freed blocks by size, each with the address of the next one in it. Blocks of earlier decisions must not be in there: see [`forget`].
static FREE: [AtomicU32; SMALL / STEP] = [const { AtomicU32::new(0) }; SMALL / STEP];

/// Forgets the freed blocks: whenever the heap pointer may have been set back, or what they lie in is to outlive a decision.
pub(super) fn forget() {
    for list in &FREE {
        list.store(0, Ordering::Relaxed);
    }
}

struct Heap;

/// Number of the list, and the size of its blocks.
#[inline]
fn class(layout: Layout) -> Option<(&'static AtomicU32, u32)> {
    let small = layout.size() <= SMALL && layout.align() <= 8;
    let number = layout.size().saturating_sub(1) / STEP;
    small.then(|| (&FREE[number & (SMALL / STEP - 1)], ((number + 1) * STEP) as u32))
}

// SAFETY: blocks come from the bump heap, which is 8-aligned and gives each byte once until it is freed; larger alignments take what is needed in addition.
unsafe impl GlobalAlloc for Heap {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if let Some((list, size)) = class(layout) {
            let block = list.load(Ordering::Relaxed);
            if block != 0 {
                list.store(mem::load32(block), Ordering::Relaxed);
                return mem::pointer(block);
            }
            return mem::pointer(heap::alloc(size));
        }
        let slack = if layout.align() > 8 { layout.align() } else { 0 };
        let block = heap::alloc(u32::try_from(layout.size() + slack).unwrap_or(u32::MAX));
        mem::pointer(if slack == 0 { block } else { block.next_multiple_of(slack as u32) })
    }

    #[inline]
    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        let block = block.expose_provenance() as u32;
        match class(layout) {
            Some((list, size)) => {
                if !heap::resize_top(block, size, 0) {
                    mem::store32(block, list.load(Ordering::Relaxed));
                    list.store(block, Ordering::Relaxed);
                }
            }
            None => {
                heap::resize_top(block, layout.size() as u32, 0);
            }
        }
    }

    #[inline]
    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: the caller says that it fits.
        let wanted = unsafe { Layout::from_size_align_unchecked(size, layout.align()) };
        let (old, new) = (class(layout), class(wanted));
        let address = block.expose_provenance() as u32;
        let have = old.map_or(layout.size() as u32, |(_, size)| size);
        let want = new.map_or(size as u32, |(_, size)| size);
        if old.is_some() && have == want || heap::resize_top(address, have, want) {
            return block;
        }
        if old.is_none() && new.is_none() && size <= layout.size() {
            return block;
        }
        // SAFETY: as the caller promises for `realloc`; the blocks are different ones.
        unsafe {
            let moved = self.alloc(wanted);
            std::ptr::copy_nonoverlapping(block, moved, layout.size().min(size));
            self.dealloc(block, layout);
            moved
        }
    }
}

#[global_allocator]
static HEAP: Heap = Heap;
