//! The front: a few answers per thread, in memory that no other thread writes. moka's reads bump counters that all threads share, so two threads that
//! hit the same entries slow each other down; here they do not meet.
//!
//! Entries are copies, down to the last string: what they are made of is counted by references, too, and counts that several threads change would bring
//! back what the front is for.

use std::time::Duration;

use writ_value::{Object, Set, Str, Value};

use super::{is_live, local};

/// Entries of one set; a key can be in any of them.
const WAYS: usize = 4;
/// Keys and results longer than this are left to the tiers.
const MAX_BYTES: usize = 1024;

/// The front of one thread.
#[derive(Debug, Default)]
pub(crate) struct Front {
    entries: Vec<Option<Kept>>,
    most: usize,
    /// Which way of a set goes next.
    turn: usize,
}

#[derive(Debug)]
struct Kept {
    hash: u64,
    /// The cache's generation when it was taken from there.
    generation: u64,
    made: Duration,
    ttl: Duration,
    key: Box<[u8]>,
    result: Option<Value>,
}

impl Front {
    /// A front of at most `most` entries; memory is taken with the first.
    pub(crate) fn new(most: usize) -> Self {
        let most = if most == 0 { 0 } else { most.max(WAYS).next_power_of_two() };
        Front { entries: Vec::new(), most, turn: 0 }
    }

    /// The result under the key.
    #[inline]
    pub(crate) fn get(&self, hash: u64, key: &[u8], generation: u64, now: Duration) -> Option<&Option<Value>> {
        let set = self.set(hash);
        let kept =
            self.entries.get(set..set + WAYS)?.iter().flatten().find(|kept| kept.hash == hash && *kept.key == *key)?;
        (kept.generation == generation && is_live(kept.made, kept.ttl, now)).then_some(&kept.result)
    }

    /// First entry of the set. The low bits choose flights and moka's shards.
    #[inline]
    fn set(&self, hash: u64) -> usize {
        (hash >> 20) as usize & self.most.wrapping_sub(1) & !(WAYS - 1)
    }

    /// Keeps a copy of an answer, in place of an older one.
    pub(crate) fn put(
        &mut self,
        hash: u64,
        key: &[u8],
        generation: u64,
        (made, ttl): (Duration, Duration),
        result: Option<&Value>,
    ) {
        if self.most == 0 || key.len() + result.map_or(0, local::size_of) > MAX_BYTES {
            return;
        }
        if self.entries.is_empty() {
            self.entries.resize_with(self.most, || None);
        }
        let set = self.set(hash);
        self.turn = (self.turn + 1) % WAYS;
        let Some(ways) = self.entries.get_mut(set..set + WAYS) else { return };
        let same = ways.iter().position(|way| way.as_ref().is_some_and(|kept| kept.hash == hash && *kept.key == *key));
        let free = || ways.iter().position(|way| way.as_ref().is_none_or(|kept| kept.generation != generation));
        let at = same.or_else(free).unwrap_or(self.turn);
        let result = result.map(copy);
        ways[at] = Some(Kept { hash, generation, made, ttl, key: key.into(), result });
    }

    /// Forgets all.
    #[cfg(test)]
    fn len(&self) -> usize {
        self.entries.iter().flatten().count()
    }
}

/// A value that shares nothing with the old one. Its depth is bounded by its size.
fn copy(value: &Value) -> Value {
    match value {
        Value::String(s) => Value::String(Str::from_bytes(s.as_bytes())),
        Value::Array(items) => Value::from(items.iter().map(copy).collect::<Vec<_>>()),
        Value::Object(entries) => Value::from(entries.iter().map(|(k, v)| (copy(k), copy(v))).collect::<Object>()),
        Value::Set(members) => Value::Set(std::sync::Arc::new(members.iter().map(copy).collect::<Set>())),
        Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(front: &mut Front, hash: u64, key: &[u8], value: i64) {
        front.put(hash, key, 0, (Duration::ZERO, Duration::from_secs(10)), Some(&Value::from(value)));
    }

    fn get(front: &Front, hash: u64, key: &[u8]) -> Option<i64> {
        let found = front.get(hash, key, 0, Duration::from_secs(1))?.as_ref()?;
        found.as_number()?.to_i64()
    }

    #[test]
    fn equal_hashes_are_told_apart_by_their_keys() {
        let mut front = Front::new(16);
        put(&mut front, 7, b"one", 1);
        put(&mut front, 7, b"two", 2);
        assert_eq!(
            (get(&front, 7, b"one"), get(&front, 7, b"two"), get(&front, 7, b"three")),
            (Some(1), Some(2), None)
        );
        put(&mut front, 7, b"one", 3);
        assert_eq!((get(&front, 7, b"one"), front.len()), (Some(3), 2));
    }

    #[test]
    fn it_is_bounded_and_the_oldest_of_a_set_goes() {
        let mut front = Front::new(16);
        for i in 0..100u64 {
            put(&mut front, i << 20, &i.to_le_bytes(), i as i64);
        }
        assert_eq!(front.len(), 16);
        let long = vec![0; MAX_BYTES + 1];
        put(&mut front, 1, &long, 1);
        assert_eq!(get(&front, 1, &long), None, "too long");
        let mut none = Front::new(0);
        put(&mut none, 1, b"a", 1);
        assert_eq!((get(&none, 1, b"a"), none.len()), (None, 0));
    }

    #[test]
    fn time_and_generation_end_entries() {
        let mut front = Front::new(8);
        put(&mut front, 1, b"a", 1);
        assert!(front.get(1, b"a", 0, Duration::from_secs(9)).is_some());
        assert!(front.get(1, b"a", 0, Duration::from_secs(10)).is_none());
        assert!(front.get(1, b"a", 1, Duration::from_secs(1)).is_none(), "cleared since");
    }

    #[test]
    fn copies_are_equal_and_share_nothing() {
        let value = writ_value::json::parse(br#"{"a": [1, "two", {"three": null}], "b": true}"#).expect("JSON");
        let copied = copy(&value);
        assert_eq!(copied, value);
        let (Value::Object(a), Value::Object(b)) = (&value, &copied) else { unreachable!("objects") };
        assert!(!std::sync::Arc::ptr_eq(a, b));
        let set = Value::set([Value::from("x"), Value::from(1)]);
        assert_eq!(copy(&set), set);
    }
}
