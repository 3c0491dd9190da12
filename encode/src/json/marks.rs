//! Where the quotes of a text are, found for 64 bytes at a time before anything is read.
//!
//! Whoever reads strings one after another has to find the end of each before it knows where the next begins: a chain of steps that wait for each other. With
//! the quotes as bits of a word, the next one is found by clearing a bit, which waits for nothing that is read.

/// Bytes per block.
pub(super) const BLOCK: usize = 64;

/// What is at 64 bytes of text, the first in the lowest bit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Block {
    /// Quotes, those behind a backslash too.
    pub(super) quotes: u64,
    /// What must not stand in a plain string: backslashes, control characters.
    pub(super) others: u64,
}

/// Marks the whole text; true if it is ASCII.
pub(super) fn mark(text: &[u8], blocks: &mut Vec<Block>) -> bool {
    blocks.clear();
    blocks.reserve(text.len() / BLOCK + 1);
    let (whole, rest) = text.as_chunks::<BLOCK>();
    let mut high = false;
    for bytes in whole {
        let (block, other) = block(bytes);
        blocks.push(block);
        high |= other;
    }
    if !rest.is_empty() {
        let mut last = [b' '; BLOCK];
        last[..rest.len()].copy_from_slice(rest);
        let (block, other) = block(&last);
        blocks.push(block);
        high |= other;
    }
    !high
}

/// The marks of a block, and whether it has a byte that is not ASCII.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
#[allow(unsafe_code, reason = "instructions of the processor; none of them touches memory")]
fn block(bytes: &[u8; BLOCK]) -> (Block, bool) {
    use core::arch::x86_64::{
        _mm_cmpeq_epi8, _mm_min_epu8, _mm_movemask_epi8, _mm_or_si128, _mm_set_epi64x, _mm_set1_epi8, _mm_setzero_si128,
    };
    let mut marks = Block::default();
    // SAFETY: SSE2 belongs to every x86-64.
    unsafe {
        let mut all = _mm_setzero_si128();
        for (n, [a, b]) in bytes.as_chunks::<8>().0.as_chunks::<2>().0.iter().enumerate() {
            let x = _mm_set_epi64x(i64::from_le_bytes(*b), i64::from_le_bytes(*a));
            let quote = _mm_cmpeq_epi8(x, _mm_set1_epi8(b'"' as i8));
            let slash = _mm_cmpeq_epi8(x, _mm_set1_epi8(b'\\' as i8));
            let control = _mm_cmpeq_epi8(_mm_min_epu8(x, _mm_set1_epi8(0x1f)), x);
            marks.quotes |= u64::from(_mm_movemask_epi8(quote) as u16) << (16 * n);
            marks.others |= u64::from(_mm_movemask_epi8(_mm_or_si128(slash, control)) as u16) << (16 * n);
            all = _mm_or_si128(all, x);
        }
        (marks, _mm_movemask_epi8(all) != 0)
    }
}

#[cfg(not(target_arch = "x86_64"))]
#[inline(always)]
fn block(bytes: &[u8; BLOCK]) -> (Block, bool) {
    by_words(bytes)
}

/// [`block`] with ordinary instructions, eight bytes at a time.
#[cfg(any(test, not(target_arch = "x86_64")))]
fn by_words(bytes: &[u8; BLOCK]) -> (Block, bool) {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const LOW: u64 = 0x7f7f_7f7f_7f7f_7f7f;
    /// One bit for each byte that is zero.
    fn zeros(x: u64) -> u64 {
        let highs = !(((x & LOW) + LOW) | x | LOW);
        (highs >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56
    }
    let mut marks = Block::default();
    let mut all = 0;
    for (n, part) in bytes.as_chunks::<8>().0.iter().enumerate() {
        let x = u64::from_le_bytes(*part);
        marks.quotes |= zeros(x ^ (ONES * u64::from(b'"'))) << (8 * n);
        marks.others |= (zeros(x ^ (ONES * u64::from(b'\\'))) | zeros(x & (ONES * 0xe0))) << (8 * n);
        all |= x;
    }
    (marks, all & !LOW != 0)
}

/// The quotes of a marked text, one after another.
#[derive(Debug)]
pub(super) struct Quotes<'b> {
    blocks: &'b [Block],
    /// Those of the current block that are still to come.
    bits: u64,
    /// Offset of the current block.
    base: usize,
}

impl<'b> Quotes<'b> {
    pub(super) fn new(blocks: &'b [Block]) -> Self {
        Quotes { blocks, bits: blocks.first().map_or(0, |block| block.quotes), base: 0 }
    }

    /// The offset of the next one; `None` at the end.
    #[inline(always)]
    pub(super) fn next(&mut self) -> Option<usize> {
        while self.bits == 0 {
            self.base += BLOCK;
            self.bits = self.blocks.get(self.base / BLOCK)?.quotes;
        }
        let at = self.base + self.bits.trailing_zeros() as usize;
        self.bits &= self.bits - 1;
        Some(at)
    }

    /// Goes to the first one at or behind `at`.
    pub(super) fn seek(&mut self, at: usize) {
        self.base = at / BLOCK * BLOCK;
        self.bits = self.blocks.get(at / BLOCK).map_or(0, |block| block.quotes & (u64::MAX << (at % BLOCK)));
    }

    /// Whether `start..end`, where the next quote is, has neither backslash nor control character.
    #[inline(always)]
    pub(super) fn is_plain(&self, start: usize, end: usize) -> bool {
        let (first, last) = (start / BLOCK, end / BLOCK);
        let others = self.blocks.get(first).map_or(0, |block| block.others) >> (start % BLOCK);
        if first == last {
            return others & !(u64::MAX << (end - start)) == 0;
        }
        others == 0 && self.are_plain(first + 1, end)
    }

    fn are_plain(&self, first: usize, end: usize) -> bool {
        let (whole, last) = (self.blocks.get(first..end / BLOCK), self.blocks.get(end / BLOCK));
        whole.is_some_and(|blocks| blocks.iter().all(|block| block.others == 0))
            && last.is_none_or(|block| block.others & !(u64::MAX << (end % BLOCK)) == 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts() -> impl Iterator<Item = Vec<u8>> {
        let mut state = 7u64;
        (0..400usize).map(move |len| {
            (0..len)
                .map(|_| {
                    state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                    match state >> 60 {
                        0 | 1 => b'"',
                        2 => b'\\',
                        3 => (state >> 40) as u8,
                        4 => (state >> 40) as u8 & 0x3f,
                        _ => b'a',
                    }
                })
                .collect()
        })
    }

    #[test]
    fn marks_are_those_of_the_bytes() {
        for text in texts() {
            let mut blocks = Vec::new();
            let ascii = mark(&text, &mut blocks);
            assert_eq!(ascii, text.iter().all(u8::is_ascii));
            assert_eq!(blocks.len(), text.len().div_ceil(BLOCK));
            for (at, byte) in text.iter().enumerate() {
                let bit = |word: u64| word >> (at % BLOCK) & 1 == 1;
                assert_eq!(bit(blocks[at / BLOCK].quotes), *byte == b'"');
                assert_eq!(bit(blocks[at / BLOCK].others), *byte == b'\\' || *byte < 0x20);
            }
            for bytes in text.as_chunks::<BLOCK>().0 {
                assert_eq!(block(bytes), by_words(bytes));
            }
        }
    }

    #[test]
    fn quotes_come_in_order_from_wherever_one_begins() {
        for text in texts() {
            let mut blocks = Vec::new();
            mark(&text, &mut blocks);
            let all: Vec<usize> = (0..text.len()).filter(|at| text[*at] == b'"').collect();
            for from in (0..=text.len()).step_by(5) {
                let mut quotes = Quotes::new(&blocks);
                quotes.seek(from);
                for at in all.iter().filter(|at| **at >= from) {
                    assert_eq!(quotes.next(), Some(*at));
                    let plain = text[from..*at].iter().all(|byte| *byte >= 0x20 && *byte != b'\\');
                    assert_eq!(quotes.is_plain(from, *at), plain, "{from}..{at}");
                }
                assert_eq!(quotes.next(), None);
                assert_eq!(quotes.next(), None);
            }
        }
    }
}
