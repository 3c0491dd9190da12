//! `crypto.md5`, `crypto.sha1`, `crypto.sha256` and `crypto.hmac.*`: digests of a string's bytes, in hexadecimal.

use hmac::{Hmac, KeyInit, Mac};
use md5::{Digest, Md5};
use sha1::Sha1;
use sha2::{Sha256, Sha512};
use subtle::ConstantTimeEq;

use crate::argument;
use crate::encoding::hex;
use crate::{Answer, Arg, Builtin, BuiltinError, Context};

pub(super) const BUILTINS: &[Builtin] = &[
    Builtin::of_args("crypto.md5", 1, digest::<Md5>),
    Builtin::of_args("crypto.sha1", 1, digest::<Sha1>),
    Builtin::of_args("crypto.sha256", 1, digest::<Sha256>),
    Builtin::of_args("crypto.hmac.md5", 2, hmac::<Hmac<Md5>>),
    Builtin::of_args("crypto.hmac.sha1", 2, hmac::<Hmac<Sha1>>),
    Builtin::of_args("crypto.hmac.sha256", 2, hmac::<Hmac<Sha256>>),
    Builtin::of_args("crypto.hmac.sha512", 2, hmac::<Hmac<Sha512>>),
    Builtin::of_args("crypto.hmac.equal", 2, hmac_equal),
];

fn digest<D: Digest>(_: &mut Context, args: &[Arg<'_>]) -> Answer {
    let text = argument::text(args, 1)?;
    Ok(Some(hex(&D::digest(text)).into()))
}

fn hmac<M: Mac + KeyInit>(_: &mut Context, args: &[Arg<'_>]) -> Answer {
    let (message, key) = (argument::text(args, 1)?, argument::text(args, 2)?);
    let mac = <M as KeyInit>::new_from_slice(key).map_err(|e| BuiltinError::new(e.to_string()))?;
    Ok(Some(hex(&mac.chain_update(message).finalize().into_bytes()).into()))
}

/// Takes the same time wherever the two differ.
fn hmac_equal(_: &mut Context, args: &[Arg<'_>]) -> Answer {
    let (a, b) = (argument::text(args, 1)?, argument::text(args, 2)?);
    Ok(Some(bool::from(a.ct_eq(b)).into()))
}
