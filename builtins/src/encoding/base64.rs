//! Base64 with Go's leniencies (line breaks are skipped, stray low bits ignored) and Go's error texts.

use std::fmt;

/// Which alphabet, and whether padding is written and required.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Alphabet {
    /// `+/`, padded.
    Std,
    /// `-_`, padded.
    Url,
    /// `+/`, never padded.
    RawStd,
    /// `-_`, never padded.
    RawUrl,
}

impl Alphabet {
    fn padded(self) -> bool {
        matches!(self, Alphabet::Std | Alphabet::Url)
    }

    fn url(self) -> bool {
        matches!(self, Alphabet::Url | Alphabet::RawUrl)
    }

    fn value(self, c: u8) -> Option<u32> {
        Some(u32::from(match c {
            b'A'..=b'Z' => c - b'A',
            b'a'..=b'z' => c - b'a' + 26,
            b'0'..=b'9' => c - b'0' + 52,
            b'+' if !self.url() => 62,
            b'/' if !self.url() => 63,
            b'-' if self.url() => 62,
            b'_' if self.url() => 63,
            _ => return None,
        }))
    }
}

/// The offset at which the text stops being base64.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Corrupt(pub(crate) usize);

impl fmt::Display for Corrupt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "illegal base64 data at input byte {}", self.0)
    }
}

impl From<Corrupt> for crate::BuiltinError {
    fn from(c: Corrupt) -> Self {
        crate::BuiltinError::new(c.to_string())
    }
}

pub(crate) fn encode(alphabet: Alphabet, bytes: &[u8]) -> String {
    let digits: &[u8; 64] = if alphabet.url() {
        b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    } else {
        b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    };
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let byte = |i: usize| u32::from(chunk.get(i).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for i in 0..4 {
            if i <= chunk.len() {
                out.push(char::from(digits[(bits >> (18 - 6 * i)) as usize & 63]));
            } else if alphabet.padded() {
                out.push('=');
            }
        }
    }
    out
}

pub(crate) fn decode(alphabet: Alphabet, text: &[u8]) -> Result<Vec<u8>, Corrupt> {
    let mut out = Vec::with_capacity(text.len() / 4 * 3 + 3);
    let mut at = 0;
    while at < text.len() {
        at = quantum(alphabet, text, at, &mut out)?;
    }
    Ok(out)
}

/// Decodes up to four digits from `at`; gives where to go on.
fn quantum(alphabet: Alphabet, text: &[u8], mut at: usize, out: &mut Vec<u8>) -> Result<usize, Corrupt> {
    let is_break = |c: Option<&u8>| matches!(c, Some(b'\n' | b'\r'));
    let (mut bits, mut n) = (0u32, 0usize);
    while n < 4 {
        let Some(&c) = text.get(at) else {
            if n == 0 {
                return Ok(at);
            }
            if n == 1 || alphabet.padded() {
                return Err(Corrupt(at - n));
            }
            break;
        };
        at += 1;
        if let Some(v) = alphabet.value(c) {
            bits = bits << 6 | v;
            n += 1;
            continue;
        }
        if is_break(Some(&c)) {
            continue;
        }
        if c != b'=' || !alphabet.padded() || n < 2 {
            return Err(Corrupt(at - 1));
        }
        if n == 2 {
            while is_break(text.get(at)) {
                at += 1;
            }
            match text.get(at) {
                None => return Err(Corrupt(text.len())),
                Some(b'=') => at += 1,
                Some(_) => return Err(Corrupt(at - 1)),
            }
        }
        while is_break(text.get(at)) {
            at += 1;
        }
        if at < text.len() {
            return Err(Corrupt(at));
        }
        break;
    }
    bits <<= 6 * (4 - n);
    let [_, a, b, c] = bits.to_be_bytes();
    out.extend_from_slice(&[a, b, c][..n - 1]);
    Ok(at)
}

/// As `base64url.decode` in Rego: padding may be left off.
pub(crate) fn decode_url_lenient(text: &[u8]) -> Result<Vec<u8>, String> {
    let mut padded = text.to_vec();
    if !text.ends_with(b"=") {
        match text.len() % 4 {
            0 => {}
            2 => padded.extend_from_slice(b"=="),
            3 => padded.push(b'='),
            _ => return Err(format!("illegal base64url string: {}", writ_value::utf8::to_str_lossy(text))),
        }
    }
    decode(Alphabet::Url, &padded).map_err(|c| c.to_string())
}

/// As key sets write it: the alphabet and the padding are guessed from the text.
pub(crate) fn decode_guess(text: &[u8]) -> Result<Vec<u8>, Corrupt> {
    let std = text.iter().any(|c| matches!(c, b'+' | b'/'));
    let alphabet = match (std, text.ends_with(b"=")) {
        (true, true) => Alphabet::Std,
        (true, false) => Alphabet::RawStd,
        (false, true) => Alphabet::Url,
        (false, false) => Alphabet::RawUrl,
    };
    decode(alphabet, text)
}
