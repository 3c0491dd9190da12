//! One exchange: from the cache, from the server, or the server's word that the cache is right.

use std::time::{Duration, Instant};

use writ_value::{Object, Value};

use super::Failure;
use super::cache::Entry;
use super::cacheable;
use super::headers;
use super::options::{Caching, Options};
use super::request;
use super::response;
use super::target::{self, Target};
use crate::network::{HttpRequest, HttpResponse, Network, NetworkError};
use crate::{BuiltinError, Context};

/// Most attempts to repeat a failed exchange.
const MAX_RETRIES: u32 = 10;
/// The pause before the first repetition, and its bound.
const PAUSES: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(60));

/// The response as a value.
pub(super) fn respond(context: &Context, members: &Object, options: &Options) -> Result<Value, Failure> {
    let Some(network) = context.network.clone() else {
        return Err(BuiltinError::halt("network access was not granted").into());
    };
    let (http, target) = request::build(members, &*network)?;
    let exchange = Exchange { context, network: &*network, target: &target, retries: options.retries };
    let response =
        if options.cache == Caching::Off { exchange.send(&http)? } else { exchange.cached(&http, options)? };
    Ok(response::to_value(&response, options.json, options.yaml))
}

struct Exchange<'a> {
    context: &'a Context,
    network: &'a dyn Network,
    target: &'a Target,
    retries: u32,
}

impl Exchange<'_> {
    fn cached(&self, http: &HttpRequest, options: &Options) -> Result<HttpResponse, Failure> {
        let (responses, now) = (&self.context.caches().responses, self.context.now_ns());
        let entry = responses.get(&options.key);
        if let Some(e) = entry.as_ref().filter(|e| e.expires > now) {
            return Ok(e.response.clone());
        }
        let confirmed = match entry {
            Some(stale) => {
                responses.remove(&options.key);
                self.confirm(http, stale)?
            }
            None => None,
        };
        let response = match confirmed {
            Some(r) => r,
            None => self.send(http)?,
        };
        if let Some(expires) = cacheable::expiry(&response, options.cache, now) {
            responses.insert(options.key.clone(), response.clone(), expires, now);
        }
        Ok(response)
    }

    /// Asks the server whether a stale response still holds; `None` if it has no answer to that.
    fn confirm(&self, http: &HttpRequest, stale: Entry) -> Result<Option<HttpResponse>, Failure> {
        let mut old = stale.response;
        let mut conditional = http.clone();
        for (condition, of) in [("If-None-Match", "etag"), ("If-Modified-Since", "last-modified")] {
            if let Some(v) = headers::get(&old.headers, of).filter(|v| !v.is_empty()) {
                conditional.headers.retain(|(k, _)| !k.eq_ignore_ascii_case(condition));
                conditional.headers.push((condition.to_owned(), v.to_owned()));
            }
        }
        if conditional.headers.len() == http.headers.len() {
            return Ok(None);
        }
        let new = self.send(&conditional)?;
        match new.status_code {
            200 => Ok(Some(new)),
            304 => {
                old.headers.retain(|(k, _)| headers::get(&new.headers, k).is_none());
                old.headers.extend(new.headers);
                Ok(Some(old))
            }
            _ => Ok(None),
        }
    }

    fn send(&self, http: &HttpRequest) -> Result<HttpResponse, Failure> {
        let mut pause = PAUSES.0;
        for attempt in 0.. {
            self.context.check_deadline()?;
            let mut http = http.clone();
            let left = self.context.deadline.map(|d| d.saturating_duration_since(Instant::now()));
            http.timeout = left.map_or(http.timeout, |left| left.min(http.timeout));
            match self.network.send(&http) {
                Ok(r) if r.body.len() > http.max_response => return Err(self.failure(&http, "response too large")),
                Ok(r) => return Ok(r),
                Err(e) if attempt >= self.retries.min(MAX_RETRIES) => {
                    self.context.check_deadline()?;
                    return Err(self.error(&http, e));
                }
                Err(_) => {
                    let left = self.context.deadline.map(|d| d.saturating_duration_since(Instant::now()));
                    std::thread::sleep(left.map_or(pause, |left| left.min(pause)));
                    pause = pause.mul_f64(1.6).min(PAUSES.1);
                }
            }
        }
        unreachable!("the last attempt returns")
    }

    fn failure(&self, http: &HttpRequest, why: &str) -> Failure {
        Failure::Exchange(target::in_exchange(&http.method, &self.target.shown, why))
    }

    fn error(&self, http: &HttpRequest, e: NetworkError) -> Failure {
        match e {
            NetworkError::TimedOut => {
                let why = "context deadline exceeded (Client.Timeout exceeded while awaiting headers)";
                let quiet = target::in_exchange(&http.method, &self.target.shown, why);
                let loud = format!("{} {}: request timed out", target::operation(&http.method), self.target.shown);
                Failure::TimedOut(quiet, loud)
            }
            NetworkError::Failed(why) => self.failure(http, &why),
        }
    }
}
