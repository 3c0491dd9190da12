//! What users paste: PEM, base64 of PEM, base64 of DER.

use crate::BuiltinError;
use crate::encoding::base64::{self, Alphabet};
use crate::encoding::pem;
use crate::keys::{PrivateKey, pkcs};

use super::Certificate;
use super::certificate::parse_all;

/// Most certificates or keys in one text.
const MAX_ITEMS: usize = 1000;

pub(super) fn base64(text: &[u8]) -> Result<Vec<u8>, BuiltinError> {
    base64::decode(Alphabet::Std, text).map_err(BuiltinError::from)
}

pub(super) fn certificates(text: &[u8]) -> Result<Vec<Certificate>, String> {
    if text.starts_with(b"-----BEGIN") {
        return from_pem(text);
    }
    let bytes = base64::decode(Alphabet::Std, text).map_err(|e| e.to_string())?;
    if bytes.starts_with(b"-----BEGIN") { from_pem(&bytes) } else { parse_all(&bytes, MAX_ITEMS) }
}

fn from_pem(mut text: &[u8]) -> Result<Vec<Certificate>, String> {
    let mut der = Vec::new();
    while let Some((block, rest)) = pem::decode(text) {
        if block.label != "CERTIFICATE" {
            return Err(format!("PEM block type is '{}', expected CERTIFICATE", block.label));
        }
        der.extend(block.bytes);
        text = rest;
    }
    parse_all(&der, MAX_ITEMS)
}

/// Every private key of the text, which may be PEM or base64 of PEM. Blocks of other kinds are skipped.
pub(super) fn private_keys(text: &[u8]) -> Result<Vec<PrivateKey>, String> {
    let decoded = base64::decode(Alphabet::Std, text);
    let mut text = decoded.as_deref().unwrap_or(text);
    let mut keys = Vec::new();
    while let Some((block, rest)) = pem::decode(text) {
        text = rest;
        keys.push(match block.label.as_str() {
            "RSA PRIVATE KEY" => pkcs::parse_pkcs1(&block.bytes)?,
            "PRIVATE KEY" => pkcs::parse_pkcs8(&block.bytes)?,
            "EC PRIVATE KEY" => pkcs::parse_sec1(&block.bytes)?,
            _ => continue,
        });
        if keys.len() > MAX_ITEMS {
            return Err(format!("more than {MAX_ITEMS} keys"));
        }
    }
    Ok(keys)
}
