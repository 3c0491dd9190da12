//! Responses kept between decisions, within a bound of bytes.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Mutex, PoisonError};

use writ_value::{Value, json};

use crate::network::HttpResponse;

/// Most bytes of all responses together.
const MAX_BYTES: usize = 64 << 20;
/// What a response costs besides its texts.
const OVERHEAD: usize = 256;

/// Responses by request. Lifetime: the process.
#[derive(Default)]
pub(crate) struct Responses(Mutex<Kept>);

#[derive(Default)]
struct Kept {
    by_request: HashMap<Value, Entry>,
    n_bytes: usize,
}

/// A kept response.
#[derive(Clone)]
pub(super) struct Entry {
    pub(super) response: HttpResponse,
    /// Nanoseconds since 1970.
    pub(super) expires: i64,
    n_bytes: usize,
}

impl fmt::Debug for Responses {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Responses")
    }
}

impl Responses {
    pub(super) fn get(&self, request: &Value) -> Option<Entry> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).by_request.get(request).cloned()
    }

    pub(super) fn remove(&self, request: &Value) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(request);
    }

    /// Keeps a response. If there is no room, first the expired ones go, then all.
    pub(super) fn insert(&self, request: Value, response: HttpResponse, expires: i64, now_ns: i64) {
        let texts: usize = response.headers.iter().map(|(k, v)| k.len() + v.len() + 48).sum();
        let n_bytes = OVERHEAD + texts + response.body.len() + json::to_string(&request).len();
        if n_bytes > MAX_BYTES {
            return;
        }
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.remove(&request);
        if kept.n_bytes + n_bytes > MAX_BYTES {
            kept.by_request.retain(|_, e| e.expires > now_ns);
            kept.n_bytes = kept.by_request.values().map(|e| e.n_bytes).sum();
        }
        if kept.n_bytes + n_bytes > MAX_BYTES {
            *kept = Kept::default();
        }
        kept.n_bytes += n_bytes;
        kept.by_request.insert(request, Entry { response, expires, n_bytes });
    }
}

impl Kept {
    fn remove(&mut self, request: &Value) {
        if let Some(e) = self.by_request.remove(request) {
            self.n_bytes -= e.n_bytes;
        }
    }
}
