//! Templates: `$1` and `${name}` in replacements, and the patterns of `regex.template_match`.

use regex::bytes::Captures;
use writ_value::{rego, utf8};

use super::Pattern;

/// Appends a replacement, with the groups put in by Go's rules: the longest name counts, a lone `$` stays.
pub(super) fn expand(template: &[u8], c: &Captures<'_>, names: &[Option<String>], out: &mut Vec<u8>) {
    let mut rest = template;
    while let Some(at) = rest.iter().position(|&b| b == b'$') {
        out.extend_from_slice(&rest[..at]);
        rest = &rest[at + 1..];
        if rest.first() == Some(&b'$') {
            out.push(b'$');
            rest = &rest[1..];
            continue;
        }
        let Some((name, after)) = name(rest) else {
            out.push(b'$');
            continue;
        };
        rest = after;
        if let Some(i) = std::str::from_utf8(name).ok().and_then(|n| index(n, names)) {
            out.extend_from_slice(super::group(c, i));
        }
    }
    out.extend_from_slice(rest);
}

fn name(b: &[u8]) -> Option<(&[u8], &[u8])> {
    let braced = b.first() == Some(&b'{');
    let body = if braced { &b[1..] } else { b };
    let mut len = 0;
    while let Some(rest) = body.get(len..).filter(|rest| !rest.is_empty()) {
        match utf8::decode(rest) {
            (Some(c), width) if c.is_alphanumeric() || c == '_' => len += width,
            _ => break,
        }
    }
    if len == 0 {
        return None;
    }
    let (name, after) = body.split_at(len);
    if braced { after.strip_prefix(b"}").map(|after| (name, after)) } else { Some((name, after)) }
}

/// The group that a name means: its number, or the last group with that name that took part.
fn index(name: &str, names: &[Option<String>]) -> Option<usize> {
    if name.bytes().all(|c| c.is_ascii_digit()) && !(name.len() > 1 && name.starts_with('0')) {
        return name.parse().ok();
    }
    names.iter().position(|n| n.as_deref() == Some(name))
}

/// The regular expression of a template: text outside of the delimiters is literal.
pub(super) fn to_regex(template: &str, open: u8, close: u8) -> Result<String, String> {
    let unbalanced = || {
        let mut quoted = String::new();
        rego::quote(template.as_bytes(), &mut quoted);
        format!("unbalanced braces in {quoted}")
    };
    let bytes = template.as_bytes();
    let mut spans = Vec::new();
    let (mut level, mut start) = (0usize, 0);
    for (i, &b) in bytes.iter().enumerate() {
        if b == open {
            level += 1;
            if level == 1 {
                start = i;
            }
        } else if b == close {
            level = level.checked_sub(1).ok_or_else(unbalanced)?;
            if level == 0 {
                spans.push((start, i + 1));
            }
        }
    }
    if level != 0 {
        return Err(unbalanced());
    }
    let slice = |from: usize, to: usize| String::from_utf8_lossy(&bytes[from..to]).into_owned();
    let mut out = String::from("^");
    let mut done = 0;
    for (from, to) in spans {
        let pattern = slice(from + 1, to - 1);
        Pattern::new(format!("^{pattern}$").as_bytes())?;
        out.push_str(&quote_meta(&slice(done, from)));
        out.push('(');
        out.push_str(&pattern);
        out.push(')');
        done = to;
    }
    out.push_str(&quote_meta(&slice(done, bytes.len())));
    out.push('$');
    Ok(out)
}

/// The text with everything escaped that has a meaning in patterns.
fn quote_meta(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if r"\.+*?()|[]{}^$".contains(c) {
            out.push('\\');
        }
        out.push(c);
    }
    out
}
