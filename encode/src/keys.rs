//! Keys of a node: told apart by length, first and last eight bytes before anything else is compared.

use crate::words::{Lengths, Piece, WHOLE};

/// Up to here all keys are looked at; beyond, the place is searched.
const LINEAR: usize = 8;

/// Sorted keys with what they lead to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Keys {
    lengths: Lengths,
    heads: Vec<Head>,
    tails: Vec<Box<[u8]>>,
}

/// What is compared first, and where the key leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Head {
    head: u64,
    tail: u64,
    len: u32,
    to: u32,
}

impl Keys {
    pub(crate) fn new(keys: impl IntoIterator<Item = (Box<[u8]>, u32)>) -> Self {
        let of = |(key, to): (Box<[u8]>, u32)| {
            let Piece { head, tail, .. } = Piece::new(&key);
            (Head { head, tail, len: key.len() as u32, to }, key)
        };
        let mut all: Vec<_> = keys.into_iter().map(of).collect();
        all.sort_unstable();
        let (heads, tails): (Vec<Head>, Vec<Box<[u8]>>) = all.into_iter().unzip();
        let mut lengths = Lengths::default();
        tails.iter().for_each(|key| lengths.add(key.len()));
        Keys { lengths, heads, tails }
    }

    /// What the key leads to.
    #[inline(always)]
    pub(crate) fn get(&self, key: Piece<'_>) -> Option<u32> {
        if self.lengths.may_have(key.len()) { self.find(key.head, key.tail, key.bytes) } else { None }
    }

    #[inline]
    fn find(&self, head: u64, tail: u64, key: &[u8]) -> Option<u32> {
        let mut at = 0;
        if self.heads.len() > LINEAR {
            at = self.heads.partition_point(|found| (found.head, found.tail) < (head, tail));
        }
        while let Some(found) = self.heads.get(at) {
            if found.head == head && found.tail == tail && found.len as usize == key.len() {
                if key.len() <= WHOLE || **self.tails.get(at)? == *key {
                    return Some(found.to);
                }
            } else if found.head > head {
                return None;
            }
            at += 1;
        }
        None
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
