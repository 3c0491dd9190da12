//! Constants in templates: Go's numbers, characters and strings.

use super::lexer::T;
use super::tree::Constant;

/// A quoted or raw string without its quotes.
pub(super) fn unquote(text: &str) -> Result<Vec<u8>, String> {
    if let Some(raw) = text.strip_prefix('`') {
        return Ok(raw.trim_end_matches('`').bytes().filter(|&c| c != b'\r').collect());
    }
    let inner = text.strip_prefix('"').and_then(|t| t.strip_suffix('"')).ok_or("invalid syntax")?;
    let mut out = Vec::new();
    let mut rest = inner;
    while !rest.is_empty() {
        let (c, tail) = unescape(rest, '"')?;
        match c {
            Escaped::Char(c) => out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
            Escaped::Byte(b) => out.push(b),
        }
        rest = tail;
    }
    Ok(out)
}

enum Escaped {
    Char(char),
    Byte(u8),
}

/// The first character and what follows.
fn unescape(text: &str, quote: char) -> Result<(Escaped, &str), String> {
    let invalid = || "invalid syntax".to_owned();
    let mut chars = text.chars();
    let c = chars.next().ok_or_else(invalid)?;
    if c == quote {
        return Err(invalid());
    }
    if c != '\\' {
        return Ok((Escaped::Char(c), chars.as_str()));
    }
    let c = chars.next().ok_or_else(invalid)?;
    let rest = chars.as_str();
    let code = |digits: usize, radix: u32, text: &str| {
        let digits = text.get(..digits)?;
        digits.chars().all(|c| c.is_digit(radix)).then(|| u32::from_str_radix(digits, radix).ok())?
    };
    let plain = match c {
        'a' => '\x07',
        'b' => '\x08',
        'f' => '\x0c',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'v' => '\x0b',
        '\\' => '\\',
        '\'' | '"' if c == quote => c,
        'x' => {
            let b = code(2, 16, rest).and_then(|c| u8::try_from(c).ok()).ok_or_else(invalid)?;
            return Ok((Escaped::Byte(b), &rest[2..]));
        }
        'u' | 'U' => {
            let n = if c == 'u' { 4 } else { 8 };
            let c = code(n, 16, rest).and_then(char::from_u32).ok_or_else(invalid)?;
            return Ok((Escaped::Char(c), &rest[n..]));
        }
        '0'..='7' => {
            let b = code(3, 8, &text[1..]).and_then(|c| u8::try_from(c).ok()).ok_or_else(invalid)?;
            return Ok((Escaped::Byte(b), &text[4..]));
        }
        _ => return Err(invalid()),
    };
    Ok((Escaped::Char(plain), rest))
}

/// A number or character.
pub(super) fn number(kind: T, text: &str) -> Result<Constant, String> {
    if kind == T::CharConstant {
        let (c, rest) = unescape(&text[1..], '\'')?;
        if rest != "'" {
            return Err(format!("malformed character constant: {text}"));
        }
        return Ok(Constant::Int(match c {
            Escaped::Char(c) => i64::from(u32::from(c)),
            Escaped::Byte(b) => i64::from(b),
        }));
    }
    let quoted = || crate::url::quote(text.as_bytes());
    // Complex numbers are no use in templates over JSON.
    if kind == T::Complex || text.ends_with('i') {
        return Err(format!("illegal number syntax: {}", quoted()));
    }
    if let Some(i) = int(text) {
        return match i64::try_from(i) {
            Ok(i) => Ok(Constant::Int(i)),
            Err(_) if u64::try_from(i).is_ok() => Ok(Constant::Overflow),
            Err(_) => Err(format!("integer overflow: {}", quoted())),
        };
    }
    let f = float(text).ok_or_else(|| format!("illegal number syntax: {}", quoted()))?;
    if !text.contains(['.', 'e', 'E', 'p', 'P']) {
        return Err(format!("integer overflow: {}", quoted()));
    }
    Ok(Constant::Float(f))
}

/// The text without separators, which must stand between digits (a prefix counts as one).
fn digits(text: &str, after_prefix: bool) -> Option<String> {
    let b = text.as_bytes();
    let is_digit = |c: Option<&u8>| c.is_some_and(u8::is_ascii_hexdigit);
    let good = |i: usize| (if i == 0 { after_prefix } else { is_digit(b.get(i - 1)) }) && is_digit(b.get(i + 1));
    let good = b.iter().enumerate().all(|(i, &c)| c != b'_' || good(i));
    good.then(|| text.replace('_', ""))
}

/// An integer in Go's notation.
fn int(text: &str) -> Option<i128> {
    let (negative, body) = match text.strip_prefix('-') {
        Some(b) => (true, b),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let lower = body.to_ascii_lowercase();
    let (radix, body) = match lower.as_bytes() {
        [b'0', b'x', ..] => (16, &lower[2..]),
        [b'0', b'o', ..] => (8, &lower[2..]),
        [b'0', b'b', ..] => (2, &lower[2..]),
        [b'0', _, ..] => (8, &lower[1..]),
        _ => (10, lower.as_str()),
    };
    let body = digits(body, radix != 10)?;
    if body.is_empty() || !body.chars().all(|c| c.is_digit(radix)) {
        return None;
    }
    let n = i128::from_str_radix(&body, radix).unwrap_or(i128::MAX);
    Some(if negative { -n } else { n })
}

/// A number with a fraction or an exponent.
fn float(text: &str) -> Option<f64> {
    let lower = text.to_ascii_lowercase();
    let unsigned = lower.trim_start_matches(['+', '-']);
    let Some(hex) = unsigned.strip_prefix("0x") else {
        let text = digits(unsigned, false)?;
        let f: f64 = text.parse().ok().filter(|f: &f64| f.is_finite())?;
        return Some(if lower.starts_with('-') { -f } else { f });
    };
    let (mantissa, exponent) = hex.split_once('p')?;
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let all = digits(&format!("{whole}{fraction}"), true)?;
    // More digits than these would need rounding.
    let n = u64::from_str_radix(&all, 16).ok().filter(|n| *n < 1 << 53)?;
    let exponent: i32 = exponent.parse().ok()?;
    let scale = exponent.checked_sub(i32::try_from(4 * fraction.len()).ok()?)?;
    let f = n as f64 * 2f64.powi(scale);
    f.is_finite().then_some(if lower.starts_with('-') { -f } else { f })
}
