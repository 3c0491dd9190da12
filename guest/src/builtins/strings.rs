//! Strings: search, parts, case, joining and splitting. Positions and lengths are in code points.

use writ_abi::{Tag, Word};
use writ_value::number;

use super::{operand, search};
use crate::error::{self, Answer};
use crate::json::parse::push_valid;
use crate::text::Text;
use crate::{bytes, iter, table, unicode, value};

/// `contains`.
pub fn contains(s: Word, part: Word) -> Answer {
    let s = operand::string("contains", 1, s)?;
    let part = operand::string("contains", 2, part)?;
    Some(Word::bool(search::find(s, part).is_some()))
}

/// `startswith`.
pub fn startswith(s: Word, prefix: Word) -> Answer {
    let s = operand::string("startswith", 1, s)?;
    let prefix = operand::string("startswith", 2, prefix)?;
    Some(Word::bool(bytes::starts_with(s, prefix)))
}

/// `endswith`.
pub fn endswith(s: Word, suffix: Word) -> Answer {
    let s = operand::string("endswith", 1, s)?;
    let suffix = operand::string("endswith", 2, suffix)?;
    Some(Word::bool(bytes::ends_with(s, suffix)))
}

/// `indexof`: position of the first occurrence, -1 when there is none.
pub fn indexof(s: Word, part: Word) -> Answer {
    let s = operand::string("indexof", 1, s)?;
    let part = operand::string("indexof", 2, part)?;
    if part.is_empty() {
        return error::fail("indexof", &[b"empty search character"]);
    }
    let found = occurrences(s, part).next();
    Some(value::int(found.map_or(-1, |(_, position)| i64::from(position))))
}

/// `indexof_n`: positions of all occurrences, also overlapping ones.
pub fn indexof_n(s: Word, part: Word) -> Answer {
    let s = operand::string("indexof_n", 1, s)?;
    let part = operand::string("indexof_n", 2, part)?;
    if part.is_empty() {
        return error::fail("indexof_n", &[b"empty search character"]);
    }
    let positions = value::array(4);
    for (_, position) in occurrences(s, part) {
        value::push(positions, value::int(i64::from(position)));
    }
    Some(positions)
}

/// Occurrences as byte offset and position in code points. Only those that start at a code point count.
fn occurrences<'a>(s: &'a [u8], part: &'a [u8]) -> impl Iterator<Item = (usize, u32)> + 'a {
    let mut from = 0;
    let mut counted = (0, 0);
    core::iter::from_fn(move || {
        loop {
            let at = from + search::find(s.get(from..)?, part)?;
            from = at + 1;
            while counted.0 < at {
                counted = (counted.0 + unicode::next(&s[counted.0..])?.1, counted.1 + 1);
            }
            if counted.0 == at {
                return Some((at, counted.1));
            }
        }
    })
}

/// `substring`: a negative length means up to the end.
pub fn substring(s: Word, offset: Word, length: Word) -> Answer {
    let bytes = operand::string("substring", 1, s)?;
    let offset = operand::int("substring", 2, offset)?;
    let length = operand::int("substring", 3, length)?;
    if offset < 0 {
        return error::fail("substring", &[b"negative offset"]);
    }
    let start = skip(bytes, offset as u64);
    let end = if length < 0 { bytes.len() } else { start + skip(&bytes[start..], length as u64) };
    if start == 0 && end == bytes.len() && length >= 0 {
        return Some(s);
    }
    Some(valid_string(&bytes[start..end]))
}

/// Bytes of the first `count` code points.
fn skip(bytes: &[u8], count: u64) -> usize {
    if bytes.is_ascii() {
        return usize::try_from(count).unwrap_or(usize::MAX).min(bytes.len());
    }
    let mut at = 0;
    for _ in 0..count {
        match unicode::next(&bytes[at..]) {
            Some((_, width)) => at += width,
            None => break,
        }
    }
    at
}

fn valid_string(bytes: &[u8]) -> Word {
    if core::str::from_utf8(bytes).is_ok() {
        return value::string(bytes);
    }
    let mut text = Text::new(bytes.len() as u32);
    push_valid(&mut text, bytes);
    text.finish()
}

/// `lower`.
pub fn lower(s: Word) -> Answer {
    let text = operand::string("lower", 1, s)?;
    Some(map(s, text, b'A', unicode::to_lower))
}

/// `upper`.
pub fn upper(s: Word) -> Answer {
    let text = operand::string("upper", 1, s)?;
    Some(map(s, text, b'a', unicode::to_upper))
}

/// Maps each code point by `wide`, which changes the case of ASCII letters from `first` on. The string itself when it is ASCII and nothing changes.
fn map(s: Word, all: &[u8], first: u8, wide: impl Fn(char) -> char) -> Word {
    let ascii = |word: u64| word & bytes::HIGH == 0;
    let mut rest = all;
    while let Some((chunk, behind)) = rest.split_first_chunk::<8>() {
        let word = u64::from_le_bytes(*chunk);
        if !ascii(word) || bytes::case_bits(word, first) != 0 {
            break;
        }
        rest = behind;
    }
    if rest.iter().all(|&byte| byte < 0x80 && bytes::case_bits(u64::from(byte), first) == 0) {
        return s;
    }
    let mut text = Text::new(all.len() as u32);
    text.push(&all[..all.len() - rest.len()]);
    while let Some((chunk, behind)) = rest.split_first_chunk::<8>() {
        let word = u64::from_le_bytes(*chunk);
        if !ascii(word) {
            break;
        }
        text.word(word ^ bytes::case_bits(word, first));
        rest = behind;
    }
    if rest.is_ascii() {
        // The last word may overlap the one before.
        if let Some(last) = all.last_chunk::<8>() {
            let word = u64::from_le_bytes(*last);
            text.truncate(all.len() as u32 - 8);
            text.word(word ^ bytes::case_bits(word, first));
        } else {
            rest.iter().for_each(|&byte| text.byte(byte ^ bytes::case_bits(u64::from(byte), first) as u8));
        }
        return text.finish();
    }
    for c in unicode::chars(rest) {
        text.char(wide(c));
    }
    text.finish()
}

/// `strings.reverse`: by code points; bytes that are no UTF-8 stay as they are.
pub fn reverse(s: Word) -> Answer {
    let mut rest = operand::string("strings.reverse", 1, s)?;
    let mut text = Text::new(rest.len() as u32);
    while let Some((_, width)) = unicode::last(rest) {
        let (front, back) = rest.split_at(rest.len() - width);
        text.push(back);
        rest = front;
    }
    Some(text.finish())
}

/// `strings.count`: occurrences that do not overlap.
pub fn count(s: Word, part: Word) -> Answer {
    let s = operand::string("strings.count", 1, s)?;
    let part = operand::string("strings.count", 2, part)?;
    let count = if part.is_empty() { unicode::count(s) as usize + 1 } else { search::all(s, part).count() };
    Some(value::int(count as i64))
}

/// `concat`: joins strings.
pub fn concat(separator: Word, list: Word) -> Answer {
    let separator = operand::string("concat", 1, separator)?;
    let list = operand::list("concat", 2, list, "one of {set, array}")?;
    operand::strings("concat", 2, list)?;
    let mut text = Text::new(64);
    for (i, part) in iter::elements(list).enumerate() {
        if i > 0 {
            text.push(separator);
        }
        text.push(value::text(part));
    }
    Some(text.finish())
}

/// `split`: an empty delimiter splits into code points.
pub fn split(s: Word, delimiter: Word) -> Answer {
    let bytes = operand::string("split", 1, s)?;
    let delimiter = operand::string("split", 2, delimiter)?;
    let parts = value::array(4);
    split_into(parts, bytes, delimiter, u64::MAX);
    Some(parts)
}

/// Pushes at most `limit` parts; the last has the rest.
fn split_into(parts: Word, s: &[u8], delimiter: &[u8], limit: u64) {
    let mut rest = s;
    for _ in 1..limit {
        let (width, skipped) = if delimiter.is_empty() {
            match unicode::next(rest) {
                Some((_, width)) if width < rest.len() => (width, 0),
                _ => break,
            }
        } else {
            match search::find(rest, delimiter) {
                Some(at) => (at, delimiter.len()),
                None => break,
            }
        };
        value::push(parts, value::string(&rest[..width]));
        rest = &rest[width + skipped..];
    }
    if limit > 0 && !(delimiter.is_empty() && s.is_empty()) {
        value::push(parts, value::string(rest));
    }
}

/// `internal.split_at`: the part of number `n` of what [`split`] gives, without the others.
pub fn split_at(s: Word, delimiter: Word, n: Word) -> Answer {
    let text = operand::string("split", 1, s)?;
    let separator = operand::string("split", 2, delimiter)?;
    let n = n.as_int()?;
    if separator.is_empty() {
        let parts = split(s, delimiter)?;
        let n = u32::try_from(n).ok().filter(|n| *n < value::len(parts))?;
        return Some(value::item(parts, n));
    }
    let mut rest = text;
    for _ in 0..n {
        let at = search::find(rest, separator)?;
        rest = &rest[at + separator.len()..];
    }
    let end = search::find(rest, separator).unwrap_or(rest.len());
    Some(if end == text.len() { s } else { value::string(&rest[..end]) })
}

/// `strings.split_n`: the first `n` parts, or the last `-n`.
pub fn split_n(s: Word, delimiter: Word, n: Word) -> Answer {
    let s = operand::string("strings.split_n", 1, s)?;
    let delimiter = operand::string("strings.split_n", 2, delimiter)?;
    let n = operand::int("strings.split_n", 3, n)?;
    let parts = value::array(4);
    split_into(parts, s, delimiter, if n >= 0 { n as u64 + 1 } else { u64::MAX });
    let len = i64::from(value::len(parts));
    let (start, end) = if n >= 0 { (0, n.min(len)) } else { (len.saturating_add(n).max(0), len) };
    let wanted = value::array((end - start) as u32);
    for i in start..end {
        value::push(wanted, value::item(parts, i as u32));
    }
    Some(wanted)
}

/// `replace`: occurrences that do not overlap, from left to right.
pub fn replace(s: Word, old: Word, new: Word) -> Answer {
    let bytes = operand::string("replace", 1, s)?;
    let old = operand::string("replace", 2, old)?;
    let new = operand::string("replace", 3, new)?;
    if !old.is_empty() && search::find(bytes, old).is_none() {
        return Some(s);
    }
    let mut text = Text::new(bytes.len() as u32);
    if old.is_empty() {
        // Between all bytes, as Go's replacer does, not between code points.
        for &byte in bytes {
            text.push(new);
            text.byte(byte);
        }
        text.push(new);
        return Some(text.finish());
    }
    let mut plain = 0;
    for at in search::all(bytes, old) {
        text.push(&bytes[plain..at]);
        text.push(new);
        plain = at + old.len();
    }
    text.push(&bytes[plain..]);
    Some(text.finish())
}

/// `strings.replace_n`: at each position the first pattern that fits, in the order of the keys.
pub fn replace_n(patterns: Word, s: Word) -> Answer {
    let patterns = operand::object("strings.replace_n", 1, patterns)?;
    let bytes = operand::string("strings.replace_n", 2, s)?;
    let mut starts = [false; 256];
    let mut empty = None;
    for (old, new) in table::entries(patterns) {
        if old.tag() != Tag::String {
            return error::operand("strings.replace_n", 1, &[b"non-string key found in pattern object"]);
        }
        if new.tag() != Tag::String {
            return error::operand("strings.replace_n", 1, &[b"non-string value found in pattern object"]);
        }
        match value::text(old).first() {
            Some(&byte) => starts[usize::from(byte)] = true,
            None => empty = Some(value::text(new)),
        }
    }
    let mut text = Text::new(bytes.len() as u32);
    let mut at = 0;
    // The empty pattern comes first in the order, but never twice in a row.
    let mut was_empty = false;
    while at <= bytes.len() {
        if let Some(new) = empty
            && !was_empty
        {
            text.push(new);
            was_empty = true;
            continue;
        }
        was_empty = false;
        let rest = &bytes[at..];
        let Some(&byte) = rest.first() else { break };
        let fits = |&(old, _): &(Word, Word)| !value::text(old).is_empty() && rest.starts_with(value::text(old));
        match starts[usize::from(byte)].then(|| table::entries(patterns).find(fits)).flatten() {
            Some((old, new)) => {
                text.push(value::text(new));
                at += value::text(old).len();
            }
            None => {
                text.byte(byte);
                at += 1;
            }
        }
    }
    Some(text.finish())
}

/// `strings.any_prefix_match`.
pub fn any_prefix_match(strings: Word, prefixes: Word) -> Answer {
    any_affix("strings.any_prefix_match", strings, prefixes, false)
}

/// `strings.any_suffix_match`.
pub fn any_suffix_match(strings: Word, suffixes: Word) -> Answer {
    any_affix("strings.any_suffix_match", strings, suffixes, true)
}

/// Most pairs that are compared one by one.
const FEW_PAIRS: u64 = 4096;

fn any_affix(name: &str, strings: Word, affixes: Word, at_end: bool) -> Answer {
    let strings = string_or_strings(name, 1, strings)?;
    let affixes = string_or_strings(name, 2, affixes)?;
    let found = if u64::from(value::len(strings)) * u64::from(value::len(affixes)) <= FEW_PAIRS {
        let fits =
            |s: &[u8], affix: &[u8]| if at_end { bytes::ends_with(s, affix) } else { bytes::starts_with(s, affix) };
        iter::elements(affixes).any(|affix| iter::elements(strings).any(|s| fits(value::text(s), value::text(affix))))
    } else {
        any_affix_of_many(strings, affixes, at_end)
    };
    Some(Word::bool(found))
}

/// As by pairs, but with the strings sorted (from their ends for suffixes): those with a prefix then stand together.
#[cold]
fn any_affix_of_many(strings: Word, affixes: Word, at_end: bool) -> bool {
    let turned = |w: Word| if at_end { reversed_bytes(value::text(w)) } else { w };
    let sorted = table::set(value::len(strings));
    iter::elements(strings).for_each(|s| table::add(sorted, turned(s)));
    table::sort(sorted);
    let len = value::len(sorted);
    let at = |i: u32| value::text(table::key(sorted, i));
    iter::elements(affixes).any(|affix| {
        let affix = value::text(turned(affix));
        let (mut low, mut high) = (0, len);
        while low < high {
            let middle = low + (high - low) / 2;
            if at(middle) < affix {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        low < len && at(low).starts_with(affix)
    })
}

fn reversed_bytes(bytes: &[u8]) -> Word {
    let mut text = Text::new(bytes.len() as u32);
    bytes.iter().rev().for_each(|&b| text.byte(b));
    text.finish()
}

/// A collection of strings; a single string becomes an array of one.
fn string_or_strings(name: &str, position: u32, w: Word) -> Option<Word> {
    match w.tag() {
        Tag::String => {
            let one = value::array(1);
            value::push(one, w);
            Some(one)
        }
        Tag::Array | Tag::Set => operand::strings(name, position, w).map(|()| w),
        _ => error::mistyped(name, position, "one of {string, set, array}", w),
    }
}

/// `format_int`: the integer part in base 2, 8, 10 or 16.
pub fn format_int(n: Word, base: Word) -> Answer {
    let x = operand::number("format_int", 1, n, "number")?;
    let y = operand::number("format_int", 2, base, "number")?;
    if let (Some(n), number::NumRef::Int(10)) = (n.as_int(), y) {
        let mut text = Text::new(20);
        text.int(n);
        return Some(text.finish());
    }
    match number::format_int(x, y) {
        Ok(text) => Some(value::string(text.as_bytes())),
        Err(error) => operand::number_error("format_int", error),
    }
}
