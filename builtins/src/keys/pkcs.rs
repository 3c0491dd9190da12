//! Private keys as files hold them: PKCS #1, PKCS #8 and SEC 1, with Go's error texts.

use num_bigint::BigUint;

use super::curve::left_pad;
use super::spki::{self, Algorithm, positive};
use super::{Curve, PrivateKey, RsaPrivate, signature};
use crate::encoding::der::{self, Reader, oid_text};

/// The raw parts of a PKCS #1 key.
struct Pkcs1 {
    version: i64,
    n: num_bigint::BigInt,
    e: i64,
    d: num_bigint::BigInt,
    primes: Vec<num_bigint::BigInt>,
}

/// Go's decoder reports the shape that did not match; only its class is kept here.
const STRUCTURE: &str = "asn1: structure error: the data does not have the form of the key";

fn read_pkcs1(bytes: &[u8]) -> Option<(Pkcs1, &[u8])> {
    let mut outer = Reader(bytes);
    let mut r = outer.inside(der::SEQUENCE)?;
    let (version, n, e, d) = (r.int64()?, r.bigint()?, r.int64()?, r.bigint()?);
    let mut primes = vec![r.bigint()?, r.bigint()?];
    for _ in 0..3 {
        if r.peek(der::INTEGER) {
            r.bigint()?;
        }
    }
    if let Some(mut more) = r.optional(der::SEQUENCE)? {
        while !more.is_empty() {
            primes.push(more.inside(der::SEQUENCE)?.bigint()?);
        }
    }
    Some((Pkcs1 { version, n, e, d, primes }, outer.0))
}

struct Pkcs8<'a> {
    algorithm: Algorithm<'a>,
    key: &'a [u8],
}

fn read_pkcs8(bytes: &[u8]) -> Option<Pkcs8<'_>> {
    let mut r = Reader(bytes).inside(der::SEQUENCE)?;
    r.int64()?;
    let algorithm = Algorithm::parse(r.inside(der::SEQUENCE)?).ok()?;
    Some(Pkcs8 { algorithm, key: r.body(der::OCTET_STRING)? })
}

struct Sec1<'a> {
    version: i64,
    key: &'a [u8],
    curve: Option<Vec<u64>>,
}

fn read_sec1(bytes: &[u8]) -> Option<Sec1<'_>> {
    let mut r = Reader(bytes).inside(der::SEQUENCE)?;
    let (version, key) = (r.int64()?, r.body(der::OCTET_STRING)?);
    let curve = match r.optional(der::context_constructed(0))? {
        Some(mut inner) => Some(inner.oid()?),
        None => None,
    };
    Some(Sec1 { version, key, curve })
}

/// An RSA key in PKCS #1.
///
/// # Errors
/// Go's texts.
pub(crate) fn parse_pkcs1(bytes: &[u8]) -> Result<PrivateKey, String> {
    let Some((raw, rest)) = read_pkcs1(bytes) else {
        let hint = |f: &str| format!("x509: failed to parse private key (use {f} instead for this key format)");
        return Err(if read_sec1(bytes).is_some() {
            hint("ParseECPrivateKey")
        } else if read_pkcs8(bytes).is_some() {
            hint("ParsePKCS8PrivateKey")
        } else {
            STRUCTURE.into()
        });
    };
    if !rest.is_empty() {
        return Err("asn1: syntax error: trailing data".into());
    }
    if raw.version > 1 {
        return Err("x509: unsupported private key version".into());
    }
    let primes: Option<Vec<BigUint>> = raw.primes.into_iter().map(positive).collect();
    let (Some(n), Some(d), Some(primes)) = (positive(raw.n), positive(raw.d), primes) else {
        return Err("x509: private key contains zero or negative value".into());
    };
    RsaPrivate::new(n, u64::try_from(raw.e).unwrap_or(0), d, primes).map(PrivateKey::Rsa)
}

/// Any key in PKCS #8.
///
/// # Errors
/// Go's texts.
pub(crate) fn parse_pkcs8(bytes: &[u8]) -> Result<PrivateKey, String> {
    let Some(raw) = read_pkcs8(bytes) else {
        let hint = |f: &str| format!("x509: failed to parse private key (use {f} instead for this key format)");
        return Err(if read_sec1(bytes).is_some() {
            hint("ParseECPrivateKey")
        } else if read_pkcs1(bytes).is_some() {
            hint("ParsePKCS1PrivateKey")
        } else {
            STRUCTURE.into()
        });
    };
    match raw.algorithm.oid.as_slice() {
        spki::RSA => {
            parse_pkcs1(raw.key).map_err(|e| format!("x509: failed to parse RSA private key embedded in PKCS#8: {e}"))
        }
        spki::EC => ec(Reader(raw.algorithm.params).oid(), raw.key)
            .map_err(|e| format!("x509: failed to parse EC private key embedded in PKCS#8: {e}")),
        spki::ED25519 => {
            if !raw.algorithm.params.is_empty() {
                return Err("x509: invalid Ed25519 private key parameters".into());
            }
            let seed = Reader(raw.key)
                .body(der::OCTET_STRING)
                .ok_or_else(|| format!("x509: invalid Ed25519 private key: {STRUCTURE}"))?;
            let seed: [u8; 32] =
                seed.try_into().map_err(|_| format!("x509: invalid Ed25519 private key length: {}", seed.len()))?;
            Ok(PrivateKey::Ed25519 { public: signature::ed25519_public(&seed), seed })
        }
        spki::X25519 => {
            if !raw.algorithm.params.is_empty() {
                return Err("x509: invalid X25519 private key parameters".into());
            }
            match Reader(raw.key).body(der::OCTET_STRING) {
                None => Err(format!("x509: invalid X25519 private key: {STRUCTURE}")),
                Some(key) if key.len() != 32 => Err("crypto/ecdh: invalid private key size".into()),
                Some(_) => Ok(PrivateKey::X25519),
            }
        }
        other => {
            Err(format!("x509: PKCS#8 wrapping contained private key with unknown algorithm: {}", oid_text(other)))
        }
    }
}

/// A key on a curve in SEC 1.
///
/// # Errors
/// Go's texts.
pub(crate) fn parse_sec1(bytes: &[u8]) -> Result<PrivateKey, String> {
    ec(None, bytes)
}

fn ec(curve: Option<Vec<u64>>, bytes: &[u8]) -> Result<PrivateKey, String> {
    let Some(raw) = read_sec1(bytes) else {
        let hint = |f: &str| format!("x509: failed to parse private key (use {f} instead for this key format)");
        return Err(if read_pkcs8(bytes).is_some() {
            hint("ParsePKCS8PrivateKey")
        } else if read_pkcs1(bytes).is_some() {
            hint("ParsePKCS1PrivateKey")
        } else {
            format!("x509: failed to parse EC private key: {STRUCTURE}")
        });
    };
    if raw.version != 1 {
        return Err(format!("x509: unknown EC private key version {}", raw.version));
    }
    let curve = curve.or(raw.curve).and_then(|oid| Curve::from_oid(&oid)).ok_or("x509: unknown elliptic curve")?;
    let d = left_pad(raw.key, curve.n_bytes()).ok_or("x509: invalid private key length")?;
    let public = signature::ec_public(curve, &d).ok_or("crypto/ecdsa: invalid private key")?;
    Ok(PrivateKey::Ec { public, d: BigUint::from_bytes_be(&d) })
}

/// A private key in any of the three forms, tried as Go's TLS does.
///
/// # Errors
/// Go's texts.
pub(crate) fn parse_any(bytes: &[u8]) -> Result<PrivateKey, String> {
    if let Ok(key) = parse_pkcs1(bytes) {
        return Ok(key);
    }
    if let Ok(key) = parse_pkcs8(bytes) {
        return match key {
            PrivateKey::X25519 => Err("tls: found unknown private key type in PKCS#8 wrapping".into()),
            key => Ok(key),
        };
    }
    parse_sec1(bytes).map_err(|_| "tls: failed to parse private key".into())
}
