//! The URL of a request as the network needs it: read and joined with the rules of the URL built-ins, so that both ends agree on the host.

use crate::url::{self, Uri};

/// An absolute URL, taken apart.
#[derive(Debug, Clone)]
pub struct RequestUrl {
    uri: Uri,
    host: String,
    authority: String,
    port: u16,
    target: String,
}

impl RequestUrl {
    /// Reads a URL.
    ///
    /// # Errors
    /// Go's text if it is none, or one without a host.
    pub fn parse(text: &str) -> Result<Self, String> {
        Self::new(url::parse(text.as_bytes())?)
    }

    /// What a reference, such as the `Location` of a redirect, means at this URL.
    ///
    /// # Errors
    /// As [`RequestUrl::parse`].
    pub fn join(&self, reference: &str) -> Result<Self, String> {
        Self::new(self.uri.resolve(&url::parse(reference.as_bytes())?)?)
    }

    fn new(uri: Uri) -> Result<Self, String> {
        let (host, port) = uri.host_and_port();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let (host, port) = (text(host), text(port));
        if host.is_empty() {
            return Err("no Host in request URL".to_owned());
        }
        let default = if uri.scheme == "https" { 443 } else { 80 };
        let port = if port.is_empty() { default } else { port.parse().map_err(|_| format!("invalid port {port}"))? };
        let mut target = uri.escaped_path();
        if !target.starts_with('/') {
            target.insert(0, '/');
        }
        if !uri.raw_query.is_empty() || uri.force_query {
            target.push('?');
            target += &text(&uri.raw_query);
        }
        // Nothing that could end the request line, or begin another request.
        let is_safe = |text: &str| text.bytes().all(|b| b > b' ' && b != 0x7f);
        let authority = text(&uri.host);
        if !is_safe(&target) || !is_safe(&authority) {
            return Err("invalid character in URL".to_owned());
        }
        Ok(Self { host, authority, port, target, uri })
    }

    /// `http` or `https`, or another one that no request can use.
    #[must_use]
    pub fn scheme(&self) -> &str {
        &self.uri.scheme
    }

    /// The name or address, without brackets and port.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port, given or the scheme's own.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Host and port as they stand in the URL.
    #[must_use]
    pub fn authority(&self) -> &str {
        &self.authority
    }

    /// Path and query, as they stand in a request's first line.
    #[must_use]
    pub fn target(&self) -> &str {
        &self.target
    }
}
