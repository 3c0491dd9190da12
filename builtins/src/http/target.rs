//! The URL of a request: what may be contacted, and what the wire and the error texts see of it.

use writ_value::Str;

use crate::encoding::base64::{self, Alphabet};
use crate::url::{self, Part, Uri, escape, unescape};

/// A URL taken apart for sending.
pub(super) struct Target {
    /// For error texts: without a password.
    pub(super) shown: String,
    /// For the wire: without user and fragment.
    pub(super) url: String,
    pub(super) scheme: String,
    /// The host's name without the port.
    pub(super) host: String,
    /// The value of an `Authorization` header for the URL's user.
    pub(super) authorization: Option<String>,
    /// The Unix socket in place of the network.
    pub(super) socket: Option<String>,
}

/// Reads the text of a URL. `unix://host/path?socket=/file` means HTTP through that socket.
///
/// # Errors
/// Go's text if it is no URL.
pub(super) fn read(text: &str) -> Result<Target, String> {
    let mut uri = url::parse(text.as_bytes())?;
    let socket = if uri.scheme == "unix" { take_socket(&mut uri) } else { None };
    let mut shown = uri.text();
    let mut authorization = None;
    if let Some((name, password)) = uri.user.take() {
        let password = password.unwrap_or_default();
        if !password.is_empty() {
            shown = shown.replacen(&format!("{}@", escape(&password, Part::UserInfo)), "***@", 1);
        }
        let credentials = [name.as_slice(), b":", &password].concat();
        authorization = Some(format!("Basic {}", base64::encode(Alphabet::Std, &credentials)));
    }
    uri.fragment.clear();
    uri.raw_fragment.clear();
    let host = String::from_utf8_lossy(uri.host_and_port().0).into_owned();
    Ok(Target { shown, url: uri.text(), scheme: uri.scheme, host, authorization, socket })
}

/// Removes the socket's path from the query.
fn take_socket(uri: &mut Uri) -> Option<String> {
    let mut parameters = Vec::new();
    for pair in uri.raw_query.split(|&c| c == b'&').filter(|p| !p.is_empty()) {
        let equals = pair.iter().position(|&c| c == b'=').unwrap_or(pair.len());
        let value = pair.get(equals + 1..).unwrap_or_default();
        parameters.push((unescape(&pair[..equals], Part::Query).ok()?, unescape(value, Part::Query).ok()?));
    }
    if parameters.is_empty() {
        return None;
    }
    let socket = parameters.iter().find(|(k, _)| k == b"socket").map(|(_, v)| v.clone()).unwrap_or_default();
    parameters.retain(|(k, _)| k != b"socket");
    parameters.sort_by(|a, b| a.0.cmp(&b.0));
    let pair = |(k, v): &(Vec<u8>, Vec<u8>)| format!("{}={}", escape(k, Part::Query), escape(v, Part::Query));
    uri.raw_query = parameters.iter().map(pair).collect::<Vec<_>>().join("&").into_bytes();
    uri.scheme = "http".to_owned();
    Some(Str::from_bytes(&socket).to_str_lossy().into_owned())
}

/// An error of the exchange as Go words it: `Get "URL": why`.
pub(super) fn in_exchange(method: &str, shown: &str, why: &str) -> String {
    format!("{} {}: {why}", operation(method), crate::url::quote(shown.as_bytes()))
}

/// The method as it stands in error texts.
pub(super) fn operation(method: &str) -> String {
    let mut letters = method.chars();
    match letters.next() {
        None => "Get".to_owned(),
        Some(first) => format!("{first}{}", letters.as_str().to_lowercase()),
    }
}
