//! Integers of any size: conversion, bit operations, bases and ranges.

use alloc::string::String;
use alloc::vec::Vec;

use num_bigint::{BigInt, BigUint, Sign};
use num_traits::{Pow, Signed, ToPrimitive, Zero};

use super::float::Float;
use super::{IntText, MAX_INT_BITS, NumRef, Number, NumberError};

/// The exact integer, `None` if the value is none.
pub(crate) fn to_big(n: NumRef<'_>) -> Result<Option<BigInt>, NumberError> {
    let NumRef::Text(t) = n else {
        let NumRef::Int(i) = n else { return Ok(None) };
        return Ok(Some(i.into()));
    };
    let p = super::text::scan(t.as_bytes(), true).ok_or(NumberError::Syntax)?;
    if !p.is_integer() {
        return Ok(None);
    }
    if p.is_zero() {
        return Ok(Some(BigInt::ZERO));
    }
    let digits: Vec<u8> = p.significant().collect();
    let m = BigUint::parse_bytes(&digits, 10).ok_or(NumberError::Syntax)?;
    let zeros = p.magnitude().unsigned_abs() - digits.len() as u64;
    // Three bits a digit is a lower bound, so nothing that passes is more than a ninth too wide.
    if p.magnitude().unsigned_abs() * 3 > MAX_INT_BITS {
        return Err(NumberError::ResultTooBig);
    }
    let m = m * BigUint::from(10u32).pow(zeros);
    Ok(Some(BigInt::from_biguint(if p.neg { Sign::Minus } else { Sign::Plus }, m)))
}

pub(crate) fn big_to_number(i: BigInt) -> Result<Number, NumberError> {
    if let Some(i) = i.to_i64() {
        return Ok(Number::Int(i));
    }
    if i.bits() > MAX_INT_BITS {
        return Err(NumberError::ResultTooBig);
    }
    Ok(Number::Text(i.to_str_radix(10).into()))
}

fn operand(n: NumRef<'_>, position: u8) -> Result<BigInt, NumberError> {
    to_big(n)?.ok_or(NumberError::NotInteger(position))
}

/// Bitwise and, of two's complement with infinite sign extension.
///
/// # Errors
/// [`NumberError::NotInteger`].
pub fn bit_and(x: NumRef<'_>, y: NumRef<'_>) -> Result<Number, NumberError> {
    if let (NumRef::Int(a), NumRef::Int(b)) = (x, y) {
        return Ok(Number::Int(a & b));
    }
    big_to_number(operand(x, 1)? & operand(y, 2)?)
}

/// Bitwise or.
///
/// # Errors
/// [`NumberError::NotInteger`].
pub fn bit_or(x: NumRef<'_>, y: NumRef<'_>) -> Result<Number, NumberError> {
    if let (NumRef::Int(a), NumRef::Int(b)) = (x, y) {
        return Ok(Number::Int(a | b));
    }
    big_to_number(operand(x, 1)? | operand(y, 2)?)
}

/// Bitwise exclusive or.
///
/// # Errors
/// [`NumberError::NotInteger`].
pub fn bit_xor(x: NumRef<'_>, y: NumRef<'_>) -> Result<Number, NumberError> {
    if let (NumRef::Int(a), NumRef::Int(b)) = (x, y) {
        return Ok(Number::Int(a ^ b));
    }
    big_to_number(operand(x, 1)? ^ operand(y, 2)?)
}

/// Every bit inverted: `-x - 1`.
///
/// # Errors
/// [`NumberError::NotInteger`].
pub fn bit_not(x: NumRef<'_>) -> Result<Number, NumberError> {
    match x {
        NumRef::Int(i) => Ok(Number::Int(!i)),
        NumRef::Text(_) => big_to_number(-operand(x, 1)? - 1),
    }
}

/// `x × 2^count`.
///
/// # Errors
/// [`NumberError::NotInteger`], [`NumberError::NegativeShift`], [`NumberError::ResultTooBig`] beyond [`MAX_INT_BITS`].
pub fn shl(x: NumRef<'_>, count: NumRef<'_>) -> Result<Number, NumberError> {
    let (x, count) = (operand(x, 1)?, operand(count, 2)?);
    if count.is_negative() {
        return Err(NumberError::NegativeShift);
    }
    if x.is_zero() {
        return Ok(Number::Int(0));
    }
    match count.to_u64() {
        Some(n) if n <= MAX_INT_BITS => big_to_number(x << n),
        _ => Err(NumberError::ResultTooBig),
    }
}

/// `x / 2^count`, rounded downwards.
///
/// # Errors
/// [`NumberError::NotInteger`], [`NumberError::NegativeShift`].
pub fn shr(x: NumRef<'_>, count: NumRef<'_>) -> Result<Number, NumberError> {
    let (x, count) = (operand(x, 1)?, operand(count, 2)?);
    if count.is_negative() {
        return Err(NumberError::NegativeShift);
    }
    match count.to_u64() {
        Some(n) if n <= 2 * MAX_INT_BITS => big_to_number(x >> n),
        _ => Ok(Number::Int(if x.is_negative() { -1 } else { 0 })),
    }
}

/// The integer part in base 2, 8, 10 or 16 (lower case), without a prefix.
///
/// # Errors
/// [`NumberError::BadBase`], [`NumberError::ResultTooBig`].
pub fn format_int(x: NumRef<'_>, base: NumRef<'_>) -> Result<String, NumberError> {
    // The base is compared as text: OPA refuses `10.0`.
    let NumRef::Int(base @ (2 | 8 | 10 | 16)) = base else {
        return Err(NumberError::BadBase);
    };
    let base = base.to_u32().unwrap_or(10);
    let p = x.parts(&mut IntText::new()).map(|p| p.is_plain());
    let i = match (x, p) {
        (NumRef::Int(i), _) => BigInt::from(i),
        (_, Some(true)) => operand(x, 1)?,
        // Fractions and exponents go through a float, as in OPA.
        _ => Float::from_parts(&x.parts(&mut IntText::new()).ok_or(NumberError::Syntax)?)?.trunc(),
    };
    Ok(i.to_str_radix(base))
}

/// The integers from `from` to `to`, both included, `step` apart, upwards or downwards; at most `limit` of them.
///
/// # Errors
/// [`NumberError::NotInteger`], [`NumberError::BadStep`], [`NumberError::RangeTooLong`].
pub fn range(from: NumRef<'_>, to: NumRef<'_>, step: NumRef<'_>, limit: usize) -> Result<Vec<Number>, NumberError> {
    let (x, y, step) = (operand(from, 1)?, operand(to, 2)?, operand(step, 3)?);
    if !step.is_positive() {
        return Err(NumberError::BadStep);
    }
    let n = ((&y - &x).abs() / &step + 1u32).to_usize().filter(|&n| n <= limit).ok_or(NumberError::RangeTooLong)?;
    let step = if x > y { -step } else { step };
    if let (Some(x), Some(s)) = (x.to_i64(), step.to_i64())
        && y.to_i64().is_some()
    {
        return Ok((0..n).map(|i| Number::Int(x.wrapping_add(s.wrapping_mul(i.to_i64().unwrap_or(0))))).collect());
    }
    // Wide elements: bound the text as a whole, too.
    if n.saturating_mul(usize::try_from(x.bits().max(y.bits()) / 3).unwrap_or(usize::MAX)) > limit.saturating_mul(64) {
        return Err(NumberError::RangeTooLong);
    }
    let mut out = Vec::with_capacity(n);
    let mut i = x;
    for _ in 0..n {
        out.push(big_to_number(i.clone())?);
        i += &step;
    }
    Ok(out)
}

/// The exact integer, for code that computes further with it; `None` if the value is none or too wide.
#[must_use]
pub fn to_bigint(n: NumRef<'_>) -> Option<BigInt> {
    to_big(n).ok().flatten()
}
