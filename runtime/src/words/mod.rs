//! Documents in the guest's memory, as words and headers (see `writ_abi::layout`).
//!
//! ```text
//!   Value ──Layout::of──▶ size ──malloc──▶ address ──Layout::write──▶ word
//!   word ──read──▶ Value   ──write_json──▶ text   ──deserialize──▶ any type
//!                                 nothing that the guest wrote is trusted: addresses, lengths, depth, sharing, cycles
//! ```

mod constants;
mod deserialize;
mod read;
mod text;
mod write;

#[cfg(test)]
mod forms_tests;
#[cfg(test)]
mod tests;

pub(crate) use constants::Constants;
pub(crate) use deserialize::{deserialize, wrong_form};
pub(crate) use read::{read, read_at, read_box, read_text, take_box};
pub(crate) use text::write as write_json;
pub(crate) use write::{Layout, write_boxed, write_immediate};

/// A header needs this alignment.
const ALIGN: u32 = 8;
