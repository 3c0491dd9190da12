//! Text made safe for HTML and JavaScript, as Go's templates do it.

use writ_value::utf8;

/// For HTML.
pub(super) fn html(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    for c in text {
        match c {
            0 => out.extend_from_slice("\u{fffd}".as_bytes()),
            b'"' => out.extend_from_slice(b"&#34;"),
            b'\'' => out.extend_from_slice(b"&#39;"),
            b'&' => out.extend_from_slice(b"&amp;"),
            b'<' => out.extend_from_slice(b"&lt;"),
            b'>' => out.extend_from_slice(b"&gt;"),
            c => out.push(*c),
        }
    }
    out
}

/// For a string in JavaScript.
pub(super) fn js(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    for (at, c) in utf8::runes(text) {
        match c {
            Some(c @ ('\\' | '\'' | '"')) => out.extend_from_slice(format!("\\{c}").as_bytes()),
            Some('<' | '>' | '&' | '=') => out.extend_from_slice(format!("\\u{:04X}", text[at]).as_bytes()),
            Some(c) if c < ' ' => out.extend_from_slice(format!("\\u{:04X}", text[at]).as_bytes()),
            Some(c) if c.is_ascii() || utf8::is_printable(c) => {
                out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
            }
            Some(c) => out.extend_from_slice(format!("\\u{:04X}", u32::from(c)).as_bytes()),
            // Bytes that are no UTF-8 print as they are, since U+FFFD is printable.
            None => out.push(text[at]),
        }
    }
    out
}
