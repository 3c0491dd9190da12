//! Internal: the rows of a table of prefixes that apply to a string, for rules that test one value with `startswith`.

use writ_abi::Word;

use super::operand;
use crate::error::Answer;
use crate::{table, value};

/// The values of those keys of an object of strings that `s` begins with, shortest first.
///
/// Goes through the keys in order from behind: a key that is greater than what is left of `s` is no prefix of it, and the greatest one
/// that is not tells how much of `s` a prefix can have. Cost: a binary search for each prefix found and each one missed by that.
pub fn prefixes(rows: Word, s: Word) -> Answer {
    let mut rest = operand::string("startswith", 1, s)?;
    let found = value::array(4);
    table::sort(rows);
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
    Some(found)
}

/// Number of the first `high` keys that are not greater than `s`.
fn not_above(rows: Word, high: u32, s: &[u8]) -> u32 {
    let (mut low, mut high) = (0, high);
    while low < high {
        let middle = low + (high - low) / 2;
        if value::text(table::key(rows, middle)) <= s {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    low
}
