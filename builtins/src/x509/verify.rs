//! Building and checking a chain: the first certificate is the anchor, the last the leaf, all others may stand between.

use std::net::IpAddr;

use super::certificate::SignatureAlgorithm;
use super::options::Options;
use super::{Certificate, constraints, domain, policies};
use crate::encoding::der::{self, Reader};
use crate::keys::{PublicKey, signature};

/// Most signatures that are checked for one leaf, so that many alike authorities cannot cost more.
const MAX_SIGNATURE_CHECKS: usize = 100;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    Leaf,
    Intermediate,
    Root,
}

struct Search<'a> {
    root: &'a Certificate,
    intermediates: &'a [Certificate],
    options: &'a Options,
    n_checks: usize,
    found: Vec<Vec<&'a Certificate>>,
}

/// The first chain, leaf first, that leads from the last certificate to the first and satisfies the options.
pub(super) fn chain<'a>(certs: &'a [Certificate], options: &'a Options) -> Option<Vec<&'a Certificate>> {
    let [root, intermediates @ .., leaf] = certs else { return None };
    if !is_valid(leaf, Role::Leaf, &[], options) || !host_ok(leaf, &options.dns_name) {
        return None;
    }
    let chains = if root.raw == leaf.raw {
        vec![vec![leaf]]
    } else {
        let mut search = Search { root, intermediates, options, n_checks: 0, found: Vec::new() };
        search.extend(&[leaf]);
        search.found
    };
    chains.into_iter().find(|c| policies::chain_ok(c) && usages_ok(c, &options.key_usages) && constraints::chain_ok(c))
}

impl<'a> Search<'a> {
    /// Depth first; a chain never holds a certificate twice, so depth is bounded by their number and by the checks.
    fn extend(&mut self, chain: &[&'a Certificate]) {
        let Some(&child) = chain.last() else { return };
        let root = std::iter::once(self.root).map(|c| (Role::Root, c));
        let mut candidates: Vec<_> = root.filter(|(_, c)| c.raw_subject == child.raw_issuer).collect();
        let mut between: Vec<_> = self
            .intermediates
            .iter()
            .filter(|c| c.raw_subject == child.raw_issuer)
            .map(|c| (Role::Intermediate, c))
            .collect();
        between.sort_by_key(|(_, c)| key_id_rank(c, child));
        candidates.extend(between);
        for (role, parent) in candidates {
            self.n_checks += 1;
            if self.n_checks > MAX_SIGNATURE_CHECKS {
                return;
            }
            if parent.public_key.is_none()
                || in_chain(parent, chain)
                || !is_signed_by(child, parent)
                || !is_valid(parent, role, chain, self.options)
            {
                continue;
            }
            let longer = [chain, &[parent]].concat();
            if role == Role::Root {
                self.found.push(longer);
            } else {
                self.extend(&longer);
            }
        }
    }
}

/// Likelier issuers first: key identifiers that match, then unknown ones, then others.
fn key_id_rank(parent: &Certificate, child: &Certificate) -> u8 {
    let (s, a) = (&parent.extensions.subject_key_id, &child.extensions.authority_key_id);
    match (s == a, s.is_empty() != a.is_empty()) {
        (true, _) => 0,
        (false, true) => 1,
        (false, false) => 2,
    }
}

fn in_chain(candidate: &Certificate, chain: &[&Certificate]) -> bool {
    chain.iter().any(|c| {
        c.raw_subject == candidate.raw_subject
            && c.raw_spki == candidate.raw_spki
            && c.extensions.alternative_names_raw() == candidate.extensions.alternative_names_raw()
    })
}

fn is_valid(cert: &Certificate, role: Role, chain: &[&Certificate], options: &Options) -> bool {
    let now = i128::from(options.now_ns);
    let authority = cert.extensions.basic_constraints;
    let path_ok = match authority {
        Some((_, max)) if max >= 0 => chain.len() <= usize::try_from(max).map_or(usize::MAX, |m| m.saturating_add(1)),
        _ => true,
    };
    cert.extensions.unhandled_critical.is_empty()
        && chain.last().is_none_or(|child| child.raw_issuer == cert.raw_subject)
        && cert.not_before.as_nanosecond() <= now
        && now <= cert.not_after.as_nanosecond()
        && (role != Role::Intermediate || authority.is_some_and(|(is_ca, _)| is_ca))
        && path_ok
}

/// The parent may sign certificates and did sign this one.
fn is_signed_by(child: &Certificate, parent: &Certificate) -> bool {
    const CERT_SIGN: i64 = 1 << 5;
    let e = &parent.extensions;
    let may_sign = match e.basic_constraints {
        None => parent.version != 3,
        Some((is_ca, _)) => is_ca,
    };
    if !may_sign || (e.key_usage != 0 && e.key_usage & CERT_SIGN == 0) {
        return false;
    }
    let (message, sig) = (&child.raw_tbs, &child.signature);
    match (child.signature_algorithm, &parent.public_key) {
        (SignatureAlgorithm::Pkcs1(h), Some(PublicKey::Rsa(k))) => signature::verify_pkcs1(k, h, message, sig),
        (SignatureAlgorithm::Pss(h), Some(PublicKey::Rsa(k))) => {
            signature::verify_pss(k, h, Some(h.n_bytes()), message, sig)
        }
        (SignatureAlgorithm::Ecdsa(h), Some(PublicKey::Ec(k))) => match ecdsa_parts(sig) {
            Some((r, s)) => signature::verify_ecdsa(k, h, message, r, s),
            None => false,
        },
        (SignatureAlgorithm::Ed25519, Some(PublicKey::Ed25519(k))) => signature::verify_ed25519(k, message, sig),
        _ => false,
    }
}

/// The two numbers of an ECDSA signature in DER.
fn ecdsa_parts(sig: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut outer = Reader(sig);
    let mut r = outer.inside(der::SEQUENCE)?;
    let positive = |b: &&[u8]| b[0] & 0x80 == 0;
    let (a, b) = (r.integer().filter(positive)?, r.integer().filter(positive)?);
    (r.is_empty() && outer.is_empty()).then_some((a, b))
}

fn host_ok(leaf: &Certificate, host: &str) -> bool {
    if host.is_empty() {
        return true;
    }
    let address = host.strip_prefix('[').and_then(|h| h.strip_suffix(']')).unwrap_or(host);
    if let Ok(ip) = address.parse::<IpAddr>() {
        return leaf.extensions.names.ips.iter().any(|i| i.to_canonical() == ip.to_canonical());
    }
    domain::host_matches(&leaf.extensions.names.dns, host)
}

/// One of the wanted usages is allowed by every certificate that restricts usages.
fn usages_ok(chain: &[&Certificate], wanted: &[i64]) -> bool {
    const ANY: i64 = 0;
    wanted.contains(&ANY)
        || wanted.iter().any(|usage| {
            chain.iter().all(|c| {
                let e = &c.extensions;
                (e.ext_key_usage.is_empty() && e.unknown_ext_key_usage.is_empty())
                    || e.ext_key_usage.contains(usage)
                    || e.ext_key_usage.contains(&ANY)
            })
        })
}
