//! Names of hosts and mailboxes, as certificates write them.

/// A domain without a trailing dot or empty labels; a constraint may begin with a dot.
pub(super) fn is_valid(s: &str, constraint: bool) -> bool {
    if s.is_empty() {
        return true;
    }
    if s.ends_with('.') {
        return false;
    }
    let s = if constraint { s.strip_prefix('.').unwrap_or(s) } else { s };
    s.bytes().all(|b| (33..=126).contains(&b)) && s.split('.').all(|label| !label.is_empty())
}

/// A mailbox: the local part without quotes and escapes, and the domain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mailbox {
    pub(super) local: Vec<u8>,
    pub(super) domain: String,
}

/// RFC 2821's mailbox.
pub(super) fn mailbox(text: &str) -> Option<Mailbox> {
    let bytes = text.as_bytes();
    let (local, rest) = if bytes.first() == Some(&b'"') { quoted(&bytes[1..])? } else { atoms(bytes)? };
    let domain = std::str::from_utf8(rest.strip_prefix(b"@")?).ok()?;
    let labels_ok =
        domain.is_empty() || domain.split('.').all(|l| !l.is_empty() && l.bytes().all(|b| (33..=126).contains(&b)));
    labels_ok.then(|| Mailbox { local, domain: domain.to_owned() })
}

fn quoted(mut rest: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    let mut local = Vec::new();
    loop {
        let (&c, tail) = rest.split_first()?;
        rest = tail;
        match c {
            b'"' => return Some((local, rest)),
            b'\\' => {
                let (&c, tail) = rest.split_first()?;
                if !matches!(c, 1..=9 | 11 | 12 | 14..=127) {
                    return None;
                }
                local.push(c);
                rest = tail;
            }
            1..=8 | 11 | 12 | 14..=33 | 35..=91 | 93..=127 => local.push(c),
            _ => return None,
        }
    }
}

fn atoms(mut rest: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    let mut local = Vec::new();
    while let Some((&c, tail)) = rest.split_first() {
        if c == b'\\' {
            let (&c, tail) = tail.split_first()?;
            local.push(c);
            rest = tail;
        } else if c.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~.".contains(&c) {
            local.push(c);
            rest = tail;
        } else {
            break;
        }
    }
    let bad = local.is_empty()
        || local.first() == Some(&b'.')
        || local.last() == Some(&b'.')
        || local.windows(2).any(|w| w == b"..");
    (!bad).then_some((local, rest))
}

/// The certificate's names cover the host.
pub(super) fn host_matches(patterns: &[String], host: &str) -> bool {
    let host = host.to_ascii_lowercase();
    let is_name = is_host_name(&host, false);
    let trimmed = host.strip_suffix('.').unwrap_or(&host);
    patterns.iter().any(|pattern| {
        let pattern = pattern.to_ascii_lowercase();
        if is_name && is_host_name(&pattern, true) {
            labels_match(&pattern, trimmed)
        } else {
            !matches!(pattern.as_str(), "" | ".") && pattern == host
        }
    })
}

fn labels_match(pattern: &str, host: &str) -> bool {
    let (p, h): (Vec<_>, Vec<_>) = (pattern.split('.').collect(), host.split('.').collect());
    p.len() == h.len() && p.iter().zip(&h).enumerate().all(|(i, (p, h))| (i == 0 && *p == "*") || p == h)
}

fn is_host_name(host: &str, pattern: bool) -> bool {
    let host = if pattern { host } else { host.strip_suffix('.').unwrap_or(host) };
    if host.is_empty() || host == "*" {
        return false;
    }
    host.split('.').enumerate().all(|(i, part)| {
        let wildcard = pattern && i == 0 && part == "*";
        let plain = |(j, c): (usize, u8)| c.is_ascii_alphanumeric() || c == b'_' || (c == b'-' && j != 0);
        !part.is_empty() && (wildcard || part.bytes().enumerate().all(plain))
    })
}
