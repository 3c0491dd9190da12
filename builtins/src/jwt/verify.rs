//! `io.jwt.verify_*`: one algorithm each, named by the policy and never by the token.

use writ_value::Value;

use super::keys;
use super::token::{Header, Token};
use crate::jws::Scheme;
use crate::keys::signature::{self, Hash};
use crate::keys::{Key, PublicKey};
use crate::{Answer, Context, operand};

impl Scheme {
    /// As `io.jwt.verify_*` do: public keys only, any length of salt, a signature of two halves of any length.
    fn verify_plain(self, key: &Key, message: &[u8], sig: &[u8]) -> bool {
        match (self, key) {
            (Scheme::Pkcs1(h), Key::Public(PublicKey::Rsa(k))) => signature::verify_pkcs1(k, h, message, sig),
            (Scheme::Pss(h), Key::Public(PublicKey::Rsa(k))) => signature::verify_pss(k, h, None, message, sig),
            (Scheme::Ecdsa(h), Key::Public(PublicKey::Ec(k))) => {
                let (r, s) = sig.split_at(sig.len() / 2);
                signature::verify_ecdsa(k, h, message, r, s)
            }
            (Scheme::EdDsa, Key::Public(PublicKey::Ed25519(k))) => signature::verify_ed25519(k, message, sig),
            _ => false,
        }
    }
}

fn asymmetric(context: &mut Context, args: &[Value], scheme: Scheme) -> Answer {
    let token = Token::split(&args[0])?;
    let keys = keys::parse(context, operand::string(args, 2)?.as_bytes())?;
    let sig = token.signature_bytes()?;
    let header = Header::parse(&token.header_value()?)?;
    let message = token.signed();
    let named = keys.iter().find(|k| !header.kid.is_empty() && k.kid == header.kid);
    let valid = match named {
        Some(k) => scheme.verify_plain(&k.key, &message, &sig),
        None => keys
            .iter()
            .filter(|k| k.alg.is_empty() || k.alg == header.alg)
            .any(|k| scheme.verify_plain(&k.key, &message, &sig)),
    };
    Ok(Some(Value::Bool(valid)))
}

fn symmetric(args: &[Value], hash: Hash) -> Answer {
    operand::string(args, 1)?;
    let secret = operand::string(args, 2)?;
    let token = Token::split(&args[0])?;
    let mac = token.signature_bytes()?;
    Ok(Some(Value::Bool(signature::verify_hmac(secret.as_bytes(), hash, &token.signed(), &mac))))
}

macro_rules! asymmetric {
    ($($name:ident => $scheme:expr;)*) => {$(
        pub(super) fn $name(context: &mut Context, args: &[Value]) -> Answer {
            asymmetric(context, args, $scheme)
        }
    )*};
}

asymmetric! {
    rs256 => Scheme::Pkcs1(Hash::Sha256);
    rs384 => Scheme::Pkcs1(Hash::Sha384);
    rs512 => Scheme::Pkcs1(Hash::Sha512);
    ps256 => Scheme::Pss(Hash::Sha256);
    ps384 => Scheme::Pss(Hash::Sha384);
    ps512 => Scheme::Pss(Hash::Sha512);
    es256 => Scheme::Ecdsa(Hash::Sha256);
    es384 => Scheme::Ecdsa(Hash::Sha384);
    es512 => Scheme::Ecdsa(Hash::Sha512);
    eddsa => Scheme::EdDsa;
}

pub(super) fn hs256(_: &mut Context, args: &[Value]) -> Answer {
    symmetric(args, Hash::Sha256)
}

pub(super) fn hs384(_: &mut Context, args: &[Value]) -> Answer {
    symmetric(args, Hash::Sha384)
}

pub(super) fn hs512(_: &mut Context, args: &[Value]) -> Answer {
    symmetric(args, Hash::Sha512)
}
