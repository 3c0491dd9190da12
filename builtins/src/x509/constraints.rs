//! Name constraints: which names an authority may vouch for.

use std::net::IpAddr;

use super::Certificate;
use super::domain::{self, Mailbox};
use super::extensions::{ia5, ip};
use crate::encoding::der::{self, Reader};
use crate::url::quote;

/// A range of addresses: base and mask, of the same family.
#[derive(Clone, Debug)]
pub(super) struct IpRange {
    pub(super) base: Vec<u8>,
    pub(super) mask: Vec<u8>,
}

/// The names of one side.
#[derive(Debug, Default)]
pub(super) struct Subtrees {
    pub(super) dns: Vec<String>,
    pub(super) ips: Vec<IpRange>,
    pub(super) emails: Vec<String>,
    pub(super) uris: Vec<String>,
}

/// Both sides.
#[derive(Debug, Default)]
pub(super) struct NameConstraints {
    pub(super) permitted: Subtrees,
    pub(super) excluded: Subtrees,
    pub(super) critical: bool,
}

impl NameConstraints {
    /// Also tells whether every constraint was understood.
    pub(super) fn parse(mut r: Reader<'_>, critical: bool) -> Result<(Self, bool), String> {
        let invalid = "x509: invalid NameConstraints extension";
        let mut top = r.inside(der::SEQUENCE).filter(|_| r.is_empty()).ok_or(invalid)?;
        let permitted = top.optional(der::context_constructed(0)).ok_or(invalid)?;
        let excluded = top.optional(der::context_constructed(1)).ok_or(invalid)?;
        if !top.is_empty() {
            return Err(invalid.into());
        }
        let is_empty = |r: &Option<Reader<'_>>| r.as_ref().is_none_or(Reader::is_empty);
        if is_empty(&permitted) && is_empty(&excluded) {
            return Err("x509: empty name constraints extension".into());
        }
        let mut complete = true;
        let mut side = |r: Option<Reader<'_>>| r.map_or(Ok(Subtrees::default()), |r| subtrees(r, &mut complete));
        let out = NameConstraints { permitted: side(permitted)?, excluded: side(excluded)?, critical };
        Ok((out, complete))
    }
}

fn subtrees(mut r: Reader<'_>, complete: &mut bool) -> Result<Subtrees, String> {
    let mut out = Subtrees::default();
    while !r.is_empty() {
        let name =
            r.inside(der::SEQUENCE).and_then(|mut s| s.any()).ok_or("x509: invalid NameConstraints extension")?;
        let text = || {
            ia5(name.body).ok_or_else(|| {
                let shown = quote(name.body);
                format!("x509: invalid constraint value: x509: {shown} cannot be encoded as an IA5String")
            })
        };
        match name.tag {
            0x82 => {
                let domain = text()?;
                if !domain::is_valid(&domain, true) {
                    return Err(format!("x509: failed to parse dnsName constraint {}", quote(name.body)));
                }
                out.dns.push(domain);
            }
            0x87 => out.ips.push(ip_range(name.body)?),
            0x81 => {
                let email = text()?;
                let ok = if email.contains('@') {
                    domain::mailbox(&email).is_some()
                } else {
                    domain::is_valid(&email, true)
                };
                if !ok {
                    return Err(format!("x509: failed to parse rfc822Name constraint {}", quote(name.body)));
                }
                out.emails.push(email);
            }
            0x86 => {
                let domain = text()?;
                let shown = quote(name.body);
                if domain.parse::<IpAddr>().is_ok() {
                    return Err(format!("x509: failed to parse URI constraint {shown}: cannot be IP address"));
                }
                if !domain::is_valid(&domain, true) {
                    return Err(format!("x509: failed to parse URI constraint {shown}"));
                }
                out.uris.push(domain);
            }
            _ => *complete = false,
        }
    }
    Ok(out)
}

fn ip_range(bytes: &[u8]) -> Result<IpRange, String> {
    if !matches!(bytes.len(), 8 | 32) {
        return Err(format!("x509: IP constraint contained value of length {}", bytes.len()));
    }
    let (base, mask) = bytes.split_at(bytes.len() / 2);
    let ones: u32 = mask.iter().map(|b| b.leading_ones()).sum();
    let prefix: u32 = mask.iter().map_while(|b| (*b == 0xff).then_some(8)).sum();
    let next = mask.get(usize::try_from(prefix / 8).unwrap_or(usize::MAX)).map_or(0, |b| b.leading_ones());
    let is_prefix = mask.iter().map(|b| b.count_ones()).sum::<u32>() == ones && prefix + next == ones;
    if !is_prefix {
        return Err(format!("x509: IP constraint contained invalid mask {}", crate::encoding::hex(mask)));
    }
    Ok(IpRange { base: base.to_vec(), mask: mask.to_vec() })
}

impl IpRange {
    fn contains(&self, ip: IpAddr) -> bool {
        let bytes = match ip {
            IpAddr::V4(a) => a.octets().to_vec(),
            IpAddr::V6(a) => a.octets().to_vec(),
        };
        bytes.len() == self.base.len() && bytes.iter().zip(&self.base).zip(&self.mask).all(|((a, b), m)| a & m == b & m)
    }

    /// As Go shows the base.
    pub(super) fn base_text(&self) -> String {
        ip(&self.base).map(|a| a.to_string()).unwrap_or_default()
    }
}

/// The domain lies at or below the constraint; letters without case.
fn domain_below(domain: &str, constraint: &str) -> bool {
    let (d, c) = (domain.to_ascii_lowercase(), constraint.to_ascii_lowercase());
    match d.strip_suffix(c.as_str()) {
        Some(head) => c.is_empty() || head.is_empty() || c.starts_with('.') || head.ends_with('.'),
        None => false,
    }
}

/// A wildcard name could stand for the excluded one.
fn wildcard_covers(domain: &str, excluded: &str) -> bool {
    let tail = |s: &str| s.find('.').map(|i| s[i..].to_ascii_lowercase());
    domain.starts_with('*') && tail(domain).is_some_and(|t| tail(excluded) == Some(t))
}

fn email_below(m: &Mailbox, constraint: &str) -> bool {
    if !constraint.contains('@') {
        return domain_below(&m.domain, constraint);
    }
    domain::mailbox(constraint).is_some_and(|c| c.local == m.local && c.domain.eq_ignore_ascii_case(&m.domain))
}

fn side<T>(permitted: &[T], excluded: &[T], hit: impl Fn(&T) -> bool, hit_excluded: impl Fn(&T) -> bool) -> bool {
    (permitted.is_empty() || permitted.iter().any(hit)) && !excluded.iter().any(hit_excluded)
}

impl NameConstraints {
    fn allow(&self, cert: &Certificate) -> bool {
        let (p, x) = (&self.permitted, &self.excluded);
        let names = &cert.extensions.names;
        let ips = names.ips.iter().all(|&ip| side(&p.ips, &x.ips, |r| r.contains(ip), |r| r.contains(ip)));
        let dns = names.dns.iter().all(|d| {
            let covers = |c: &String| domain_below(d, c) || wildcard_covers(d, c);
            domain::is_valid(d, false) && side(&p.dns, &x.dns, |c| domain_below(d, c), covers)
        });
        let uris = names.uris.iter().all(|u| {
            let Some(host) = uri_host(&u.host) else { return false };
            let below = |c: &String| domain_below(&host, c);
            domain::is_valid(&host, false) && side(&p.uris, &x.uris, below, below)
        });
        let emails = names.emails.iter().all(|e| {
            let Some(m) = domain::mailbox(e) else { return false };
            let below = |c: &String| email_below(&m, c);
            domain::is_valid(&m.domain, false) && side(&p.emails, &x.emails, below, below)
        });
        ips && dns && uris && emails
    }
}

/// The host of a URI in lower case; none if it is empty or an address, which no constraint can cover.
fn uri_host(host: &[u8]) -> Option<String> {
    let host = String::from_utf8_lossy(host).to_lowercase();
    let name = match host.rsplit_once(':') {
        Some((name, port)) if !host.ends_with(']') && !name.contains(':') && !port.contains(']') => name,
        Some(_) if !host.ends_with(']') => return None,
        _ => &host,
    };
    (!name.is_empty() && !name.starts_with('[') && name.parse::<IpAddr>().is_err()).then(|| name.to_owned())
}

/// Every certificate below a constrained authority keeps to its constraints. The chain begins with the leaf.
pub(super) fn chain_ok(chain: &[&Certificate]) -> bool {
    chain.iter().enumerate().all(|(i, authority)| match &authority.extensions.constraints {
        None => true,
        Some(c) => chain[..i].iter().all(|cert| !cert.extensions.has_alternative_names() || c.allow(cert)),
    })
}
