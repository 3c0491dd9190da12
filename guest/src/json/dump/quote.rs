//! Strings in the quotes of Go's `strconv`, which is how OPA prints a string inside a Rego value.

use crate::text::Text;
use crate::unicode;

pub(super) use unicode::valid as decode;

/// Appends a quoted string: printable characters as they are, the rest escaped.
#[cfg_attr(all(target_arch = "wasm32", feature = "module"), optimize(size))]
pub fn go_string(text: &mut Text, bytes: &[u8]) {
    text.byte(b'"');
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'"' | b'\\' => text.push(&[b'\\', byte]),
            b' '..=b'~' => text.byte(byte),
            0..0x80 => control(text, byte),
            _ => match decode(&bytes[at..]) {
                Some((c, width)) => {
                    wide(text, c);
                    at += width;
                    continue;
                }
                None => hex_byte(text, byte),
            },
        }
        at += 1;
    }
    text.byte(b'"');
}

#[cfg_attr(all(target_arch = "wasm32", feature = "module"), optimize(size))]
fn control(text: &mut Text, byte: u8) {
    let letter = match byte {
        7 => b'a',
        8 => b'b',
        9 => b't',
        10 => b'n',
        11 => b'v',
        12 => b'f',
        13 => b'r',
        _ => return hex_byte(text, byte),
    };
    text.push(&[b'\\', letter]);
}

#[cfg_attr(all(target_arch = "wasm32", feature = "module"), optimize(size))]
fn hex_byte(text: &mut Text, byte: u8) {
    text.push(b"\\x");
    text.hex(u32::from(byte), 2);
}

#[cfg_attr(all(target_arch = "wasm32", feature = "module"), optimize(size))]
fn wide(text: &mut Text, c: char) {
    if unicode::is_print(c) {
        text.char(c);
    } else if c < '\u{1_0000}' {
        text.push(b"\\u");
        text.hex(u32::from(c), 4);
    } else {
        text.push(b"\\U");
        text.hex(u32::from(c), 8);
    }
}
