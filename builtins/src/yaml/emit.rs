//! Writing YAML as go-yaml does at two spaces: block collections, keys in natural order, the plainest style of text.

use std::cmp::Ordering;

use writ_value::{Str, Value, json, utf8};

use super::resolve::number_text;
use super::style::{Style, choose, is_break, is_forbidden, is_printable};

/// Keys longer than this do not fit on one line with their value.
const MAX_SIMPLE_KEY: usize = 128;

/// The value as a YAML document.
pub(super) fn to_string(value: &Value) -> String {
    let mut out = String::new();
    match value {
        Value::Array(_) | Value::Set(_) | Value::Object(_) if !is_empty(value) => block(value, 0, &mut out),
        other => {
            scalar(other, 0, &mut out);
            out.push('\n');
        }
    }
    out
}

/// Some text in the value has a character that YAML does not admit.
pub(super) fn has_forbidden(v: &Value) -> bool {
    match v {
        Value::String(s) => s.to_str_lossy().contains(is_forbidden),
        Value::Array(a) => a.iter().any(has_forbidden),
        Value::Set(s) => s.iter().any(has_forbidden),
        Value::Object(o) => o.iter().any(|(k, v)| has_forbidden(k) || has_forbidden(v)),
        _ => false,
    }
}

fn is_empty(v: &Value) -> bool {
    match v {
        Value::Array(a) => a.is_empty(),
        Value::Set(s) => s.is_empty(),
        Value::Object(o) => o.is_empty(),
        _ => false,
    }
}

fn indent(level: usize, out: &mut String) {
    out.extend(std::iter::repeat_n("  ", level));
}

/// Writes a collection whose first line is indented already.
fn block(v: &Value, level: usize, out: &mut String) {
    match v {
        Value::Array(a) => sequence(a.iter(), level, out),
        Value::Set(s) => sequence(s.iter(), level, out),
        Value::Object(o) => {
            let keys = o.iter().map(|(k, v)| (key_text(k), v)).collect();
            for (i, (key, v)) in natural_sort(keys).into_iter().enumerate() {
                if i > 0 {
                    indent(level, out);
                }
                mapping_entry(&key, v, level, out);
            }
        }
        _ => {}
    }
}

fn sequence<'a>(items: impl Iterator<Item = &'a Value>, level: usize, out: &mut String) {
    for (i, item) in items.enumerate() {
        if i > 0 {
            indent(level, out);
        }
        out.push_str("- ");
        if is_collection(item) {
            block(item, level + 1, out);
        } else {
            scalar(item, level + 1, out);
            out.push('\n');
        }
    }
}

fn is_collection(v: &Value) -> bool {
    matches!(v, Value::Array(_) | Value::Set(_) | Value::Object(_)) && !is_empty(v)
}

fn mapping_entry(key: &str, v: &Value, level: usize, out: &mut String) {
    let simple = key.len() <= MAX_SIMPLE_KEY && !key.contains(is_break);
    if simple {
        text(key, level, true, out);
        out.push(':');
    } else {
        out.push_str("? ");
        text(key, level + 1, false, out);
        out.push('\n');
        indent(level, out);
        out.push(':');
    }
    if is_collection(v) {
        if simple {
            out.push('\n');
            indent(level + 1, out);
        } else {
            out.push(' ');
        }
        block(v, level + 1, out);
    } else {
        out.push(' ');
        scalar(v, level + 1, out);
        out.push('\n');
    }
}

fn scalar(v: &Value, level: usize, out: &mut String) {
    match v {
        Value::Null => out.push_str("null"),
        Value::Bool(b) => out.push_str(if *b { "true" } else { "false" }),
        Value::Number(n) => out.push_str(&number_text(n)),
        Value::String(s) => text(&utf8_text(s), level, false, out),
        Value::Array(_) | Value::Set(_) => out.push_str("[]"),
        Value::Object(_) => out.push_str("{}"),
    }
}

fn utf8_text(s: &Str) -> String {
    utf8::to_str_lossy(s.as_bytes()).into_owned()
}

fn key_text(k: &Value) -> String {
    match k {
        Value::String(s) => utf8_text(s),
        other => json::to_string(other),
    }
}

fn text(s: &str, level: usize, is_key: bool, out: &mut String) {
    match choose(s, is_key) {
        Style::Plain => out.push_str(s),
        Style::Single => {
            out.push('\'');
            out.push_str(&s.replace('\'', "''"));
            out.push('\'');
        }
        Style::Double => double_quoted(s, out),
        Style::Literal => literal(s, level, out),
    }
}

fn double_quoted(s: &str, out: &mut String) {
    out.push('"');
    for c in s.chars() {
        let escape = match c {
            '\0' => "\\0",
            '\x07' => "\\a",
            '\x08' => "\\b",
            '\t' => "\\t",
            '\n' => "\\n",
            '\x0b' => "\\v",
            '\x0c' => "\\f",
            '\r' => "\\r",
            '\x1b' => "\\e",
            '"' => "\\\"",
            '\\' => "\\\\",
            '\u{85}' => "\\N",
            '\u{a0}' => "\\_",
            '\u{2028}' => "\\L",
            '\u{2029}' => "\\P",
            c if is_printable(c) => {
                out.push(c);
                continue;
            }
            c => {
                let code = u32::from(c);
                out.push_str(&match code {
                    0..=0xff => format!("\\x{code:02X}"),
                    0x100..=0xffff => format!("\\u{code:04X}"),
                    _ => format!("\\U{code:08X}"),
                });
                continue;
            }
        };
        out.push_str(escape);
    }
    out.push('"');
}

/// A literal block; the caller ends its last line.
fn literal(s: &str, level: usize, out: &mut String) {
    out.push('|');
    if s.starts_with(|c: char| c == ' ' || is_break(c)) {
        out.push('2');
    }
    let body = s.strip_suffix('\n');
    match body {
        None => out.push('-'),
        // More than one break at the end, or nothing else: all are kept.
        Some(rest) if rest.is_empty() || rest.ends_with('\n') => out.push('+'),
        Some(_) => {}
    }
    for line in body.unwrap_or(s).split('\n') {
        out.push('\n');
        if !line.is_empty() {
            indent(level.max(1), out);
            out.push_str(line);
        }
    }
}

/// Sorts keys as people read them: numbers within by value. The order is not total, hence a sort that never minds.
fn natural_sort<T>(mut items: Vec<(String, T)>) -> Vec<(String, T)> {
    if items.len() < 2 {
        return items;
    }
    let right = natural_sort(items.split_off(items.len() / 2));
    let left = natural_sort(items);
    let (mut left, mut right) = (left.into_iter().peekable(), right.into_iter().peekable());
    let mut out = Vec::with_capacity(left.len() + right.len());
    while let (Some(l), Some(r)) = (left.peek(), right.peek()) {
        let take_right = compare(&r.0, &l.0) == Ordering::Less;
        out.extend(if take_right { right.next() } else { left.next() });
    }
    out.extend(left);
    out.extend(right);
    out
}

fn compare(a: &str, b: &str) -> Ordering {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut digits = false;
    for i in 0..a.len().min(b.len()) {
        if a[i] == b[i] {
            digits = a[i].is_numeric();
            continue;
        }
        match (a[i].is_alphabetic(), b[i].is_alphabetic()) {
            (true, true) => return a[i].cmp(&b[i]),
            (true, false) => return if digits { Ordering::Less } else { Ordering::Greater },
            (false, true) => return if digits { Ordering::Greater } else { Ordering::Less },
            (false, false) => {}
        }
        // Digits before the difference count, unless they are leading zeros.
        let zero = a[i] == '0' || b[i] == '0';
        let nonzero_before = a[..i].iter().rev().take_while(|c| c.is_ascii_digit()).any(|&c| c != '0');
        let start = u64::from(zero && nonzero_before);
        let number = |s: &[char]| {
            let digits: Vec<u64> = s.iter().map_while(|c| c.to_digit(10)).map(u64::from).collect();
            (digits.iter().fold(start, |n, d| n.wrapping_mul(10).wrapping_add(*d)), digits.len())
        };
        let ((x, x_len), (y, y_len)) = (number(&a[i..]), number(&b[i..]));
        return x.cmp(&y).then(x_len.cmp(&y_len)).then(a[i].cmp(&b[i]));
    }
    a.len().cmp(&b.len())
}
