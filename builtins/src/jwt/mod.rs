//! `io.jwt.*`: reading, verifying and making JSON web tokens in compact form.
//!
//! ```text
//!   token.rs   text ─▶ Token, Header          verify.rs  one signature against one kind of key
//!   keys.rs    certificate or key set ─▶ keys decode.rs  decode_verify with its constraints
//!   encode.rs  header, payload, key ─▶ text
//! ```
//!
//! A key verifies only algorithms of its own kind: a public key is never taken for a secret, and `none` is no algorithm.

mod decode;
mod encode;
mod keys;
mod token;
mod verify;

use writ_value::Value;

use crate::encoding::{base64, hex};
use crate::{Answer, Builtin, BuiltinError, Context};

pub(crate) use keys::VerificationKey;
use token::Token;

/// This namespace's piece of the table.
pub(crate) const BUILTINS: &[Builtin] = &[
    Builtin::new("io.jwt.decode", 1, decode_only),
    Builtin::new("io.jwt.verify_rs256", 2, verify::rs256),
    Builtin::new("io.jwt.verify_rs384", 2, verify::rs384),
    Builtin::new("io.jwt.verify_rs512", 2, verify::rs512),
    Builtin::new("io.jwt.verify_ps256", 2, verify::ps256),
    Builtin::new("io.jwt.verify_ps384", 2, verify::ps384),
    Builtin::new("io.jwt.verify_ps512", 2, verify::ps512),
    Builtin::new("io.jwt.verify_es256", 2, verify::es256),
    Builtin::new("io.jwt.verify_es384", 2, verify::es384),
    Builtin::new("io.jwt.verify_es512", 2, verify::es512),
    Builtin::new("io.jwt.verify_eddsa", 2, verify::eddsa),
    Builtin::new("io.jwt.verify_hs256", 2, verify::hs256),
    Builtin::new("io.jwt.verify_hs384", 2, verify::hs384),
    Builtin::new("io.jwt.verify_hs512", 2, verify::hs512),
    Builtin::nondeterministic("io.jwt.decode_verify", 2, decode::decode_verify),
    Builtin::nondeterministic("io.jwt.encode_sign", 3, encode::encode_sign),
    Builtin::nondeterministic("io.jwt.encode_sign_raw", 3, encode::encode_sign_raw),
];

/// `io.jwt.decode`: header, payload and signature of a token, or of the one within it; nothing is verified.
fn decode_only(_: &mut Context, args: &[Value]) -> Answer {
    let mut operand = args[0].clone();
    loop {
        let token = Token::split(&operand)?;
        let header = token.header_value()?;
        let payload = token.payload_bytes()?;
        if header.get("cty").and_then(Value::as_str) == Some("JWT") {
            let quotes = |b: &u8| matches!(b, b'"' | b'\'');
            let start = payload.iter().position(|b| !quotes(b)).unwrap_or(payload.len());
            let end = payload.iter().rposition(|b| !quotes(b)).map_or(start, |i| i + 1);
            operand = Value::String(payload[start..end].to_str());
            continue;
        }
        let payload = token::object(&payload)?;
        let signature = base64::decode_url_lenient(token.signature)
            .map_err(|e| BuiltinError::new(format!("JWT signature had invalid encoding: {e}")))?;
        return Ok(Some(Value::from(vec![header, payload, Value::from(hex(&signature))])));
    }
}

/// Bytes as a string value.
trait ToStr {
    fn to_str(&self) -> writ_value::Str;
}

impl ToStr for [u8] {
    fn to_str(&self) -> writ_value::Str {
        writ_value::Str::from_bytes(self)
    }
}

#[cfg(test)]
mod tests;
