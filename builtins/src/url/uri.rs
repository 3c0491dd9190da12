//! `uri.*`: URLs taken apart.

use std::net::Ipv6Addr;

use writ_value::{Str, Value};

use super::escape::{Part, escape, quote, unescape};
use crate::operand;
use crate::{Answer, Builtin, BuiltinError, Context};

pub(super) const BUILTINS: &[Builtin] =
    &[Builtin::new("uri.parse", 1, uri_parse), Builtin::new("uri.is_valid", 1, uri_is_valid)];

/// A URL's parts; empty where absent.
#[derive(Clone, Debug, Default)]
pub(crate) struct Uri {
    pub(crate) scheme: String,
    /// Host and port as written, decoded.
    pub(crate) host: Vec<u8>,
    pub(crate) path: Vec<u8>,
    pub(crate) raw_path: Vec<u8>,
    /// The path as written.
    pub(crate) encoded_path: Vec<u8>,
    pub(crate) raw_query: Vec<u8>,
    pub(crate) fragment: Vec<u8>,
    /// Only if the fragment's default encoding is another.
    pub(crate) raw_fragment: Vec<u8>,
    /// What follows the scheme, if that is no path with a root.
    pub(crate) opaque: Vec<u8>,
    /// Name and perhaps password, decoded.
    pub(crate) user: User,
    /// There is a question mark and nothing after it.
    pub(crate) force_query: bool,
    /// There is a path but no authority.
    pub(crate) omit_host: bool,
}

impl Uri {
    /// Host name (without the brackets of an IPv6 address) and port.
    pub(crate) fn host_and_port(&self) -> (&[u8], &[u8]) {
        let (mut host, mut port): (&[u8], &[u8]) = (&self.host, &[]);
        if let Some(colon) = host.iter().rposition(|&c| c == b':')
            && is_optional_port(&host[colon..])
        {
            (host, port) = (&host[..colon], &host[colon + 1..]);
        }
        let inner = host.strip_prefix(b"[").and_then(|h| h.strip_suffix(b"]"));
        (inner.unwrap_or(host), port)
    }
}

fn uri_parse(_: &mut Context, args: &[Value]) -> Answer {
    let uri = parse(operand::string(args, 1)?.as_bytes()).map_err(BuiltinError::new)?;
    let (host, port) = uri.host_and_port();
    let parts = [
        ("scheme", uri.scheme.as_bytes()),
        ("hostname", host),
        ("port", port),
        ("path", &uri.path),
        ("raw_path", &uri.raw_path),
        ("raw_query", &uri.raw_query),
        ("fragment", &uri.fragment),
    ];
    let present = parts.into_iter().filter(|(_, v)| !v.is_empty());
    Ok(Some(Value::object(present.map(|(k, v)| (k, Value::String(Str::from_bytes(v)))))))
}

fn uri_is_valid(_: &mut Context, args: &[Value]) -> Answer {
    Ok(Some(operand::string(args, 1).is_ok_and(|s| !s.is_empty() && parse(s.as_bytes()).is_ok()).into()))
}

/// Takes a URL apart, with Go's errors.
pub(crate) fn parse(text: &[u8]) -> Result<Uri, String> {
    let (main, fragment) = cut(text, b'#');
    let in_error = |part: &[u8], e: String| format!("parse {}: {e}", quote(part));
    let mut uri = parse_main(main).map_err(|e| in_error(main, e))?;
    if let Some(f) = fragment {
        uri.fragment = unescape(f, Part::Fragment).map_err(|e| in_error(text, e))?;
        if escape(&uri.fragment, Part::Fragment).as_bytes() != f {
            uri.raw_fragment = f.to_vec();
        }
    }
    Ok(uri)
}

fn cut(text: &[u8], at: u8) -> (&[u8], Option<&[u8]>) {
    match text.iter().position(|&c| c == at) {
        Some(i) => (&text[..i], Some(&text[i + 1..])),
        None => (text, None),
    }
}

fn parse_main(text: &[u8]) -> Result<Uri, String> {
    if text.iter().any(|&c| c < b' ' || c == 0x7f) {
        return Err("net/url: invalid control character in URL".to_owned());
    }
    let mut uri = Uri::default();
    if text == b"*" {
        uri.path = b"*".to_vec();
        uri.raw_path = uri.path.clone();
        return Ok(uri);
    }
    let (scheme, rest) = split_scheme(text)?;
    uri.scheme = String::from_utf8_lossy(scheme).to_ascii_lowercase();
    let (mut rest, query) = cut(rest, b'?');
    uri.raw_query = query.unwrap_or_default().to_vec();
    uri.force_query = query == Some(b"");
    if !rest.starts_with(b"/") {
        if !uri.scheme.is_empty() {
            // A path without a root is opaque.
            uri.opaque = rest.to_vec();
            return Ok(uri);
        }
        if cut(rest, b'/').0.contains(&b':') {
            return Err("first path segment in URL cannot contain colon".to_owned());
        }
    }
    if rest.starts_with(b"//") && (!uri.scheme.is_empty() || !rest.starts_with(b"///")) {
        let authority = &rest[2..];
        let end = authority.iter().position(|&c| c == b'/').unwrap_or(authority.len());
        (uri.user, uri.host) = parse_authority(&uri.scheme, &authority[..end])?;
        rest = &authority[end..];
    } else {
        uri.omit_host = !uri.scheme.is_empty() && rest.starts_with(b"/");
    }
    uri.encoded_path = rest.to_vec();
    uri.path = unescape(rest, Part::Path)?;
    uri.raw_path = if escape(&uri.path, Part::Path).as_bytes() == rest { uri.path.clone() } else { rest.to_vec() };
    Ok(uri)
}

fn split_scheme(text: &[u8]) -> Result<(&[u8], &[u8]), String> {
    for (i, c) in text.iter().enumerate() {
        match c {
            b'a'..=b'z' | b'A'..=b'Z' => {}
            b'0'..=b'9' | b'+' | b'-' | b'.' if i > 0 => {}
            b':' if i == 0 => return Err("missing protocol scheme".to_owned()),
            b':' => return Ok((&text[..i], &text[i + 1..])),
            _ => break,
        }
    }
    Ok((b"", text))
}

/// Name and password of an authority, decoded, if there are any.
type User = Option<(Vec<u8>, Option<Vec<u8>>)>;

fn parse_authority(scheme: &str, authority: &[u8]) -> Result<(User, Vec<u8>), String> {
    let Some(at) = authority.iter().rposition(|&c| c == b'@') else {
        return Ok((None, parse_host(scheme, authority)?));
    };
    let host = parse_host(scheme, &authority[at + 1..])?;
    let user = &authority[..at];
    if !user.iter().all(|c| c.is_ascii_alphanumeric() || b"-._:~!$&'()*+,;=%@".contains(c)) {
        return Err("net/url: invalid userinfo".to_owned());
    }
    let (name, password) = cut(user, b':');
    let name = unescape(name, Part::UserInfo)?;
    let password = password.map(|p| unescape(p, Part::UserInfo)).transpose()?;
    Ok((Some((name, password)), host))
}

fn is_optional_port(s: &[u8]) -> bool {
    s.is_empty() || (s[0] == b':' && s[1..].iter().all(u8::is_ascii_digit))
}

fn parse_host(scheme: &str, host: &[u8]) -> Result<Vec<u8>, String> {
    let check_port = |port: &[u8]| {
        if is_optional_port(port) { Ok(()) } else { Err(format!("invalid port {} after host", quote(port))) }
    };
    match host.iter().rposition(|&c| c == b'[') {
        Some(0) => {
            let close = host.iter().rposition(|&c| c == b']').ok_or("missing ']' in host")?;
            let port = &host[close + 1..];
            check_port(port)?;
            let name = &host[1..close];
            let zone_at = name.windows(3).position(|w| w == b"%25").unwrap_or(name.len());
            let address = unescape(&name[..zone_at], Part::Host)?;
            let zone = unescape(&name[zone_at..], Part::Zone)?;
            let whole = [address.as_slice(), &zone].concat();
            check_address(&address, &zone, &whole)?;
            Ok([b"[".as_slice(), &whole, b"]", port].concat())
        }
        Some(_) => Err("invalid IP-literal".to_owned()),
        None => {
            if let Some(first) = host.iter().position(|&c| c == b':') {
                let last = host.iter().rposition(|&c| c == b':').unwrap_or(first);
                let strict = matches!(scheme, "http" | "https");
                check_port(&host[if strict { first } else { last }..])?;
            }
            unescape(host, Part::Host)
        }
    }
}

/// What stands in brackets must be an IPv6 address, perhaps with a zone.
fn check_address(address: &[u8], zone: &[u8], whole: &[u8]) -> Result<(), String> {
    let text = String::from_utf8_lossy(address);
    let zone_ok = zone.is_empty() || zone.len() > 1;
    if text.parse::<Ipv6Addr>().is_ok() && zone_ok {
        return Ok(());
    }
    if zone.is_empty() && text.parse::<std::net::Ipv4Addr>().is_ok() {
        return Err("invalid IP-literal".to_owned());
    }
    let reason = if zone_ok { "unable to parse IP" } else { "zone must be a non-empty string" };
    Err(format!("invalid host: ParseAddr({}): {reason}", quote(whole)))
}
