//! The tier in this process, on moka: bounded by entries and bytes, least valuable out first.

use std::sync::Arc;
use std::time::Duration;

use moka::sync::Cache;
use writ_value::Value;

use super::{Entry, Tier};

/// Answers in this process's memory.
#[derive(Debug)]
pub struct Local {
    kept: Cache<Arc<[u8]>, Entry>,
}

/// Bytes that an entry takes besides key and result, about.
const OVERHEAD: usize = 160;

impl Local {
    /// A tier that keeps at most so many bytes, and entries of at most `max_age`.
    pub fn new(max_bytes: u64, max_age: Duration) -> Self {
        let weigh = |key: &Arc<[u8]>, entry: &Entry| {
            u32::try_from(key.len() + OVERHEAD + entry.result.as_ref().map_or(0, size_of)).unwrap_or(u32::MAX)
        };
        let kept = Cache::builder().max_capacity(max_bytes).weigher(weigh).time_to_live(max_age);
        Local { kept: kept.build() }
    }
}

impl Tier for Local {
    #[inline]
    fn get(&self, key: &[u8]) -> Option<Entry> {
        self.kept.get(key)
    }

    fn put(&self, key: Arc<[u8]>, entry: Entry) {
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
        let ended: Vec<_> = self.kept.iter().filter(|(_, e)| e.expires <= now).map(|(key, _)| key).collect();
        ended.iter().for_each(|key| self.kept.invalidate(&**key));
        self.kept.run_pending_tasks();
        ended.len()
    }

    fn size(&self) -> (u64, u64) {
        self.kept.run_pending_tasks();
        (self.kept.entry_count(), self.kept.weighted_size())
    }
}

/// Bytes of a value, about. Results are bounded in depth by the limits of a decision.
fn size_of(value: &Value) -> usize {
    16 + match value {
        Value::String(s) => s.len(),
        Value::Array(items) => items.iter().map(size_of).sum(),
        Value::Set(members) => members.iter().map(size_of).sum(),
        Value::Object(entries) => entries.iter().map(|(key, value)| size_of(key) + size_of(value)).sum(),
        Value::Null | Value::Bool(_) | Value::Number(_) => 0,
    }
}
