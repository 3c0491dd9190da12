//! A number times a unit: what `units.parse` and `units.parse_bytes` compute.

use alloc::string::String;

use num_bigint::{BigInt, BigUint, Sign};
use num_traits::{Pow, Zero};

use super::arith::float;
use super::float::PREC;
use super::integer::big_to_number;
use super::{IntText, MAX_INT_BITS, NumRef, Number, NumberError};

/// The integer part of `x × factor`, by floats as OPA computes.
///
/// # Errors
/// [`NumberError::ResultTooBig`].
pub fn scale_to_integer(x: NumRef<'_>, factor: NumRef<'_>) -> Result<Number, NumberError> {
    big_to_number(float(x)?.mul(float(factor)?, PREC)?.trunc())
}

/// `x × numerator / 2^shift`, exactly when that is an integer, else with `places` decimals, halves away from zero.
///
/// # Errors
/// [`NumberError::ResultTooBig`].
pub fn scale_exactly(x: NumRef<'_>, numerator: u64, shift: u32, places: u32) -> Result<Number, NumberError> {
    let mut buffer = IntText::new();
    let parts = x.parts(&mut buffer).ok_or(NumberError::Syntax)?;
    let digits: alloc::vec::Vec<u8> = parts.significant().collect();
    if digits.is_empty() {
        return Ok(Number::Int(0));
    }
    let exponent = parts.magnitude() - i64::try_from(digits.len()).unwrap_or(i64::MAX / 2);
    if exponent.unsigned_abs() * 3 > MAX_INT_BITS {
        return Err(NumberError::ResultTooBig);
    }
    let power = BigUint::from(10u32).pow(exponent.unsigned_abs());
    let mut above = BigUint::parse_bytes(&digits, 10).ok_or(NumberError::Syntax)? * numerator;
    let mut below = BigUint::from(1u32) << shift;
    if exponent < 0 {
        below *= power
    } else {
        above *= power
    }
    let sign = if parts.neg { Sign::Minus } else { Sign::Plus };
    let whole = &above / &below;
    if (&above - &whole * &below).is_zero() {
        return big_to_number(BigInt::from_biguint(sign, whole));
    }
    let scaled = (above * BigUint::from(10u32).pow(places) * 2u32 + &below) / (below * 2u32);
    let mut text = scaled.to_str_radix(10);
    while text.len() <= places as usize {
        text.insert(0, '0');
    }
    text.insert(text.len() - places as usize, '.');
    // Like Go's, a value that rounds to zero keeps its sign.
    Ok(Number::Text(if parts.neg { String::from("-") + &text } else { text }.into()))
}
