//! Printers: JSON (compact or indented) and Rego notation.

use writ_abi::{Tag, Word};

use crate::compare::{MAX_DEPTH, too_deep};
use crate::text::Text;
use crate::{table, value};

mod quote;

pub use quote::go_string;

/// Line breaks of indented JSON.
#[derive(Clone, Copy, Debug)]
pub struct Indent<'a> {
    /// In front of every line but the first.
    pub prefix: &'a [u8],
    /// Once per level behind the prefix.
    pub indent: &'a [u8],
}

/// How JSON is printed.
#[derive(Clone, Copy, Debug, Default)]
pub struct Json<'a> {
    /// Whether `<`, `>` and `&` are escaped, as Go's encoder does for the built-ins.
    pub html: bool,
    /// Line breaks; none for compact text.
    pub indent: Option<Indent<'a>>,
}

/// Appends a value as compact JSON. Sets become arrays, keys that are no strings become the text of their JSON.
pub fn dump(text: &mut Text, w: Word) {
    json(text, w, &Json::default(), 0);
}

/// Appends a value as JSON.
pub fn json(text: &mut Text, w: Word, style: &Json<'_>, depth: u32) {
    if depth > MAX_DEPTH {
        too_deep();
    }
    match w.tag() {
        Tag::String => json_string(text, value::text(w), style.html),
        Tag::Array | Tag::Set => json_list(text, w, style, depth),
        Tag::Object => json_object(text, w, style, depth),
        _ => scalar(text, w),
    }
}

/// Appends null, a boolean or a number; nothing for undefined.
pub fn scalar(text: &mut Text, w: Word) {
    match w.tag() {
        Tag::Int => text.int(w.as_int().unwrap_or_default()),
        Tag::Number => text.push(value::text(w)),
        _ => match w {
            Word::NULL => text.push(b"null"),
            Word::FALSE => text.push(b"false"),
            Word::TRUE => text.push(b"true"),
            _ => {}
        },
    }
}

fn line(text: &mut Text, style: &Json<'_>, level: u32) {
    if let Some(indent) = style.indent {
        text.byte(b'\n');
        text.push(indent.prefix);
        for _ in 0..level {
            text.push(indent.indent);
        }
    }
}

fn json_list(text: &mut Text, w: Word, style: &Json<'_>, depth: u32) {
    let len = value::len(w);
    text.byte(b'[');
    if w.tag() == Tag::Set {
        table::sort(w);
    }
    for i in 0..len {
        if i > 0 {
            text.byte(b',');
        }
        line(text, style, depth + 1);
        let item = if w.tag() == Tag::Array { value::item(w, i) } else { table::key(w, i) };
        json(text, item, style, depth + 1);
    }
    if len > 0 {
        line(text, style, depth);
    }
    text.byte(b']');
}

fn json_object(text: &mut Text, w: Word, style: &Json<'_>, depth: u32) {
    let w = with_string_keys(w);
    text.byte(b'{');
    let mut first = true;
    for (key, val) in table::entries(w) {
        if !first {
            text.byte(b',');
        }
        first = false;
        line(text, style, depth + 1);
        json_string(text, value::text(key), style.html);
        text.byte(b':');
        if style.indent.is_some() {
            text.byte(b' ');
        }
        json(text, val, style, depth + 1);
    }
    if !first {
        line(text, style, depth);
    }
    text.byte(b'}');
}

/// The object itself if all keys are strings; otherwise a copy with the JSON text of each key. Of keys that become the
/// same the last in Rego's order wins.
#[cfg_attr(all(target_arch = "wasm32", feature = "module"), optimize(size))]
pub fn with_string_keys(object: Word) -> Word {
    if table::keys(object).all(|key| key.tag() == Tag::String) {
        return object;
    }
    let copy = table::object(value::len(object));
    for (key, val) in table::entries(object) {
        table::insert(copy, key_text(key), val);
    }
    copy
}

#[cfg_attr(all(target_arch = "wasm32", feature = "module"), optimize(size))]
fn key_text(key: Word) -> Word {
    if key.tag() == Tag::String {
        return key;
    }
    let mut text = Text::new(16);
    // Go's encoder makes these texts, so they are escaped its way whatever is done to the whole.
    json(&mut text, key, &Json { html: true, indent: None }, 0);
    text.finish()
}

/// Appends a string in JSON quotes, escaped like Go's encoder does.
pub fn json_string(text: &mut Text, bytes: &[u8], html: bool) {
    text.byte(b'"');
    let mut plain = 0;
    let mut at = 0;
    while at < bytes.len() {
        let byte = bytes[at];
        let width = match byte {
            b'"' | b'\\' | 0..0x20 => 1,
            b'<' | b'>' | b'&' if html => 1,
            0x80.. => match special(&bytes[at..]) {
                Special::Plain(width) => {
                    at += width;
                    continue;
                }
                Special::Escape(width) => width,
            },
            _ => {
                at += 1;
                continue;
            }
        };
        text.push(&bytes[plain..at]);
        escape(text, &bytes[at..at + width]);
        at += width;
        plain = at;
    }
    text.push(&bytes[plain..]);
    text.byte(b'"');
}

enum Special {
    Plain(usize),
    Escape(usize),
}

/// Looks at bytes from 0x80 on: U+2028, U+2029 and bytes that are no UTF-8 are escaped.
#[cfg_attr(all(target_arch = "wasm32", feature = "module"), optimize(size))]
fn special(bytes: &[u8]) -> Special {
    match quote::decode(bytes) {
        Some(('\u{2028}' | '\u{2029}', width)) => Special::Escape(width),
        Some((_, width)) => Special::Plain(width),
        None => Special::Escape(1),
    }
}

#[cfg_attr(all(target_arch = "wasm32", feature = "module"), optimize(size))]
#[inline(never)]
fn escape(text: &mut Text, bytes: &[u8]) {
    text.byte(b'\\');
    match bytes {
        [b'"' | b'\\'] => text.push(bytes),
        [8] => text.byte(b'b'),
        [12] => text.byte(b'f'),
        [b'\n'] => text.byte(b'n'),
        [b'\r'] => text.byte(b'r'),
        [b'\t'] => text.byte(b't'),
        [byte] => {
            text.byte(b'u');
            text.hex(if *byte >= 0x80 { 0xfffd } else { u32::from(*byte) }, 4);
        }
        // Only the two line separators are longer than a byte.
        _ => text.push(if bytes.ends_with(&[0xa8]) { b"u2028" } else { b"u2029" }),
    }
}

/// Appends a value in Rego notation, as OPA's own printer writes terms.
pub fn rego(text: &mut Text, w: Word) {
    rego_at(text, w, 0);
}

#[cfg_attr(all(target_arch = "wasm32", feature = "module"), optimize(size))]
fn rego_at(text: &mut Text, w: Word, depth: u32) {
    if depth > MAX_DEPTH {
        too_deep();
    }
    match w.tag() {
        Tag::String => go_string(text, value::text(w)),
        Tag::Array => {
            text.byte(b'[');
            for (i, item) in value::items(w).enumerate() {
                separate(text, i);
                rego_at(text, item, depth + 1);
            }
            text.byte(b']');
        }
        Tag::Set if value::len(w) == 0 => text.push(b"set()"),
        Tag::Set => {
            text.byte(b'{');
            for (i, key) in table::keys(w).enumerate() {
                separate(text, i);
                rego_at(text, key, depth + 1);
            }
            text.byte(b'}');
        }
        Tag::Object => {
            text.byte(b'{');
            for (i, (key, val)) in table::entries(w).enumerate() {
                separate(text, i);
                rego_at(text, key, depth + 1);
                text.push(b": ");
                rego_at(text, val, depth + 1);
            }
            text.byte(b'}');
        }
        _ => scalar(text, w),
    }
}

fn separate(text: &mut Text, i: usize) {
    if i > 0 {
        text.push(b", ");
    }
}
