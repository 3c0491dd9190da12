//! Strings of JSON text: where they end, and what their escapes mean.

use super::{Scanner, Stop};

const STEP: usize = 16;
/// In place of the end of a string with escapes, whose text was put into the scratch text.
pub(super) const ESCAPED: usize = usize::MAX;

/// Offset of the first byte that is a quote, a backslash or a control character; `STEP` when there is none.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
#[allow(unsafe_code, reason = "instructions of the processor; none of them touches memory")]
fn special(bytes: &[u8; STEP]) -> usize {
    use core::arch::x86_64::{
        _mm_cmpeq_epi8, _mm_min_epu8, _mm_movemask_epi8, _mm_or_si128, _mm_set_epi64x, _mm_set1_epi8,
    };
    let [a, b] = bytes.as_chunks::<8>().0 else { return STEP };
    // SAFETY: SSE2 belongs to every x86-64.
    let mask = unsafe {
        let x = _mm_set_epi64x(i64::from_le_bytes(*b), i64::from_le_bytes(*a));
        let quote = _mm_cmpeq_epi8(x, _mm_set1_epi8(b'"' as i8));
        let slash = _mm_cmpeq_epi8(x, _mm_set1_epi8(b'\\' as i8));
        let control = _mm_cmpeq_epi8(_mm_min_epu8(x, _mm_set1_epi8(0x1f)), x);
        _mm_movemask_epi8(_mm_or_si128(_mm_or_si128(quote, slash), control))
    };
    (mask | 1 << STEP).trailing_zeros() as usize
}

#[cfg(not(target_arch = "x86_64"))]
#[inline(always)]
fn special(bytes: &[u8; STEP]) -> usize {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGHS: u64 = 0x8080_8080_8080_8080;
    for (n, part) in bytes.as_chunks::<8>().0.iter().enumerate() {
        let x = u64::from_le_bytes(*part);
        let zero = |y: u64| y.wrapping_sub(ONES) & !y;
        let quote = zero(x ^ (ONES * u64::from(b'"')));
        let slash = zero(x ^ (ONES * u64::from(b'\\')));
        let control = x.wrapping_sub(ONES * 0x20) & !x;
        // Bits above the first true one may be wrong; only the first counts.
        let found = (quote | slash | control) & HIGHS;
        if found != 0 {
            return n * 8 + found.trailing_zeros() as usize / 8;
        }
    }
    STEP
}

/// Offset of the first special byte at or behind `at`; the length of the text when there is none.
#[inline(always)]
pub(super) fn find_special(text: &[u8], mut at: usize) -> usize {
    while let Some(part) = text.get(at..).and_then(|rest| rest.first_chunk::<STEP>()) {
        let found = special(part);
        if found < STEP {
            return at + found;
        }
        at += STEP;
    }
    while text.get(at).is_some_and(|byte| !matches!(byte, b'"' | b'\\' | 0..0x20)) {
        at += 1;
    }
    at
}

impl Scanner<'_, '_, '_> {
    /// Goes over a string that begins at `start`, behind its opening quote: the offset of its closing quote, and whether it is plain. What has
    /// escapes is left to who asks.
    #[inline(always)]
    fn ends(&mut self, start: usize) -> Result<(usize, bool), Stop> {
        // The opening quote, then the closing one.
        self.quotes.next();
        let end = self.quotes.next().ok_or(Stop::Syntax)?;
        Ok((end, self.quotes.is_plain(start, end)))
    }

    /// Reads the string that begins at `start`: the offset of its closing quote, or [`ESCAPED`].
    #[inline(always)]
    pub(super) fn string(&mut self, start: usize) -> Result<usize, Stop> {
        let (end, plain) = self.ends(start)?;
        if plain { Ok(end) } else { self.escaped(start) }
    }

    #[cold]
    #[inline(never)]
    fn escaped(&mut self, start: usize) -> Result<usize, Stop> {
        let mut end = find_special(self.text, start);
        let mut out = std::mem::take(&mut self.scratch.text);
        out.clear();
        out.extend_from_slice(&self.text[start..end]);
        let done = loop {
            match self.text.get(end) {
                Some(b'"') => {
                    self.after_escaped = end + 1;
                    self.quotes.seek(end + 1);
                    break Ok(ESCAPED);
                }
                Some(b'\\') => {
                    let Some((c, len)) = escape(&self.text[end..]) else { break Err(Stop::Syntax) };
                    out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
                    end += len;
                }
                _ => break Err(Stop::Syntax),
            }
            let next = find_special(self.text, end);
            out.extend_from_slice(&self.text[end..next]);
            end = next;
        };
        self.scratch.text = out;
        done
    }

    /// Goes over the string that begins at `start`, without looking at what it says: the place behind it.
    #[inline(always)]
    pub(super) fn skip_string(&mut self, start: usize) -> Result<usize, Stop> {
        let (end, plain) = self.ends(start)?;
        if plain { Ok(end + 1) } else { self.skip_escaped(start) }
    }

    #[inline(never)]
    fn skip_escaped(&mut self, start: usize) -> Result<usize, Stop> {
        let mut end = find_special(self.text, start);
        loop {
            match self.text.get(end) {
                Some(b'"') => {
                    self.quotes.seek(end + 1);
                    return Ok(end + 1);
                }
                Some(b'\\') => {
                    let (_, len) = escape(&self.text[end..]).ok_or(Stop::Syntax)?;
                    end = find_special(self.text, end + len);
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
                    assert_eq!(find_special(&text, 0), len);
                    text[place] = special;
                    assert_eq!(find_special(&text, 0), place);
                    assert_eq!(find_special(&text, place), place);
                }
            }
        }
    }
}
