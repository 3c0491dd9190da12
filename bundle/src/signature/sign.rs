//! Making `.signatures.json`.

use std::fmt;

use writ_builtins::jws::JwsKey;
use writ_value::{Object, Value, json};

use super::digest::{DEFAULT, digest};
use super::{SignatureError, Signatures};
use crate::assemble::File;
use crate::error::BundleError;
use crate::part::{Part, SIGNATURES};

/// Signs bundles with one key.
pub struct Signer {
    key: JwsKey,
    key_id: String,
    claims: Option<Object>,
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signer").field("key", &self.key).field("key_id", &self.key_id).finish_non_exhaustive()
    }
}

impl Signer {
    /// A signer with a key: PEM text of a private key, or for `HS256`, `HS384`, `HS512` the secret. Algorithms as in JSON web signatures:
    /// `RS*`, `PS*`, `ES256`, `ES384`, `ES512`, `EdDSA`, `HS*`.
    ///
    /// # Errors
    /// [`SignatureError::Key`].
    pub fn new(algorithm: &str, key: &[u8]) -> Result<Self, SignatureError> {
        let key = JwsKey::signing(algorithm, key).map_err(|message| SignatureError::Key { message })?;
        Ok(Self { key, key_id: String::new(), claims: None })
    }

    /// Names the key in the token, for those who have several.
    #[must_use]
    pub fn with_key_id(mut self, id: impl Into<String>) -> Self {
        self.key_id = id.into();
        self
    }

    /// Claims that are added to the token, such as `scope`, `iss` or `iat`: a JSON object.
    ///
    /// # Errors
    /// [`SignatureError::Malformed`] when the text is no object.
    pub fn with_claims(mut self, text: &[u8]) -> Result<Self, SignatureError> {
        let malformed = |message: String| SignatureError::Malformed { message: format!("claims: {message}") };
        match json::parse(text) {
            Ok(Value::Object(claims)) => {
                self.claims = Some(claims.as_ref().clone());
                Ok(self)
            }
            Ok(_) => Err(malformed("not an object".to_owned())),
            Err(e) => Err(malformed(e.to_string())),
        }
    }

    /// Signs all files but the signature itself. `prefix` stands in front of the names, as OPA wants it for a folder; empty for an archive.
    ///
    /// # Errors
    /// [`BundleError::Signature`]; [`BundleError::Malformed`] for data that cannot be hashed by content.
    pub fn sign(&self, files: &[File], prefix: &str) -> Result<Signatures, BundleError> {
        let mut listed = Vec::new();
        for file in files.iter().filter(|f| Part::of(&f.path) != Some(Part::Signatures)) {
            let hash = digest(DEFAULT, file)?.unwrap_or_default();
            let name = if prefix.is_empty() { file.path.clone() } else { format!("{prefix}/{}", file.path) };
            listed.push(Value::object([("algorithm", DEFAULT.to_owned()), ("hash", hash), ("name", name)].map(text)));
        }
        let mut claims = Object::from([(Value::from("files"), Value::from(listed))]);
        match &self.claims {
            // As OPA: the file's claims win, and the deprecated one for the key is left out.
            Some(more) => claims.extend(more.iter().map(|(k, v)| (k.clone(), v.clone()))),
            None if !self.key_id.is_empty() => {
                claims.insert(Value::from("keyid"), Value::from(self.key_id.as_str()));
            }
            None => {}
        }
        let mut header = vec![("alg", self.key.algorithm().to_owned()), ("typ", "JWT".to_owned())];
        if !self.key_id.is_empty() {
            header.push(("kid", self.key_id.clone()));
        }
        let header = json::to_string(&Value::object(header.into_iter().map(text)));
        let payload = json::to_string(&Value::from(claims));
        let failed = |message: String| BundleError::Signature(SignatureError::Key { message });
        let mut seed = [0; 32];
        getrandom::fill(&mut seed).map_err(|e| failed(format!("no randomness: {e}")))?;
        let token = self.key.sign_compact(header.as_bytes(), payload.as_bytes(), seed).map_err(failed)?;
        Ok(Signatures { tokens: vec![token], plugin: String::new() })
    }

    /// The file that belongs into the bundle beside `files`.
    ///
    /// # Errors
    /// As [`Signer::sign`].
    pub fn sign_file(&self, files: &[File], prefix: &str) -> Result<File, BundleError> {
        let signatures = self.sign(files, prefix)?;
        Ok(File { path: SIGNATURES.to_owned(), bytes: signatures.to_json().into_bytes() })
    }
}

fn text((name, value): (&'static str, String)) -> (&'static str, Value) {
    (name, Value::from(value))
}
