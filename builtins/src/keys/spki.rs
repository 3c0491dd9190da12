//! Public keys in certificates and PEM blocks (SubjectPublicKeyInfo), with Go's error texts.

use num_bigint::{BigInt, BigUint};

use super::{Curve, EcPublic, PublicKey, RsaPublic};
use crate::encoding::der::{self, Reader};

pub(crate) const RSA: &[u64] = &[1, 2, 840, 113_549, 1, 1, 1];
pub(crate) const EC: &[u64] = &[1, 2, 840, 10_045, 2, 1];
pub(crate) const ED25519: &[u64] = &[1, 3, 101, 112];
pub(crate) const X25519: &[u64] = &[1, 3, 101, 110];
const DSA: &[u64] = &[1, 2, 840, 10_040, 4, 1];

/// An algorithm with its parameters as they stand in the file.
#[derive(Clone, Debug)]
pub(crate) struct Algorithm<'a> {
    pub(crate) oid: Vec<u64>,
    /// The whole element, empty if absent.
    pub(crate) params: &'a [u8],
}

impl<'a> Algorithm<'a> {
    pub(crate) fn parse(mut r: Reader<'a>) -> Result<Self, String> {
        let oid = r.oid().ok_or("x509: malformed OID")?;
        let params = if r.is_empty() { &[] } else { r.any().ok_or("x509: malformed parameters")?.full };
        Ok(Algorithm { oid, params })
    }

    /// Go's number of the key's kind: 0 unknown, 1 RSA, 2 DSA, 3 ECDSA, 4 Ed25519.
    pub(crate) fn key_kind(&self) -> i64 {
        match self.oid.as_slice() {
            RSA => 1,
            DSA => 2,
            EC => 3,
            ED25519 => 4,
            _ => 0,
        }
    }
}

/// A key from the content of its sequence: algorithm and bits.
///
/// # Errors
/// Go's texts.
pub(crate) fn parse(body: &[u8]) -> Result<(Algorithm<'_>, Option<PublicKey>), String> {
    let mut r = Reader(body);
    let algorithm = r.inside(der::SEQUENCE).ok_or("x509: malformed public key algorithm identifier")?;
    let algorithm = Algorithm::parse(algorithm)?;
    let bits = r.bit_string().ok_or("x509: malformed subjectPublicKey")?;
    let key = match algorithm.key_kind() {
        0 => None,
        _ => Some(key(&algorithm, &bits.right_align())?),
    };
    Ok((algorithm, key))
}

/// A key that stands alone, as in `PUBLIC KEY` blocks.
///
/// # Errors
/// Go's texts.
pub(crate) fn parse_pkix(bytes: &[u8]) -> Result<PublicKey, String> {
    let mut r = Reader(bytes);
    let body = r.body(der::SEQUENCE).ok_or("asn1: structure error: not a public key")?;
    if !r.is_empty() {
        return Err("x509: trailing data after ASN.1 of public-key".into());
    }
    let mut inner = Reader(body);
    let algorithm = inner.inside(der::SEQUENCE).ok_or("asn1: structure error: not a public key")?;
    let algorithm = Algorithm::parse(algorithm)?;
    let bits = inner.bit_string().ok_or("asn1: structure error: not a public key")?;
    key(&algorithm, &bits.right_align())
}

fn key(algorithm: &Algorithm<'_>, data: &[u8]) -> Result<PublicKey, String> {
    match algorithm.oid.as_slice() {
        RSA => rsa(algorithm.params, data),
        EC => {
            let curve = Reader(algorithm.params).oid().ok_or("x509: invalid ECDSA parameters")?;
            let curve = Curve::from_oid(&curve).ok_or("x509: unsupported elliptic curve")?;
            let (x, y) = curve.point(data)?;
            Ok(PublicKey::Ec(EcPublic { curve, x, y }))
        }
        ED25519 => {
            if !algorithm.params.is_empty() {
                return Err("x509: Ed25519 key encoded with illegal parameters".into());
            }
            let key = data.try_into().map_err(|_| "x509: wrong Ed25519 public key size")?;
            Ok(PublicKey::Ed25519(key))
        }
        X25519 => {
            if !algorithm.params.is_empty() {
                return Err("x509: X25519 key encoded with illegal parameters".into());
            }
            if data.len() != 32 {
                return Err("crypto/ecdh: invalid public key".into());
            }
            Ok(PublicKey::X25519)
        }
        DSA => dsa(algorithm.params, data),
        _ => Err("x509: unknown public key algorithm".into()),
    }
}

fn rsa(params: &[u8], data: &[u8]) -> Result<PublicKey, String> {
    if params != [der::NULL, 0] {
        return Err("x509: RSA key missing NULL parameters".into());
    }
    parse_pkcs1(data)
}

/// An RSA key in the form of PKCS #1.
///
/// # Errors
/// Go's texts.
pub(crate) fn parse_pkcs1(data: &[u8]) -> Result<PublicKey, String> {
    let mut r = Reader(data).inside(der::SEQUENCE).ok_or("x509: invalid RSA public key")?;
    let n = r.bigint().ok_or("x509: invalid RSA modulus")?;
    let e = r.int64().ok_or("x509: invalid RSA public exponent")?;
    let n = positive(n).ok_or("x509: RSA modulus is not a positive number")?;
    let e = u64::try_from(e).ok().filter(|&e| e > 0).ok_or("x509: RSA public exponent is not a positive number")?;
    Ok(PublicKey::Rsa(RsaPublic::new(n, e)))
}

fn dsa(params: &[u8], data: &[u8]) -> Result<PublicKey, String> {
    let y = Reader(data).bigint().ok_or("x509: invalid DSA public key")?;
    let parts = (|| {
        let mut r = Reader(params).inside(der::SEQUENCE)?;
        Some((r.bigint()?, r.bigint()?, r.bigint()?))
    })();
    let (p, q, g) = parts.ok_or("x509: invalid DSA parameters")?;
    match (positive(p), positive(q), positive(g), positive(y)) {
        (Some(p), Some(q), Some(g), Some(y)) => Ok(PublicKey::Dsa { p, q, g, y }),
        _ => Err("x509: zero or negative DSA parameter".into()),
    }
}

pub(crate) fn positive(n: BigInt) -> Option<BigUint> {
    n.to_biguint().filter(|n| *n != BigUint::ZERO)
}
