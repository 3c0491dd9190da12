//! Linear memory: the only place with raw loads and stores, and the guest's few global cells.
//!
//! Natively each thread has an arena that is never given back, so that a slice of it may live as long as the thread.
#![allow(unsafe_code, reason = "linear memory is raw bytes; every access of the crate goes through here")]

/// Bytes of a page of linear memory.
pub const PAGE: u32 = 65_536;

/// Reads a little-endian `u32`.
#[inline(always)]
pub fn load32(addr: u32) -> u32 {
    // SAFETY: `imp::at` checks the range natively; on wasm32 the engine does.
    unsafe { imp::at(addr, 4).cast::<u32>().read_unaligned() }
}

/// Writes a little-endian `u32`.
#[inline(always)]
pub fn store32(addr: u32, x: u32) {
    // SAFETY: as in `load32`; the memory is never seen through a slice while it is written.
    unsafe { imp::at(addr, 4).cast::<u32>().write_unaligned(x) }
}

/// Reads a little-endian `u64`.
#[inline(always)]
pub fn load64(addr: u32) -> u64 {
    // SAFETY: as in `load32`.
    unsafe { imp::at(addr, 8).cast::<u64>().read_unaligned() }
}

/// Writes a little-endian `u64`.
#[inline(always)]
pub fn store64(addr: u32, x: u64) {
    // SAFETY: as in `store32`.
    unsafe { imp::at(addr, 8).cast::<u64>().write_unaligned(x) }
}

/// Reads a byte.
#[inline(always)]
pub fn load8(addr: u32) -> u8 {
    // SAFETY: as in `load32`.
    unsafe { imp::at(addr, 1).read() }
}

/// Writes a byte.
#[inline(always)]
pub fn store8(addr: u32, x: u8) {
    // SAFETY: as in `store32`.
    unsafe { imp::at(addr, 1).write(x) }
}

/// The bytes `addr .. addr + len`. They must not be written, nor the heap reset below them, while the slice is in use.
#[inline(always)]
pub fn bytes(addr: u32, len: u32) -> &'static [u8] {
    // SAFETY: the arena lives as long as the process (it is leaked), wasm memory as long as the instance; strings and
    // number texts, which are all that is read through here, are not written after they are made.
    unsafe { core::slice::from_raw_parts(imp::at(addr, len), len as usize) }
}

/// The text of a number, or text that is known to be ASCII.
#[inline(always)]
pub fn text(ascii: &[u8]) -> &str {
    debug_assert!(ascii.is_ascii());
    // SAFETY: numbers are written by the JSON parser, the arithmetic and the compiler, all of which write ASCII.
    unsafe { core::str::from_utf8_unchecked(ascii) }
}

/// Copies `len` bytes; the ranges may overlap.
#[inline]
pub fn copy(dst: u32, src: u32, len: u32) {
    if len <= SHORT {
        return copy_short(dst, src, len);
    }
    // SAFETY: both ranges are checked by `imp::at`.
    unsafe { core::ptr::copy(imp::at(src, len).cast_const(), imp::at(dst, len), len as usize) }
}

/// Copies a slice (of linear memory or not) to `dst`.
#[inline]
pub fn write(dst: u32, src: &[u8]) {
    #[cfg(target_arch = "wasm32")]
    copy(dst, src.as_ptr().expose_provenance() as u32, src.len() as u32);
    #[cfg(not(target_arch = "wasm32"))]
    // SAFETY: `dst` is checked by `imp::at`; `copy` allows an overlap with `src`.
    unsafe {
        core::ptr::copy(src.as_ptr(), imp::at(dst, src.len() as u32), src.len());
    }
}

/// Up to this many bytes are copied by loads and stores: engines make a call to the host of the instruction for copies, which costs more.
const SHORT: u32 = 64;

/// Copies at most [`SHORT`] bytes. Everything is read before anything is written, so the ranges may overlap. No loop: the compiler would make the
/// instruction of it again.
#[inline(never)]
fn copy_short(dst: u32, src: u32, len: u32) {
    if len >= 8 {
        // The words at both ends, which may overlap, and those between them.
        let last = len - 8;
        let (a, z) = (load64(src), load64(src + last));
        if len > 16 {
            let (b, y) = (load64(src + 8), load64(src + last - 8));
            if len > 32 {
                let (c, d, w, x) =
                    (load64(src + 16), load64(src + 24), load64(src + last - 24), load64(src + last - 16));
                store64(dst + 16, c);
                store64(dst + 24, d);
                store64(dst + last - 24, w);
                store64(dst + last - 16, x);
            }
            store64(dst + 8, b);
            store64(dst + last - 8, y);
        }
        store64(dst, a);
        store64(dst + last, z);
    } else if len >= 4 {
        let (a, z) = (load32(src), load32(src + len - 4));
        store32(dst, a);
        store32(dst + len - 4, z);
    } else if len > 0 {
        let (a, m, z) = (load8(src), load8(src + len / 2), load8(src + len - 1));
        store8(dst, a);
        store8(dst + len / 2, m);
        store8(dst + len - 1, z);
    }
}

/// Sets `len` bytes to 0.
#[inline(always)]
pub fn zero(addr: u32, len: u32) {
    // SAFETY: the range is checked by `imp::at`.
    unsafe { core::ptr::write_bytes(imp::at(addr, len), 0, len as usize) }
}

/// The first byte of linear memory at `addr` as a pointer, for the global allocator.
#[inline(always)]
pub fn pointer(addr: u32) -> *mut u8 {
    imp::at(addr, 0)
}

#[cfg(target_arch = "wasm32")]
pub use imp::cells;
#[cfg(not(target_arch = "wasm32"))]
pub use imp::set_bound;
pub use imp::{grow, heap_ptr, limit, mark_used, set_heap_ptr, set_limit, set_strict, size, strict};

#[cfg(target_arch = "wasm32")]
mod imp {
    use core::cell::UnsafeCell;

    /// A global `u32`. Wasm modules of the OPA ABI are single-threaded.
    #[repr(transparent)]
    pub(super) struct Global(UnsafeCell<u32>);

    // SAFETY: there is one thread.
    unsafe impl Sync for Global {}

    impl Global {
        const ZERO: Self = Self(UnsafeCell::new(0));
        #[inline(always)]
        fn get(&self) -> u32 {
            // SAFETY: one thread, and no reference to the content is ever made.
            unsafe { *self.0.get() }
        }
        #[inline(always)]
        fn set(&self, x: u32) {
            // SAFETY: as in `get`.
            unsafe { *self.0.get() = x }
        }
    }

    #[repr(C)]
    pub(super) struct Cells {
        heap_ptr: Global,
        heap_high: Global,
        /// Written by code that the policy linker adds to every function with a stack frame.
        stack_low: Global,
        strict: Global,
    }

    /// The cells that the host sees (see `writ_abi::layout::cells`). The linker writes their first values; the name is an
    /// exported global with the address.
    #[unsafe(no_mangle)]
    #[allow(non_upper_case_globals, reason = "the name of the export")]
    static writ_cells: Cells =
        Cells { heap_ptr: Global::ZERO, heap_high: Global::ZERO, stack_low: Global::ZERO, strict: Global::ZERO };
    static LIMIT: Global = Global::ZERO;

    /// Address of the cells.
    pub fn cells() -> u32 {
        core::ptr::from_ref(&writ_cells).expose_provenance() as u32
    }

    #[inline(always)]
    pub(super) fn at(addr: u32, _len: u32) -> *mut u8 {
        core::ptr::with_exposed_provenance_mut(addr as usize)
    }

    /// Bytes of linear memory.
    #[inline(always)]
    pub fn size() -> u64 {
        core::arch::wasm32::memory_size(0) as u64 * super::PAGE as u64
    }

    /// Grows linear memory; false when the host refuses.
    pub fn grow(pages: u32) -> bool {
        core::arch::wasm32::memory_grow(0, pages as usize) != usize::MAX
    }

    /// The first free byte of the heap.
    #[inline(always)]
    pub fn heap_ptr() -> u32 {
        writ_cells.heap_ptr.get()
    }
    /// Moves the heap pointer.
    #[inline(always)]
    pub fn set_heap_ptr(addr: u32) {
        writ_cells.heap_ptr.set(addr);
    }
    /// Bytes of linear memory that are known to be there.
    #[inline(always)]
    pub fn limit() -> u32 {
        LIMIT.get()
    }
    /// Remembers how much linear memory there is.
    #[inline(always)]
    pub fn set_limit(addr: u32) {
        LIMIT.set(addr);
    }
    /// Whether built-in errors are fatal.
    #[inline(always)]
    pub fn strict() -> bool {
        writ_cells.strict.get() != 0
    }
    /// Makes built-in errors fatal, or not.
    #[inline(always)]
    pub fn set_strict(on: bool) {
        writ_cells.strict.set(on as u32);
    }
    /// Notes that the heap was used up to the heap pointer, which is about to move down.
    #[inline(always)]
    pub fn mark_used() {
        let top = writ_cells.heap_ptr.get();
        if top > writ_cells.heap_high.get() {
            writ_cells.heap_high.set(top);
        }
    }
}

#[cfg(not(target_arch = "wasm32"))]
mod imp {
    use core::cell::Cell;

    /// Bytes of a thread's arena. The pages are touched on demand only, except under Miri.
    const ARENA: u32 = if cfg!(miri) { 1 << 20 } else { 1 << 28 };
    /// Addresses below are never handed out, so that 0 is no value.
    const FIRST: u32 = 1024;

    std::thread_local! {
        static BASE: *mut u8 = arena();
        static HEAP: Cell<u32> = const { Cell::new(FIRST) };
        static LIMIT: Cell<u32> = const { Cell::new(0) };
        static SIZE: Cell<u32> = const { Cell::new(5 * super::PAGE) };
        static STRICT: Cell<bool> = const { Cell::new(false) };
        static BOUND: Cell<u32> = const { Cell::new(ARENA) };
    }

    fn arena() -> *mut u8 {
        let layout =
            core::alloc::Layout::from_size_align(ARENA as usize, 16).unwrap_or(core::alloc::Layout::new::<u64>());
        // SAFETY: the layout's size is not 0. The block is leaked on purpose: slices of it are `'static`.
        let base = unsafe { alloc::alloc::alloc_zeroed(layout) };
        assert!(!base.is_null(), "no memory for the arena");
        base
    }

    #[inline(always)]
    pub(super) fn at(addr: u32, len: u32) -> *mut u8 {
        assert!(u64::from(addr) + u64::from(len) <= u64::from(SIZE.get()), "out of bounds: {addr} + {len}");
        // SAFETY: within the arena, as just checked.
        BASE.with(|base| unsafe { base.add(addr as usize) })
    }

    /// Bytes of linear memory.
    pub fn size() -> u64 {
        u64::from(SIZE.get())
    }

    /// Grows linear memory; false when the arena is used up.
    pub fn grow(pages: u32) -> bool {
        let new = size() + u64::from(pages) * u64::from(super::PAGE);
        let fits = new <= u64::from(BOUND.get());
        if fits {
            SIZE.set(new as u32);
        }
        fits
    }

    /// Bounds this thread's arena, natively only.
    pub fn set_bound(bytes: u32) {
        BOUND.set(bytes.min(ARENA));
    }

    /// The first free byte of the heap.
    pub fn heap_ptr() -> u32 {
        HEAP.get()
    }
    /// Moves the heap pointer.
    pub fn set_heap_ptr(addr: u32) {
        HEAP.set(addr);
    }
    /// Bytes of linear memory that are known to be there.
    pub fn limit() -> u32 {
        LIMIT.get()
    }
    /// Remembers how much linear memory there is.
    pub fn set_limit(addr: u32) {
        LIMIT.set(addr);
    }
    /// Only a host reads the mark.
    #[inline(always)]
    pub fn mark_used() {}
    /// Whether built-in errors are fatal.
    pub fn strict() -> bool {
        STRICT.get()
    }
    /// Makes built-in errors fatal, or not.
    pub fn set_strict(on: bool) {
        STRICT.set(on);
    }
}
