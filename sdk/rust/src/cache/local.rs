//! The tier in this process, on moka: bounded by entries and bytes, least valuable out first.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use moka::Expiry;
use moka::notification::RemovalCause;
use moka::sync::Cache;
use writ_value::Value;

use super::key::ByStored;
use super::{Entry, Tier};

/// Answers in this process's memory.
///
/// ```
/// use std::time::Duration;
/// use writ::{Entry, Tier, Value};
///
/// let tier = writ::cache::Local::new(1 << 20, 1000);
/// let entry = Entry { result: Some(Value::from(true)), made: Duration::ZERO, ttl: Duration::from_secs(60) };
/// tier.put((*b"opaque key bytes").into(), entry.clone());
/// assert_eq!(tier.get(b"opaque key bytes"), Some(entry));
/// ```
#[derive(Debug)]
pub struct Local {
    kept: Cache<Arc<[u8]>, Entry, ByStored>,
    counts: Arc<Counts>,
    /// Held to put something in. Where many threads put at once, moka lets all but the one that tidies up sleep and wake in turn until there is room in
    /// its queue: 64 threads on two cores then took 260 µs per answer; waiting here they take turns.
    putting: Mutex<()>,
}

#[derive(Debug, Default)]
struct Counts {
    bytes: AtomicU64,
    evictions: AtomicU64,
}

/// Bytes that an entry takes besides key and result, about.
const OVERHEAD: usize = 200;

impl Local {
    /// A tier that keeps at most so many bytes and entries.
    ///
    /// ```
    /// let tier = writ::cache::Local::new(64 << 20, 100_000);
    /// assert_eq!(writ::Tier::size(&tier), (0, 0));
    /// ```
    pub fn new(max_bytes: u64, max_entries: u64) -> Self {
        let counts = Arc::<Counts>::default();
        // moka bounds the sum of weights. An entry that is smaller than its share of the bytes weighs as much as its share, so that both bounds hold.
        let share = max_bytes.div_ceil(max_entries.max(1));
        let weigh =
            move |key: &Arc<[u8]>, entry: &Entry| u32::try_from(bytes_of(key, entry).max(share)).unwrap_or(u32::MAX);
        let removed = {
            let counts = counts.clone();
            move |key: Arc<Arc<[u8]>>, entry: Entry, cause: RemovalCause| {
                counts.bytes.fetch_sub(bytes_of(&key, &entry), Ordering::Relaxed);
                if cause == RemovalCause::Size {
                    counts.evictions.fetch_add(1, Ordering::Relaxed);
                }
            }
        };
        let kept = Cache::builder()
            .max_capacity(max_bytes)
            .weigher(weigh)
            .expire_after(Ttl)
            .eviction_listener(removed)
            .build_with_hasher(ByStored);
        Local { kept, counts, putting: Mutex::default() }
    }
}

/// Gives the room of an entry back when its time is over by the machine's clock, too.
struct Ttl;

impl Expiry<Arc<[u8]>, Entry> for Ttl {
    fn expire_after_create(&self, _: &Arc<[u8]>, entry: &Entry, _: Instant) -> Option<Duration> {
        Some(entry.ttl)
    }

    fn expire_after_update(&self, _: &Arc<[u8]>, entry: &Entry, _: Instant, _: Option<Duration>) -> Option<Duration> {
        Some(entry.ttl)
    }
}

impl Tier for Local {
    #[inline]
    fn get(&self, key: &[u8]) -> Option<Entry> {
        self.kept.get(key)
    }

    fn put(&self, key: Arc<[u8]>, entry: Entry) {
        self.counts.bytes.fetch_add(bytes_of(&key, &entry), Ordering::Relaxed);
        let _alone = self.putting.lock().unwrap_or_else(PoisonError::into_inner);
        self.kept.insert(key, entry);
    }

    fn delete(&self, key: &[u8]) -> bool {
        self.kept.remove(key).is_some()
    }

    fn clear(&self) {
        self.kept.invalidate_all();
        self.kept.run_pending_tasks();
    }

    fn remove_expired(&self, now: Duration) -> usize {
        let ended: Vec<_> = self.kept.iter().filter(|(_, entry)| !entry.is_live(now)).map(|(key, _)| key).collect();
        ended.iter().for_each(|key| self.kept.invalidate(&**key));
        self.kept.run_pending_tasks();
        ended.len()
    }

    fn size(&self) -> (u64, u64) {
        self.kept.run_pending_tasks();
        (self.kept.entry_count(), self.counts.bytes.load(Ordering::Relaxed))
    }

    fn evictions(&self) -> u64 {
        self.counts.evictions.load(Ordering::Relaxed)
    }
}

fn bytes_of(key: &Arc<[u8]>, entry: &Entry) -> u64 {
    (key.len() + OVERHEAD + entry.result.as_ref().map_or(0, size_of)) as u64
}

/// Bytes of a value, about. Results are bounded in depth by the limits of a decision.
pub(super) fn size_of(value: &Value) -> usize {
    16 + match value {
        Value::String(s) => s.as_bytes().len(),
        Value::Array(items) => items.iter().map(size_of).sum(),
        Value::Set(members) => members.iter().map(size_of).sum(),
        Value::Object(entries) => entries.iter().map(|(key, value)| size_of(key) + size_of(value)).sum(),
        Value::Null | Value::Bool(_) | Value::Number(_) => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(n: u64) -> Arc<[u8]> {
        // The hash in front; a real one is well mixed.
        let mut key = n.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_le_bytes().to_vec();
        key.extend_from_slice(&n.to_le_bytes());
        key.into()
    }

    fn entry(n: i64, ttl: u64) -> Entry {
        Entry { result: Some(Value::from(n)), made: Duration::ZERO, ttl: Duration::from_secs(ttl) }
    }

    #[test]
    fn each_operation() {
        let local = Local::new(1 << 20, 1000);
        assert_eq!(local.get(&key(1)), None);
        local.put(key(1), entry(1, 60));
        local.put(key(2), entry(2, 5));
        local.put(key(3), Entry { result: None, ..entry(0, 60) });
        assert_eq!(local.get(&key(1)), Some(entry(1, 60)));
        assert_eq!(local.get(&key(3)).map(|e| e.result), Some(None), "undefined is an answer");
        local.put(key(1), entry(9, 60));
        assert_eq!(local.get(&key(1)), Some(entry(9, 60)));
        let (entries, bytes) = local.size();
        assert_eq!(entries, 3);
        assert!((3 * 216..3 * 260).contains(&bytes), "{bytes}");
        assert!(local.delete(&key(3)));
        assert!(!local.delete(&key(3)));
        assert_eq!(local.remove_expired(Duration::from_secs(5)), 1);
        assert_eq!(local.size().0, 1);
        local.clear();
        assert_eq!(local.size(), (0, 0));
        assert_eq!(local.evictions(), 0);
    }

    #[test]
    fn both_bounds_hold() {
        let by_entries = Local::new(1 << 30, 100);
        let by_bytes = Local::new(100 * 300, 1 << 30);
        for n in 0..1000 {
            by_entries.put(key(n), entry(0, 60));
            by_bytes.put(key(n), Entry { result: Some(Value::from("x".repeat(100).as_str())), ..entry(0, 60) });
        }
        assert!(by_entries.size().0 <= 100, "{:?}", by_entries.size());
        assert!(by_bytes.size().1 <= 100 * 300, "{:?}", by_bytes.size());
        assert!(by_entries.evictions() >= 900 && by_bytes.evictions() >= 900);
    }

    #[test]
    fn entries_end_by_the_machines_clock() {
        let local = Local::new(1 << 20, 100);
        local.put(key(1), Entry { ttl: Duration::from_nanos(1), ..entry(1, 0) });
        std::thread::sleep(Duration::from_millis(2));
        assert_eq!(local.get(&key(1)), None);
    }
}
