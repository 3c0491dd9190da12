//! The NIST curves: parameters, and whether a point is on one. Only public values pass through the arithmetic here.

use num_bigint::BigUint;

/// A curve by its size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Curve {
    P224,
    P256,
    P384,
    P521,
}

const P224_P: &str = "ffffffffffffffffffffffffffffffff000000000000000000000001";
const P224_B: &str = "b4050a850c04b3abf54132565044b0b7d7bfd8ba270b39432355ffb4";
const P256_P: &str = "ffffffff00000001000000000000000000000000ffffffffffffffffffffffff";
const P256_B: &str = "5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604b";
const P384_P: &str = "fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffeffffffff0000000000000000ffffffff";
const P384_B: &str = "b3312fa7e23ee7e4988e056be3f82d19181d9c6efe8141120314088f5013875ac656398d8a2ed19d2a85c8edd3ec2aef";
const P521_B: &str = "51953eb9618e1c9a1f929a21a0b68540eea2da725b99b315f3b8b489918ef109e156193951ec7e937b1652c0bd3bb1bf\
                      073573df883d2c34f1ef451fd46b503f00";

impl Curve {
    /// By object identifier.
    pub(crate) fn from_oid(oid: &[u64]) -> Option<Curve> {
        match oid {
            [1, 3, 132, 0, 33] => Some(Curve::P224),
            [1, 2, 840, 10045, 3, 1, 7] => Some(Curve::P256),
            [1, 3, 132, 0, 34] => Some(Curve::P384),
            [1, 3, 132, 0, 35] => Some(Curve::P521),
            _ => None,
        }
    }

    /// By the name in JSON web keys.
    pub(crate) fn from_name(name: &str) -> Option<Curve> {
        [Curve::P256, Curve::P384, Curve::P521].into_iter().find(|c| c.name() == name)
    }

    /// Its usual name.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Curve::P224 => "P-224",
            Curve::P256 => "P-256",
            Curve::P384 => "P-384",
            Curve::P521 => "P-521",
        }
    }

    /// Bytes of a coordinate, and of a scalar.
    pub(crate) fn n_bytes(self) -> usize {
        match self {
            Curve::P224 => 28,
            Curve::P256 => 32,
            Curve::P384 => 48,
            Curve::P521 => 66,
        }
    }

    fn p_and_b(self) -> (BigUint, BigUint) {
        let hex = |s: &str| BigUint::parse_bytes(s.as_bytes(), 16).unwrap_or_default();
        match self {
            Curve::P224 => (hex(P224_P), hex(P224_B)),
            Curve::P256 => (hex(P256_P), hex(P256_B)),
            Curve::P384 => (hex(P384_P), hex(P384_B)),
            Curve::P521 => ((BigUint::from(1u8) << 521) - 1u8, hex(P521_B)),
        }
    }

    /// `y² = x³ − 3x + b` in the field, both coordinates below its size.
    pub(crate) fn contains(self, x: &BigUint, y: &BigUint) -> bool {
        let (p, b) = self.p_and_b();
        if *x >= p || *y >= p {
            return false;
        }
        let right = (x * x * x + b + (&p - x) * 3u8) % &p;
        (y * y) % &p == right
    }

    /// A coordinate in its full width. INVARIANT: the number fits.
    pub(crate) fn pad(self, n: &BigUint) -> Vec<u8> {
        left_pad(&n.to_bytes_be(), self.n_bytes()).unwrap_or_default()
    }

    /// The point from its uncompressed form: a 4 and both coordinates.
    ///
    /// # Errors
    /// Go's texts.
    pub(crate) fn point(self, bytes: &[u8]) -> Result<(BigUint, BigUint), String> {
        let name = self.name().replace('-', "");
        let rest = match bytes.split_first() {
            Some((4, rest)) => rest,
            _ => return Err("ecdsa: invalid uncompressed public key".into()),
        };
        if rest.len() != 2 * self.n_bytes() {
            return Err(format!("invalid {name} point encoding"));
        }
        let (x, y) = rest.split_at(self.n_bytes());
        let (x, y) = (BigUint::from_bytes_be(x), BigUint::from_bytes_be(y));
        let (p, _) = self.p_and_b();
        if x >= p || y >= p {
            return Err(format!("invalid {name} element encoding"));
        }
        if !self.contains(&x, &y) {
            return Err(format!("{name} point not on curve"));
        }
        Ok((x, y))
    }
}

/// Big-endian bytes brought to a width: zeros are added or dropped at the front. `None` if the number does not fit.
pub(crate) fn left_pad(bytes: &[u8], width: usize) -> Option<Vec<u8>> {
    let zeros = bytes.iter().take_while(|&&b| b == 0).count();
    let digits = &bytes[zeros..];
    let mut out = vec![0; width.checked_sub(digits.len())?];
    out.extend_from_slice(digits);
    Some(out)
}
