//! A small number for each thread, so that threads can keep out of each other's way.

use std::sync::atomic::{AtomicUsize, Ordering};

static NEXT: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    static NUMBER: usize = NEXT.fetch_add(1, Ordering::Relaxed);
}

/// The number of this thread: 0, 1, 2, … in the order in which threads ask. Cost: a load.
#[inline]
pub(crate) fn get() -> usize {
    // A thread that is ending has no number any more.
    NUMBER.try_with(|n| *n).unwrap_or(0)
}
