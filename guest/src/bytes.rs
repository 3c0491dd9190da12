//! Runs of bytes, looked at eight at a time.
//!
//! WebAssembly has no instruction that compares memory, and the library's functions for that go byte by byte; most strings of policies are one
//! to four words long.

use core::cmp::Ordering;

/// The lowest bit of each byte of a word.
const LOW: u64 = 0x0101_0101_0101_0101;
/// The highest bit of each byte of a word.
pub const HIGH: u64 = 0x8080_8080_8080_8080;

/// Whether two runs are the same.
#[inline]
pub fn equal(a: &[u8], b: &[u8]) -> bool {
    a.len() == b.len() && same(a, b)
}

/// Whether two runs of one length are the same.
fn same(mut a: &[u8], mut b: &[u8]) -> bool {
    // The last words, which overlap those before them, leave no bytes over.
    let (Some(x), Some(y)) = (a.last_chunk::<8>(), b.last_chunk::<8>()) else { return short(a) == short(b) };
    if u64::from_le_bytes(*x) != u64::from_le_bytes(*y) {
        return false;
    }
    while let (Some((x, rest_a)), Some((y, rest_b))) = (a.split_first_chunk::<8>(), b.split_first_chunk::<8>()) {
        if u64::from_le_bytes(*x) != u64::from_le_bytes(*y) {
            return false;
        }
        (a, b) = (rest_a, rest_b);
    }
    true
}

/// At most seven bytes as a word. Different runs of one length give different words.
#[inline]
fn short(bytes: &[u8]) -> u64 {
    match (bytes.first_chunk::<4>(), bytes.last_chunk::<4>()) {
        (Some(first), Some(last)) => u64::from(u32::from_le_bytes(*first)) | u64::from(u32::from_le_bytes(*last)) << 32,
        _ => bytes.iter().fold(0, |word, byte| word << 8 | u64::from(*byte)),
    }
}

/// The order of two runs.
pub fn compare(a: &[u8], b: &[u8]) -> Ordering {
    let (mut x, mut y) = (a, b);
    while let (Some((p, rest_x)), Some((q, rest_y))) = (x.split_first_chunk::<8>(), y.split_first_chunk::<8>()) {
        let (p, q) = (u64::from_be_bytes(*p), u64::from_be_bytes(*q));
        if p != q {
            return p.cmp(&q);
        }
        (x, y) = (rest_x, rest_y);
    }
    for (p, q) in x.iter().zip(y) {
        if p != q {
            return p.cmp(q);
        }
    }
    a.len().cmp(&b.len())
}

/// Whether `bytes` begins with `prefix`.
#[inline]
pub fn starts_with(bytes: &[u8], prefix: &[u8]) -> bool {
    bytes.get(..prefix.len()).is_some_and(|start| same(start, prefix))
}

/// Whether `bytes` ends with `suffix`.
#[inline]
pub fn ends_with(bytes: &[u8], suffix: &[u8]) -> bool {
    let start = bytes.len().checked_sub(suffix.len());
    start.and_then(|start| bytes.get(start..)).is_some_and(|end| same(end, suffix))
}

/// Where a byte stands first.
pub fn position(bytes: &[u8], byte: u8) -> Option<usize> {
    let wanted = LOW * u64::from(byte);
    let mut rest = bytes;
    while let Some((chunk, behind)) = rest.split_first_chunk::<8>() {
        let word = u64::from_le_bytes(*chunk) ^ wanted;
        // The lowest bit that is set belongs to the first byte that is 0; above it there may be wrong ones.
        let zeros = word.wrapping_sub(LOW) & !word & HIGH;
        if zeros != 0 {
            return Some(bytes.len() - rest.len() + zeros.trailing_zeros() as usize / 8);
        }
        rest = behind;
    }
    let at = rest.iter().position(|b| *b == byte)?;
    Some(bytes.len() - rest.len() + at)
}

/// The bit that tells lower from upper case, in those bytes of a word of ASCII that are one of the 26 letters from `first` on.
#[inline]
pub fn case_bits(word: u64, first: u8) -> u64 {
    // Each sum's highest bit says whether the byte is at least that great.
    let from = word.wrapping_add(LOW * u64::from(0x80 - first));
    let beyond = word.wrapping_add(LOW * u64::from(0x80 - first - 26));
    (from & !beyond & HIGH) >> 2
}

#[cfg(test)]
mod tests;
