//! Rego notation of values: what `print`, `sprintf("%v")` and template strings show.

use alloc::format;
use alloc::string::String;

use crate::utf8;
use crate::value::Value;

/// The value in Rego notation: `{"a": [1, "x"]}`, `{1, 2}`, `set()`.
#[must_use]
pub fn to_string(value: &Value) -> String {
    let mut out = String::new();
    write(value, &mut out);
    out
}

/// Appends the value in Rego notation.
pub fn write(value: &Value, out: &mut String) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(b) => out.push_str(if *b { "true" } else { "false" }),
        Value::Number(n) => out.push_str(&format!("{n}")),
        Value::String(s) => quote(s.as_bytes(), out),
        Value::Array(a) => list('[', a.iter(), ']', out),
        Value::Set(s) if s.is_empty() => out.push_str("set()"),
        Value::Set(s) => list('{', s.iter(), '}', out),
        Value::Object(o) => {
            out.push('{');
            for (i, (k, v)) in o.iter().enumerate() {
                if i > 0 {
                    out.push_str(", ");
                }
                write(k, out);
                out.push_str(": ");
                write(v, out);
            }
            out.push('}');
        }
    }
}

fn list<'a>(open: char, elements: impl Iterator<Item = &'a Value>, close: char, out: &mut String) {
    out.push(open);
    for (i, e) in elements.enumerate() {
        if i > 0 {
            out.push_str(", ");
        }
        write(e, out);
    }
    out.push(close);
}

/// Appends text in double quotes with Go's escapes: `\n`, `\x7f`, `\u00ad`; a bad byte as `\xff`.
pub fn quote(bytes: &[u8], out: &mut String) {
    out.push('"');
    for (at, c) in utf8::runes(bytes) {
        let Some(c) = c else {
            out.push_str(&format!("\\x{:02x}", bytes[at]));
            continue;
        };
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\x07' => out.push_str("\\a"),
            '\x08' => out.push_str("\\b"),
            '\x0c' => out.push_str("\\f"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\x0b' => out.push_str("\\v"),
            c if utf8::is_printable(c) => out.push(c),
            c if c < ' ' || c == '\x7f' => out.push_str(&format!("\\x{:02x}", u32::from(c))),
            c if u32::from(c) < 0x10000 => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => out.push_str(&format!("\\U{:08x}", u32::from(c))),
        }
    }
    out.push('"');
}
