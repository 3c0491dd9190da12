//! Bytes as words of eight: what is short is compared, hashed and copied without a loop over bytes.

use writ_abi::hash::mix;

/// Bytes with their first and last eight as words. Up to 16 bytes the two and the length say everything.
///
/// Its parts go into functions one by one: as a whole it would go through memory, and reading two words at once that were just written
/// one by one stalls.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Piece<'t> {
    pub(crate) bytes: &'t [u8],
    /// The first eight bytes, little-endian, with zeros where there are fewer.
    pub(crate) head: u64,
    /// The last eight bytes; `head` where there are fewer.
    pub(crate) tail: u64,
}

/// Up to this many bytes [`Piece::head`] and [`Piece::tail`] are all of it.
pub(crate) const WHOLE: usize = 16;

impl<'t> Piece<'t> {
    #[inline(always)]
    pub(crate) fn new(bytes: &'t [u8]) -> Self {
        let head = prefix(bytes);
        Piece { bytes, head, tail: bytes.last_chunk::<8>().map_or(head, |tail| u64::from_le_bytes(*tail)) }
    }

    /// `text[start..end]`. What follows in the text makes the load of a short piece a single one.
    #[inline(always)]
    pub(crate) fn within(text: &'t [u8], start: usize, end: usize) -> Self {
        let bytes = text.get(start..end).unwrap_or_default();
        let Some(head) = text.get(start..).and_then(|rest| rest.first_chunk::<8>()) else { return Piece::new(bytes) };
        let head = u64::from_le_bytes(*head);
        match bytes.last_chunk::<8>() {
            Some(tail) => Piece { bytes, head, tail: u64::from_le_bytes(*tail) },
            None => {
                let head = head & ((1 << (bytes.len() * 8)) - 1);
                Piece { bytes, head, tail: head }
            }
        }
    }

    #[inline(always)]
    pub(crate) fn len(&self) -> usize {
        self.bytes.len()
    }
}

/// Bytes 9 to 16 as a word, of a piece with 9 to 16 bytes that ends with `tail`.
#[inline(always)]
pub(crate) fn second(tail: u64, len: usize) -> u64 {
    tail >> ((WHOLE.wrapping_sub(len) * 8) & 63)
}

/// A hash of a piece for tables that live in this process: cheap where the words say everything, over all bytes otherwise.
#[inline(always)]
pub(crate) fn quick_hash(head: u64, tail: u64, bytes: &[u8]) -> u32 {
    let mut state = mix(head ^ tail.rotate_left(23), bytes.len() as u64);
    if bytes.len() > WHOLE {
        for word in bytes.as_chunks::<8>().0 {
            state = mix(state, u64::from_le_bytes(*word));
        }
    }
    (state >> 16) as u32
}

/// The first eight bytes, little-endian, with zeros where there are fewer.
#[inline(always)]
fn prefix(bytes: &[u8]) -> u64 {
    match bytes.first_chunk::<8>() {
        Some(head) => u64::from_le_bytes(*head),
        None => short(bytes),
    }
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

/// Which lengths occur, so that most of what is not among some strings is told apart before anything is compared.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Lengths(u64);

impl Lengths {
    #[inline(always)]
    fn bit(len: usize) -> u64 {
        1 << len.min(63)
    }

    pub(crate) fn add(&mut self, len: usize) {
        self.0 |= Self::bit(len);
    }

    /// False if there is none of this length.
    #[inline(always)]
    pub(crate) fn may_have(self, len: usize) -> bool {
        self.0 & Self::bit(len) != 0
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
                assert_eq!(piece.tail, word(&part[part.len().saturating_sub(8)..]), "{start}..{end}");
                if (9..=16).contains(&part.len()) {
                    assert_eq!(second(piece.tail, part.len()), word(&part[8..]), "{start}..{end}");
                }
                for text in [&bytes[..], &bytes[..end]] {
                    let within = Piece::within(text, start, end);
                    assert_eq!(
                        (within.bytes, within.head, within.tail),
                        (part, piece.head, piece.tail),
                        "{start}..{end}"
                    );
                }
            }
        }
    }

    #[test]
    fn pieces_that_differ_in_the_middle_have_different_hashes() {
        let of = |n: u32| {
            let text = format!("/services/{n:09}/items");
            let piece = Piece::new(text.as_bytes());
            quick_hash(piece.head, piece.tail, piece.bytes) & 0xffff
        };
        let hashes: std::collections::BTreeSet<u32> = (0..1000).map(of).collect();
        assert!(hashes.len() > 950, "{}", hashes.len());
    }

    #[test]
    fn lengths_exclude() {
        let mut lengths = Lengths::default();
        assert!(!lengths.may_have(0));
        for len in [0, 5, 80] {
            lengths.add(len);
        }
        assert!([0, 5, 63, 80, 1000].iter().all(|len| lengths.may_have(*len)));
        assert!([1, 4, 62].iter().all(|len| !lengths.may_have(*len)));
    }
}
