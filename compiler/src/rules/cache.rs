//! A cache of what texts were compiled to, for hosts that get their rule documents at run time.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use indexmap::IndexMap;

/// How many texts are kept if nothing else is said.
const DEFAULT_CAPACITY: usize = 100;

/// Artefacts by the content of the text that they were made from; the least recently used one goes first.
///
/// Texts are compared in full, so two different ones never share an artefact. Shared between threads by reference. A hit costs a hash of the text,
/// a comparison and a short lock.
#[derive(Debug)]
pub struct ContentCache<T> {
    capacity: usize,
    seeds: [u64; 4],
    inner: Mutex<Inner<T>>,
}

#[derive(Debug)]
struct Inner<T> {
    entries: IndexMap<u64, Entry<T>, Hashed>,
    /// Counts uses; an entry's time is that of its last one.
    clock: u64,
    stats: CacheStats,
}

#[derive(Debug)]
struct Entry<T> {
    text: Arc<[u8]>,
    artefact: Arc<T>,
    bytes: usize,
    used: u64,
}

/// What a cache did and holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct CacheStats {
    /// Texts that it holds.
    pub entries: usize,
    /// Bytes of these texts and their artefacts.
    pub bytes: usize,
    /// Lookups that found an artefact.
    pub hits: u64,
    /// Lookups that found none, so that the text was compiled.
    pub misses: u64,
    /// Of those, how many did not compile. Failures are not kept.
    pub failures: u64,
    /// Artefacts that made room for others.
    pub evictions: u64,
}

/// The keys are hashes already.
#[derive(Debug, Clone, Copy, Default)]
struct Hashed;

struct KeyHasher(u64);

impl BuildHasher for Hashed {
    type Hasher = KeyHasher;

    fn build_hasher(&self) -> KeyHasher {
        KeyHasher(0)
    }
}

impl std::hash::Hasher for KeyHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|b| self.0 = self.0.rotate_left(8) ^ u64::from(*b));
    }

    fn write_u64(&mut self, n: u64) {
        self.0 = n;
    }
}

impl<T> Default for ContentCache<T> {
    fn default() -> Self {
        ContentCache::new(DEFAULT_CAPACITY)
    }
}

impl<T> ContentCache<T> {
    /// An empty cache of at most `capacity` texts; 0 keeps nothing.
    pub fn new(capacity: usize) -> Self {
        // Secret seeds, so that nobody can write texts that share a hash and push each other out.
        let random = RandomState::new();
        let seeds = std::array::from_fn(|n| random.hash_one(n) | 1);
        let inner = Inner { entries: IndexMap::with_hasher(Hashed), clock: 0, stats: CacheStats::default() };
        ContentCache { capacity, seeds, inner: Mutex::new(inner) }
    }

    /// The artefact of `text`: the one that is kept, or what `compile` makes now. `compile` also says how many bytes the artefact holds.
    ///
    /// Nothing is locked while it compiles. Threads that miss the same text at the same time each compile it, and all get the first one's artefact.
    ///
    /// # Errors
    /// Those of `compile`.
    pub fn get_or_compile<E>(&self, text: &[u8], compile: impl FnOnce() -> Result<(T, usize), E>) -> Result<Arc<T>, E> {
        let hash = hash(text, &self.seeds);
        if let Some(found) = self.lock().find(hash, text) {
            return Ok(found);
        }
        let (artefact, bytes) = compile().inspect_err(|_| self.lock().stats.failures += 1)?;
        let artefact = Arc::new(artefact);
        let entry = Entry { text: text.into(), artefact: artefact.clone(), bytes: bytes + text.len(), used: 0 };
        Ok(self.lock().insert(hash, entry, self.capacity).unwrap_or(artefact))
    }

    /// What it did and holds.
    pub fn stats(&self) -> CacheStats {
        self.lock().stats
    }

    /// Forgets all artefacts; the counts go on.
    pub fn clear(&self) {
        let mut inner = self.lock();
        inner.entries.clear();
        (inner.stats.entries, inner.stats.bytes) = (0, 0);
    }

    /// The state is whole between any two statements, so a thread that panicked leaves nothing half done.
    fn lock(&self) -> MutexGuard<'_, Inner<T>> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> Inner<T> {
    fn find(&mut self, hash: u64, text: &[u8]) -> Option<Arc<T>> {
        self.clock += 1;
        let Some(entry) = self.entries.get_mut(&hash).filter(|entry| *entry.text == *text) else {
            self.stats.misses += 1;
            return None;
        };
        entry.used = self.clock;
        self.stats.hits += 1;
        Some(entry.artefact.clone())
    }

    /// Keeps the entry and makes room for it; gives the artefact of the same text that another thread was faster to insert.
    fn insert(&mut self, hash: u64, mut entry: Entry<T>, capacity: usize) -> Option<Arc<T>> {
        if capacity == 0 {
            return None;
        }
        if let Some(other) = self.entries.get(&hash).filter(|other| other.text == entry.text) {
            return Some(other.artefact.clone());
        }
        entry.used = self.clock;
        self.stats.bytes += entry.bytes;
        if let Some(other) = self.entries.insert(hash, entry) {
            self.stats.bytes -= other.bytes;
            self.stats.evictions += 1;
        }
        while self.entries.len() > capacity {
            // A scan is short beside the compilation that led here.
            let oldest = self.entries.iter().enumerate().min_by_key(|(_, (_, entry))| entry.used).map(|(at, _)| at);
            let Some((_, gone)) = oldest.and_then(|at| self.entries.swap_remove_index(at)) else { break };
            self.stats.bytes -= gone.bytes;
            self.stats.evictions += 1;
        }
        self.stats.entries = self.entries.len();
        None
    }
}

/// A hash that reads 64 bytes at a time: four independent products, as wyhash folds them.
fn hash(text: &[u8], seeds: &[u64; 4]) -> u64 {
    let fold = |a: u64, b: u64| {
        let product = u128::from(a) * u128::from(b);
        (product as u64) ^ (product >> 64) as u64
    };
    let word = |bytes: &[u8]| bytes.try_into().map_or(0, u64::from_le_bytes);
    let mut lanes = *seeds;
    let (chunks, rest) = text.as_chunks::<64>();
    let mut last = [0; 64];
    last[..rest.len()].copy_from_slice(rest);
    for chunk in chunks.iter().chain([&last]) {
        let (words, _) = chunk.as_chunks::<8>();
        for (n, lane) in lanes.iter_mut().enumerate() {
            // The other operand has another seed, so that exchanged words make another product.
            *lane =
                fold(*lane ^ word(&words[2 * n]), seeds[(n + 1) % 4] ^ word(&words[2 * n + 1])) ^ lane.rotate_left(23);
        }
    }
    let [a, b, c, d] = lanes;
    fold(fold(a ^ seeds[1], b ^ seeds[2]) ^ text.len() as u64, fold(c ^ seeds[3], d ^ seeds[0]) ^ seeds[1])
}
