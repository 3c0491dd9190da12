//! Percent-encoding, which differs from part to part of a URL.

use writ_value::rego;

/// The parts of a URL with rules of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    Path,
    Host,
    Zone,
    UserInfo,
    Query,
    Fragment,
}

/// The byte may stand for itself.
fn is_plain(c: u8, part: Part) -> bool {
    match c {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => true,
        _ => match part {
            Part::Path => b"$&+,/:;=@".contains(&c),
            Part::Host | Part::Zone => b"!\"$&'()*+,:;<=>[]".contains(&c),
            Part::UserInfo => b"$&+,;=".contains(&c),
            Part::Query => false,
            Part::Fragment => b"!$&()*+,/:;=?@".contains(&c),
        },
    }
}

/// Encodes everything that may not stand for itself; in queries a space becomes `+`.
pub(crate) fn escape(bytes: &[u8], part: Part) -> String {
    let mut out = String::with_capacity(bytes.len());
    for &c in bytes {
        if c == b' ' && part == Part::Query {
            out.push('+');
        } else if is_plain(c, part) {
            out.push(char::from(c));
        } else {
            out.push_str(&format!("%{c:02X}"));
        }
    }
    out
}

/// Decodes; errors are worded as in Go.
pub(crate) fn unescape(bytes: &[u8], part: Part) -> Result<Vec<u8>, String> {
    let host = matches!(part, Part::Host | Part::Zone);
    let mut out = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some((&c, tail)) = rest.split_first() {
        match c {
            b'%' => {
                let code = tail.get(..2).and_then(hex2);
                let bad = match code {
                    None => true,
                    Some(_) if &rest[..3] == b"%25" => false,
                    // In hosts only what could not be written otherwise may be encoded.
                    Some(c) if part == Part::Host => c < 0x80,
                    Some(c) if part == Part::Zone => c != b' ' && !is_plain(c, Part::Host),
                    Some(_) => false,
                };
                if bad {
                    return Err(format!("invalid URL escape {}", quote(&rest[..rest.len().min(3)])));
                }
                out.push(code.unwrap_or(0));
                rest = &rest[3..];
                continue;
            }
            b'+' if part == Part::Query => out.push(b' '),
            c if host && c < 0x80 && !is_plain(c, part) => {
                return Err(format!("invalid character {} in host name", quote(&[c])));
            }
            c => out.push(c),
        }
        rest = tail;
    }
    Ok(out)
}

fn hex2(b: &[u8]) -> Option<u8> {
    let digit = |c: u8| char::from(c).to_digit(16).and_then(|d| u8::try_from(d).ok());
    Some(digit(b[0])? << 4 | digit(b[1])?)
}

/// Text in double quotes with Go's escapes.
pub(crate) fn quote(bytes: &[u8]) -> String {
    let mut out = String::new();
    rego::quote(bytes, &mut out);
    out
}
