//! What headers say about keeping a response.

use super::headers;
use super::options::Caching;
use crate::network::HttpResponse;

/// The statuses of responses worth keeping.
const STATUSES: [u16; 11] = [200, 203, 204, 206, 300, 301, 404, 405, 410, 414, 501];

/// The time formats of HTTP.
const FORMATS: [&[u8]; 3] =
    [b"Mon, 02 Jan 2006 15:04:05 GMT", b"Monday, 02-Jan-06 15:04:05 MST", b"Mon Jan _2 15:04:05 2006"];

/// Until when the response may be kept; `None` if it may not.
pub(super) fn expiry(response: &HttpResponse, caching: Caching, now_ns: i64) -> Option<i64> {
    if !STATUSES.contains(&response.status_code) {
        return None;
    }
    let expires = match caching {
        Caching::Off => None,
        Caching::Forced(seconds) => Some(after(now_ns, u64::from(seconds.unsigned_abs()))),
        Caching::ByResponse => by_headers(&response.headers),
    }?;
    let can_ask = ["etag", "last-modified"].iter().any(|h| headers::get(&response.headers, h).is_some());
    (expires > now_ns || can_ask).then_some(expires)
}

/// Until when the headers allow to keep a response. Without any hint it is stale at once, yet worth asking about.
fn by_headers(headers: &[(String, String)]) -> Option<i64> {
    let mut max_age = None;
    for part in headers::get(headers, "cache-control").unwrap_or_default().split(',') {
        match part.trim_matches(' ').split_once('=') {
            None if part.trim_matches(' ') == "no-store" => return None,
            Some((name, value)) if name.trim_matches(' ') == "max-age" && !value.contains('=') => {
                max_age = Some(value);
            }
            _ => {}
        }
    }
    let date = |name: &str| headers::get(headers, name).and_then(parse_time);
    match max_age {
        Some(text) => {
            let is_number = !text.is_empty() && text.bytes().all(|c| c.is_ascii_digit());
            let seconds = is_number.then(|| text.parse::<u64>().map_or(i32::MAX as u64, |n| n.min(i32::MAX as u64)))?;
            Some(after(date("date")?, seconds))
        }
        None => Some(date("expires").unwrap_or(i64::MIN)),
    }
}

fn after(ns: i64, seconds: u64) -> i64 {
    ns.saturating_add(i64::try_from(seconds).unwrap_or(i64::MAX).saturating_mul(1_000_000_000))
}

fn parse_time(text: &str) -> Option<i64> {
    let (seconds, ns) = FORMATS.iter().find_map(|f| crate::time::parse(f, text.as_bytes()).ok())?;
    seconds.checked_mul(1_000_000_000)?.checked_add(i64::from(ns))
}
