//! What Unicode says about code points, in the version and with the simple mappings that OPA uses.
//!
//! The tables are run lengths in LEB128 and are scanned from the front: two orders of magnitude smaller than the tables
//! of `core`, and only text outside ASCII pays for it.

mod tables;

#[cfg(test)]
mod tests;

struct Runs(&'static [u8]);

impl Iterator for Runs {
    type Item = u32;

    fn next(&mut self) -> Option<u32> {
        let mut value = 0;
        let mut shift = 0;
        loop {
            let (&byte, rest) = self.0.split_first()?;
            self.0 = rest;
            value |= u32::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Some(value);
            }
            shift += 7;
        }
    }
}

/// Whether the character is a letter, mark, number, punctuation, symbol or the ASCII space.
#[cfg_attr(all(target_arch = "wasm32", feature = "module"), optimize(size))]
pub fn is_print(c: char) -> bool {
    if c < '\u{80}' {
        return (' '..='~').contains(&c);
    }
    let mut left = u32::from(c) - 0x80;
    let mut printable = true;
    for run in Runs(&tables::PRINT) {
        if left < run {
            break;
        }
        left -= run;
        printable = !printable;
    }
    printable
}

/// The simple upper-case mapping: one code point to one.
pub fn to_upper(c: char) -> char {
    if c.is_ascii() { c.to_ascii_uppercase() } else { map(&tables::UPPER, c) }
}

/// The simple lower-case mapping: one code point to one.
pub fn to_lower(c: char) -> char {
    if c.is_ascii() { c.to_ascii_lowercase() } else { map(&tables::LOWER, c) }
}

#[cfg_attr(all(target_arch = "wasm32", feature = "module"), optimize(size))]
fn map(table: &'static [u8], c: char) -> char {
    let code = u32::from(c);
    let mut runs = Runs(table);
    let mut end = 0x80;
    while let (Some(gap), Some(size), Some(zigzag)) = (runs.next(), runs.next(), runs.next()) {
        let start = end + gap;
        let last = start + (size >> 1) * (1 + (size & 1));
        if code <= last {
            let hit = code >= start && (size & 1 == 0 || (code - start) & 1 == 0);
            let distance = (zigzag >> 1) as i32 ^ -((zigzag & 1) as i32);
            return if hit { char::from_u32(code.wrapping_add_signed(distance)).unwrap_or(c) } else { c };
        }
        end = last + 1;
    }
    c
}

/// White space as `trim_space` sees it (property White_Space).
pub fn is_space(c: char) -> bool {
    matches!(c, '\t'..='\r' | ' ' | '\u{85}' | '\u{a0}' | '\u{1680}' | '\u{2000}'..='\u{200a}' | '\u{2028}' | '\u{2029}'
        | '\u{202f}' | '\u{205f}' | '\u{3000}')
}

/// The first code point of some bytes and its width; bytes that are no UTF-8 count one each, as U+FFFD.
#[inline]
pub fn next(bytes: &[u8]) -> Option<(char, usize)> {
    match *bytes.first()? {
        byte @ 0..0x80 => Some((char::from(byte), 1)),
        _ => Some(valid(bytes).unwrap_or((char::REPLACEMENT_CHARACTER, 1))),
    }
}

/// The first code point, `None` when the bytes do not start with valid UTF-8.
pub fn valid(bytes: &[u8]) -> Option<(char, usize)> {
    let (width, low) = match *bytes.first()? {
        0..0x80 => (1, 0),
        0xc2..0xe0 => (2, 0x80),
        0xe0..0xf0 => (3, 0x800),
        0xf0..0xf5 => (4, 0x1_0000),
        _ => return None,
    };
    let sequence = bytes.get(..width)?;
    let mut code = u32::from(sequence[0]);
    if width > 1 {
        code &= 0x7f >> width;
        for &byte in &sequence[1..] {
            if byte & 0xc0 != 0x80 {
                return None;
            }
            code = code << 6 | u32::from(byte & 0x3f);
        }
    }
    (code >= low).then_some(())?;
    Some((char::from_u32(code)?, width))
}

/// The last code point of some bytes and its width, as [`next`] sees the first.
pub fn last(bytes: &[u8]) -> Option<(char, usize)> {
    let byte = *bytes.last()?;
    if byte < 0x80 {
        return Some((char::from(byte), 1));
    }
    for width in 2..=bytes.len().min(4) {
        if let Some((c, found)) = valid(&bytes[bytes.len() - width..])
            && found == width
        {
            return Some((c, width));
        }
    }
    Some((char::REPLACEMENT_CHARACTER, 1))
}

/// The code points of some bytes.
pub fn chars(bytes: &[u8]) -> Chars<'_> {
    Chars(bytes)
}

/// See [`chars`].
#[derive(Clone, Copy, Debug)]
pub struct Chars<'a>(&'a [u8]);

impl Iterator for Chars<'_> {
    type Item = char;

    #[inline]
    fn next(&mut self) -> Option<char> {
        let (c, width) = next(self.0)?;
        self.0 = &self.0[width..];
        Some(c)
    }
}

/// Number of code points.
pub fn count(bytes: &[u8]) -> u32 {
    if bytes.is_ascii() { bytes.len() as u32 } else { chars(bytes).count() as u32 }
}
