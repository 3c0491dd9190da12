//! The tiers behind the fronts, and who may decide what they miss.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use super::flight::Flights;
use super::{CacheConfig, CacheStats, Entry, Local, Meter, Meters, Tier, TierKind};

/// The part of a decision cache that threads share.
pub(crate) struct Store {
    pub(crate) config: CacheConfig,
    local: Local,
    shared: Option<Arc<dyn Tier>>,
    /// What fronts took before this became larger is out of date.
    generation: AtomicU64,
    pub(crate) flights: Flights<Entry>,
}

/// What a look found.
pub(crate) enum Found {
    Entry(Entry),
    /// Nothing; true: something whose time is over.
    Nothing(bool),
}

impl Store {
    pub(crate) fn new(config: CacheConfig, shared: Option<Arc<dyn Tier>>) -> Self {
        let local = Local::new(config.max_bytes, config.max_entries);
        Store { config, local, shared, generation: AtomicU64::new(0), flights: Flights::new() }
    }

    /// Whether keys must mean the same in other processes.
    pub(crate) fn has_shared_tier(&self) -> bool {
        self.shared.is_some()
    }

    /// To be read before looking anywhere, and given to the front with what was found.
    #[inline]
    pub(crate) fn generation(&self) -> u64 {
        self.generation.load(Ordering::Acquire)
    }

    /// Looks into the tiers. What the host's tier has comes into the local one.
    pub(crate) fn get(&self, key: &[u8], now: Duration, meter: &Meter, timed: bool) -> Found {
        let mut expired = false;
        let found = measured(meter, TierKind::Local, timed, || self.local.get(key));
        match found {
            Some(entry) if entry.is_live(now) => {
                meter.hit(TierKind::Local);
                return Found::Entry(entry);
            }
            found => expired |= found.is_some(),
        }
        let Some(shared) = &self.shared else { return Found::Nothing(expired) };
        match measured(meter, TierKind::Shared, timed, || shared.get(key)) {
            Some(entry) if entry.is_live(now) => {
                meter.hit(TierKind::Shared);
                self.local.put(key.into(), entry.clone());
                Found::Entry(entry)
            }
            found => Found::Nothing(expired | found.is_some()),
        }
    }

    pub(crate) fn put(&self, key: Arc<[u8]>, entry: Entry) {
        if let Some(shared) = &self.shared {
            shared.put(key.clone(), entry.clone());
        }
        self.local.put(key, entry);
    }

    /// Forgets an answer in all tiers and fronts.
    pub(crate) fn delete(&self, key: &[u8]) -> bool {
        let shared = self.shared.as_ref().is_some_and(|shared| shared.delete(key));
        let local = self.local.delete(key);
        self.forget_fronts();
        local || shared
    }

    /// Forgets everything in this process.
    pub(crate) fn clear_local(&self) {
        self.local.clear();
        self.forget_fronts();
    }

    /// Forgets everything everywhere.
    pub(crate) fn clear(&self) {
        if let Some(shared) = &self.shared {
            shared.clear();
        }
        self.clear_local();
    }

    /// After the tiers, so that a front that reads the new number cannot have found the old answer.
    fn forget_fronts(&self) {
        self.generation.fetch_add(1, Ordering::AcqRel);
    }

    pub(crate) fn remove_expired(&self, now: Duration) -> usize {
        let shared = self.shared.as_ref().map_or(0, |shared| shared.remove_expired(now));
        self.local.remove_expired(now) + shared
    }

    pub(crate) fn size(&self) -> (u64, u64) {
        self.local.size()
    }

    pub(crate) fn stats(&self, meters: &Meters) -> CacheStats {
        meters.totals().cache(self.local.size(), self.local.evictions())
    }

    /// Puts, finds and deletes a key that no decision can have: whether each tier works.
    pub(crate) fn probe(&self, now: Duration) -> (bool, Option<bool>) {
        let works = |tier: &dyn Tier| {
            let key: Arc<[u8]> = [&[0xff; 8][..], b"probe"].concat().into();
            let entry = Entry { result: None, made: now, ttl: Duration::from_secs(60) };
            tier.put(key.clone(), entry.clone());
            let found = tier.get(&key) == Some(entry);
            tier.delete(&key);
            found && tier.get(&key).is_none()
        };
        (works(&self.local), self.shared.as_ref().map(|shared| works(&**shared)))
    }
}

#[inline]
fn measured<T>(meter: &Meter, tier: TierKind, timed: bool, look: impl FnOnce() -> T) -> T {
    if !timed {
        return look();
    }
    let started = Instant::now();
    let found = look();
    meter.looked(tier, started.elapsed());
    found
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::sync::Mutex;

    use writ_value::Value;

    use super::*;

    /// A tier of the host's; may be broken.
    #[derive(Default)]
    struct Map {
        entries: Mutex<BTreeMap<Vec<u8>, Entry>>,
        broken: bool,
    }

    impl Tier for Map {
        fn get(&self, key: &[u8]) -> Option<Entry> {
            self.entries.lock().expect("whole").get(key).cloned()
        }

        fn put(&self, key: Arc<[u8]>, entry: Entry) {
            if !self.broken {
                self.entries.lock().expect("whole").insert(key.to_vec(), entry);
            }
        }

        fn delete(&self, key: &[u8]) -> bool {
            self.entries.lock().expect("whole").remove(key).is_some()
        }

        fn clear(&self) {
            self.entries.lock().expect("whole").clear();
        }

        fn remove_expired(&self, now: Duration) -> usize {
            let mut entries = self.entries.lock().expect("whole");
            let before = entries.len();
            entries.retain(|_, entry| entry.is_live(now));
            before - entries.len()
        }

        fn size(&self) -> (u64, u64) {
            (self.entries.lock().expect("whole").len() as u64, 0)
        }
    }

    fn entry(n: i64) -> Entry {
        Entry { result: Some(Value::from(n)), made: Duration::ZERO, ttl: Duration::from_secs(10) }
    }

    fn get(store: &Store, key: &[u8], now: u64) -> Result<Entry, bool> {
        match store.get(key, Duration::from_secs(now), &Meter::default(), true) {
            Found::Entry(entry) => Ok(entry),
            Found::Nothing(expired) => Err(expired),
        }
    }

    #[test]
    fn a_tier_behind_serves_what_the_local_one_misses() {
        let map = Arc::new(Map::default());
        let store = || Store::new(CacheConfig::default(), Some(map.clone()));
        let (one, two) = (store(), store());
        one.put(b"12345678a"[..].into(), entry(1));
        assert_eq!(get(&two, b"12345678a", 0), Ok(entry(1)), "through the shared tier");
        map.clear();
        assert_eq!(get(&two, b"12345678a", 0), Ok(entry(1)), "now its own");
        assert_eq!(get(&two, b"12345678a", 10), Err(true));
        assert_eq!(get(&two, b"12345678b", 0), Err(false));
        assert_eq!(two.remove_expired(Duration::from_secs(10)), 1);
        let before = one.generation();
        one.put(b"12345678b"[..].into(), entry(2));
        assert!(one.delete(b"12345678b") && !one.delete(b"12345678b"));
        assert!(one.generation() > before);
        one.clear();
        assert_eq!((one.size().0, map.size().0), (0, 0));
        assert!(one.has_shared_tier());
    }

    #[test]
    fn a_probe_finds_the_tier_that_does_not_work() {
        let store = Store::new(CacheConfig::default(), None);
        assert_eq!(store.probe(Duration::ZERO), (true, None));
        let broken = Map { broken: true, ..Map::default() };
        let store = Store::new(CacheConfig::default(), Some(Arc::new(broken)));
        assert_eq!(store.probe(Duration::ZERO), (true, Some(false)));
        assert_eq!(store.size().0, 0, "nothing is left");
    }
}
