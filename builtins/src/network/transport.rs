//! The network as a capability: built-ins ask, the host that granted it answers.

use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

/// What a host grants by implementing it. Implementations block; they must honour the time-outs.
pub trait Network: Send + Sync {
    /// Sends one HTTP request and reads the response. Redirects are followed only if asked, and only to hosts that
    /// [`Network::allows`].
    ///
    /// # Errors
    /// Why there is no response; one of any status is no error.
    fn send(&self, request: &HttpRequest) -> Result<HttpResponse, NetworkError>;

    /// The addresses of a host name.
    ///
    /// # Errors
    /// Text as the user should see it.
    fn lookup(&self, host: &str, timeout: Duration) -> Result<Vec<IpAddr>, String>;

    /// Whether a policy may speak with this host at all.
    fn allows(&self, _host: &str) -> bool {
        true
    }

    /// A file with certificates or a key that a request names. By default there are none.
    ///
    /// # Errors
    /// Text as the user should see it.
    fn read_file(&self, path: &str) -> Result<String, String> {
        Err(format!("open {path}: access was not granted"))
    }

    /// An environment variable with certificates or a key that a request names. By default there are none.
    ///
    /// # Errors
    /// Text as the user should see it.
    fn variable(&self, name: &str) -> Result<String, String> {
        Err(format!("environment variable {name}: access was not granted"))
    }
}

/// Why an exchange failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NetworkError {
    /// It took longer than allowed.
    TimedOut,
    /// Anything else, as the user should see it; method and URL are put in front.
    Failed(String),
}

impl fmt::Display for NetworkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NetworkError::TimedOut => f.write_str("timed out"),
            NetworkError::Failed(why) => f.write_str(why),
        }
    }
}

impl std::error::Error for NetworkError {}

/// A request of `http.send`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpRequest {
    /// The method, in upper case.
    pub method: String,
    /// The absolute URL, `http` or `https`, without user and fragment.
    pub url: String,
    /// The Unix socket to connect to instead of the URL's host.
    pub socket: Option<String>,
    /// Headers with canonical names, checked to be valid; a `Host` replaces the URL's.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
    /// Follow redirects.
    pub follow_redirects: bool,
    /// Time for the whole exchange.
    pub timeout: Duration,
    /// Longest body of a response in bytes; more is an error.
    pub max_response: usize,
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
    /// Trust the system's authorities besides `ca_certs`; without any of these they are trusted anyway.
    pub use_system_certs: bool,
    /// Authorities.
    pub ca_certs: Vec<String>,
    /// The client's certificates and keys.
    pub clients: Vec<(String, String)>,
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
