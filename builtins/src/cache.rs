//! Bounded caches of things that are dear to build: compiled patterns, schemas, keys. Lifetime: the process.

use std::collections::HashMap;
use std::fmt;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};

/// Everything that built-ins keep between decisions. Share one per process behind an `Arc`.
#[derive(Debug, Default)]
pub struct Caches {
    pub(crate) regexes: Cache<String, crate::regex::Pattern>,
    pub(crate) schemas: Cache<writ_value::Value, crate::schema::Schema>,
    pub(crate) token_keys: Cache<Vec<u8>, Vec<crate::jwt::VerificationKey>>,
    pub(crate) responses: crate::http::Responses,
    pub(crate) globs: Cache<(String, String), regex::bytes::Regex>,
    pub(crate) graphql_schemas: Cache<writ_value::Value, crate::graphql::Loaded>,
}

impl Caches {
    /// Empty caches.
    #[must_use]
    pub fn new() -> Arc<Self> {
        Arc::default()
    }
}

/// Entries in each of the two generations of a cache.
const CAPACITY: usize = 128;

/// A map that forgets what was not used for a while: when the young generation is full it becomes the old one, and
/// the former old one is dropped. At most `2 × CAPACITY` entries.
pub(crate) struct Cache<K, V>(Mutex<Generations<K, V>>);

struct Generations<K, V> {
    young: HashMap<K, Arc<V>>,
    old: HashMap<K, Arc<V>>,
}

impl<K, V> Default for Cache<K, V> {
    fn default() -> Self {
        Cache(Mutex::new(Generations { young: HashMap::new(), old: HashMap::new() }))
    }
}

impl<K, V> fmt::Debug for Cache<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Cache")
    }
}

impl<K: Hash + Eq, V> Cache<K, V> {
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

impl<K: Hash + Eq, V> Generations<K, V> {
    fn insert(&mut self, k: K, v: Arc<V>) {
        if self.young.len() >= CAPACITY {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(k, v);
    }
}
