//! The `format` keyword. Unknown formats pass.

use std::net::IpAddr;

use super::email;
use crate::regex::Pattern;
use crate::{time, url};

/// The text has the format.
pub(super) fn is_format(name: &str, text: &str) -> bool {
    match name {
        "date" => is_time(text, &["2006-01-02"]),
        "time" => is_time(text, &["15:04:05Z07:00", "15:04:05"]),
        "date-time" => is_time(
            text,
            &[
                "15:04:05",
                "15:04:05Z07:00",
                "2006-01-02",
                "2006-01-02T15:04:05Z07:00",
                "2006-01-02T15:04:05.999999999Z07:00",
            ],
        ),
        "hostname" => is_hostname(text),
        "email" | "idn-email" => email::is_address(text),
        "ipv4" => text.parse::<IpAddr>().is_ok() && text.contains('.'),
        "ipv6" => text.parse::<IpAddr>().is_ok() && text.contains(':'),
        "uri" | "iri" => url::parse(text.as_bytes()).is_ok_and(|u| !u.scheme.is_empty()) && !text.contains('\\'),
        "uri-reference" | "iri-reference" => url::parse(text.as_bytes()).is_ok() && !text.contains('\\'),
        "uri-template" => {
            !text.contains('\\') && url::parse(text.as_bytes()).is_ok_and(|u| has_balanced_braces(&u.path))
        }
        "uuid" => is_uuid(text),
        "regex" => text.is_empty() || Pattern::new(text.as_bytes()).is_ok(),
        "json-pointer" => is_pointer(text),
        "relative-json-pointer" => is_relative_pointer(text),
        _ => true,
    }
}

fn is_time(text: &str, layouts: &[&str]) -> bool {
    layouts.iter().any(|l| time::parse(l.as_bytes(), text.as_bytes()).is_ok())
}

fn is_hostname(text: &str) -> bool {
    let label = |l: &str| {
        let b = l.as_bytes();
        (1..=63).contains(&b.len())
            && b.iter().all(|c| c.is_ascii_alphanumeric() || *c == b'-')
            && b[0] != b'-'
            && b[b.len() - 1] != b'-'
    };
    text.len() < 256 && text.split('.').all(label)
}

/// Each opening brace has a closing one after it.
fn has_balanced_braces(path: &[u8]) -> bool {
    let mut rest = path;
    while let Some(open) = rest.iter().position(|&c| c == b'{') {
        let Some(close) = rest[open..].iter().position(|&c| c == b'}') else { return false };
        rest = &rest[open + close + 1..];
    }
    true
}

fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(i, c)| match i {
            8 | 13 | 18 | 23 => c == b'-',
            _ => c.is_ascii_hexdigit(),
        })
}

fn is_pointer(text: &str) -> bool {
    (text.is_empty() || text.starts_with('/')) && {
        let escaped_ok = |rest: &str| rest.starts_with(['0', '1']);
        text.split('~').skip(1).all(escaped_ok)
    }
}

fn is_relative_pointer(text: &str) -> bool {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, rest) = text.split_at(digits);
    digits > 0 && (number == "0" || !number.starts_with('0')) && (rest == "#" || is_pointer(rest))
}
