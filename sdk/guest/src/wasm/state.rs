//! The state that each decision begins in: the module's statics are set back after each, so that nothing of one decision reaches the next.
//!
//! Statics of a Rust module are a few hundred bytes, since constants lie apart. `writ build` writes where they are into [`STATICS`]; without it everything
//! but the stack is kept and set back, which does the same and takes longer.

use std::sync::atomic::{AtomicU32, Ordering};

use writ_abi::Word;
use writ_abi::layout::cells;
use writ_guest::{heap, mem};

use super::{alloc, host};

/// Bytes of the words that outlive decisions.
const CONTROL: u32 = 32;
const INPUT: u32 = 0;
const DATA: u32 = 8;
/// The data that entrypoints have read.
const PREPARED: u32 = 16;

/// First address of the statics and the first behind them. `writ build` looks for the export, and for these two numbers at its address.
#[unsafe(export_name = "writ_statics")]
static STATICS: [AtomicU32; 2] = [AtomicU32::new(0x7772_6974), AtomicU32::new(0x7374_6174)];
const UNKNOWN: u32 = 0x7772_6974;

/// Address of the control words; 0 before [`start`].
static AT: AtomicU32 = AtomicU32::new(0);

unsafe extern "C" {
    static __global_base: u8;
    static __data_end: u8;
    static __heap_base: u8;
    static __stack_high: u8;
}

fn address(symbol: *const u8) -> u32 {
    symbol.expose_provenance() as u32
}

/// First address behind the statics.
pub(super) fn data_end() -> u32 {
    address(&raw const __data_end)
}

/// The statics: address and length.
fn statics() -> (u32, u32) {
    let (from, to) = match STATICS[0].load(Ordering::Relaxed) {
        UNKNOWN => (address(&raw const __global_base), address(&raw const __data_end)),
        from => (from, STATICS[1].load(Ordering::Relaxed)),
    };
    (from, to.saturating_sub(from))
}

/// Sets the module up. The first thing that runs in an instance.
#[unsafe(export_name = "writ_start")]
pub(super) extern "C" fn start() {
    if AT.load(Ordering::Relaxed) != 0 {
        return;
    }
    let at = address(&raw const __heap_base).next_multiple_of(16);
    mem::set_heap_ptr(at);
    let size = (CONTROL + statics().1).next_multiple_of(16);
    heap::alloc(size);
    mem::zero(at, size);
    mem::store32(mem::cells() + cells::STACK_LOW, address(&raw const __stack_high));
    #[cfg(target_os = "wasi")]
    super::libc::start();
    std::panic::set_hook(Box::new(host::panicked));
    AT.store(at, Ordering::Relaxed);
    keep();
}

/// Keeps the statics as they are.
fn keep() {
    alloc::forget();
    let (from, len) = statics();
    mem::copy(AT.load(Ordering::Relaxed) + CONTROL, from, len);
}

/// Sets the statics back. The cells lie among them and stay.
#[inline(never)]
pub(super) fn restore() {
    let at = mem::cells();
    let kept = [0, 4, 8, 12].map(|offset| mem::load32(at + offset));
    let (from, len) = statics();
    mem::copy(from, AT.load(Ordering::Relaxed) + CONTROL, len);
    for (i, cell) in kept.into_iter().enumerate() {
        mem::store32(at + 4 * i as u32, cell);
    }
}

fn load(offset: u32) -> Word {
    Word(mem::load64(AT.load(Ordering::Relaxed) + offset))
}

fn store(offset: u32, word: Word) {
    mem::store64(AT.load(Ordering::Relaxed) + offset, word.0);
}

pub(super) fn set_documents(input: Word, data: Word) {
    store(INPUT, input);
    store(DATA, data);
}

pub(super) fn input() -> Word {
    load(INPUT)
}

pub(super) fn data() -> Word {
    load(DATA)
}

/// The data that the entrypoints have read, undefined if none.
pub(super) fn prepared() -> Word {
    load(PREPARED)
}

/// What is in statics and heap now is there in all decisions to come, until this is called again.
pub(super) fn set_prepared(data: Word) {
    store(PREPARED, data);
    keep();
}
