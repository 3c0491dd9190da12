//! The JSON printer: sets as sorted arrays, keys that are no strings as their JSON text, `<`, `>` and `&` escaped.

use alloc::borrow::Cow;
use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;
use core::fmt::Write as _;

use crate::utf8;
use crate::value::{Object, Value};

/// Compact JSON, as `json.marshal` gives it.
#[must_use]
pub fn to_string(value: &Value) -> String {
    let mut out = String::new();
    write(value, &mut out);
    out
}

/// JSON on several lines, two spaces a level, as `opa eval` prints.
#[must_use]
pub fn to_string_pretty(value: &Value) -> String {
    to_string_indented(value, "", "  ")
}

/// JSON on several lines; each but the first begins with `prefix` and one `indent` a level.
#[must_use]
pub fn to_string_indented(value: &Value, prefix: &str, indent: &str) -> String {
    let mut out = String::new();
    put(value, Some(Layout { prefix, indent, level: 0 }), &mut out);
    out
}

/// Appends compact JSON.
pub fn write(value: &Value, out: &mut String) {
    put(value, None, out);
}

#[derive(Clone, Copy)]
struct Layout<'a> {
    prefix: &'a str,
    indent: &'a str,
    level: usize,
}

impl Layout<'_> {
    fn line(self, out: &mut String) {
        out.push('\n');
        out.push_str(self.prefix);
        for _ in 0..self.level {
            out.push_str(self.indent);
        }
    }

    fn deeper(self) -> Self {
        Layout { level: self.level + 1, ..self }
    }
}

fn put(value: &Value, layout: Option<Layout<'_>>, out: &mut String) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(b) => out.push_str(if *b { "true" } else { "false" }),
        // Writing to a string does not fail.
        Value::Number(n) => _ = write!(out, "{n}"),
        Value::String(s) => write_string(s.as_bytes(), out),
        Value::Array(a) => put_list(a.iter(), layout, out),
        Value::Set(s) => put_list(s.iter(), layout, out),
        Value::Object(o) => put_object(o, layout, out),
    }
}

fn put_list<'a>(elements: impl ExactSizeIterator<Item = &'a Value>, layout: Option<Layout<'_>>, out: &mut String) {
    let inner = layout.map(Layout::deeper);
    let empty = elements.len() == 0;
    out.push('[');
    for (i, e) in elements.enumerate() {
        if i > 0 {
            out.push(',');
        }
        if let Some(l) = inner {
            l.line(out);
        }
        put(e, inner, out);
    }
    if let (Some(l), false) = (layout, empty) {
        l.line(out);
    }
    out.push(']');
}

fn put_object(o: &Object, layout: Option<Layout<'_>>, out: &mut String) {
    let inner = layout.map(Layout::deeper);
    out.push('{');
    let mut n = 0;
    let mut entry = |key: &[u8], v: &Value, out: &mut String| {
        if n > 0 {
            out.push(',');
        }
        n += 1;
        if let Some(l) = inner {
            l.line(out);
        }
        write_string(key, out);
        out.push_str(if inner.is_some() { ": " } else { ":" });
        put(v, inner, out);
    };
    if o.keys().all(|k| matches!(k, Value::String(_))) {
        // Bytewise order of the keys is Rego's order already.
        for (k, v) in o {
            if let Value::String(s) = k {
                entry(s.as_bytes(), v, out);
            }
        }
    } else {
        for (k, v) in by_key_text(o) {
            entry(&k, v, out);
        }
    }
    if let (Some(l), false) = (layout, o.is_empty()) {
        l.line(out);
    }
    out.push('}');
}

/// Entries by the text of their keys; where two keys have the same text, the later one in Rego's order wins.
fn by_key_text(o: &Object) -> BTreeMap<Cow<'_, [u8]>, &Value> {
    o.iter()
        .map(|(k, v)| match k {
            Value::String(s) => (Cow::Borrowed(s.as_bytes()), v),
            other => (Cow::Owned(to_string(other).into_bytes()), v),
        })
        .collect()
}

/// Appends a JSON string: control characters, quotes, `<`, `>`, `&`, U+2028 and U+2029 escaped, bad bytes as `\ufffd`.
pub fn write_string(bytes: &[u8], out: &mut String) {
    out.push('"');
    let Ok(text) = core::str::from_utf8(bytes) else {
        for (_, c) in utf8::runes(bytes) {
            match c {
                Some(c) => write_str(c.encode_utf8(&mut [0; 4]), out),
                None => out.push_str("\\ufffd"),
            }
        }
        out.push('"');
        return;
    };
    write_str(text, out);
    out.push('"');
}

/// Bytes that may need an escape: control characters, the five, and the first byte of U+2028 and U+2029.
const SPECIAL: [bool; 256] = {
    let mut special = [false; 256];
    let mut control = 0;
    while control < 0x20 {
        special[control] = true;
        control += 1;
    }
    let others = *b"\"\\<>&\xe2";
    let mut at = 0;
    while at < others.len() {
        special[others[at] as usize] = true;
        at += 1;
    }
    special
};

fn write_str(text: &str, out: &mut String) {
    // Most texts have nothing to escape.
    if !text.bytes().any(|byte| SPECIAL[usize::from(byte)]) {
        out.push_str(text);
        return;
    }
    let mut done = 0;
    for (at, c) in text.char_indices() {
        let escape: &str = match c {
            '"' => "\\\"",
            '\\' => "\\\\",
            '\n' => "\\n",
            '\r' => "\\r",
            '\t' => "\\t",
            '\x08' => "\\b",
            '\x0c' => "\\f",
            '<' => "\\u003c",
            '>' => "\\u003e",
            '&' => "\\u0026",
            '\u{2028}' => "\\u2028",
            '\u{2029}' => "\\u2029",
            '\0'..' ' => {
                out.push_str(&text[done..at]);
                out.push_str(&format!("\\u{:04x}", u32::from(c)));
                done = at + 1;
                continue;
            }
            _ => continue,
        };
        out.push_str(&text[done..at]);
        out.push_str(escape);
        done = at + c.len_utf8();
    }
    out.push_str(&text[done..]);
}
