//! `crypto.x509.*` and `crypto.parse_private_keys`: certificates, requests and keys, shown as Go shows them.
//!
//! ```text
//!   text ─▶ input.rs ─▶ DER ─▶ certificate.rs (name.rs, extensions.rs) ─▶ Certificate ─▶ json.rs ─▶ Value
//!                          └─▶ request.rs                                  └─▶ verify.rs (constraints, policies, hostname)
//! ```

mod certificate;
mod constraints;
mod domain;
mod extensions;
mod input;
mod json;
mod keypair;
mod name;
mod options;
mod policies;
mod request;
mod verify;

use writ_value::Value;

use crate::keys::json as key_json;
use crate::{Answer, Builtin, BuiltinError, Context, operand};

use certificate::Certificate;
pub(crate) use certificate::parse_one;

/// This namespace's piece of the table.
pub(crate) const BUILTINS: &[Builtin] = &[
    Builtin::new("crypto.x509.parse_certificates", 1, parse_certificates),
    Builtin::nondeterministic("crypto.x509.parse_and_verify_certificates", 1, parse_and_verify),
    Builtin::nondeterministic(
        "crypto.x509.parse_and_verify_certificates_with_options",
        2,
        parse_and_verify_with_options,
    ),
    Builtin::new("crypto.x509.parse_certificate_request", 1, request::parse_request),
    Builtin::new("crypto.x509.parse_keypair", 2, keypair::parse_keypair),
    Builtin::new("crypto.x509.parse_rsa_private_key", 1, parse_private_key_as_jwk),
    Builtin::new("crypto.parse_private_keys", 1, parse_private_keys),
];

fn parse_certificates(_: &mut Context, args: &[Value]) -> Answer {
    let certs = input::certificates(operand::string(args, 1)?.as_bytes()).map_err(BuiltinError::new)?;
    Ok(Some(certs.iter().map(json::extended).collect()))
}

fn verdict(chain: Option<Value>) -> Answer {
    let valid = Value::Bool(chain.is_some());
    Ok(Some(Value::from(vec![valid, chain.unwrap_or_else(|| Value::from(Vec::new()))])))
}

fn parse_and_verify(context: &mut Context, args: &[Value]) -> Answer {
    let Ok(certs) = input::certificates(operand::string(args, 1)?.as_bytes()) else { return verdict(None) };
    let options = options::Options::at(context.now_ns());
    let chain = verify::chain(&certs, &options);
    verdict(chain.map(|c| c.into_iter().map(json::extended).collect()))
}

fn parse_and_verify_with_options(context: &mut Context, args: &[Value]) -> Answer {
    let text = operand::string(args, 1)?;
    let options = operand::object(args, 2)?;
    let Ok(certs) = input::certificates(text.as_bytes()) else { return verdict(None) };
    let options = options::Options::parse(options, context.now_ns()).map_err(BuiltinError::new)?;
    let chain = verify::chain(&certs, &options);
    verdict(chain.map(|c| c.into_iter().map(json::plain).collect()))
}

/// `crypto.x509.parse_rsa_private_key`: the first private key as JSON web key.
fn parse_private_key_as_jwk(_: &mut Context, args: &[Value]) -> Answer {
    let text = operand::string(args, 1)?.as_bytes();
    if text.is_empty() {
        return Err(BuiltinError::new("input PEM data was empty"));
    }
    let decoded;
    let text = if text.starts_with(b"-----BEGIN") {
        text
    } else {
        decoded = input::base64(text)?;
        &decoded
    };
    let keys = input::private_keys(text).map_err(BuiltinError::new)?;
    let Some(first) = keys.first() else { return Ok(Some(Value::Null)) };
    key_json::to_jwk(first)
        .map(Some)
        .ok_or_else(|| BuiltinError::new("jwk.Import: failed to convert *ecdh.PrivateKey to jwk.Key"))
}

fn parse_private_keys(_: &mut Context, args: &[Value]) -> Answer {
    let text = operand::string(args, 1)?.as_bytes();
    if text.is_empty() {
        return Ok(Some(Value::Null));
    }
    let keys = input::private_keys(text).map_err(BuiltinError::new)?;
    Ok(Some(keys.iter().map(key_json::private).collect()))
}

#[cfg(test)]
mod tests;
