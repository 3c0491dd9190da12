//! Strings of JSON text: where they end, and what their escapes mean.

use super::{Scanner, Stop};
use crate::words::{FIRST, Piece, WHOLE, chunk, last_chunk};

const STEP: usize = WHOLE;

/// Offset of the first byte that is a quote, a backslash or a control character, `STEP` when there is none; and bits, of which one is set if a byte is not ASCII.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
#[allow(unsafe_code, reason = "instructions of the processor; none of them touches memory")]
fn special(bytes: u128) -> (usize, u32) {
    use core::arch::x86_64::{
        _mm_cmpeq_epi8, _mm_min_epu8, _mm_movemask_epi8, _mm_or_si128, _mm_set_epi64x, _mm_set1_epi8,
    };
    // SAFETY: SSE2 belongs to every x86-64.
    let (mask, high) = unsafe {
        let x = _mm_set_epi64x((bytes >> 64) as i64, bytes as i64);
        let quote = _mm_cmpeq_epi8(x, _mm_set1_epi8(b'"' as i8));
        let slash = _mm_cmpeq_epi8(x, _mm_set1_epi8(b'\\' as i8));
        let control = _mm_cmpeq_epi8(_mm_min_epu8(x, _mm_set1_epi8(0x1f)), x);
        (_mm_movemask_epi8(_mm_or_si128(_mm_or_si128(quote, slash), control)), _mm_movemask_epi8(x))
    };
    ((mask | 1 << STEP).trailing_zeros() as usize, high as u32)
}

#[cfg(not(target_arch = "x86_64"))]
#[inline(always)]
fn special(bytes: u128) -> (usize, u32) {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGHS: u64 = 0x8080_8080_8080_8080;
    let words = [bytes as u64, (bytes >> 64) as u64];
    let high = u32::from((words[0] | words[1]) & HIGHS != 0);
    for (n, x) in words.into_iter().enumerate() {
        let zero = |y: u64| y.wrapping_sub(ONES) & !y;
        let quote = zero(x ^ (ONES * u64::from(b'"')));
        let slash = zero(x ^ (ONES * u64::from(b'\\')));
        let control = x.wrapping_sub(ONES * 0x20) & !x;
        // Bits above the first true one may be wrong; only the first counts.
        let found = (quote | slash | control) & HIGHS;
        if found != 0 {
            return (n * 8 + found.trailing_zeros() as usize / 8, high);
        }
    }
    (STEP, high)
}

/// Offset of the first special byte at or behind `at`, the length of the text when there is none. Sets bits of `high` when it meets a byte that is not
/// ASCII; it may also do so because of one that follows.
#[inline(always)]
pub(super) fn find_special(text: &[u8], mut at: usize, high: &mut u32) -> usize {
    while let Some(part) = chunk(text, at) {
        let (found, other) = special(part);
        *high |= other;
        if found < STEP {
            return at + found;
        }
        at += STEP;
    }
    find_at_end(text, at, high)
}

/// [`find_special`] in the last bytes.
#[inline]
fn find_at_end(text: &[u8], mut at: usize, high: &mut u32) -> usize {
    if let Some(part) = last_chunk(text, at) {
        // The zeros behind the end are special.
        let (found, other) = special(part);
        *high |= other;
        return (at + found).min(text.len());
    }
    while let Some(byte) = text.get(at).filter(|byte| !matches!(byte, b'"' | b'\\' | 0..0x20)) {
        *high |= u32::from(!byte.is_ascii());
        at += 1;
    }
    at
}

impl Scanner<'_, '_, '_> {
    #[inline(always)]
    fn find_special(&mut self, at: usize) -> usize {
        find_special(self.text, at, &mut self.high)
    }

    /// The short plain string that begins at `start`, behind its opening quote: its words, with zeros behind them, and its length.
    #[inline(always)]
    pub(super) fn short(&mut self, start: usize) -> Option<(u128, usize)> {
        // The zeros behind the end of the text are special.
        let words = chunk(self.text, start).or_else(|| last_chunk(self.text, start))?;
        let (len, high) = special(words);
        self.high |= high;
        let mask = FIRST.get(len).filter(|_| self.text.get(start + len) == Some(&b'"'))?;
        Some((words & mask, len))
    }

    /// Reads the string that begins at `start` for the frame: the place behind it.
    #[inline(always)]
    pub(super) fn string(&mut self, start: usize) -> Result<usize, Stop> {
        match self.short(start) {
            Some((words, len)) => {
                self.word = self.frame.short(words as u64, (words >> 64) as u64, len)?;
                Ok(start + len + 1)
            }
            None => self.any_string(start),
        }
    }

    /// [`Self::string`], however long it is.
    #[inline(never)]
    fn any_string(&mut self, start: usize) -> Result<usize, Stop> {
        let end = self.find_special(start);
        if self.text.get(end) == Some(&b'"') {
            self.word = self.frame.string(Piece::new(self.text.get(start..end).unwrap_or_default()))?;
            return Ok(end + 1);
        }
        let after = self.escaped(start)?;
        self.word = self.frame.string(Piece::new(&self.lists.text))?;
        Ok(after)
    }

    /// Goes over the string that begins at `start`, without looking at what it says: the place behind it.
    #[inline(always)]
    pub(super) fn skip_string(&mut self, start: usize) -> Result<usize, Stop> {
        let end = self.find_special(start);
        if self.text.get(end) == Some(&b'"') { Ok(end + 1) } else { self.skip_escaped(start) }
    }

    /// Puts the text of a string with escapes into the scratch text: the place behind it.
    #[cold]
    #[inline(never)]
    pub(super) fn escaped(&mut self, start: usize) -> Result<usize, Stop> {
        let mut end = self.find_special(start);
        let mut out = std::mem::take(&mut self.lists.text);
        out.clear();
        out.extend_from_slice(&self.text[start..end]);
        let done = loop {
            match self.text.get(end) {
                Some(b'"') => break Ok(end + 1),
                Some(b'\\') => {
                    let Some((c, len)) = escape(&self.text[end..]) else { break Err(Stop::Syntax) };
                    out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
                    end += len;
                }
                _ => break Err(Stop::Syntax),
            }
            let next = self.find_special(end);
            out.extend_from_slice(&self.text[end..next]);
            end = next;
        };
        self.lists.text = out;
        done
    }

    #[inline(never)]
    fn skip_escaped(&mut self, start: usize) -> Result<usize, Stop> {
        let mut end = self.find_special(start);
        loop {
            match self.text.get(end) {
                Some(b'"') => {
                    return Ok(end + 1);
                }
                Some(b'\\') => {
                    let (_, len) = escape(&self.text[end..]).ok_or(Stop::Syntax)?;
                    end = self.find_special(end + len);
                }
                _ => return Err(Stop::Syntax),
            }
        }
    }
}

/// The character of the escape at the beginning of `text`, and its length. A lone surrogate is U+FFFD.
fn escape(text: &[u8]) -> Option<(char, usize)> {
    let c = match text.get(1)? {
        b'n' => '\n',
        b't' => '\t',
        b'r' => '\r',
        b'b' => '\x08',
        b'f' => '\x0c',
        c @ (b'"' | b'\\' | b'/') => char::from(*c),
        b'u' => {
            let first = hex4(text.get(2..6)?)?;
            if (0xd800..0xdc00).contains(&first) && text.get(6..8) == Some(b"\\u") {
                let second = hex4(text.get(8..12)?)?;
                if (0xdc00..0xe000).contains(&second) {
                    let code = 0x1_0000 + ((first - 0xd800) << 10) + (second - 0xdc00);
                    return Some((char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER), 12));
                }
            }
            return Some((char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER), 6));
        }
        _ => return None,
    };
    Some((c, 2))
}

fn hex4(digits: &[u8]) -> Option<u32> {
    digits.iter().try_fold(0, |code, c| Some((code << 4) | char::from(*c).to_digit(16)?))
}

#[cfg(test)]
mod tests {
    use super::find_special;

    #[test]
    fn special_bytes_are_found_wherever_they_stand() {
        for special in [b'"', b'\\', 0, 0x1f] {
            for len in 0..50 {
                for place in 0..len {
                    let mut text = vec![0; len];
                    for (n, byte) in text.iter_mut().enumerate() {
                        *byte = [b' ', b'!', b'#', b'[', b']', 0x7f, 0x80, 0xff][(n + len) % 8];
                    }
                    let find = |text: &[u8], from| find_special(text, from, &mut 0);
                    assert_eq!(find(&text, 0), len);
                    text[place] = special;
                    assert_eq!(find(&text, 0), place);
                    assert_eq!(find(&text, place), place);
                    let mut high = 0;
                    find_special(&text, 0, &mut high);
                    assert!(high != 0 || text[..place].is_ascii());
                    assert!(high == 0 || !text.is_ascii());
                }
            }
        }
    }
}
