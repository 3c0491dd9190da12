//! Internal: the rows of a table of prefixes that apply to a string, for rules that test one value with `startswith`.
//!
//! ```text
//!   few keys      compare with each
//!   few lengths   for each length, look the beginning of the string up by its hash
//!   else          binary searches, from the greatest key that the string may begin with
//! ```

use writ_abi::{Tag, Word};

use super::operand;
use crate::error::Answer;
use crate::{bytes, table, value};

/// The values of those keys of an object of strings that `s` begins with, shortest first. `lengths` has the lengths of the keys in bytes, each
/// once, ascending; null where they are many.
pub fn prefixes(rows: Word, s: Word, lengths: Word) -> Answer {
    let text = operand::string("startswith", 1, s)?;
    let found = value::array(4);
    table::sort(rows);
    if value::len(rows) <= table::SCAN {
        // The prefixes of one string are in order when the shorter ones come first.
        for (key, row) in table::entries(rows) {
            if bytes::starts_with(text, value::text(key)) {
                value::push(found, row);
            }
        }
    } else if lengths.tag() == Tag::Array && table::is_hashed(rows) {
        for len in value::items(lengths) {
            let Some(prefix) = len.as_int().and_then(|len| text.get(..usize::try_from(len).ok()?)) else { break };
            if let Some(at) = table::find_text(rows, prefix) {
                value::push(found, table::val(rows, at));
            }
        }
    } else {
        search(rows, text, found);
    }
    Some(found)
}

/// Goes through the keys in order from behind: a key that is greater than what is left of the text is no prefix of it, and the greatest one
/// that is not tells how much of the text a prefix can have. Cost: a binary search for each prefix found and each one missed by that.
fn search(rows: Word, text: &[u8], found: Word) {
    let mut rest = text;
    let mut high = value::len(rows);
    while high > 0 {
        high = not_above(rows, high, rest);
        let Some(at) = high.checked_sub(1) else { break };
        let key = value::text(table::key(rows, at));
        let common = key.iter().zip(rest).take_while(|(a, b)| a == b).count();
        if common == key.len() {
            value::push(found, table::val(rows, at));
            high = at;
            // A shorter prefix than this one is wanted now.
            let Some(shorter) = common.checked_sub(1) else { break };
            rest = rest.get(..shorter).unwrap_or_default();
        } else {
            rest = rest.get(..common).unwrap_or_default();
        }
    }
    let (mut low, mut top) = (0, value::len(found));
    while low + 1 < top {
        top -= 1;
        let (a, b) = (value::item(found, low), value::item(found, top));
        value::set_item(found, low, b);
        value::set_item(found, top, a);
        low += 1;
    }
}

/// Number of the first `high` keys that are not greater than `s`.
fn not_above(rows: Word, high: u32, s: &[u8]) -> u32 {
    let (mut low, mut high) = (0, high);
    while low < high {
        let middle = low + (high - low) / 2;
        if bytes::compare(value::text(table::key(rows, middle)), s).is_le() {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    low
}
