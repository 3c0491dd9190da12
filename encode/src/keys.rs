//! Keys of a node: found by length and first eight bytes before anything else is compared.

use crate::words::prefix;

/// Up to here all keys are looked at; beyond, the place is searched.
const LINEAR: usize = 8;

/// Sorted keys with what they lead to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Keys {
    heads: Vec<(u32, u64)>,
    tails: Vec<(Box<[u8]>, u32)>,
}

impl Keys {
    pub(crate) fn new(keys: impl IntoIterator<Item = (Box<[u8]>, u32)>) -> Self {
        let mut all: Vec<_> = keys.into_iter().map(|(key, to)| ((key.len() as u32, prefix(&key)), (key, to))).collect();
        all.sort_unstable();
        let (heads, tails) = all.into_iter().unzip();
        Keys { heads, tails }
    }

    /// What the key leads to.
    #[inline]
    pub(crate) fn get(&self, key: &[u8]) -> Option<u32> {
        if self.heads.is_empty() {
            return None;
        }
        let head = (key.len() as u32, prefix(key));
        let mut at = 0;
        if self.heads.len() > LINEAR {
            at = self.heads.partition_point(|h| *h < head);
        }
        while let Some(found) = self.heads.get(at) {
            if *found == head {
                let (bytes, to) = self.tails.get(at)?;
                if key.len() <= 8 || **bytes == *key {
                    return Some(*to);
                }
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
            let names: Vec<String> = (0..count).map(|n| format!("{}{n}", "k".repeat(n % 13))).collect();
            let keys = Keys::new(names.iter().enumerate().map(|(n, name)| (name.as_bytes().into(), n as u32)));
            for (n, name) in names.iter().enumerate() {
                assert_eq!(keys.get(name.as_bytes()), Some(n as u32), "{name}");
            }
            for name in ["", "k", "kkkkkkkkk", "kkkkkkkkkkkkkkkkkkkkkkkkkkkkk1"] {
                assert_eq!(keys.get(name.as_bytes()), names.iter().position(|n| n == name).map(|n| n as u32));
            }
        }
    }
}
