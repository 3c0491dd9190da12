//! Bounded caches of things that are dear to build: compiled patterns, schemas, keys. Lifetime: the process.

use std::collections::HashMap;
use std::fmt;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};

use writ_value::Value;

/// Everything that built-ins keep between decisions. Share one per process behind an `Arc`.
#[derive(Debug, Default)]
pub struct Caches {
    pub(crate) regexes: Cache<Vec<u8>, crate::regex::Pattern>,
    pub(crate) schemas: Cache<Value, crate::schema::Schema>,
    pub(crate) token_keys: Cache<Vec<u8>, Vec<crate::jwt::VerificationKey>>,
    pub(crate) responses: crate::http::Responses,
    pub(crate) globs: Cache<Vec<u8>, crate::regex::Bounded>,
    pub(crate) graphql_schemas: Cache<Value, crate::graphql::Loaded>,
}

impl Caches {
    /// Empty caches.
    #[must_use]
    pub fn new() -> Arc<Self> {
        Arc::default()
    }
}

/// Most entries in each of the two generations of a cache.
const CAPACITY: usize = 128;
/// Most bytes, roughly, in each of the two generations of a cache.
const MAX_BYTES: usize = 32 << 20;
/// Bytes of a built value per byte of the text that it was built from, roughly.
const GROWTH: usize = 16;

/// How much memory something takes, roughly.
pub(crate) trait Weight {
    fn bytes(&self) -> usize;
}

impl Weight for String {
    fn bytes(&self) -> usize {
        self.len()
    }
}

impl Weight for Vec<u8> {
    fn bytes(&self) -> usize {
        self.len()
    }
}

impl Weight for Value {
    fn bytes(&self) -> usize {
        let inner = match self {
            Value::String(s) => s.len(),
            Value::Array(a) => a.iter().map(Weight::bytes).sum(),
            Value::Set(s) => s.iter().map(Weight::bytes).sum(),
            Value::Object(o) => o.iter().map(|(k, v)| k.bytes() + v.bytes()).sum(),
            _ => 0,
        };
        size_of::<Value>() + inner
    }
}

/// A map that forgets what was not used for a while: when the young generation is full it becomes the old one, and
/// the former old one is dropped. At most twice [`CAPACITY`] entries and [`MAX_BYTES`].
pub(crate) struct Cache<K, V>(Mutex<Generations<K, V>>);

struct Generations<K, V> {
    young: HashMap<K, Arc<V>>,
    young_bytes: usize,
    old: HashMap<K, Arc<V>>,
}

impl<K, V> Default for Cache<K, V> {
    fn default() -> Self {
        Cache(Mutex::new(Generations { young: HashMap::new(), young_bytes: 0, old: HashMap::new() }))
    }
}

impl<K, V> fmt::Debug for Cache<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Cache")
    }
}

impl<K: Hash + Eq + Weight, V: Weight> Cache<K, V> {
    /// The value under the key, built if it is missing. Errors are not kept. Building happens outside the lock.
    pub(crate) fn get_or_build<Q, E>(&self, key: &Q, build: impl FnOnce() -> Result<V, E>) -> Result<Arc<V>, E>
    where
        Q: ?Sized + Hash + Eq + ToOwned<Owned = K>,
        K: std::borrow::Borrow<Q>,
    {
        {
            let mut g = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(v) = g.young.get(key) {
                return Ok(v.clone());
            }
            if let Some((k, v)) = g.old.remove_entry(key) {
                g.insert(k, v.clone());
                return Ok(v);
            }
        }
        let v = Arc::new(build()?);
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(key.to_owned(), v.clone());
        Ok(v)
    }
}

impl<K: Hash + Eq + Weight, V: Weight> Generations<K, V> {
    fn insert(&mut self, k: K, v: Arc<V>) {
        let bytes = k.bytes().saturating_mul(1 + GROWTH).saturating_add(v.bytes());
        if bytes > MAX_BYTES {
            return;
        }
        if self.young.len() >= CAPACITY || self.young_bytes + bytes > MAX_BYTES {
            self.old = std::mem::take(&mut self.young);
            self.young_bytes = 0;
        }
        self.young_bytes += bytes;
        self.young.insert(k, v);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(cache: &Cache<String, Vec<u8>>, key: &str, bytes: usize) -> Arc<Vec<u8>> {
        cache.get_or_build(key, || Ok::<_, ()>(vec![0; bytes])).expect("built")
    }

    fn total(cache: &Cache<String, Vec<u8>>) -> (usize, usize) {
        let g = cache.0.lock().expect("not poisoned");
        let all = || g.young.values().chain(g.old.values());
        (all().count(), all().map(|v| v.len()).sum())
    }

    #[test]
    fn entries_are_shared_until_others_drive_them_out() {
        let cache = Cache::default();
        let first = put(&cache, "first", 1);
        assert!(Arc::ptr_eq(&first, &put(&cache, "first", 2)), "built once");
        for i in 0..CAPACITY {
            put(&cache, &i.to_string(), 1);
        }
        assert!(Arc::ptr_eq(&first, &put(&cache, "first", 2)), "used from the old generation");
        for i in 0..3 * CAPACITY {
            put(&cache, &format!("x{i}"), 1);
        }
        assert!(!Arc::ptr_eq(&first, &put(&cache, "first", 2)));
        assert!(total(&cache).0 <= 2 * CAPACITY);
    }

    #[test]
    fn memory_is_bounded() {
        let cache = Cache::default();
        for i in 0..40 {
            put(&cache, &i.to_string(), MAX_BYTES / 4);
            assert!(total(&cache).1 <= 2 * MAX_BYTES);
        }
        put(&cache, "too large", MAX_BYTES + 1);
        assert!(cache.0.lock().expect("not poisoned").young.get("too large").is_none());
    }
}
