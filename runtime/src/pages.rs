//! Pages of linear memory that are mapped, not copied. The one module of this crate with `unsafe`.
//!
//! An instance's linear memory is anonymous private memory that wasmtime mapped. Here parts of it are given back to the system, so that they read
//! as zeros.
#![allow(unsafe_code, reason = "mapping memory is unsafe by nature")]

/// Makes `memory`, a part of an instance's linear memory in which nothing but anonymous pages is mapped, read as zeros, and gives its whole pages
/// back to the system.
pub(crate) fn release(memory: &mut [u8]) {
    let page = page_size();
    let start = memory.as_ptr().align_offset(page).min(memory.len());
    let (head, rest) = memory.split_at_mut(start);
    head.fill(0);
    let whole = rest.len() / page * page;
    let (pages, tail) = rest.split_at_mut(whole);
    tail.fill(0);
    if !pages.is_empty() && !discard(pages) {
        pages.fill(0);
    }
}

/// True when the system took the pages, which then read as zeros.
#[cfg(target_os = "linux")]
fn discard(pages: &mut [u8]) -> bool {
    use rustix::mm::{Advice, madvise};
    // SAFETY: the range is page-aligned and exclusively borrowed; its pages are private and anonymous, which read as zeros after this.
    unsafe { madvise(pages.as_mut_ptr().cast(), pages.len(), Advice::LinuxDontNeed) }.is_ok()
}

#[cfg(not(target_os = "linux"))]
fn discard(_: &mut [u8]) -> bool {
    false
}

#[cfg(target_os = "linux")]
pub(crate) fn page_size() -> usize {
    rustix::param::page_size()
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn page_size() -> usize {
    65_536
}
