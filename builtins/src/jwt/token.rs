//! The three parts of a token and its header.

use std::collections::BTreeSet;

use writ_value::{Value, json};

use crate::encoding::base64;
use crate::{BuiltinError, operand};

/// A token's parts, still encoded.
#[derive(Clone, Copy, Debug)]
pub(super) struct Token<'a> {
    pub(super) header: &'a [u8],
    pub(super) payload: &'a [u8],
    pub(super) signature: &'a [u8],
}

impl<'a> Token<'a> {
    /// Takes apart the first operand.
    pub(super) fn split(value: &'a Value) -> Result<Self, BuiltinError> {
        let Value::String(s) = value else { return Err(operand::type_error(1, value, &["string"])) };
        let parts: Vec<&[u8]> = s.as_bytes().splitn(4, |&b| b == b'.').collect();
        match parts[..] {
            [_] => Err(BuiltinError::new("encoded JWT had no period separators")),
            [header, payload, signature] => Ok(Token { header, payload, signature }),
            _ => {
                let n = 1 + s.as_bytes().iter().filter(|&&b| b == b'.').count();
                Err(BuiltinError::new(format!("encoded JWT must have 3 sections, found {n}")))
            }
        }
    }

    /// What was signed.
    pub(super) fn signed(&self) -> Vec<u8> {
        [self.header, b".", self.payload].concat()
    }

    /// The header as an object.
    pub(super) fn header_value(&self) -> Result<Value, BuiltinError> {
        let text = base64::decode_url_lenient(self.header)
            .map_err(|e| BuiltinError::new(format!("JWT header had invalid encoding: {e}")))?;
        let header = object(&text).map_err(|e| BuiltinError::new(format!("bad JWT header: {}", e.message())))?;
        if header.get("enc").is_some() {
            return Err(BuiltinError::new("JWT is a JWE object, which is not supported"));
        }
        Ok(header)
    }

    pub(super) fn payload_bytes(&self) -> Result<Vec<u8>, BuiltinError> {
        base64::decode_url_lenient(self.payload)
            .map_err(|e| BuiltinError::new(format!("JWT payload had invalid encoding: {e}")))
    }

    pub(super) fn signature_bytes(&self) -> Result<Vec<u8>, BuiltinError> {
        base64::decode_url_lenient(self.signature).map_err(BuiltinError::new)
    }
}

/// JSON that must be an object.
pub(super) fn object(text: &[u8]) -> Result<Value, BuiltinError> {
    let value = json::parse(text).map_err(|e| BuiltinError::new(format!("invalid JSON: {e}")))?;
    match value {
        Value::Object(_) => Ok(value),
        _ => Err(BuiltinError::new("decoded JSON type was not an Object")),
    }
}

/// The fields of a header that verification looks at.
#[derive(Debug, Default)]
pub(super) struct Header {
    pub(super) alg: String,
    pub(super) kid: String,
    pub(super) cty: String,
    has_unknown_critical: bool,
}

impl Header {
    pub(super) fn parse(value: &Value) -> Result<Header, BuiltinError> {
        let text = |name: &str| match value.get(name) {
            None => Ok(String::new()),
            Some(Value::String(s)) => Ok(s.to_string()),
            Some(_) => Err(BuiltinError::new(format!("{name}: must be a string"))),
        };
        // Fields are checked in the order of their names, as the first complaint is the one reported.
        let alg = text("alg")?;
        let critical: BTreeSet<&Value> = match value.get("crit") {
            None => BTreeSet::new(),
            Some(Value::Array(names)) => {
                let names: BTreeSet<_> = names.iter().take_while(|n| matches!(n, Value::String(_))).collect();
                if names.is_empty() {
                    return Err(BuiltinError::new("crit: must be a nonempty list"));
                }
                names
            }
            Some(_) => return Err(BuiltinError::new("crit: must be a list")),
        };
        let (cty, kid) = (text("cty")?, text("kid")?);
        text("typ")?;
        let known = |n: &Value| matches!(n.as_str(), Some("alg" | "kid" | "typ" | "cty" | "crit"));
        let has_unknown_critical =
            value.as_object().is_some_and(|o| o.keys().any(|k| !known(k) && critical.contains(k)));
        Ok(Header { alg, kid, cty, has_unknown_critical })
    }

    /// There is an algorithm, and nothing critical that is not understood (RFC 7515, 4.1.11).
    pub(super) fn is_valid(&self) -> bool {
        !self.alg.is_empty() && !self.has_unknown_critical
    }
}
