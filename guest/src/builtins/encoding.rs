//! `base64.*`, `base64url.*`, `hex.*`.

use writ_abi::Word;

use super::operand;
use crate::error::{self, Answer};
use crate::number::decimal_text;
use crate::text::Text;

const STANDARD: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const URL: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// `base64.encode`.
pub fn base64_encode(s: Word) -> Answer {
    Some(encode(operand::string("base64.encode", 1, s)?, STANDARD, true))
}

/// `base64url.encode`.
pub fn base64url_encode(s: Word) -> Answer {
    Some(encode(operand::string("base64url.encode", 1, s)?, URL, true))
}

/// `base64url.encode_no_pad`.
pub fn base64url_encode_no_pad(s: Word) -> Answer {
    Some(encode(operand::string("base64url.encode_no_pad", 1, s)?, URL, false))
}

fn encode(bytes: &[u8], alphabet: &[u8; 64], pad: bool) -> Word {
    let mut text = Text::new(bytes.len() as u32 / 3 * 4 + 4);
    for chunk in bytes.chunks(3) {
        let at = |i: usize| u32::from(chunk.get(i).copied().unwrap_or(0));
        let group = at(0) << 16 | at(1) << 8 | at(2);
        for i in 0..4 {
            if i <= chunk.len() {
                text.byte(alphabet[(group >> (18 - 6 * i)) as usize & 63]);
            } else if pad {
                text.byte(b'=');
            }
        }
    }
    text.finish()
}

/// `base64.decode`.
pub fn base64_decode(s: Word) -> Answer {
    let bytes = operand::string("base64.decode", 1, s)?;
    match decode(bytes, STANDARD, false) {
        Ok(text) => Some(text.finish()),
        Err(at) => corrupt("base64.decode", at),
    }
}

/// `base64.is_valid`.
pub fn base64_is_valid(s: Word) -> Answer {
    let valid = crate::value::as_string(s).is_some_and(|bytes| decode(bytes, STANDARD, false).is_ok());
    Some(Word::bool(valid))
}

/// `base64url.decode`: padding may be left out.
pub fn base64url_decode(s: Word) -> Answer {
    let bytes = operand::string("base64url.decode", 1, s)?;
    let bare = !bytes.ends_with(b"=");
    if bare && bytes.len() % 4 == 1 {
        return error::fail("base64url.decode", &[b"illegal base64url string: ", bytes]);
    }
    match decode(bytes, URL, bare) {
        Ok(text) => Some(text.finish()),
        Err(at) => corrupt("base64url.decode", at),
    }
}

fn corrupt(name: &str, at: usize) -> Answer {
    let mut buffer = [0; 20];
    error::fail(name, &[b"illegal base64 data at input byte ", decimal_text(at as i64, &mut buffer)])
}

/// Decodes; line breaks are skipped. The error is the place that Go's decoder names. `padded` completes the padding
/// that is missing at the end.
fn decode(bytes: &[u8], alphabet: &[u8; 64], padded: bool) -> Result<Text, usize> {
    let missing = if padded { (4 - bytes.len() % 4) % 4 } else { 0 };
    let len = bytes.len() + missing;
    let get = |i: usize| if i < bytes.len() { bytes[i] } else { b'=' };
    let mut text = Text::new(bytes.len() as u32 / 4 * 3 + 3);
    let mut at = 0;
    loop {
        let mut group = [0; 4];
        let mut filled = 0;
        let mut end = false;
        while filled < 4 {
            if at == len {
                if filled == 0 {
                    return Ok(text);
                }
                return Err(at - filled);
            }
            let byte = get(at);
            at += 1;
            if matches!(byte, b'\n' | b'\r') {
                continue;
            }
            if byte == b'=' {
                at = padding(len, get, at, filled)?;
                end = true;
                break;
            }
            group[filled] = digit(byte, alphabet).ok_or(at - 1)?;
            filled += 1;
        }
        let bits =
            u32::from(group[0]) << 18 | u32::from(group[1]) << 12 | u32::from(group[2]) << 6 | u32::from(group[3]);
        let whole = [(bits >> 16) as u8, (bits >> 8) as u8, bits as u8];
        text.push(&whole[..if end { filled - 1 } else { 3 }]);
        if end {
            return Ok(text);
        }
    }
}

/// Checks what may follow the first `=` of a group with `filled` digits: another one, and then only line breaks.
fn padding(len: usize, get: impl Fn(usize) -> u8, mut at: usize, filled: usize) -> Result<usize, usize> {
    let breaks = |mut at: usize| {
        while at < len && matches!(get(at), b'\n' | b'\r') {
            at += 1;
        }
        at
    };
    match filled {
        0 | 1 => return Err(at - 1),
        2 => {
            at = breaks(at);
            if at == len {
                return Err(len);
            }
            if get(at) != b'=' {
                // Go names the sign in front.
                return Err(at - 1);
            }
            at += 1;
        }
        _ => {}
    }
    at = breaks(at);
    if at < len { Err(at) } else { Ok(at) }
}

fn digit(byte: u8, alphabet: &[u8; 64]) -> Option<u8> {
    Some(match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        _ if byte == alphabet[62] => 62,
        _ if byte == alphabet[63] => 63,
        _ => return None,
    })
}

/// `hex.encode`.
pub fn hex_encode(s: Word) -> Answer {
    let bytes = operand::string("hex.encode", 1, s)?;
    let mut text = Text::new(bytes.len() as u32 * 2);
    for &byte in bytes {
        text.hex(u32::from(byte), 2);
    }
    Some(text.finish())
}

/// `hex.decode`.
pub fn hex_decode(s: Word) -> Answer {
    let bytes = operand::string("hex.decode", 1, s)?;
    let mut text = Text::new(bytes.len() as u32 / 2);
    for pair in bytes.chunks(2) {
        let mut value = 0;
        for &byte in pair {
            match char::from(byte).to_digit(16) {
                Some(digit) => value = value << 4 | digit as u8,
                None => return bad_hex(byte),
            }
        }
        if pair.len() == 1 {
            return error::fail("hex.decode", &[b"encoding/hex: odd length hex string"]);
        }
        text.byte(value);
    }
    Some(text.finish())
}

fn bad_hex(byte: u8) -> Answer {
    let mut shown = Text::new(32);
    shown.push(b"U+");
    shown.push(b"00");
    for digit in [byte >> 4, byte & 15] {
        shown.byte(b"0123456789ABCDEF"[usize::from(digit)]);
    }
    let c = char::from(byte);
    if crate::unicode::is_print(c) {
        shown.push(b" '");
        shown.char(c);
        shown.byte(b'\'');
    }
    error::fail("hex.decode", &[b"encoding/hex: invalid byte: ", shown.bytes()])
}
