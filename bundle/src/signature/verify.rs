//! Checking a bundle against `.signatures.json`.

use std::collections::BTreeMap;
use std::sync::Arc;

use writ_builtins::jws::{Compact, JwsKey};
use writ_value::{Value, json};

use super::digest::digest;
use super::{SignatureError, Signatures, plain_name};
use crate::assemble::File;
use crate::error::BundleError;
use crate::pattern;

/// What a bundle must be signed with. Plain data.
#[derive(Debug, Clone, Default)]
pub struct Verification {
    /// Keys by their ids.
    pub keys: BTreeMap<String, VerificationKey>,
    /// The key that counts, whatever the token says. Without it the token's `kid` chooses, or else its `keyid` claim.
    pub key_id: Option<String>,
    /// What the token must be for; empty: what the key says.
    pub scope: String,
    /// Patterns (as of [`crate::matches_name`]) of files that need not be signed.
    pub exclude: Vec<String>,
}

/// A key that verifies by one algorithm. Cheap to clone.
#[derive(Debug, Clone)]
pub struct VerificationKey {
    key: Arc<JwsKey>,
    scope: String,
}

impl VerificationKey {
    /// A key: PEM text of a public key or certificate, or for `HS*` the secret. The algorithm is fixed here, never by a token.
    ///
    /// # Errors
    /// [`SignatureError::Key`].
    pub fn new(algorithm: &str, key: &[u8]) -> Result<Self, SignatureError> {
        let key = JwsKey::verifying(algorithm, key).map_err(|message| SignatureError::Key { message })?;
        Ok(Self { key: Arc::new(key), scope: String::new() })
    }

    /// What tokens of this key are for, unless the verification says otherwise.
    #[must_use]
    pub fn with_scope(mut self, scope: impl Into<String>) -> Self {
        self.scope = scope.into();
        self
    }
}

impl Verification {
    /// With one key under one id, which counts whatever a token says.
    pub fn with_key(id: impl Into<String>, key: VerificationKey) -> Self {
        let id = id.into();
        Self { keys: BTreeMap::from([(id.clone(), key)]), key_id: Some(id), ..Self::default() }
    }

    /// Checks files (all but `.signatures.json`) against the signatures. `prefix` is what may stand in front of the signed names.
    pub(crate) fn check(
        &self,
        signatures: Option<&Signatures>,
        files: &[File],
        prefix: &str,
    ) -> Result<(), BundleError> {
        let mut signed = self.token(signatures, prefix).map_err(BundleError::Signature)?;
        for file in files {
            let entry = signed.remove(&file.path);
            if self.excludes(&file.path, prefix) {
                continue;
            }
            let Some((algorithm, expected)) = entry else {
                return Err(BundleError::Signature(SignatureError::NotCovered { path: file.path.clone() }));
            };
            let Some(found) = digest(&algorithm, file)? else {
                let message = format!("{}: unsupported hashing algorithm: {algorithm}", file.path);
                return Err(BundleError::Signature(SignatureError::Malformed { message }));
            };
            if !found.eq_ignore_ascii_case(&expected) {
                let path = file.path.clone();
                return Err(BundleError::Signature(SignatureError::Digest { path, signed: expected, found }));
            }
        }
        if signed.is_empty() {
            return Ok(());
        }
        Err(BundleError::Signature(SignatureError::Absent { paths: signed.into_keys().collect() }))
    }

    fn excludes(&self, path: &str, prefix: &str) -> bool {
        let with_prefix = format!("{prefix}/{path}");
        let matches = |pattern: &String| {
            pattern::matches_name(pattern, path) || !prefix.is_empty() && pattern::matches_name(pattern, &with_prefix)
        };
        self.exclude.iter().any(matches)
    }

    /// The listed files with algorithm and digest, once the token's signature and scope hold.
    fn token(
        &self,
        signatures: Option<&Signatures>,
        prefix: &str,
    ) -> Result<BTreeMap<String, (String, String)>, SignatureError> {
        let malformed = |message: String| SignatureError::Malformed { message };
        let signatures = signatures.filter(|s| !s.is_empty()).ok_or(SignatureError::Missing)?;
        if !matches!(signatures.plugin.as_str(), "" | "_default") {
            return Err(malformed(format!("no verifier exists under id {}", signatures.plugin)));
        }
        let [token] = signatures.tokens.as_slice() else {
            let what = if signatures.tokens.is_empty() { "missing JWT" } else { "multiple JWTs not supported" };
            return Err(malformed(format!("{what} (expected exactly one)")));
        };
        let token = Compact::split(token).map_err(malformed)?;
        let parse = |text: &[u8], name: &str| {
            let value = json::parse(text).map_err(|e| malformed(format!("{name} of the token: {e}")))?;
            if value.as_object().is_none() {
                return Err(malformed(format!("{name} of the token: not an object")));
            }
            Ok(value)
        };
        let header = parse(&token.header, "header")?;
        let claims = parse(&token.payload, "payload")?;
        let key = self.key(&header, &claims)?;
        if !key.key.verify(&token) {
            return Err(SignatureError::Invalid);
        }
        let scope = if self.scope.is_empty() { &key.scope } else { &self.scope };
        if claims.get("scope").map_or(Some(""), Value::as_str) != Some(scope) {
            return Err(SignatureError::Scope);
        }
        listed(&claims, prefix)
    }

    /// Nothing but the id of the key is taken from a token that is not verified yet.
    fn key(&self, header: &Value, claims: &Value) -> Result<&VerificationKey, SignatureError> {
        let text = |value: Option<&Value>| value.and_then(Value::as_str).filter(|id| !id.is_empty()).map(str::to_owned);
        let configured = self.key_id.clone().filter(|id| !id.is_empty());
        let id = configured.or_else(|| text(header.get("kid"))).or_else(|| text(claims.get("keyid")));
        let id = id.unwrap_or_default();
        self.keys.get(&id).ok_or(SignatureError::UnknownKey { id })
    }
}

/// The `files` of the claims by their path in the bundle. The prefix is taken off only if all names have it.
fn listed(claims: &Value, prefix: &str) -> Result<BTreeMap<String, (String, String)>, SignatureError> {
    let malformed = |message: &str| SignatureError::Malformed { message: message.to_owned() };
    let files = claims.get("files").and_then(Value::as_array).ok_or_else(|| malformed("no `files` in the token"))?;
    let mut entries = Vec::new();
    for file in files {
        let text = |name: &str| match file.get(name).and_then(Value::as_str) {
            Some(text) if !text.is_empty() => Ok(text.to_owned()),
            _ => Err(malformed("a file in the token needs `name`, `hash` and `algorithm`")),
        };
        entries.push((text("name")?, (text("algorithm")?, text("hash")?)));
    }
    let below = format!("{prefix}/");
    let relative = |name: &str| name.trim_start_matches("./").trim_start_matches('/').to_owned();
    let strip = !prefix.is_empty() && entries.iter().all(|(name, _)| relative(name).starts_with(&below));
    let mut out = BTreeMap::new();
    for (name, entry) in entries {
        let name = relative(&name);
        let name = if strip { &name[below.len()..] } else { &name };
        let name = plain_name(name).ok_or_else(|| malformed("a name in the token leads out of the bundle"))?;
        if out.insert(name, entry).is_some() {
            return Err(malformed("a file stands in the token twice"));
        }
    }
    Ok(out)
}
