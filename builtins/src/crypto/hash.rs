//! `crypto.md5`, `crypto.sha1`, `crypto.sha256` and `crypto.hmac.*`: digests of a string's bytes, in hexadecimal.

use hmac::{Hmac, KeyInit, Mac};
use md5::{Digest, Md5};
use sha1::Sha1;
use sha2::{Sha256, Sha512};
use subtle::ConstantTimeEq;
use writ_value::Value;

use crate::operand;
use crate::{Answer, Builtin, BuiltinError, Context};

pub(super) const BUILTINS: &[Builtin] = &[
    Builtin::new("crypto.md5", 1, digest::<Md5>),
    Builtin::new("crypto.sha1", 1, digest::<Sha1>),
    Builtin::new("crypto.sha256", 1, digest::<Sha256>),
    Builtin::new("crypto.hmac.md5", 2, hmac::<Hmac<Md5>>),
    Builtin::new("crypto.hmac.sha1", 2, hmac::<Hmac<Sha1>>),
    Builtin::new("crypto.hmac.sha256", 2, hmac::<Hmac<Sha256>>),
    Builtin::new("crypto.hmac.sha512", 2, hmac::<Hmac<Sha512>>),
    Builtin::new("crypto.hmac.equal", 2, hmac_equal),
];

/// Lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut out, b| {
        let _ = write!(out, "{b:02x}");
        out
    })
}

fn digest<D: Digest>(_: &mut Context, args: &[Value]) -> Answer {
    let text = operand::string(args, 1)?;
    Ok(Some(hex(&D::digest(text.as_bytes())).into()))
}

fn hmac<M: Mac + KeyInit>(_: &mut Context, args: &[Value]) -> Answer {
    let (message, key) = (operand::string(args, 1)?, operand::string(args, 2)?);
    let mac = <M as KeyInit>::new_from_slice(key.as_bytes()).map_err(|e| BuiltinError::new(e.to_string()))?;
    Ok(Some(hex(&mac.chain_update(message.as_bytes()).finalize().into_bytes()).into()))
}

/// Takes the same time wherever the two differ.
fn hmac_equal(_: &mut Context, args: &[Value]) -> Answer {
    let (a, b) = (operand::string(args, 1)?, operand::string(args, 2)?);
    Ok(Some(bool::from(a.as_bytes().ct_eq(b.as_bytes())).into()))
}
