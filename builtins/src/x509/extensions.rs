//! The extensions of RFC 5280, one function each.

use std::net::IpAddr;

use super::constraints::NameConstraints;
use super::domain;
use crate::encoding::der::{self, Reader, oid_components, signed};
use crate::url::{self, Uri, quote};

/// An extension as it stands in the certificate.
#[derive(Clone, Debug)]
pub(super) struct Extension {
    pub(super) id: Vec<u64>,
    pub(super) critical: bool,
    pub(super) value: Vec<u8>,
}

impl Extension {
    pub(super) fn parse(mut r: Reader<'_>) -> Result<Self, String> {
        let id = r.oid().ok_or("x509: malformed extension OID field")?;
        let mut critical = false;
        if r.peek(der::BOOLEAN) {
            critical = r.boolean().ok_or("x509: malformed extension critical field")?;
        }
        let value = r.body(der::OCTET_STRING).ok_or("x509: malformed extension value field")?;
        Ok(Extension { id, critical, value: value.to_vec() })
    }
}

/// Alternative names of a subject.
#[derive(Debug, Default)]
pub(super) struct AlternativeNames {
    pub(super) dns: Vec<String>,
    pub(super) emails: Vec<String>,
    pub(super) ips: Vec<IpAddr>,
    pub(super) uris: Vec<Uri>,
}

/// A number that an extension may leave out; zero is a value of its own.
pub(super) type OptionalCount = Option<i64>;

/// All extensions, raw and understood.
#[derive(Debug, Default)]
pub(super) struct Extensions {
    pub(super) list: Vec<Extension>,
    pub(super) key_usage: i64,
    pub(super) ext_key_usage: Vec<i64>,
    pub(super) unknown_ext_key_usage: Vec<Vec<u64>>,
    /// Authority or not, and the longest path below it (−1: any).
    pub(super) basic_constraints: Option<(bool, i64)>,
    pub(super) subject_key_id: Vec<u8>,
    pub(super) authority_key_id: Vec<u8>,
    pub(super) ocsp_servers: Vec<String>,
    pub(super) issuer_urls: Vec<String>,
    pub(super) names: AlternativeNames,
    pub(super) constraints: Option<NameConstraints>,
    pub(super) crl_points: Vec<String>,
    /// `None` if there is no such extension. Raw content of the identifiers.
    pub(super) policies: Option<Vec<Vec<u8>>>,
    pub(super) policy_mappings: Vec<(Vec<u8>, Vec<u8>)>,
    pub(super) require_explicit_policy: OptionalCount,
    pub(super) inhibit_policy_mapping: OptionalCount,
    pub(super) inhibit_any_policy: OptionalCount,
    pub(super) unhandled_critical: Vec<Vec<u64>>,
}

type Done = Result<(), String>;

impl Extensions {
    /// Reads what is understood; what is critical and not understood is noted.
    pub(super) fn process(&mut self) -> Done {
        for e in std::mem::take(&mut self.list) {
            let handled = self.one(&e)?;
            if !handled && e.critical {
                self.unhandled_critical.push(e.id.clone());
            }
            self.list.push(e);
        }
        Ok(())
    }

    fn one(&mut self, e: &Extension) -> Result<bool, String> {
        let r = Reader(&e.value);
        match e.id.as_slice() {
            [2, 5, 29, 14] => self.subject_key_identifier(e.critical, r),
            [2, 5, 29, 15] => self.key_usage(r),
            [2, 5, 29, 17] => {
                self.names = AlternativeNames::parse(r)?;
                let n = &self.names;
                return Ok(!(n.dns.is_empty() && n.emails.is_empty() && n.ips.is_empty() && n.uris.is_empty()));
            }
            [2, 5, 29, 19] => self.basic_constraints(r),
            [2, 5, 29, 30] => {
                let (constraints, complete) = NameConstraints::parse(r, e.critical)?;
                self.constraints = Some(constraints);
                return Ok(complete);
            }
            [2, 5, 29, 31] => self.crl_distribution_points(r),
            [2, 5, 29, 32] => self.policies(r),
            [2, 5, 29, 33] => self.policy_mappings(r),
            [2, 5, 29, 35] => self.authority_key_identifier(e.critical, r),
            [2, 5, 29, 36] => self.policy_constraints(r),
            [2, 5, 29, 37] => self.ext_key_usage(r),
            [2, 5, 29, 54] => self.inhibit_any_policy(r),
            [1, 3, 6, 1, 5, 5, 7, 1, 1] => self.authority_info_access(e.critical, r),
            _ => return Ok(false),
        }?;
        Ok(true)
    }

    fn subject_key_identifier(&mut self, critical: bool, mut r: Reader<'_>) -> Done {
        if critical {
            return Err("x509: subject key identifier incorrectly marked critical".into());
        }
        self.subject_key_id = r.body(der::OCTET_STRING).ok_or("x509: invalid subject key identifier")?.to_vec();
        Ok(())
    }

    fn key_usage(&mut self, mut r: Reader<'_>) -> Done {
        let bits = r.bit_string().ok_or("x509: invalid key usage")?;
        self.key_usage = (0..9).filter(|&i| bits.bit(i)).map(|i| 1 << i).sum();
        Ok(())
    }

    fn basic_constraints(&mut self, mut r: Reader<'_>) -> Done {
        let invalid = "x509: invalid basic constraints";
        let mut r = r.inside(der::SEQUENCE).ok_or(invalid)?;
        let is_ca = if r.peek(der::BOOLEAN) { r.boolean().ok_or(invalid)? } else { false };
        let max_path_len = if r.peek(der::INTEGER) { r.int64().filter(|n| *n >= 0).ok_or(invalid)? } else { -1 };
        self.basic_constraints = Some((is_ca, max_path_len));
        Ok(())
    }

    fn crl_distribution_points(&mut self, mut r: Reader<'_>) -> Done {
        let invalid = "x509: invalid CRL distribution point";
        let mut points = r.inside(der::SEQUENCE).ok_or("x509: invalid CRL distribution points")?;
        while !points.is_empty() {
            let mut point = points.inside(der::SEQUENCE).ok_or(invalid)?;
            let Some(mut name) = point.optional(der::context_constructed(0)).ok_or(invalid)? else { continue };
            let mut full = name.inside(der::context_constructed(0)).ok_or(invalid)?;
            while full.peek(der::context(6)) {
                let uri = full.body(der::context(6)).ok_or(invalid)?;
                self.crl_points.push(String::from_utf8_lossy(uri).into_owned());
            }
        }
        Ok(())
    }

    fn policies(&mut self, mut r: Reader<'_>) -> Done {
        let invalid = "x509: invalid certificate policies";
        let mut list = r.inside(der::SEQUENCE).ok_or(invalid)?;
        let mut seen = std::collections::BTreeSet::new();
        let mut out = Vec::new();
        while !list.is_empty() {
            let oid = list.inside(der::SEQUENCE).and_then(|mut p| p.body(der::OID)).ok_or(invalid)?;
            // Each identifier is a run of numbers that ends with its last byte.
            if oid.last().is_none_or(|b| b & 0x80 != 0) || !seen.insert(oid) {
                return Err(invalid.into());
            }
            out.push(oid.to_vec());
        }
        self.policies = Some(out);
        Ok(())
    }

    fn policy_mappings(&mut self, mut r: Reader<'_>) -> Done {
        let invalid = "x509: invalid policy mappings extension";
        let mut list = r.inside(der::SEQUENCE).ok_or(invalid)?;
        while !list.is_empty() {
            let mut pair = list.inside(der::SEQUENCE).ok_or(invalid)?;
            let issuer = pair.body(der::OID).ok_or(invalid)?;
            let subject = pair.body(der::OID).ok_or(invalid)?;
            self.policy_mappings.push((issuer.to_vec(), subject.to_vec()));
        }
        Ok(())
    }

    fn authority_key_identifier(&mut self, critical: bool, mut r: Reader<'_>) -> Done {
        if critical {
            return Err("x509: authority key identifier incorrectly marked critical".into());
        }
        let invalid = "x509: invalid authority key identifier";
        let mut r = r.inside(der::SEQUENCE).ok_or(invalid)?;
        if r.peek(der::context(0)) {
            self.authority_key_id = r.body(der::context(0)).ok_or(invalid)?.to_vec();
        }
        Ok(())
    }

    fn policy_constraints(&mut self, mut r: Reader<'_>) -> Done {
        let invalid = "x509: invalid policy constraints extension";
        let mut r = r.inside(der::SEQUENCE).ok_or(invalid)?;
        let mut count = |n: u8| -> Result<OptionalCount, String> {
            if !r.peek(der::context(n)) {
                return Ok(None);
            }
            Ok(Some(r.integer_with_tag(der::context(n)).and_then(signed).ok_or(invalid)?))
        };
        self.require_explicit_policy = count(0)?;
        self.inhibit_policy_mapping = count(1)?;
        Ok(())
    }

    fn ext_key_usage(&mut self, mut r: Reader<'_>) -> Done {
        let invalid = "x509: invalid extended key usages";
        let mut list = r.inside(der::SEQUENCE).ok_or(invalid)?;
        while !list.is_empty() {
            let oid = list.oid().ok_or(invalid)?;
            match ext_key_usage_number(&oid) {
                Some(n) => self.ext_key_usage.push(n),
                None => self.unknown_ext_key_usage.push(oid),
            }
        }
        Ok(())
    }

    fn inhibit_any_policy(&mut self, mut r: Reader<'_>) -> Done {
        self.inhibit_any_policy = Some(r.int64().ok_or("x509: invalid inhibit any policy extension")?);
        Ok(())
    }

    fn authority_info_access(&mut self, critical: bool, mut r: Reader<'_>) -> Done {
        if critical {
            return Err("x509: authority info access incorrectly marked critical".into());
        }
        let invalid = "x509: invalid authority info access";
        let mut list = r.inside(der::SEQUENCE).ok_or(invalid)?;
        while !list.is_empty() {
            let mut entry = list.inside(der::SEQUENCE).ok_or(invalid)?;
            let method = entry.oid().ok_or(invalid)?;
            if !entry.peek(der::context(6)) {
                continue;
            }
            let uri = String::from_utf8_lossy(entry.body(der::context(6)).ok_or(invalid)?).into_owned();
            match method.as_slice() {
                [1, 3, 6, 1, 5, 5, 7, 48, 1] => self.ocsp_servers.push(uri),
                [1, 3, 6, 1, 5, 5, 7, 48, 2] => self.issuer_urls.push(uri),
                _ => {}
            }
        }
        Ok(())
    }

    /// There is an extension with alternative names, even an empty one.
    pub(super) fn has_alternative_names(&self) -> bool {
        self.alternative_names_raw().is_some()
    }

    /// That extension's bytes.
    pub(super) fn alternative_names_raw(&self) -> Option<&[u8]> {
        self.list.iter().find(|e| e.id == [2, 5, 29, 17]).map(|e| e.value.as_slice())
    }

    /// Policies whose identifiers fit Go's older type.
    pub(super) fn policy_identifiers(&self) -> Option<Vec<Vec<u64>>> {
        self.policies.as_ref().map(|p| p.iter().filter_map(|oid| oid_components(oid)).collect())
    }
}

/// Go's number of an extended key usage.
fn ext_key_usage_number(oid: &[u64]) -> Option<i64> {
    match oid {
        [2, 5, 29, 37, 0] => Some(0),
        [1, 3, 6, 1, 5, 5, 7, 3, n @ 1..=9] => i64::try_from(*n).ok(),
        [1, 3, 6, 1, 4, 1, 311, 10, 3, 3] => Some(10),
        [2, 16, 840, 1, 113_730, 4, 1] => Some(11),
        [1, 3, 6, 1, 4, 1, 311, 2, 1, 22] => Some(12),
        [1, 3, 6, 1, 4, 1, 311, 61, 1, 1] => Some(13),
        _ => None,
    }
}

impl AlternativeNames {
    pub(super) fn parse(mut r: Reader<'_>) -> Result<Self, String> {
        let mut out = AlternativeNames::default();
        let mut list = r.inside(der::SEQUENCE).ok_or("x509: invalid subject alternative names")?;
        while !list.is_empty() {
            let name = list.any().ok_or("x509: invalid subject alternative name")?;
            let text = |kind: &str| ia5(name.body).ok_or_else(|| format!("x509: SAN {kind} is malformed"));
            match name.tag ^ 0x80 {
                1 => out.emails.push(text("rfc822Name")?),
                2 => out.dns.push(text("dNSName")?),
                6 => out.uris.push(uri(&text("uniformResourceIdentifier")?)?),
                7 => out.ips.push(
                    ip(name.body)
                        .ok_or_else(|| format!("x509: cannot parse IP address of length {}", name.body.len()))?,
                ),
                _ => {}
            }
        }
        Ok(out)
    }
}

/// ASCII text.
pub(super) fn ia5(bytes: &[u8]) -> Option<String> {
    if bytes.is_ascii() { String::from_utf8(bytes.to_vec()).ok() } else { None }
}

pub(super) fn ip(bytes: &[u8]) -> Option<IpAddr> {
    match bytes.len() {
        4 => <[u8; 4]>::try_from(bytes).ok().map(IpAddr::from),
        16 => <[u8; 16]>::try_from(bytes).ok().map(IpAddr::from),
        _ => None,
    }
}

fn uri(text: &str) -> Result<Uri, String> {
    let quoted = quote(text.as_bytes());
    let uri = url::parse(text.as_bytes()).map_err(|e| format!("x509: cannot parse URI {quoted}: {e}"))?;
    if !uri.host.is_empty() && !domain::is_valid(&String::from_utf8_lossy(&uri.host), false) {
        return Err(format!("x509: cannot parse URI {quoted}: invalid domain"));
    }
    Ok(uri)
}
