//! The network as a capability: built-ins ask, the host that granted it answers.

use std::net::IpAddr;
use std::time::Duration;

/// What a host grants by implementing it. Implementations block; they must honour the time-outs.
pub trait Network: Send + Sync {
    /// Sends one HTTP request and reads the response; redirects are followed only if asked.
    ///
    /// # Errors
    /// Text as the user should see it.
    fn send(&self, request: &HttpRequest) -> Result<HttpResponse, String>;

    /// The addresses of a host name.
    ///
    /// # Errors
    /// Text as the user should see it.
    fn lookup(&self, host: &str, timeout: Duration) -> Result<Vec<IpAddr>, String>;

    /// Whether a policy may speak with this host at all.
    fn allows(&self, _host: &str) -> bool {
        true
    }
}

/// A request of `http.send`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpRequest {
    /// The method, in upper case.
    pub method: String,
    /// The absolute URL.
    pub url: String,
    /// Headers in order; names as the policy wrote them.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
    /// Follow redirects.
    pub follow_redirects: bool,
    /// Time for the whole exchange.
    pub timeout: Duration,
    /// How to check and prove identities.
    pub tls: TlsOptions,
}

/// TLS options of a request; all texts are PEM.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TlsOptions {
    /// Accept any certificate.
    pub insecure_skip_verify: bool,
    /// Name to expect in the certificate.
    pub server_name: Option<String>,
    /// Trust the system's authorities (besides `ca_certs`).
    pub use_system_certs: Option<bool>,
    /// Authorities.
    pub ca_certs: Vec<String>,
    /// The client's certificate and key.
    pub client: Option<(String, String)>,
}

/// A response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpResponse {
    /// Such as 200.
    pub status_code: u16,
    /// Such as "200 OK".
    pub status: String,
    /// Headers in order.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}
