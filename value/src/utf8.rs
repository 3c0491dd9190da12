//! Strings that may hold bytes that are not UTF-8, read rune by rune as Go does: a bad byte is one U+FFFD.

use alloc::borrow::Cow;
use alloc::string::String;

/// The first character and its length in bytes; `None` for a byte that begins no valid encoding (length 1).
/// `bytes` must not be empty.
#[must_use]
pub fn decode(bytes: &[u8]) -> (Option<char>, usize) {
    let Some(&first) = bytes.first() else { return (None, 0) };
    if first < 0x80 {
        return (Some(char::from(first)), 1);
    }
    let len = match first {
        0xc2..=0xdf => 2,
        0xe0..=0xef => 3,
        0xf0..=0xf4 => 4,
        _ => return (None, 1),
    };
    match bytes.get(..len).and_then(|b| core::str::from_utf8(b).ok()).and_then(|s| s.chars().next()) {
        Some(c) => (Some(c), len),
        None => (None, 1),
    }
}

/// Every character, with `None` for each bad byte, and its position.
pub fn runes(bytes: &[u8]) -> impl Iterator<Item = (usize, Option<char>)> + '_ {
    let mut at = 0;
    core::iter::from_fn(move || {
        let rest = bytes.get(at..).filter(|r| !r.is_empty())?;
        let (c, len) = decode(rest);
        let here = at;
        at += len;
        Some((here, c))
    })
}

/// The text with one U+FFFD for each bad byte (not one for each bad sequence, as `String::from_utf8_lossy` does).
#[must_use]
pub fn to_str_lossy(bytes: &[u8]) -> Cow<'_, str> {
    match core::str::from_utf8(bytes) {
        Ok(s) => Cow::Borrowed(s),
        Err(_) => Cow::Owned(runes(bytes).map(|(_, c)| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect::<String>()),
    }
}

/// The character prints as itself in quoted text: letters, marks, digits, punctuation, symbols and the plain space.
#[must_use]
pub fn is_printable(c: char) -> bool {
    if c.is_ascii() {
        return (' '..='~').contains(&c);
    }
    // `str::escape_debug` spares marks only behind another character.
    let mut buf = [b'a'; 5];
    let len = 1 + c.encode_utf8(&mut buf[1..]).len();
    core::str::from_utf8(&buf[..len]).is_ok_and(|s| s.escape_debug().nth(1) == Some(c))
}
