//! What a policy may contact, and how much of it.

use std::time::Duration;

/// A host that policies may contact, by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HostPattern {
    /// Any host: written `*`.
    Any,
    /// Every name below a domain, not the domain itself: written `*.example.com`.
    Below(String),
    /// This name or address.
    Exact(String),
}

impl HostPattern {
    /// Reads a pattern. Names are compared without regard to case; a port is no part of one.
    pub fn new(text: &str) -> Self {
        let text = text.trim().to_ascii_lowercase();
        match text.strip_prefix("*.") {
            _ if text == "*" => Self::Any,
            Some(domain) => Self::Below(format!(".{domain}")),
            None => Self::Exact(text.trim_matches(['[', ']']).to_owned()),
        }
    }

    fn matches(&self, host: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Below(suffix) => host.len() > suffix.len() && host.ends_with(suffix.as_str()),
            Self::Exact(name) => name == host,
        }
    }
}

/// What a host application grants. Nothing is granted that does not stand here; the limits hold whatever a request asks for.
///
/// Only names are looked at, not the addresses behind them: who grants a name trusts who answers for it in DNS.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Grant {
    /// Hosts. Default: none.
    pub hosts: Vec<HostPattern>,
    /// A second list, such as `allow_net` of capabilities: of `hosts` only those that stand here, too. Default: no such list.
    pub only: Option<Vec<HostPattern>>,
    /// Requests without TLS are allowed. Default: yes.
    pub http: bool,
    /// Requests over TLS are allowed. Default: yes.
    pub https: bool,
    /// Sockets of this machine (`unix://…`) are allowed, whatever `hosts` says. Default: no.
    pub sockets: bool,
    /// Requests may switch off the check of certificates (`tls_insecure_skip_verify`). Default: no.
    pub insecure_tls: bool,
    /// Longest time of an exchange, redirects included. Default: 5 minutes, which is what `http.send` asks for at most.
    pub timeout: Duration,
    /// Longest body of a response in bytes. Default: 64 MiB.
    pub max_response: usize,
    /// Most exchanges at a time; further ones wait until one ends or their time is over. Default: 64.
    pub max_concurrent: usize,
}

impl Default for Grant {
    fn default() -> Self {
        Self {
            hosts: Vec::new(),
            only: None,
            http: true,
            https: true,
            sockets: false,
            insecure_tls: false,
            timeout: Duration::from_secs(300),
            max_response: 64 << 20,
            max_concurrent: 64,
        }
    }
}

impl Grant {
    /// The named hosts, with the default limits.
    pub fn hosts<'a>(patterns: impl IntoIterator<Item = &'a str>) -> Self {
        Self { hosts: patterns.into_iter().map(HostPattern::new).collect(), ..Self::default() }
    }

    /// Whether the host may be contacted.
    pub fn allows(&self, host: &str) -> bool {
        let host = host.trim_end_matches('.').to_ascii_lowercase();
        let named = |list: &[HostPattern]| list.iter().any(|pattern| pattern.matches(&host));
        !host.is_empty() && named(&self.hosts) && self.only.as_deref().is_none_or(named)
    }

    pub(crate) fn allows_scheme(&self, scheme: &str) -> bool {
        match scheme {
            "http" => self.http,
            "https" => self.https,
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Grant;

    #[test]
    fn only_what_is_named_is_allowed() {
        let grant = Grant::hosts(["Example.com", "*.internal", "[::1]", "10.0.0.1"]);
        for host in ["example.com", "EXAMPLE.COM", "example.com.", "a.internal", "a.b.internal", "::1", "10.0.0.1"] {
            assert!(grant.allows(host), "{host}");
        }
        for host in ["", ".", "www.example.com", "example.com.evil", "internal", ".internal", "xinternal", "10.0.0.10"]
        {
            assert!(!grant.allows(host), "{host}");
        }
        assert!(!Grant::default().allows("localhost"));
        assert!(Grant::hosts(["*"]).allows("anything"));
        let only = Some(vec![super::HostPattern::new("a.internal")]);
        let grant = Grant { only, ..grant };
        assert!(grant.allows("a.internal") && !grant.allows("b.internal") && !grant.allows("example.com"));
    }
}
