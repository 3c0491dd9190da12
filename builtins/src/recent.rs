//! What one context used last, in front of a shared cache: no lock, no allocation, no counting of references when it is found.

use std::sync::Arc;

use crate::cache::Weight;

/// Entries, a power of two.
const SLOTS: usize = 32;
/// Heavier entries share a single place, so that a context holds on to little.
const HEAVY: usize = 1 << 20;

/// Direct-mapped by a cheap hash of the key, with one more place for a heavy entry. An entry counts only if its whole key is equal.
pub(crate) struct Recent<V>([Option<Entry<V>>; SLOTS + 1]);

struct Entry<V> {
    key: Box<[u8]>,
    value: Arc<V>,
}

impl<V> Default for Recent<V> {
    fn default() -> Self {
        Recent([const { None }; SLOTS + 1])
    }
}

impl<V: Weight> Recent<V> {
    /// The value under the key; from `load` (the shared cache) when it is not among the recent ones. Errors are not kept.
    #[inline]
    pub(crate) fn get<E>(&mut self, key: &[u8], load: impl FnOnce() -> Result<Arc<V>, E>) -> Result<&V, E> {
        let usual = slot(key);
        let place = if self.holds(usual, key) { usual } else { self.load(key, usual, load)? };
        match &self.0[place] {
            Some(entry) => Ok(&entry.value),
            None => unreachable!("either was found or has been put there"),
        }
    }

    fn holds(&self, place: usize, key: &[u8]) -> bool {
        self.0[place].as_ref().is_some_and(|entry| *entry.key == *key)
    }

    /// The place at which it is then.
    #[cold]
    fn load<E>(&mut self, key: &[u8], usual: usize, load: impl FnOnce() -> Result<Arc<V>, E>) -> Result<usize, E> {
        if self.holds(SLOTS, key) {
            return Ok(SLOTS);
        }
        let value = load()?;
        let place = if value.bytes() > HEAVY { SLOTS } else { usual };
        self.0[place] = Some(Entry { key: key.into(), value });
        Ok(place)
    }
}

/// From the length and both ends of the key.
#[inline]
fn slot(key: &[u8]) -> usize {
    let word = |bytes: Option<&[u8; 8]>| bytes.map_or(0, |bytes| u64::from_le_bytes(*bytes));
    let ends = match (key.first_chunk(), key.last_chunk()) {
        (None, _) => key.iter().fold(0, |sum, &b| sum << 8 | u64::from(b)),
        (first, last) => word(first) ^ word(last).rotate_left(17),
    };
    let mixed = (ends ^ (key.len() as u64) << 40).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (mixed >> 59) as usize % SLOTS
}

#[cfg(test)]
mod tests {
    use super::*;

    fn get(recent: &mut Recent<Vec<u8>>, key: &str, loads: &mut usize, bytes: usize) -> usize {
        let load = || {
            *loads += 1;
            Ok::<_, ()>(Arc::new(vec![0; bytes]))
        };
        recent.get(key.as_bytes(), load).expect("loaded").len()
    }

    #[test]
    fn each_key_has_its_own_value() {
        let (mut recent, mut loads) = (Recent::default(), 0);
        // Many keys of one slot: the same ends and length.
        for _ in 0..2 {
            for i in 0..100 {
                let key = format!("12345678{i:02}abcdefgh");
                assert_eq!(get(&mut recent, &key, &mut loads, i), i);
                assert_eq!(get(&mut recent, &key, &mut loads, 1000), i, "found again");
            }
        }
        assert_eq!(loads, 200);
        for key in ["", "a", "1234567", "12345678"] {
            assert_eq!(get(&mut recent, key, &mut loads, key.len() + 1), key.len() + 1);
            assert_eq!(get(&mut recent, key, &mut loads, 1000), key.len() + 1);
        }
    }

    #[test]
    fn one_heavy_value_is_held() {
        let (mut recent, mut loads) = (Recent::default(), 0);
        for i in 1..20 {
            let key = format!("key {i}");
            assert_eq!(get(&mut recent, &key, &mut loads, HEAVY + i), HEAVY + i);
            assert_eq!(get(&mut recent, &key, &mut loads, 1), HEAVY + i);
        }
        assert!(recent.0[..SLOTS].iter().all(Option::is_none));
    }

    #[test]
    fn errors_are_not_kept() {
        let mut recent = Recent::<Vec<u8>>::default();
        assert_eq!(recent.get(b"a", || Err(1)), Err(1));
        assert_eq!(recent.get(b"a", || Ok::<_, i32>(Arc::new(vec![7]))), Ok(&vec![7]));
    }
}
