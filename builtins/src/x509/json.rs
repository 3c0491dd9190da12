//! Certificates and requests as the objects that Go's encoder makes of them.

use num_bigint::BigInt;
use writ_value::{Number, Value};

use super::Certificate;
use super::constraints::IpRange;
use super::extensions::{AlternativeNames, Extension, OptionalCount};
use crate::keys::json::{bytes, public};

/// An object identifier as a list of numbers.
pub(super) fn oid(components: &[u64]) -> Value {
    components.iter().map(|&n| Value::from(i64::try_from(n).unwrap_or(i64::MAX))).collect()
}

/// An empty list is `null`, as nobody made one.
pub(super) fn list<T>(items: &[T], show: impl Fn(&T) -> Value) -> Value {
    if items.is_empty() { Value::Null } else { items.iter().map(show).collect() }
}

fn text<S: AsRef<str>>(s: &S) -> Value {
    Value::from(s.as_ref())
}

fn blob(b: &[u8]) -> Value {
    if b.is_empty() { Value::Null } else { bytes(b) }
}

fn big(n: &BigInt) -> Value {
    Number::parse(&n.to_string()).map_or(Value::Null, Value::Number)
}

pub(super) fn extensions(all: &[Extension]) -> Value {
    list(all, |e| {
        Value::object([("Id", oid(&e.id)), ("Critical", Value::Bool(e.critical)), ("Value", bytes(&e.value))])
    })
}

fn ip_range(r: &IpRange) -> Value {
    Value::object([("IP", Value::from(r.base_text())), ("Mask", bytes(&r.mask))])
}

pub(super) fn alternative_names(n: &AlternativeNames) -> Vec<(&'static str, Value)> {
    vec![
        ("DNSNames", list(&n.dns, text)),
        ("EmailAddresses", list(&n.emails, text)),
        // An IPv6 address that maps an IPv4 address is shown as the latter.
        ("IPAddresses", list(&n.ips, |ip| Value::from(ip.to_canonical().to_string()))),
        ("URIs", list(&n.uris, crate::url::Uri::to_go)),
    ]
}

/// With the URIs as texts besides.
pub(super) fn extended(cert: &Certificate) -> Value {
    let Value::Object(mut fields) = plain(cert) else { return Value::Null };
    let uris = list(&cert.extensions.names.uris, |u| Value::from(u.text()));
    std::sync::Arc::make_mut(&mut fields).insert(Value::from("URIStrings"), uris);
    Value::Object(fields)
}

/// The fields of Go's certificate.
pub(super) fn plain(cert: &Certificate) -> Value {
    let e = &cert.extensions;
    let mut fields = vec![
        ("Raw", bytes(&cert.raw)),
        ("RawTBSCertificate", bytes(&cert.raw_tbs)),
        ("RawSubjectPublicKeyInfo", bytes(&cert.raw_spki)),
        ("RawSubject", bytes(&cert.raw_subject)),
        ("RawIssuer", bytes(&cert.raw_issuer)),
        ("Signature", bytes(&cert.signature)),
        ("SignatureAlgorithm", Value::from(cert.signature_algorithm.number())),
        ("PublicKeyAlgorithm", Value::from(cert.key_kind)),
        ("PublicKey", cert.public_key.as_ref().map_or(Value::Null, public)),
        ("Version", Value::from(cert.version)),
        ("SerialNumber", big(&cert.serial)),
        ("Issuer", cert.issuer.to_value()),
        ("Subject", cert.subject.to_value()),
        ("NotBefore", Value::from(cert.not_before.to_string())),
        ("NotAfter", Value::from(cert.not_after.to_string())),
        ("KeyUsage", Value::from(e.key_usage)),
        ("Extensions", extensions(&e.list)),
        ("ExtraExtensions", Value::Null),
        ("UnhandledCriticalExtensions", list(&e.unhandled_critical, |id| oid(id))),
        ("ExtKeyUsage", list(&e.ext_key_usage, |&n| Value::from(n))),
        ("UnknownExtKeyUsage", list(&e.unknown_ext_key_usage, |id| oid(id))),
        ("SubjectKeyId", blob(&e.subject_key_id)),
        ("AuthorityKeyId", blob(&e.authority_key_id)),
        ("OCSPServer", list(&e.ocsp_servers, text)),
        ("IssuingCertificateURL", list(&e.issuer_urls, text)),
        ("CRLDistributionPoints", list(&e.crl_points, text)),
    ];
    fields.extend(basic_constraints(e.basic_constraints));
    fields.extend(alternative_names(&e.names));
    fields.extend(name_constraints(cert));
    fields.extend(policies(cert));
    Value::object(fields)
}

fn basic_constraints(c: Option<(bool, i64)>) -> [(&'static str, Value); 4] {
    let (is_ca, max_path_len) = c.unwrap_or((false, 0));
    [
        ("BasicConstraintsValid", Value::Bool(c.is_some())),
        ("IsCA", Value::Bool(is_ca)),
        ("MaxPathLen", Value::from(max_path_len)),
        ("MaxPathLenZero", Value::Bool(c.is_some() && max_path_len == 0)),
    ]
}

fn name_constraints(cert: &Certificate) -> [(&'static str, Value); 9] {
    let none = super::constraints::NameConstraints::default();
    let c = cert.extensions.constraints.as_ref().unwrap_or(&none);
    let (p, x) = (&c.permitted, &c.excluded);
    [
        ("PermittedDNSDomainsCritical", Value::Bool(c.critical)),
        ("PermittedDNSDomains", list(&p.dns, text)),
        ("ExcludedDNSDomains", list(&x.dns, text)),
        ("PermittedIPRanges", list(&p.ips, ip_range)),
        ("ExcludedIPRanges", list(&x.ips, ip_range)),
        ("PermittedEmailAddresses", list(&p.emails, text)),
        ("ExcludedEmailAddresses", list(&x.emails, text)),
        ("PermittedURIDomains", list(&p.uris, text)),
        ("ExcludedURIDomains", list(&x.uris, text)),
    ]
}

/// Dotted notation of an identifier's raw bytes, however big its numbers are.
fn dotted(raw: &[u8]) -> String {
    let mut parts = Vec::new();
    let mut n = num_bigint::BigUint::ZERO;
    for &b in raw {
        n = (n << 7u32) + (b & 0x7f);
        if b & 0x80 == 0 {
            let done = std::mem::take(&mut n);
            if parts.is_empty() {
                let first = u8::from(done >= 40u8.into()) + u8::from(done >= 80u8.into());
                parts.push(first.to_string());
                parts.push((done - first * 40).to_string());
            } else {
                parts.push(done.to_string());
            }
        }
    }
    parts.join(".")
}

fn policies(cert: &Certificate) -> Vec<(&'static str, Value)> {
    let e = &cert.extensions;
    let dotted_value = |raw: &Vec<u8>| Value::from(dotted(raw));
    let count = |name, zero_name, n: OptionalCount| {
        [(name, Value::from(n.unwrap_or(0))), (zero_name, Value::Bool(n == Some(0)))]
    };
    let mut out = vec![
        ("Policies", e.policies.as_deref().map_or(Value::Null, |p| list(p, dotted_value))),
        ("PolicyIdentifiers", e.policy_identifiers().map_or(Value::Null, |ids| ids.iter().map(|id| oid(id)).collect())),
        (
            "PolicyMappings",
            list(&e.policy_mappings, |(issuer, subject)| {
                Value::object([
                    ("IssuerDomainPolicy", dotted_value(issuer)),
                    ("SubjectDomainPolicy", dotted_value(subject)),
                ])
            }),
        ),
    ];
    out.extend(count("RequireExplicitPolicy", "RequireExplicitPolicyZero", e.require_explicit_policy));
    out.extend(count("InhibitPolicyMapping", "InhibitPolicyMappingZero", e.inhibit_policy_mapping));
    out.extend(count("InhibitAnyPolicy", "InhibitAnyPolicyZero", e.inhibit_any_policy));
    out
}
