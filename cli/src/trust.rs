//! Arguments for keys, shared by the verbs that sign or verify, and what they make of them.

use std::path::Path;
use std::sync::Arc;

use writ_bundle::{Limits, Reader, Signer, Trust, Verification, VerificationKey};

use crate::load::LoadErrors;

/// What bundles must be signed with.
#[derive(Debug, clap::Args)]
pub(crate) struct Verifying {
    /// Secret (HMAC) or PEM file of the public key; bundles must then be signed with it as a whole
    #[arg(long, value_name = "KEY")]
    verification_key: Option<String>,
    /// Name of the verification key
    #[arg(long, default_value = "default", value_name = "ID")]
    pub(crate) verification_key_id: String,
    /// What the signature must be for
    #[arg(long, default_value = "", hide_default_value = true)]
    scope: String,
    /// Names of files that need not be signed, such as `*.md`; may be repeated
    #[arg(long, value_name = "PATTERN", value_delimiter = ',')]
    exclude_files_verify: Vec<String>,
}

/// What bundles are signed with.
#[derive(Debug, clap::Args)]
pub(crate) struct Signing {
    /// Secret (HMAC) or PEM file of the private key
    #[arg(long, value_name = "KEY")]
    signing_key: Option<String>,
    /// JSON file with more claims for the signature
    #[arg(long, value_name = "FILE")]
    claims_file: Option<String>,
}

/// Names of files and folders to leave out.
#[derive(Debug, clap::Args)]
pub(crate) struct Ignoring {
    /// Names of files and folders to leave out, such as `.*`; may be repeated
    #[arg(long, value_name = "PATTERN", value_delimiter = ',')]
    pub(crate) ignore: Vec<String>,
}

impl Ignoring {
    /// Reads without looking at signatures.
    pub(crate) fn reader(&self) -> Reader {
        Reader { limits: Limits::default(), trust: Trust::Unchecked, ignore: self.ignore.clone() }
    }
}

impl Verifying {
    /// A reader that demands the key's signature if there is a key, and does `otherwise` if there is none.
    pub(crate) fn reader(&self, algorithm: &str, ignoring: &Ignoring, otherwise: Trust) -> Result<Reader, LoadErrors> {
        let trust = match &self.verification_key {
            None => otherwise,
            Some(key) => {
                let key = VerificationKey::new(algorithm, &key_text(key)?)
                    .map_err(|e| LoadErrors(vec![format!("verification key: {e}")]))?;
                Trust::Signed(Arc::new(Verification {
                    scope: self.scope.clone(),
                    exclude: self.exclude_files_verify.clone(),
                    ..Verification::with_key(&self.verification_key_id, key)
                }))
            }
        };
        Ok(Reader { trust, ..ignoring.reader() })
    }
}

impl Signing {
    /// The signer, if there is a key. `key_id` names it in the signature unless claims are given, as in OPA.
    pub(crate) fn signer(&self, algorithm: &str, key_id: &str) -> Result<Option<Signer>, LoadErrors> {
        let failed = |message: String| LoadErrors(vec![message]);
        let Some(key) = &self.signing_key else { return Ok(None) };
        let signer = Signer::new(algorithm, &key_text(key)?).map_err(|e| failed(format!("signing key: {e}")))?;
        match &self.claims_file {
            None => Ok(Some(signer.with_key_id(key_id))),
            Some(file) => {
                let claims = crate::load::read(Path::new(file)).map_err(failed)?;
                signer.with_claims(&claims).map(Some).map_err(|e| failed(format!("{file}: {e}")))
            }
        }
    }
}

/// A key as given: PEM text itself, a file with it, or a secret.
fn key_text(key: &str) -> Result<Vec<u8>, LoadErrors> {
    let path = Path::new(key);
    if key.starts_with("-----BEGIN") || !path.exists() {
        return Ok(key.as_bytes().to_vec());
    }
    crate::load::read(path).map_err(|message| LoadErrors(vec![message]))
}
