//! `semver.*`.

use core::cmp::Ordering;

use writ_abi::Word;

use super::operand;
use crate::error::{self, Answer};
use crate::json::dump::go_string;
use crate::text::Text;
use crate::value;

struct Version<'a> {
    numbers: [i64; 3],
    pre_release: &'a [u8],
}

/// `semver.is_valid`: false for anything that is no string.
pub fn is_valid(s: Word) -> Answer {
    Some(Word::bool(value::as_string(s).is_some_and(|text| parse(text).is_some())))
}

/// `semver.compare`: -1, 0 or 1.
pub fn compare(a: Word, b: Word) -> Answer {
    let a = operand::string("semver.compare", 1, a)?;
    let b = operand::string("semver.compare", 2, b)?;
    let Some(x) = parse(a) else { return invalid(b"operand 1: string ", a) };
    let Some(y) = parse(b) else { return invalid(b"operand 2: string ", b) };
    let order = x.numbers.cmp(&y.numbers).then_with(|| compare_pre_release(x.pre_release, y.pre_release));
    Some(value::int(order as i64))
}

#[cold]
fn invalid(operand: &[u8], text: &[u8]) -> Answer {
    let mut quoted = Text::new(32);
    go_string(&mut quoted, text);
    error::fail("semver.compare", &[operand, quoted.bytes(), b" is not a valid SemVer"])
}

fn cut(text: &[u8], at: u8) -> (&[u8], Option<&[u8]>) {
    match text.iter().position(|&byte| byte == at) {
        Some(i) => (&text[..i], Some(&text[i + 1..])),
        None => (text, None),
    }
}

fn parse(text: &[u8]) -> Option<Version<'_>> {
    let text = text.strip_prefix(b"v").unwrap_or(text);
    let (text, metadata) = cut(text, b'+');
    let (text, pre_release) = cut(text, b'-');
    if !metadata.is_none_or(are_identifiers) || !pre_release.is_none_or(|p| are_identifiers(p) && no_leading_zeros(p)) {
        return None;
    }
    let mut parts = text.split(|&byte| byte == b'.');
    let numbers = [parts.next()?, parts.next()?, parts.next()?];
    if parts.next().is_some() {
        return None;
    }
    let [major, minor, patch] = numbers.map(numeric);
    Some(Version { numbers: [major?, minor?, patch?], pre_release: pre_release.unwrap_or_default() })
}

fn are_identifiers(text: &[u8]) -> bool {
    text.split(|&byte| byte == b'.')
        .all(|id| !id.is_empty() && id.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'-'))
}

fn no_leading_zeros(text: &[u8]) -> bool {
    text.split(|&byte| byte == b'.').all(|id| id.len() == 1 || id[0] != b'0' || !is_decimal(id))
}

fn is_decimal(text: &[u8]) -> bool {
    !text.is_empty() && text.iter().all(u8::is_ascii_digit)
}

fn numeric(text: &[u8]) -> Option<i64> {
    if !is_decimal(text) || (text.len() > 1 && text[0] == b'0') {
        return None;
    }
    text.iter().try_fold(0i64, |n, byte| n.checked_mul(10)?.checked_add(i64::from(byte - b'0')))
}

fn compare_pre_release(a: &[u8], b: &[u8]) -> Ordering {
    match (a.is_empty(), b.is_empty()) {
        (true, true) => return Ordering::Equal,
        (true, false) => return Ordering::Greater,
        (false, true) => return Ordering::Less,
        (false, false) => {}
    }
    let (mut x, mut y) = (a.split(|&byte| byte == b'.'), b.split(|&byte| byte == b'.'));
    loop {
        let order = match (x.next(), y.next()) {
            (None, None) => return Ordering::Equal,
            (None, Some(_)) => Ordering::Less,
            (Some(_), None) => Ordering::Greater,
            (Some(p), Some(q)) => compare_identifiers(p, q),
        };
        if order != Ordering::Equal {
            return order;
        }
    }
}

/// Numbers by value and before words; numbers beyond 64 bits count as the largest one.
fn compare_identifiers(a: &[u8], b: &[u8]) -> Ordering {
    let clamped =
        |text: &[u8]| text.iter().fold(0i64, |n, byte| n.saturating_mul(10).saturating_add(i64::from(byte - b'0')));
    match (is_decimal(a), is_decimal(b)) {
        (true, true) => clamped(a).cmp(&clamped(b)),
        (true, false) => Ordering::Less,
        (false, true) => Ordering::Greater,
        (false, false) => a.cmp(b),
    }
}
