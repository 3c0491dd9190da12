//! The network of a grant: exchanges with redirects, and lookups.

use std::io;
use std::net::IpAddr;
use std::time::{Duration, Instant};

use rustls::StreamOwned;
use writ_builtins::{HttpRequest, HttpResponse, Network, NetworkError, RequestUrl};

use crate::connect::{Connection, Timed};
use crate::dns::{self, DnsError};
use crate::grant::Grant;
use crate::permits::Permits;
use crate::tls;
use crate::wire::{self, WireError};

/// Most redirects, as in Go.
const MAX_REDIRECTS: usize = 10;
/// Headers that do not go along to another host.
const CONFIDENTIAL: [&str; 5] = ["authorization", "www-authenticate", "cookie", "cookie2", "host"];

/// The network within a [`Grant`]. Make one per grant and share it: the bound on concurrency counts per client.
#[derive(Debug)]
pub struct Client {
    grant: Grant,
    permits: Permits,
}

impl Client {
    /// A client that opens what the grant allows.
    pub fn new(grant: Grant) -> Self {
        let permits = Permits::new(grant.max_concurrent);
        Self { grant, permits }
    }

    fn check(&self, request: &HttpRequest, url: &RequestUrl) -> Result<(), NetworkError> {
        if !self.grant.allows_scheme(url.scheme()) {
            return Err(failed(format!("scheme {} was not granted", url.scheme())));
        }
        match &request.socket {
            Some(_) if !self.grant.sockets => return Err(failed("sockets were not granted")),
            None if !self.grant.allows(url.host()) => return Err(failed(format!("disallowed host: {}", url.host()))),
            _ => {}
        }
        if request.tls.insecure_skip_verify && url.scheme() == "https" && !self.grant.insecure_tls {
            return Err(failed("tls_insecure_skip_verify was not granted"));
        }
        Ok(())
    }

    fn exchange(
        &self,
        request: &HttpRequest,
        url: &RequestUrl,
        deadline: Instant,
    ) -> Result<HttpResponse, NetworkError> {
        self.check(request, url)?;
        let mut connection = connect(request, url, deadline)?;
        let max_body = request.max_response.min(self.grant.max_response);
        wire::exchange(&mut *connection, request, url, max_body).map_err(|e| match e {
            WireError::Malformed(why) => failed(why),
            WireError::Io(e) => io_error(&e),
        })
    }
}

impl Network for Client {
    fn send(&self, request: &HttpRequest) -> Result<HttpResponse, NetworkError> {
        let deadline = Instant::now() + request.timeout.min(self.grant.timeout);
        let _permit = self.permits.take(deadline).ok_or(NetworkError::TimedOut)?;
        let mut url = RequestUrl::parse(&request.url).map_err(failed)?;
        let mut request = request.clone();
        for _ in 0..=MAX_REDIRECTS {
            let response = self.exchange(&request, &url, deadline)?;
            let Some(location) = request.follow_redirects.then(|| redirect(&response)).flatten() else {
                return Ok(response);
            };
            let next = url.join(location).map_err(|e| failed(format!("failed to parse Location header: {e}")))?;
            follow(&mut request, response.status_code, &url, &next);
            url = next;
        }
        Err(failed(format!("stopped after {MAX_REDIRECTS} redirects")))
    }

    fn lookup(&self, host: &str, timeout: Duration) -> Result<Vec<IpAddr>, String> {
        let deadline = Instant::now() + timeout.min(self.grant.timeout);
        if !self.grant.allows(host) {
            return Err(format!("unallowed host: {host}"));
        }
        let timed_out = || format!("lookup {host}: i/o timeout");
        let _permit = self.permits.take(deadline).ok_or_else(timed_out)?;
        match dns::resolve(host, 0, deadline) {
            Ok(addresses) => Ok(addresses.into_iter().map(|a| a.ip()).collect()),
            Err(DnsError::TimedOut) => Err(timed_out()),
            Err(DnsError::Failed(why)) => Err(why),
        }
    }

    fn allows(&self, host: &str) -> bool {
        self.grant.allows(host)
    }
}

/// Where a response sends the client, if anywhere.
fn redirect(response: &HttpResponse) -> Option<&str> {
    if !matches!(response.status_code, 301 | 302 | 303 | 307 | 308) {
        return None;
    }
    let location = response.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("location"));
    location.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
}

/// Makes the request for the next place: another host gets no credentials, and what is not to be repeated becomes a `GET`.
fn follow(request: &mut HttpRequest, status: u16, from: &RequestUrl, to: &RequestUrl) {
    if from.host() != to.host() {
        request.headers.retain(|(name, _)| !CONFIDENTIAL.iter().any(|c| name.eq_ignore_ascii_case(c)));
        request.tls.server_name = None;
    }
    if !matches!(status, 307 | 308) {
        request.body.clear();
        request.headers.retain(|(name, _)| !name.to_ascii_lowercase().starts_with("content-"));
        if request.method != "HEAD" {
            "GET".clone_into(&mut request.method);
        }
    }
    // The socket belongs to the URL that named it.
    request.socket = None;
}

fn connect(request: &HttpRequest, url: &RequestUrl, deadline: Instant) -> Result<Box<dyn Connection>, NetworkError> {
    let dial = |address: &str, e: &io::Error| match io_error(e) {
        NetworkError::Failed(why) => failed(format!("dial {address}: connect: {why}")),
        timed_out => timed_out,
    };
    let socket = match &request.socket {
        Some(path) => Timed::unix(path, deadline).map_err(|e| dial(&format!("unix {path}"), &e))?,
        None => {
            let addresses = dns::resolve(url.host(), url.port(), deadline).map_err(|e| match e {
                DnsError::TimedOut => NetworkError::TimedOut,
                DnsError::Failed(why) => failed(format!("dial tcp: {why}")),
            })?;
            let first = addresses.first().map(ToString::to_string).unwrap_or_default();
            Timed::tcp(&addresses, deadline).map_err(|e| dial(&format!("tcp {first}"), &e))?
        }
    };
    if url.scheme() != "https" {
        return Ok(Box::new(socket));
    }
    let mut stream = StreamOwned::new(tls::connection(url.host(), &request.tls).map_err(failed)?, socket);
    while stream.conn.is_handshaking() {
        stream.conn.complete_io(&mut stream.sock).map_err(|e| io_error(&e))?;
    }
    Ok(Box::new(stream))
}

fn failed(why: impl Into<String>) -> NetworkError {
    NetworkError::Failed(why.into())
}

fn io_error(error: &io::Error) -> NetworkError {
    if let Some(tls) = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
        return failed(tls::error_text(tls));
    }
    match error.kind() {
        io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => NetworkError::TimedOut,
        io::ErrorKind::ConnectionRefused => failed("connection refused"),
        io::ErrorKind::ConnectionReset => failed("connection reset by peer"),
        io::ErrorKind::BrokenPipe => failed("broken pipe"),
        io::ErrorKind::NotFound => failed("no such file or directory"),
        _ => failed(error.to_string()),
    }
}
