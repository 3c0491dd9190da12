//! `.signatures.json`: one token that lists every file of the bundle with its digest.
//!
//! ```text
//!   files ─digest─▶ [{name, hash, algorithm}] ─JWS─▶ {"signatures": ["header.payload.signature"]}
//! ```
//!
//! With a key configured a bundle counts only as a whole: every file is listed, every listed file is there, every digest is right.

mod digest;
mod error;
mod sign;
mod verify;

use writ_builtins::jws::Compact;
use writ_value::{Value, json};

pub use error::SignatureError;
pub use sign::Signer;
pub use verify::{Verification, VerificationKey};

use crate::error::BundleError;

/// The contents of `.signatures.json`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Signatures {
    /// Tokens in compact form. OPA makes and accepts exactly one.
    pub tokens: Vec<String>,
    /// Name of the plugin that made them; empty for OPA's own way.
    pub plugin: String,
}

impl Signatures {
    /// Reads the file. Unknown fields are ignored.
    ///
    /// # Errors
    /// [`SignatureError::Malformed`].
    pub fn parse(text: &[u8]) -> Result<Self, BundleError> {
        let malformed = |message: String| BundleError::Signature(SignatureError::Malformed { message });
        let value =
            json::parse(text).map_err(|e| malformed(format!("line {}, column {}: {e}", e.line(), e.column())))?;
        if value.as_object().is_none() {
            return Err(malformed("not an object".to_owned()));
        }
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let tokens = match value.get("signatures") {
            None | Some(Value::Null) => Some(Vec::new()),
            Some(tokens) => tokens.as_array().and_then(|tokens| tokens.iter().map(text).collect()),
        };
        let plugin = match value.get("plugin") {
            None | Some(Value::Null) => Some(String::new()),
            Some(plugin) => text(plugin),
        };
        match (tokens, plugin) {
            (Some(tokens), Some(plugin)) => Ok(Self { tokens, plugin }),
            (None, _) => Err(malformed("`signatures` must be an array of strings".to_owned())),
            (_, None) => Err(malformed("`plugin` must be a string".to_owned())),
        }
    }

    /// The file's text, as OPA writes it.
    pub fn to_json(&self) -> String {
        let tokens: Value = self.tokens.iter().map(|t| Value::from(t.as_str())).collect();
        let mut entries = vec![("signatures", tokens)];
        if !self.plugin.is_empty() {
            entries.push(("plugin", Value::from(self.plugin.as_str())));
        }
        json::to_string_indented(&Value::object(entries), "", " ")
    }

    /// What the tokens say about themselves. Nobody has checked it: for showing, not for deciding.
    pub fn unverified(&self) -> Vec<Claimed> {
        let one = |token: &String| {
            let token = Compact::split(token).ok()?;
            let (header, claims) = (json::parse(&token.header).ok()?, json::parse(&token.payload).ok()?);
            let text = |value: Option<&Value>| value.and_then(Value::as_str).map(str::to_owned);
            Some(Claimed {
                algorithm: text(header.get("alg")).unwrap_or_default(),
                key_id: text(header.get("kid")).or_else(|| text(claims.get("keyid"))).unwrap_or_default(),
                scope: text(claims.get("scope")).unwrap_or_default(),
                n_files: claims.get("files").and_then(Value::as_array).map_or(0, <[Value]>::len),
            })
        };
        self.tokens.iter().filter_map(one).collect()
    }

    fn is_empty(&self) -> bool {
        self.tokens.is_empty() && self.plugin.is_empty()
    }
}

/// What a token says about itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claimed {
    /// Its algorithm.
    pub algorithm: String,
    /// The key that it names; empty if none.
    pub key_id: String,
    /// What it is for; empty if nothing is said.
    pub scope: String,
    /// How many files it lists.
    pub n_files: usize,
}

/// Without a key nobody can say whether a signature holds.
pub(crate) fn refuse_signed(signatures: Option<&Signatures>) -> Result<(), BundleError> {
    match signatures {
        Some(signatures) if !signatures.is_empty() => Err(BundleError::Signature(SignatureError::NoKey)),
        _ => Ok(()),
    }
}

/// A name as it stands in a signature, without `/` and `./` in front; `None` if it leads elsewhere.
fn plain_name(name: &str) -> Option<String> {
    let mut parts = Vec::new();
    for part in name.split('/') {
        match part {
            "" | "." => {}
            ".." => return None,
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}
