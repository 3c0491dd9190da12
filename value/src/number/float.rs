//! A binary float with a mantissa of up to 64 bits, rounding half to even: what Go's `big.Float` is where OPA uses it.

use core::cmp::Ordering;

use num_bigint::{BigInt, BigUint, Sign};
use num_traits::ToPrimitive;

use super::{MAX_INT_BITS, NumberError};

/// Mantissa width of everything but `product`.
pub(crate) const PREC: u32 = 64;
/// Mantissa width of `product`, which OPA starts from a double.
pub(crate) const DOUBLE_PREC: u32 = 53;

/// `(-1)^neg × mant/2^64 × 2^exp`; the top bit of `mant` is set unless the value is zero.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Float {
    pub(crate) neg: bool,
    pub(crate) mant: u64,
    pub(crate) exp: i32,
}

impl Float {
    pub(crate) const ZERO: Float = Float { neg: false, mant: 0, exp: 0 };
    pub(crate) const ONE: Float = Float { neg: false, mant: 1 << 63, exp: 1 };
    pub(crate) const HALF: Float = Float { neg: false, mant: 1 << 63, exp: 0 };

    /// Rounds `m × 2^exp2`, plus something smaller than the last bit of `m` if `sticky`.
    pub(crate) fn round(neg: bool, m: u128, exp2: i64, sticky: bool, prec: u32) -> Result<Float, NumberError> {
        if m == 0 {
            return Ok(Float { neg, mant: 0, exp: 0 });
        }
        let lz = m.leading_zeros();
        let m = m << lz;
        let mut exp = 128 - i64::from(lz) + exp2;
        let drop = 128 - prec;
        let mut kept = m >> drop;
        let rest = m << prec;
        let half = 1u128 << 127;
        if rest > half || (rest == half && (sticky || kept & 1 == 1)) {
            kept += 1;
            if kept >> prec != 0 {
                kept >>= 1;
                exp += 1;
            }
        }
        let mant = u64::try_from(kept << (64 - prec)).unwrap_or(1 << 63);
        match i32::try_from(exp) {
            Ok(e) if u64::from(e.unsigned_abs()) <= MAX_INT_BITS => Ok(Float { neg, mant, exp: e }),
            _ => Err(NumberError::ResultTooBig),
        }
    }

    /// Rounds a big integer times `2^exp2`.
    pub(crate) fn round_big(neg: bool, m: &BigUint, exp2: i64, sticky: bool, prec: u32) -> Result<Float, NumberError> {
        let bits = m.bits();
        if bits <= 128 {
            return Float::round(neg, m.to_u128().unwrap_or(0), exp2, sticky, prec);
        }
        let drop = bits - 128;
        let top = (m >> drop).to_u128().unwrap_or(0);
        let sticky = sticky || m.trailing_zeros().is_some_and(|z| z < drop);
        Float::round(neg, top, exp2 + i64::try_from(drop).unwrap_or(i64::MAX / 2), sticky, prec)
    }

    pub(crate) fn from_i64(i: i64) -> Float {
        let m = i.unsigned_abs();
        if m == 0 {
            return Float::ZERO;
        }
        let lz = m.leading_zeros();
        Float { neg: i < 0, mant: m << lz, exp: 64 - lz.cast_signed() }
    }

    pub(crate) fn is_zero(self) -> bool {
        self.mant == 0
    }

    pub(crate) fn is_int(self) -> bool {
        // The lowest set bit of the mantissa must not lie behind the point.
        self.mant == 0 || (self.exp > 0 && i64::from(self.exp) >= 64 - i64::from(self.mant.trailing_zeros()))
    }

    pub(crate) fn abs(self) -> Float {
        Float { neg: false, ..self }
    }

    fn neg(self) -> Float {
        Float { neg: !self.neg, ..self }
    }

    fn cmp_magnitude(self, y: Float) -> Ordering {
        match (self.is_zero(), y.is_zero()) {
            (true, true) => Ordering::Equal,
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
            (false, false) => self.exp.cmp(&y.exp).then(self.mant.cmp(&y.mant)),
        }
    }

    pub(crate) fn add(self, y: Float, prec: u32) -> Result<Float, NumberError> {
        match (self.is_zero(), y.is_zero()) {
            (true, true) => return Ok(Float { neg: self.neg && y.neg, ..Float::ZERO }),
            (true, false) => return Float::round(y.neg, u128::from(y.mant), i64::from(y.exp) - 64, false, prec),
            (false, true) => {
                return Float::round(self.neg, u128::from(self.mant), i64::from(self.exp) - 64, false, prec);
            }
            (false, false) => {}
        }
        let (hi, lo) = if self.cmp_magnitude(y) == Ordering::Less { (y, self) } else { (self, y) };
        let shift = i64::from(hi.exp) - i64::from(lo.exp);
        // 62 bits below the mantissa, one above for the carry; what falls off is only ever below the rounding bit.
        let a = u128::from(hi.mant) << 62;
        let b = u128::from(lo.mant) << 62;
        let (b, sticky) = match u32::try_from(shift) {
            Ok(s) if s < 128 => (b >> s, s > 0 && b << (128 - s) != 0),
            _ => (0, true),
        };
        let exp2 = i64::from(hi.exp) - 126;
        if hi.neg == lo.neg {
            return Float::round(hi.neg, a + b, exp2, sticky, prec);
        }
        let m = a - b - u128::from(sticky);
        Float::round(hi.neg && m != 0, m, exp2, sticky, prec)
    }

    pub(crate) fn sub(self, y: Float, prec: u32) -> Result<Float, NumberError> {
        self.add(y.neg(), prec)
    }

    pub(crate) fn mul(self, y: Float, prec: u32) -> Result<Float, NumberError> {
        let m = u128::from(self.mant) * u128::from(y.mant);
        Float::round(self.neg != y.neg, m, i64::from(self.exp) + i64::from(y.exp) - 128, false, prec)
    }

    pub(crate) fn quo(self, y: Float, prec: u32) -> Result<Float, NumberError> {
        if y.is_zero() {
            return Err(NumberError::DivideByZero);
        }
        let neg = self.neg != y.neg;
        let d = u128::from(y.mant);
        let n = u128::from(self.mant) << 64;
        let (q, r) = (n / d, n % d);
        let r = r << 2;
        let m = (q << 2) | (r / d);
        Float::round(neg, m, i64::from(self.exp) - i64::from(y.exp) - 66, r % d != 0, prec)
    }

    /// The integer towards zero.
    pub(crate) fn trunc(self) -> BigInt {
        let sign = if self.neg { Sign::Minus } else { Sign::Plus };
        let m = if self.exp <= 0 {
            BigUint::ZERO
        } else if self.exp <= 64 {
            BigUint::from(self.mant >> (64 - self.exp))
        } else {
            BigUint::from(self.mant) << (self.exp - 64)
        };
        BigInt::from_biguint(sign, m)
    }
}
