//! Durations such as `1h30m` or `-1.5s`, and with days, weeks and years.

/// A duration in nanoseconds; also understands `d`, `w` and `y` (of 24 hours, 7 and 365 days).
pub(super) fn parse(text: &str) -> Result<i64, String> {
    let invalid = || format!("time: invalid duration {}", crate::url::quote(text.as_bytes()));
    if text.is_empty() {
        return Err(invalid());
    }
    if !text.contains(['d', 'w', 'y']) {
        return parse_go(text);
    }
    let rewritten = rewrite(text).ok_or_else(invalid)?;
    parse_go(&rewritten).map_err(|e| {
        // The message ends with the text, which must be the user's.
        let message = e.rsplit_once(' ').map_or(e.as_str(), |(m, _)| m);
        format!("{message} {}", crate::url::quote(text.as_bytes()))
    })
}

/// The same duration with days, weeks and years as hours.
fn rewrite(text: &str) -> Option<String> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let mut out = text[..text.len() - unsigned.len()].to_owned();
    let mut rest = unsigned;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let n = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        if n == 0 {
            return None;
        }
        let (digits, after) = rest.split_at(n);
        let unit_len = ["ms", "us", "µs", "ns"]
            .into_iter()
            .find(|u| after.starts_with(u))
            .map(str::len)
            .or_else(|| after.starts_with(|c: char| c.is_ascii_lowercase()).then_some(1))?;
        let (unit, after) = after.split_at(unit_len);
        rest = after;
        let hours = match unit {
            "d" => 24.0,
            "w" => 168.0,
            "y" => 8760.0,
            _ => {
                out.push_str(digits);
                out.push_str(unit);
                continue;
            }
        };
        let value: f64 = digits.parse().ok()?;
        out.push_str(&format!("{}h", value * hours));
    }
    Some(out)
}

/// A duration in nanoseconds, by the rules of Go's `time.ParseDuration`.
pub(crate) fn parse_go(text: &str) -> Result<i64, String> {
    let error = |what: &str| format!("time: {what} {}", super::quote(text.as_bytes()));
    let invalid = || error("invalid duration");
    let negative = text.starts_with('-');
    let mut s = text.strip_prefix(['+', '-']).unwrap_or(text);
    if s == "0" {
        return Ok(0);
    }
    if s.is_empty() {
        return Err(invalid());
    }
    let mut total: u64 = 0;
    while !s.is_empty() {
        let n = s.find(|c: char| !c.is_ascii_digit()).unwrap_or(s.len());
        let (int, mut after) = s.split_at(n);
        let mut fraction = "";
        if let Some(f) = after.strip_prefix('.') {
            (fraction, after) = f.split_at(f.find(|c: char| !c.is_ascii_digit()).unwrap_or(f.len()));
        }
        if int.is_empty() && fraction.is_empty() {
            return Err(invalid());
        }
        let value: u64 = if int.is_empty() { 0 } else { int.parse().map_err(|_| invalid())? };
        if value > 1 << 63 {
            return Err(invalid());
        }
        let n = after.find(|c: char| c == '.' || c.is_ascii_digit()).unwrap_or(after.len());
        let (unit, rest) = after.split_at(n);
        s = rest;
        let unit_ns: u64 = match unit {
            "" => return Err(error("missing unit in duration")),
            "ns" => 1,
            "us" | "\u{b5}s" | "\u{3bc}s" => 1_000,
            "ms" => 1_000_000,
            "s" => 1_000_000_000,
            "m" => 60_000_000_000,
            "h" => 3_600_000_000_000,
            _ => return Err(error(&format!("unknown unit {} in duration", super::quote(unit.as_bytes())))),
        };
        if value > (1 << 63) / unit_ns {
            return Err(invalid());
        }
        total = value
            .checked_mul(unit_ns)
            .and_then(|v| v.checked_add(fraction_ns(fraction, unit_ns)))
            .filter(|&v| v <= 1 << 63)
            .and_then(|v| total.checked_add(v))
            .filter(|&t| t <= 1 << 63)
            .ok_or_else(invalid)?;
    }
    if negative {
        return 0i64.checked_sub_unsigned(total).ok_or_else(invalid);
    }
    i64::try_from(total).map_err(|_| invalid())
}

/// A decimal fraction of a unit, in the precision of a double as in Go.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "Go computes fractions of a unit in doubles"
)]
fn fraction_ns(digits: &str, unit_ns: u64) -> u64 {
    let (mut value, mut scale) = (0u64, 1.0f64);
    for d in digits.bytes() {
        if value > (u64::MAX >> 1) / 10 {
            break;
        }
        let next = value * 10 + u64::from(d - b'0');
        if next > 1 << 63 {
            break;
        }
        value = next;
        scale *= 10.0;
    }
    if value == 0 { 0 } else { (value as f64 * (unit_ns as f64 / scale)) as u64 }
}
