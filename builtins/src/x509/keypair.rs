//! `crypto.x509.parse_keypair`: a certificate with its private key, as Go's TLS loads them.

use writ_value::Value;

use super::{input, json};
use crate::encoding::base64::{Alphabet, encode};
use crate::encoding::pem::{self, Block};
use crate::keys::{PrivateKey, PublicKey, json as key_json, pkcs};
use crate::{Answer, BuiltinError, Context, operand};

pub(super) fn parse_keypair(_: &mut Context, args: &[Value]) -> Answer {
    let cert = operand::string(args, 1)?;
    let Value::String(key) = &args[1] else { return Err(operand::type_error(1, &args[1], &["string"])) };
    let cert = pem_text(cert.as_bytes(), "CERTIFICATE")?;
    let key = pem_text(key.as_bytes(), "PRIVATE KEY")?;
    load(&cert, &key).map(Some).map_err(BuiltinError::new)
}

/// PEM stays; anything else is base64 of PEM or of DER.
fn pem_text(text: &[u8], label: &str) -> Result<Vec<u8>, BuiltinError> {
    if text.starts_with(b"-----BEGIN ") {
        return Ok(text.to_vec());
    }
    let bytes = input::base64(text)?;
    if bytes.starts_with(b"-----BEGIN ") {
        return Ok(bytes);
    }
    let body = encode(Alphabet::Std, &bytes);
    Ok(format!("-----BEGIN {label}-----\n{body}\n-----END {label}-----\n").into_bytes())
}

fn blocks(mut text: &[u8]) -> impl Iterator<Item = Block> + '_ {
    std::iter::from_fn(move || {
        let (block, rest) = pem::decode(text)?;
        text = rest;
        Some(block)
    })
}

fn load(cert: &[u8], key: &[u8]) -> Result<Value, String> {
    let (mut chain, mut skipped) = (Vec::new(), Vec::new());
    for block in blocks(cert) {
        if block.label == "CERTIFICATE" {
            chain.push(block.bytes);
        } else {
            skipped.push(block.label);
        }
    }
    let Some(leaf) = chain.first() else {
        return Err(match skipped.as_slice() {
            [] => "tls: failed to find any PEM data in certificate input".into(),
            [one] if one.ends_with("PRIVATE KEY") => "tls: failed to find certificate PEM data in certificate input, \
                                                      but did find a private key; PEM inputs may have been switched"
                .into(),
            _ => format!(
                "tls: failed to find \"CERTIFICATE\" PEM block in certificate input after skipping PEM blocks of the \
                 following types: [{}]",
                skipped.join(" ")
            ),
        });
    };
    let key = private_block(key)?;
    let leaf = super::parse_one(leaf)?;
    let key = pkcs::parse_any(&key)?;
    let matches = match (&leaf.public_key, &key) {
        (Some(PublicKey::Rsa(p)), PrivateKey::Rsa(k)) => *p == k.public,
        (Some(PublicKey::Ec(p)), PrivateKey::Ec { public, .. }) => p == public,
        (Some(PublicKey::Ed25519(p)), PrivateKey::Ed25519 { public, .. }) => p == public,
        (Some(PublicKey::Rsa(_) | PublicKey::Ec(_) | PublicKey::Ed25519(_)), _) => {
            return Err("tls: private key type does not match public key type".into());
        }
        _ => return Err("tls: unknown public key algorithm".into()),
    };
    if !matches {
        return Err("tls: private key does not match public key".into());
    }
    Ok(Value::object([
        ("Certificate", chain.iter().map(|c| key_json::bytes(c)).collect()),
        ("PrivateKey", key_json::private(&key)),
        ("SupportedSignatureAlgorithms", Value::Null),
        ("OCSPStaple", Value::Null),
        ("SignedCertificateTimestamps", Value::Null),
        ("Leaf", json::plain(&leaf)),
    ]))
}

/// The first block that holds a private key.
fn private_block(text: &[u8]) -> Result<Vec<u8>, String> {
    let mut skipped = Vec::new();
    for block in blocks(text) {
        if block.label == "PRIVATE KEY" || block.label.ends_with(" PRIVATE KEY") {
            return Ok(block.bytes);
        }
        skipped.push(block.label);
    }
    Err(match skipped.as_slice() {
        [] => "tls: failed to find any PEM data in key input".into(),
        [one] if one == "CERTIFICATE" => {
            "tls: found a certificate rather than a key in the PEM for the private key".into()
        }
        _ => format!(
            "tls: failed to find PEM block with type ending in \"PRIVATE KEY\" in key input after skipping PEM blocks \
             of the following types: [{}]",
            skipped.join(" ")
        ),
    })
}
