//! Keys and signatures: one representation for what certificates, PEM blocks and JSON web keys hold.
//!
//! ```text
//!   PKCS#1, PKCS#8, SEC1, SPKI ─┐                       ┌─▶ verify, sign (signature.rs)
//!   JSON web keys ──────────────┴─▶ PublicKey, PrivateKey ─▶ JSON web key, Go's JSON of the key (json.rs)
//! ```
//!
//! Sizes are bounded when a key is read, so that no later operation is slow.

pub(crate) mod curve;
pub(crate) mod json;
pub(crate) mod jwk;
pub(crate) mod pkcs;
pub(crate) mod rsa;
pub(crate) mod signature;
pub(crate) mod spki;

use num_bigint::BigUint;

pub(crate) use curve::Curve;
pub(crate) use rsa::{RsaPrivate, RsaPublic};

/// A public key.
#[derive(Debug)]
pub(crate) enum PublicKey {
    Rsa(RsaPublic),
    Ec(EcPublic),
    Ed25519([u8; 32]),
    /// Only ever shown, and shown empty.
    X25519,
    /// Only ever shown.
    Dsa {
        p: BigUint,
        q: BigUint,
        g: BigUint,
        y: BigUint,
    },
}

/// A point on a curve. INVARIANT: it is on the curve.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct EcPublic {
    pub(crate) curve: Curve,
    pub(crate) x: BigUint,
    pub(crate) y: BigUint,
}

/// A private key.
#[derive(Debug)]
pub(crate) enum PrivateKey {
    Rsa(RsaPrivate),
    Ec { public: EcPublic, d: BigUint },
    Ed25519 { seed: [u8; 32], public: [u8; 32] },
    X25519,
}

/// What a JSON web key may hold.
#[derive(Debug)]
pub(crate) enum Key {
    Public(PublicKey),
    Private(PrivateKey),
    Secret(Vec<u8>),
}

#[cfg(test)]
mod tests;
