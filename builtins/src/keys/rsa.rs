//! RSA keys: bounded sizes, consistency of private keys, and the forms that the arithmetic crate wants.

use std::sync::OnceLock;

use num_bigint::BigUint;
use rsa::{BoxedUint, RsaPrivateKey, RsaPublicKey};

/// Largest modulus that is used; a bigger one is read and shown but verifies nothing.
const MAX_BITS: u64 = 16_384;
/// Largest modulus of a private key: its operations cost about the cube of the size.
const MAX_PRIVATE_BITS: u64 = 8_192;
/// Smaller keys are insecure; Go refuses them too.
const MIN_BITS: u64 = 1_024;

/// A public key.
#[derive(Debug)]
pub(crate) struct RsaPublic {
    pub(crate) n: BigUint,
    pub(crate) e: u64,
    prepared: OnceLock<Option<RsaPublicKey>>,
}

impl PartialEq for RsaPublic {
    fn eq(&self, other: &Self) -> bool {
        self.n == other.n && self.e == other.e
    }
}

impl RsaPublic {
    pub(crate) fn new(n: BigUint, e: u64) -> Self {
        RsaPublic { n, e, prepared: OnceLock::new() }
    }

    /// The key in the form that verifies, unless it is too small, too big or malformed.
    pub(crate) fn prepared(&self) -> Option<&RsaPublicKey> {
        self.prepared
            .get_or_init(|| {
                let bits = self.n.bits();
                if !(MIN_BITS..=MAX_BITS).contains(&bits) || !self.n.bit(0) || self.e < 3 || self.e.is_multiple_of(2) {
                    return None;
                }
                let limits = RsaPublicKey::MIN_SIZE..=usize::try_from(MAX_BITS).ok()?;
                RsaPublicKey::new_with_size_limits(boxed(&self.n)?, BoxedUint::from(self.e), limits).ok()
            })
            .as_ref()
    }
}

/// A private key.
#[derive(Debug)]
pub(crate) struct RsaPrivate {
    pub(crate) public: RsaPublic,
    pub(crate) d: BigUint,
    /// Two or more.
    pub(crate) primes: Vec<BigUint>,
    pub(crate) dp: BigUint,
    pub(crate) dq: BigUint,
    pub(crate) qinv: BigUint,
}

impl RsaPrivate {
    /// Checks that the parts belong together and computes the rest.
    ///
    /// # Errors
    /// Go's texts.
    pub(crate) fn new(n: BigUint, e: u64, d: BigUint, primes: Vec<BigUint>) -> Result<Self, String> {
        let fail = |m: &str| Err(format!("crypto/rsa: {m}"));
        let one = BigUint::from(1u8);
        if n.bits() > MAX_BITS || primes.iter().any(|p| p.bits() > MAX_BITS) || d.bits() > MAX_BITS {
            return fail("modulus too large");
        }
        check_min_size(&n)?;
        let [p, q, ..] = primes.as_slice() else { return fail("missing primes") };
        if !n.bit(0) {
            return fail("public modulus is even");
        }
        if e <= 1 {
            return fail("public exponent too small or negative");
        }
        if e.is_multiple_of(2) {
            return fail("public exponent is even");
        }
        if primes.iter().any(|p| *p <= one) {
            return fail("invalid prime");
        }
        if primes.iter().product::<BigUint>() != n {
            return fail("p * q != n");
        }
        if p == q {
            return fail("p == q");
        }
        for p in &primes {
            let order = p - 1u8;
            if (&d * e) % &order != &one % &order {
                return fail("invalid CRT exponent");
            }
        }
        let Some(qinv) = q.modinv(p) else { return fail("invalid CRT coefficient") };
        let (dp, dq) = (&d % (p - 1u8), &d % (q - 1u8));
        Ok(RsaPrivate { public: RsaPublic::new(n, e), d, primes, dp, dq, qinv })
    }

    /// The key in the form that signs.
    ///
    /// # Errors
    /// Text for the user.
    pub(crate) fn prepared(&self) -> Result<RsaPrivateKey, String> {
        check_min_size(&self.public.n)?;
        if self.public.n.bits() > MAX_PRIVATE_BITS {
            return Err(format!("crypto/rsa: keys of more than {MAX_PRIVATE_BITS} bits are not used for signing"));
        }
        let primes: Option<Vec<_>> = self.primes.iter().map(boxed).collect();
        let parts = (boxed(&self.public.n), boxed(&self.d), primes);
        let (Some(n), Some(d), Some(primes)) = parts else {
            return Err("crypto/rsa: invalid private key".into());
        };
        RsaPrivateKey::from_components(n, BoxedUint::from(self.public.e), d, primes)
            .map_err(|e| format!("crypto/rsa: {e}"))
    }
}

fn check_min_size(n: &BigUint) -> Result<(), String> {
    if n.bits() < MIN_BITS {
        return Err(format!(
            "crypto/rsa: {}-bit keys are insecure (see https://go.dev/pkg/crypto/rsa#hdr-Minimum_key_size)",
            n.bits()
        ));
    }
    Ok(())
}

fn boxed(n: &BigUint) -> Option<BoxedUint> {
    let bytes = n.to_bytes_be();
    let bits = u32::try_from(bytes.len() * 8).ok()?;
    BoxedUint::from_be_slice(&bytes, bits).ok()
}
