//! Numbers of JSON text: small integers at once, everything else by the rules of `writ_value`.

use writ_abi::Word;
use writ_value::Number;

/// Longest integer in digits that surely fits a small integer.
const SURE_DIGITS: usize = 18;

/// A number that was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scanned {
    /// A small integer.
    Int(Word),
    /// Any other number: its text is kept.
    Text,
}

/// Reads a number at the beginning of `text`: what it is and its length. `None` when it is malformed or out of bounds.
#[inline]
pub(crate) fn scan(text: &[u8]) -> Option<(Scanned, usize)> {
    let negative = text.first() == Some(&b'-');
    let start = usize::from(negative);
    let mut at = start;
    let mut n = 0i64;
    while let Some(digit) = text.get(at).map(|c| c.wrapping_sub(b'0')).filter(|d| *d < 10) {
        n = n.wrapping_mul(10).wrapping_add(i64::from(digit));
        at += 1;
    }
    let digits = at - start;
    if digits == 0 || digits > 1 && text[start] == b'0' {
        return None;
    }
    if digits > SURE_DIGITS || matches!(text.get(at), Some(b'.' | b'e' | b'E')) || negative && n == 0 {
        return long(text, at);
    }
    let n = if negative { -n } else { n };
    Word::int(n).map(|word| (Scanned::Int(word), at))
}

#[cold]
#[inline(never)]
fn long(text: &[u8], mut at: usize) -> Option<(Scanned, usize)> {
    while matches!(text.get(at), Some(b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-')) {
        at += 1;
    }
    let text = std::str::from_utf8(&text[..at]).ok()?;
    match Number::parse(text).ok()? {
        Number::Int(n) => Some((Word::int(n).map_or(Scanned::Text, Scanned::Int), at)),
        Number::Text(_) => Some((Scanned::Text, at)),
    }
}
