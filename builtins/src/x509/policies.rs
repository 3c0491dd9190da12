//! Certificate policies along a chain (RFC 5280 6.1 as changed by RFC 9618), with any policy acceptable to the user.
//!
//! Only the leaves of the policy graph matter for the verdict, so only they are kept.

use std::collections::BTreeMap;

use super::Certificate;

const ANY: &[u8] = &[0x55, 0x1d, 0x20, 0x00];

/// The leaves: a valid policy and what its children may be.
type Leaves = BTreeMap<Vec<u8>, Vec<Vec<u8>>>;

/// The chain, leaf first and trust anchor last, satisfies the policies that its certificates demand.
pub(super) fn chain_ok(chain: &[&Certificate]) -> bool {
    let Some(n) = chain.len().checked_sub(1).filter(|n| *n > 0) else { return true };
    let mut leaves: Option<Leaves> = Some(BTreeMap::from([(ANY.to_vec(), vec![ANY.to_vec()])]));
    let mut explicit = n + 1;
    let mut mapping = n + 1;
    let mut any = n + 1;
    for (i, cert) in chain[..n].iter().enumerate().rev() {
        let self_signed = cert.raw_issuer == cert.raw_subject;
        let e = &cert.extensions;
        let policies = e.policies.as_deref().unwrap_or_default();
        if policies.is_empty() {
            leaves = None;
        }
        if explicit == 0 && leaves.is_none() {
            return false;
        }
        if let Some(parents) = leaves.take() {
            let use_any = any > 0 || (i > 0 && self_signed);
            let mut next = below(&parents, policies, use_any);
            if i != 0 && !map(&mut next, &e.policy_mappings, mapping > 0) {
                return false;
            }
            leaves = (!next.is_empty()).then_some(next);
        }
        if i == 0 {
            break;
        }
        if !self_signed {
            (explicit, mapping, any) = (explicit.saturating_sub(1), mapping.saturating_sub(1), any.saturating_sub(1));
        }
        let cap =
            |now: usize, limit: Option<i64>| limit.and_then(|l| usize::try_from(l).ok()).map_or(now, |l| now.min(l));
        explicit = cap(explicit, e.require_explicit_policy);
        mapping = cap(mapping, e.inhibit_policy_mapping);
        any = cap(any, e.inhibit_any_policy);
    }
    explicit = explicit.saturating_sub(1);
    if chain[0].extensions.require_explicit_policy == Some(0) {
        explicit = 0;
    }
    explicit > 0 || leaves.is_some()
}

/// The leaves one certificate further.
fn below(parents: &Leaves, policies: &[Vec<u8>], use_any: bool) -> Leaves {
    let mut next = Leaves::new();
    let any_parent = parents.contains_key(ANY);
    for p in policies.iter().filter(|p| *p != ANY) {
        if any_parent || parents.values().any(|expected| expected.contains(p)) {
            next.insert(p.clone(), vec![p.clone()]);
        }
    }
    if use_any && policies.iter().any(|p| p == ANY) {
        for expected in parents.values().flatten() {
            next.entry(expected.clone()).or_insert_with(|| vec![expected.clone()]);
        }
    }
    next
}

/// Applies mappings of one authority's policies to another's; false if they are invalid.
fn map(leaves: &mut Leaves, mappings: &[(Vec<u8>, Vec<u8>)], allowed: bool) -> bool {
    let mut by_issuer: Leaves = BTreeMap::new();
    for (issuer, subject) in mappings {
        if !allowed {
            leaves.remove(issuer);
        } else if issuer == ANY || subject == ANY {
            return false;
        } else {
            by_issuer.entry(issuer.clone()).or_default().push(subject.clone());
        }
    }
    for (issuer, subjects) in by_issuer {
        if leaves.contains_key(&issuer) || leaves.contains_key(ANY) {
            leaves.insert(issuer, subjects);
        }
    }
    true
}
