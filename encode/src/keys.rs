//! Keys of a node: one look into a table by length, first and last eight bytes, before anything else is compared.

use crate::words::{Piece, WHOLE, place, place_long, place_of};

/// No entry is of this length.
const NONE: u32 = u32::MAX;
/// The table may be so many times as large as there are keys, so that most keys are the first that is looked at.
const SPARSE: usize = 16;

/// Keys with what they lead to. Immutable.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Keys {
    /// Open addressing, at most half full; the length is a power of two, or 0.
    table: Vec<Head>,
    /// The upper bits of a key's hash are its place in the table.
    shift: u32,
    /// Some key is not where its hash says, but behind that.
    crowded: bool,
    keys: Vec<Box<[u8]>>,
}

/// What is compared first, and where the key leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Head {
    head: u64,
    tail: u64,
    len: u32,
    to: u32,
}

const EMPTY: Head = Head { head: 0, tail: 0, len: NONE, to: 0 };

impl Keys {
    pub(crate) fn new(keys: impl IntoIterator<Item = (Box<[u8]>, u32)>) -> Self {
        let all: Vec<(Box<[u8]>, u32)> = keys.into_iter().collect();
        if all.is_empty() {
            return Keys::default();
        }
        let least = (all.len() * 2).next_power_of_two();
        let mut size = least;
        // Larger until no key is in another's way, as far as that is worth the memory.
        let (table, keys, crowded) = loop {
            let (table, keys, crowded) = Self::fill(&all, size);
            if !crowded || size >= least * SPARSE {
                break (table, keys, crowded);
            }
            size *= 2;
        };
        Keys { shift: 64 - size.trailing_zeros(), crowded, table, keys }
    }

    /// A table of the size, and whether a key is not where its hash says.
    fn fill(all: &[(Box<[u8]>, u32)], size: usize) -> (Vec<Head>, Vec<Box<[u8]>>, bool) {
        let mut table = vec![EMPTY; size];
        let mut keys = vec![Box::default(); size];
        let mut crowded = false;
        for (key, to) in all {
            let piece @ Piece { head, tail, .. } = Piece::new(key);
            let mut at = (place_of(piece) >> (64 - size.trailing_zeros())) as usize;
            while table[at].len != NONE {
                at = (at + 1) & (size - 1);
                crowded = true;
            }
            table[at] = Head { head, tail, len: key.len() as u32, to: *to };
            keys[at] = key.clone();
        }
        (table, keys, crowded)
    }

    /// What the key leads to.
    #[inline(always)]
    pub(crate) fn get(&self, key: Piece<'_>) -> Option<u32> {
        if key.len() <= WHOLE {
            return self.get_short(key.head, key.tail, key.len());
        }
        self.get_long(key.head, key.tail, key.bytes)
    }

    /// [`Self::get`] for a key of up to [`WHOLE`] bytes.
    #[inline(always)]
    pub(crate) fn get_short(&self, head: u64, tail: u64, len: usize) -> Option<u32> {
        let at = place(head, tail, len).wrapping_shr(self.shift) as usize;
        let found = self.table.get(at)?;
        if found.head == head && found.tail == tail && found.len as usize == len {
            return Some(found.to);
        }
        if self.crowded { self.search_short(at, head, tail, len) } else { None }
    }

    #[inline(never)]
    fn search_short(&self, mut at: usize, head: u64, tail: u64, len: usize) -> Option<u32> {
        loop {
            let found = self.table.get(at)?;
            if (found.head, found.tail, found.len as usize) == (head, tail, len) {
                return Some(found.to);
            }
            if found.len == NONE {
                return None;
            }
            at = (at + 1) & (self.table.len() - 1);
        }
    }

    /// [`Self::get`] for a longer key.
    #[inline(never)]
    fn get_long(&self, head: u64, tail: u64, bytes: &[u8]) -> Option<u32> {
        let mut at = place_long(Piece { bytes, head, tail }).wrapping_shr(self.shift) as usize;
        loop {
            let found = self.table.get(at)?;
            if found.len == NONE {
                return None;
            }
            if (found.head, found.tail, found.len as usize) == (head, tail, bytes.len())
                && **self.keys.get(at)? == *bytes
            {
                return Some(found.to);
            }
            at = (at + 1) & (self.table.len() - 1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_all_lengths_are_found() {
        for count in [0, 1, 7, 8, 9, 200] {
            for middle in ["", "mmmmmmmmmmmmmmmm"] {
                let name = |n: usize| format!("{}{n}{middle}{}", "k".repeat(n % 13), "z".repeat(n % 11));
                let names: Vec<String> = (0..count).map(name).collect();
                let keys = Keys::new(names.iter().enumerate().map(|(n, name)| (name.as_bytes().into(), n as u32)));
                let get = |name: &str| keys.get(Piece::new(name.as_bytes()));
                for (n, name) in names.iter().enumerate() {
                    assert_eq!(get(name), Some(n as u32), "{name}");
                }
                for name in ["", "k", "kkkkkkkkk", "kkkkkkkkkkkkkkkkkkkkkkkkkkkkk1", "k1mmmmmmmmmmmmmmmmzz"] {
                    assert_eq!(get(name), names.iter().position(|n| n == name).map(|n| n as u32));
                }
            }
        }
    }

    #[test]
    fn long_keys_that_agree_at_both_ends_are_told_apart() {
        let names: Vec<String> = (0..30).map(|n| format!("beginning-{n:04}-the-end")).collect();
        let keys = Keys::new(names.iter().enumerate().map(|(n, name)| (name.as_bytes().into(), n as u32)));
        for (n, name) in names.iter().enumerate() {
            assert_eq!(keys.get(Piece::new(name.as_bytes())), Some(n as u32), "{name}");
        }
        assert_eq!(keys.get(Piece::new(b"beginning-9999-the-end")), None);
    }
}
