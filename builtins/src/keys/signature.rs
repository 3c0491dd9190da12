//! Verifying and making signatures with keys that were read elsewhere. A verification is true or false, never an error.

use hmac::{Hmac, KeyInit, Mac};
use num_bigint::BigUint;
use rsa::pkcs1v15::Pkcs1v15Sign;
use rsa::pss::Pss;
use sha2::{Digest, Sha256, Sha384, Sha512};
use signature::hazmat::{PrehashSigner, PrehashVerifier};

use super::curve::left_pad;
use super::{Curve, EcPublic, RsaPrivate, RsaPublic};

/// A hash of the SHA-2 family.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hash {
    Sha256,
    Sha384,
    Sha512,
}

impl Hash {
    pub(crate) fn digest(self, data: &[u8]) -> Vec<u8> {
        match self {
            Hash::Sha256 => Sha256::digest(data).to_vec(),
            Hash::Sha384 => Sha384::digest(data).to_vec(),
            Hash::Sha512 => Sha512::digest(data).to_vec(),
        }
    }

    pub(crate) fn n_bytes(self) -> usize {
        match self {
            Hash::Sha256 => 32,
            Hash::Sha384 => 48,
            Hash::Sha512 => 64,
        }
    }

    /// The DER of PKCS #1's DigestInfo up to the digest.
    fn pkcs1(self) -> Pkcs1v15Sign {
        let (last, total) = match self {
            Hash::Sha256 => (1, 0x31),
            Hash::Sha384 => (2, 0x41),
            Hash::Sha512 => (3, 0x51),
        };
        let n = self.n_bytes().to_le_bytes()[0];
        let oid = [0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, last];
        let mut prefix = vec![0x30, total, 0x30, 0x0d, 0x06, 0x09];
        prefix.extend(oid);
        prefix.extend([0x05, 0x00, 0x04, n]);
        Pkcs1v15Sign { hash_len: Some(self.n_bytes()), prefix: prefix.into_boxed_slice() }
    }
}

/// RSASSA-PKCS1-v1_5.
pub(crate) fn verify_pkcs1(key: &RsaPublic, hash: Hash, message: &[u8], signature: &[u8]) -> bool {
    key.prepared().is_some_and(|k| k.verify(hash.pkcs1(), &hash.digest(message), signature).is_ok())
}

/// RSASSA-PSS with MGF1 over the same hash; any length of salt if none is given.
pub(crate) fn verify_pss(
    key: &RsaPublic,
    hash: Hash,
    salt_len: Option<usize>,
    message: &[u8],
    signature: &[u8],
) -> bool {
    fn pss<D: Digest>(salt_len: Option<usize>) -> Pss<D> {
        Pss { salt_len, ..Pss::new() }
    }
    let digest = hash.digest(message);
    key.prepared().is_some_and(|k| {
        match hash {
            Hash::Sha256 => k.verify(pss::<Sha256>(salt_len), &digest, signature),
            Hash::Sha384 => k.verify(pss::<Sha384>(salt_len), &digest, signature),
            Hash::Sha512 => k.verify(pss::<Sha512>(salt_len), &digest, signature),
        }
        .is_ok()
    })
}

/// ECDSA with the two numbers of the signature as big-endian bytes of any length. Curve P-224 verifies nothing.
pub(crate) fn verify_ecdsa(key: &EcPublic, hash: Hash, message: &[u8], r: &[u8], s: &[u8]) -> bool {
    let width = key.curve.n_bytes();
    let (Some(r), Some(s)) = (left_pad(r, width), left_pad(s, width)) else { return false };
    let signature = [r, s].concat();
    let mut point = vec![4];
    point.extend(key.curve.pad(&key.x));
    point.extend(key.curve.pad(&key.y));
    let digest = full_width(key.curve, hash.digest(message));
    macro_rules! verify {
        ($curve:ident) => {
            match (
                $curve::ecdsa::VerifyingKey::from_sec1_bytes(&point),
                $curve::ecdsa::Signature::from_slice(&signature),
            ) {
                (Ok(key), Ok(signature)) => key.verify_prehash(&digest, &signature).is_ok(),
                _ => false,
            }
        };
    }
    match key.curve {
        Curve::P224 => false,
        Curve::P256 => verify!(p256),
        Curve::P384 => verify!(p384),
        Curve::P521 => verify!(p521),
    }
}

/// A digest shorter than the curve counts as a small number, so zeros go in front.
fn full_width(curve: Curve, digest: Vec<u8>) -> Vec<u8> {
    if digest.len() >= curve.n_bytes() { digest } else { left_pad(&digest, curve.n_bytes()).unwrap_or(digest) }
}

/// Ed25519 over the message itself.
pub(crate) fn verify_ed25519(key: &[u8; 32], message: &[u8], signature: &[u8]) -> bool {
    let (Ok(key), Ok(signature)) =
        (ed25519_dalek::VerifyingKey::from_bytes(key), ed25519_dalek::Signature::from_slice(signature))
    else {
        return false;
    };
    signature::Verifier::verify(&key, message, &signature).is_ok()
}

/// HMAC, compared in constant time.
pub(crate) fn verify_hmac(secret: &[u8], hash: Hash, message: &[u8], mac: &[u8]) -> bool {
    fn check<M: Mac + KeyInit>(secret: &[u8], message: &[u8], mac: &[u8]) -> bool {
        <M as KeyInit>::new_from_slice(secret).is_ok_and(|m| Mac::chain_update(m, message).verify_slice(mac).is_ok())
    }
    match hash {
        Hash::Sha256 => check::<Hmac<Sha256>>(secret, message, mac),
        Hash::Sha384 => check::<Hmac<Sha384>>(secret, message, mac),
        Hash::Sha512 => check::<Hmac<Sha512>>(secret, message, mac),
    }
}

/// HMAC.
pub(crate) fn hmac(secret: &[u8], hash: Hash, message: &[u8]) -> Vec<u8> {
    fn make<M: Mac + KeyInit>(secret: &[u8], message: &[u8]) -> Vec<u8> {
        match <M as KeyInit>::new_from_slice(secret) {
            Ok(m) => Mac::chain_update(m, message).finalize().into_bytes().to_vec(),
            Err(_) => Vec::new(),
        }
    }
    match hash {
        Hash::Sha256 => make::<Hmac<Sha256>>(secret, message),
        Hash::Sha384 => make::<Hmac<Sha384>>(secret, message),
        Hash::Sha512 => make::<Hmac<Sha512>>(secret, message),
    }
}

/// Random bytes for blinding and salt, drawn beforehand and stretched by hashing.
pub(crate) struct Seeded {
    seed: [u8; 32],
    n_blocks: u64,
}

impl Seeded {
    pub(crate) fn new(seed: [u8; 32]) -> Self {
        Seeded { seed, n_blocks: 0 }
    }
}

impl rsa::rand_core::TryRng for Seeded {
    type Error = std::convert::Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
        let mut b = [0; 4];
        self.try_fill_bytes(&mut b)?;
        Ok(u32::from_le_bytes(b))
    }

    fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
        let mut b = [0; 8];
        self.try_fill_bytes(&mut b)?;
        Ok(u64::from_le_bytes(b))
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Self::Error> {
        for chunk in out.chunks_mut(32) {
            let block = Sha256::new().chain_update(self.seed).chain_update(self.n_blocks.to_le_bytes()).finalize();
            self.n_blocks += 1;
            chunk.copy_from_slice(&block[..chunk.len()]);
        }
        Ok(())
    }
}

impl rsa::rand_core::TryCryptoRng for Seeded {}

/// RSASSA-PKCS1-v1_5, blinded.
pub(crate) fn sign_pkcs1(key: &RsaPrivate, hash: Hash, message: &[u8], rng: &mut Seeded) -> Result<Vec<u8>, String> {
    key.prepared()?.sign_with_rng(rng, hash.pkcs1(), &hash.digest(message)).map_err(|e| format!("crypto/rsa: {e}"))
}

/// RSASSA-PSS with a salt as long as the hash, blinded.
pub(crate) fn sign_pss(key: &RsaPrivate, hash: Hash, message: &[u8], rng: &mut Seeded) -> Result<Vec<u8>, String> {
    let (key, digest) = (key.prepared()?, hash.digest(message));
    match hash {
        Hash::Sha256 => key.sign_with_rng(rng, Pss::<Sha256>::new(), &digest),
        Hash::Sha384 => key.sign_with_rng(rng, Pss::<Sha384>::new(), &digest),
        Hash::Sha512 => key.sign_with_rng(rng, Pss::<Sha512>::new(), &digest),
    }
    .map_err(|e| format!("crypto/rsa: {e}"))
}

/// ECDSA with the nonce of RFC 6979, as both numbers in full width.
pub(crate) fn sign_ecdsa(curve: Curve, d: &BigUint, hash: Hash, message: &[u8]) -> Result<Vec<u8>, String> {
    let fail = || "failed to sign payload using ecdsa: invalid private key".to_owned();
    let d = left_pad(&d.to_bytes_be(), curve.n_bytes()).ok_or_else(fail)?;
    let digest = full_width(curve, hash.digest(message));
    macro_rules! sign {
        ($curve:ident) => {{
            let key = $curve::ecdsa::SigningKey::from_slice(&d).map_err(|_| fail())?;
            let signature: $curve::ecdsa::Signature = key.sign_prehash(&digest).map_err(|_| fail())?;
            Ok(signature.to_bytes().to_vec())
        }};
    }
    match curve {
        Curve::P224 => Err(fail()),
        Curve::P256 => sign!(p256),
        Curve::P384 => sign!(p384),
        Curve::P521 => sign!(p521),
    }
}

/// Ed25519 over the message itself.
pub(crate) fn sign_ed25519(seed: &[u8; 32], message: &[u8]) -> Vec<u8> {
    signature::Signer::sign(&ed25519_dalek::SigningKey::from_bytes(seed), message).to_bytes().to_vec()
}

/// The public key of an Ed25519 seed.
pub(crate) fn ed25519_public(seed: &[u8; 32]) -> [u8; 32] {
    ed25519_dalek::SigningKey::from_bytes(seed).verifying_key().to_bytes()
}

/// The public point of a private number; `None` if the number is zero or beyond the curve's order, or on P-224.
pub(crate) fn ec_public(curve: Curve, d: &[u8]) -> Option<EcPublic> {
    macro_rules! point {
        ($curve:ident) => {
            $curve::ecdsa::SigningKey::from_slice(d).ok()?.verifying_key().to_sec1_point(false).as_bytes().to_vec()
        };
    }
    let bytes = match curve {
        Curve::P224 => return None,
        Curve::P256 => point!(p256),
        Curve::P384 => point!(p384),
        Curve::P521 => point!(p521),
    };
    let (x, y) = curve.point(&bytes).ok()?;
    Some(EcPublic { curve, x, y })
}
