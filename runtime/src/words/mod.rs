//! Documents in the guest's memory, as words and headers (see `writ_abi::layout`).
//!
//! ```text
//!   Value ──Layout::of──▶ size ──malloc──▶ address ──Layout::write──▶ word
//!   word ──read──▶ Value          nothing that the guest wrote is trusted: addresses, lengths, depth, sharing, cycles
//! ```

mod read;
mod write;

#[cfg(test)]
mod tests;

pub(crate) use read::{read, read_at, read_box};
pub(crate) use write::{Layout, clear_box, write_boxed, write_immediate};

/// A header needs this alignment.
const ALIGN: u32 = 8;
