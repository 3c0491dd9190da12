//! The keys that a token may be verified with: from a certificate, a PEM public key, a JSON web key or a set of them.

use std::sync::Arc;

use crate::encoding::pem;
use crate::jws::PublicRef;
use crate::keys::{Key, PublicKey, jwk, spki};
use crate::{BuiltinError, Context, x509};

/// A key with what its set says about it; empty if it says nothing.
#[derive(Debug)]
pub(crate) struct VerificationKey {
    pub(crate) key: Key,
    pub(crate) alg: String,
    pub(crate) kid: String,
}

/// The algorithms that tokens may be signed with.
pub(super) const ALGORITHMS: &[&str] = &[
    "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "HS256", "HS384", "HS512", "EdDSA",
];

/// The keys of a text, read once per process while it stays in the cache.
pub(super) fn parse(context: &Context, text: &[u8]) -> Result<Arc<Vec<VerificationKey>>, BuiltinError> {
    context.caches().token_keys.get_or_build(text, || read(text)).map_err(BuiltinError::new)
}

fn read(text: &[u8]) -> Result<Vec<VerificationKey>, String> {
    if let Some((block, rest)) = pem::decode(text) {
        if !rest.is_empty() {
            return Err("extra data after a PEM certificate block".into());
        }
        let key = match block.label.as_str() {
            "CERTIFICATE" => x509::parse_one(&block.bytes)
                .map_err(|e| format!("failed to parse a PEM certificate: {e}"))?
                .public_key
                .unwrap_or(PublicKey::X25519),
            "PUBLIC KEY" => {
                spki::parse_pkix(&block.bytes).map_err(|e| format!("failed to parse a PEM public key: {e}"))?
            }
            _ => return Err("failed to extract a Key from the PEM certificate".into()),
        };
        return Ok(vec![VerificationKey { key: Key::Public(key), alg: String::new(), kid: String::new() }]);
    }
    let keys = jwk::parse(text).map_err(|e| {
        format!("failed to parse a JWK key (set): jwk.ParseString: failed to parse string: jwk.Parse: {e}")
    })?;
    let mut out = Vec::new();
    for k in keys {
        let key = k.key.map_err(|e| format!("jwk.Export: failed to export jwk.Key to raw format: {e}"))?;
        let alg = k.alg.unwrap_or_default();
        if alg.is_empty() || ALGORITHMS.contains(&alg.as_str()) {
            out.push(VerificationKey { key, alg, kid: k.kid.unwrap_or_default() });
        }
    }
    Ok(out)
}

impl VerificationKey {
    pub(super) fn public(&self) -> PublicRef<'_> {
        self.key.public()
    }
}

/// Its size goes with that of the text that it was read from, which the cache counts.
impl crate::cache::Weight for Vec<VerificationKey> {
    fn bytes(&self) -> usize {
        0
    }
}
