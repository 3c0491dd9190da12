//! `urlquery.*`: form encoding.

use writ_abi::{Tag, Word};

use super::operand;
use crate::error::{self, Answer};
use crate::json::dump::with_string_keys;
use crate::text::Text;
use crate::{iter, table, value};

/// `urlquery.encode`.
pub fn encode(s: Word) -> Answer {
    let bytes = operand::string("urlquery.encode", 1, s)?;
    let mut text = Text::new(bytes.len() as u32);
    escape(&mut text, bytes);
    Some(text.finish())
}

fn escape(text: &mut Text, bytes: &[u8]) {
    for &byte in bytes {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => text.byte(byte),
            b' ' => text.byte(b'+'),
            _ => {
                text.byte(b'%');
                for digit in [byte >> 4, byte & 15] {
                    text.byte(b"0123456789ABCDEF"[usize::from(digit)]);
                }
            }
        }
    }
}

/// `urlquery.decode`.
pub fn decode(s: Word) -> Answer {
    unescape("urlquery.decode", operand::string("urlquery.decode", 1, s)?)
}

fn unescape(name: &str, bytes: &[u8]) -> Answer {
    let mut text = Text::new(bytes.len() as u32);
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        at += 1;
        match byte {
            b'+' => text.byte(b' '),
            b'%' => {
                let digit = |i: usize| bytes.get(i).and_then(|&byte| char::from(byte).to_digit(16));
                let (Some(high), Some(low)) = (digit(at), digit(at + 1)) else {
                    return bad_escape(name, &bytes[at - 1..]);
                };
                text.byte((high << 4 | low) as u8);
                at += 2;
            }
            _ => text.byte(byte),
        }
    }
    Some(text.finish())
}

#[cold]
fn bad_escape<T>(name: &str, rest: &[u8]) -> Option<T> {
    let mut quoted = Text::new(16);
    crate::json::dump::go_string(&mut quoted, &rest[..rest.len().min(3)]);
    error::fail(name, &[b"invalid URL escape ", quoted.bytes()])
}

/// `urlquery.encode_object`: keys in order; values are strings or collections of strings.
pub fn encode_object(object: Word) -> Answer {
    const NAME: &str = "urlquery.encode_object";
    let object = with_string_keys(operand::object(NAME, 1, object)?);
    let mut text = Text::new(64);
    for (key, val) in table::entries(object) {
        if val.tag() == Tag::String {
            pair(&mut text, key, val);
            continue;
        }
        if !matches!(val.tag(), Tag::Array | Tag::Set) || iter::elements(val).any(|w| w.tag() != Tag::String) {
            return error::operand(NAME, 1, &[b"values must be string, array[string], or set[string]"]);
        }
        for element in iter::elements(val) {
            pair(&mut text, key, element);
        }
    }
    Some(text.finish())
}

fn pair(text: &mut Text, key: Word, val: Word) {
    if !text.is_empty() {
        text.byte(b'&');
    }
    escape(text, value::text(key));
    text.byte(b'=');
    escape(text, value::text(val));
}

/// `urlquery.decode_object`: key to array of values.
pub fn decode_object(s: Word) -> Answer {
    const NAME: &str = "urlquery.decode_object";
    let query = operand::string(NAME, 1, s)?;
    // As in Go, this error wins over those of escapes.
    if query.contains(&b';') {
        return error::fail(NAME, &[b"invalid semicolon separator in query"]);
    }
    let object = table::object(4);
    for part in query.split(|&byte| byte == b'&') {
        if part.is_empty() {
            continue;
        }
        let equals = part.iter().position(|&byte| byte == b'=');
        let (key, val) = equals.map_or((part, &[][..]), |at| (&part[..at], &part[at + 1..]));
        let (key, val) = (unescape(NAME, key)?, unescape(NAME, val)?);
        let old = table::get(object, key);
        let values = if old.is_defined() { old } else { value::array(1) };
        value::push(values, val);
        table::insert(object, key, values);
    }
    Some(object)
}
