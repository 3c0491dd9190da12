//! Strings: `%s %v %q %x %X`.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::Spec;
use crate::{rego, utf8};

/// Appends a string; false if the verb does not apply.
pub(super) fn write(s: &[u8], verb: char, spec: &Spec, out: &mut Vec<u8>) -> bool {
    match verb {
        's' => spec.pad(truncated(s, spec), spec.zero, out),
        'v' if !spec.sharp_v => spec.pad(truncated(s, spec), spec.zero, out),
        'q' | 'v' => spec.pad(quoted(truncated(s, spec), spec).as_bytes(), spec.zero, out),
        'x' => spec.pad(hex(s, spec, false).as_bytes(), spec.zero, out),
        'X' => spec.pad(hex(s, spec, true).as_bytes(), spec.zero, out),
        _ => return false,
    }
    true
}

/// At most as many characters as the precision says.
fn truncated<'a>(s: &'a [u8], spec: &Spec) -> &'a [u8] {
    let end = spec.precision.and_then(|p| utf8::runes(s).nth(p)).map_or(s.len(), |(at, _)| at);
    &s[..end]
}

fn quoted(s: &[u8], spec: &Spec) -> String {
    let mut out = String::new();
    let plain = |s: &str| !s.chars().any(|c| (c < ' ' && c != '\t') || matches!(c, '`' | '\x7f' | '\u{feff}'));
    if let (true, Ok(text)) = (spec.sharp, core::str::from_utf8(s))
        && plain(text)
    {
        return format!("`{text}`");
    }
    if !spec.plus {
        rego::quote(s, &mut out);
        return out;
    }
    // Everything beyond ASCII as an escape.
    out.push('"');
    for (at, c) in utf8::runes(s) {
        match c {
            Some(c) if c.is_ascii() => {
                let mut one = String::new();
                rego::quote(c.encode_utf8(&mut [0; 4]).as_bytes(), &mut one);
                out.push_str(&one[1..one.len() - 1]);
            }
            Some(c) => push_escape(c, &mut out),
            None => out.push_str(&format!("\\x{:02x}", s[at])),
        }
    }
    out.push('"');
    out
}

fn push_escape(c: char, out: &mut String) {
    let code = u32::from(c);
    out.push_str(&if code < 0x10000 { format!("\\u{code:04x}") } else { format!("\\U{code:08x}") });
}

/// Appends a character in single quotes.
pub(super) fn quote_char(c: char, ascii: bool, out: &mut String) {
    out.push('\'');
    match c {
        '\'' => out.push_str("\\'"),
        '"' => out.push('"'),
        c if ascii && !c.is_ascii() => push_escape(c, out),
        c => {
            let mut one = String::new();
            rego::quote(c.encode_utf8(&mut [0; 4]).as_bytes(), &mut one);
            out.push_str(&one[1..one.len() - 1]);
        }
    }
    out.push('\'');
}

fn hex(s: &[u8], spec: &Spec, upper: bool) -> String {
    let s = &s[..spec.precision.unwrap_or(s.len()).min(s.len())];
    let mut out = String::with_capacity(2 * s.len());
    let prefix = if upper { "0X" } else { "0x" };
    if spec.sharp && !s.is_empty() {
        out.push_str(prefix);
    }
    for (i, b) in s.iter().enumerate() {
        if spec.space && i > 0 {
            out.push(' ');
            if spec.sharp {
                out.push_str(prefix);
            }
        }
        out.push_str(&if upper { format!("{b:02X}") } else { format!("{b:02x}") });
    }
    out
}
