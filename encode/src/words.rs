//! Bytes as words of eight: what is short is compared, hashed and copied without a loop over bytes.

use writ_abi::hash::mix;

/// Bytes as words, as far as words go. Up to 16 bytes the two and the length say everything.
///
/// Its parts go into functions one by one: as a whole it would go through memory, and reading two words at once that were just written
/// one by one stalls.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Piece<'t> {
    pub(crate) bytes: &'t [u8],
    /// The first eight bytes, little-endian, with zeros where there are fewer.
    pub(crate) head: u64,
    /// Bytes 9 to 16 in the same way; of longer pieces the last eight.
    pub(crate) tail: u64,
}

/// Up to this many bytes [`Piece::head`] and [`Piece::tail`] are all of it.
pub(crate) const WHOLE: usize = 16;

/// Masks for the first so many bytes of sixteen.
pub(crate) const FIRST: [u128; WHOLE + 1] = {
    let mut masks = [u128::MAX; WHOLE + 1];
    let mut n = 0;
    while n < WHOLE {
        masks[n] = (1 << (8 * n)) - 1;
        n += 1;
    }
    masks
};

impl<'t> Piece<'t> {
    #[inline(always)]
    pub(crate) fn new(bytes: &'t [u8]) -> Self {
        match (bytes.first_chunk::<8>(), bytes.last_chunk::<8>()) {
            (Some(head), Some(tail)) => {
                // Of sixteen bytes or more all eight, of eight none.
                let twice = u128::from(u64::from_le_bytes(*tail)) >> (WHOLE.saturating_sub(bytes.len()) * 8);
                Piece { bytes, head: u64::from_le_bytes(*head), tail: twice as u64 }
            }
            _ => Piece { bytes, head: short(bytes), tail: 0 },
        }
    }

    #[inline(always)]
    pub(crate) fn len(&self) -> usize {
        self.bytes.len()
    }
}

/// Sixteen bytes from `at` on, the first in the lowest place; `None` where there are not so many.
#[inline(always)]
pub(crate) fn chunk(text: &[u8], at: usize) -> Option<u128> {
    text.get(at..)?.first_chunk::<WHOLE>().map(|bytes| u128::from_le_bytes(*bytes))
}

/// [`chunk`] near the end of the text, with zeros for what lies behind it; `None` where the whole text is shorter. Out of line, so that its shifts are
/// nobody's business before the end.
#[inline(never)]
pub(crate) fn last_chunk(text: &[u8], at: usize) -> Option<u128> {
    let rest = text.len().checked_sub(at)?;
    let last = u128::from_le_bytes(*text.last_chunk::<WHOLE>()?);
    last.checked_shr(8 * (WHOLE as u32).checked_sub(rest as u32)?).or(Some(0))
}

/// A hash of up to [`WHOLE`] bytes for tables that live in this process, to be used from the top. Constant where the bytes are.
#[inline(always)]
pub(crate) fn place(head: u64, tail: u64, len: usize) -> u64 {
    (head ^ tail.rotate_left(23) ^ len as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

/// [`place`] of more bytes: over all of them, since many constants of a policy may begin and end alike.
pub(crate) fn place_long(Piece { bytes, tail, .. }: Piece<'_>) -> u64 {
    let words = bytes.as_chunks::<8>().0.iter();
    mix(words.fold(bytes.len() as u64, |state, word| mix(state, u64::from_le_bytes(*word))), tail)
}

/// The one of the two that is for the piece.
pub(crate) fn place_of(piece: Piece<'_>) -> u64 {
    if piece.len() <= WHOLE { place(piece.head, piece.tail, piece.len()) } else { place_long(piece) }
}

/// Up to seven bytes as a word. The loads overlap; what lies in both is the same.
#[inline(always)]
fn short(bytes: &[u8]) -> u64 {
    let len = bytes.len();
    if let (Some(head), Some(tail)) = (bytes.first_chunk::<4>(), bytes.last_chunk::<4>()) {
        return u64::from(u32::from_le_bytes(*head)) | u64::from(u32::from_le_bytes(*tail)) << ((len - 4) * 8);
    }
    match bytes {
        [] => 0,
        [first, ..] => {
            let middle = u64::from(bytes[len / 2]) << (len / 2 * 8);
            u64::from(*first) | middle | u64::from(bytes[len - 1]) << ((len - 1) * 8)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_those_of_the_bytes() {
        let bytes: Vec<u8> = (0..100u32).map(|n| (n * 37 + 11) as u8).collect();
        let word = |part: &[u8]| part.iter().take(8).rev().fold(0, |word, byte| (word << 8) | u64::from(*byte));
        for start in 0..20 {
            for end in start..bytes.len() {
                let part = &bytes[start..end];
                let piece = Piece::new(part);
                assert_eq!(piece.head, word(part), "{start}..{end}");
                let tail = if part.len() > 16 { &part[part.len() - 8..] } else { part.get(8..).unwrap_or_default() };
                assert_eq!(piece.tail, word(tail), "{start}..{end}");
            }
        }
    }

    #[test]
    fn chunks_near_the_end_have_zeros_behind_it() {
        let bytes: Vec<u8> = (1..=40).collect();
        let mut longer = bytes.clone();
        longer.resize(60, 0);
        for at in 24..=40 {
            assert_eq!(last_chunk(&bytes, at), chunk(&longer, at), "{at}");
        }
        assert_eq!((last_chunk(&bytes, 41), last_chunk(&bytes, 23), chunk(&bytes, 25)), (None, None, None));
        assert_eq!(last_chunk(&bytes[..15], 3), None);
    }

    #[test]
    fn pieces_that_differ_anywhere_have_different_hashes() {
        let distinct = |of: &dyn Fn(u32) -> String| {
            let places = (0..1000).map(|n| place_of(Piece::new(of(n).as_bytes())) >> 48);
            places.collect::<std::collections::BTreeSet<u64>>().len()
        };
        let all: [&dyn Fn(u32) -> String; 5] = [
            &|n| format!("/services/{n:09}/items"),
            &|n| format!("{n}"),
            &|n| format!("role-{n}"),
            &|n| format!("{n:04}-of-others"),
            &|n| format!("department-{n:04}"),
        ];
        for (n, of) in all.iter().enumerate() {
            assert!(distinct(of) > 950, "{n}: {}", distinct(of));
        }
    }
}
