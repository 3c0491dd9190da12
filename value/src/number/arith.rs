//! Arithmetic: exact on integers of any size, else on 64-bit-mantissa floats, as OPA computes.

use num_bigint::{BigInt, Sign};
use num_traits::Zero;

use super::float::{DOUBLE_PREC, Float, PREC};
use super::integer::{big_to_number, to_big};
use super::{IntText, NumRef, Number, NumberError};

pub(super) fn float(n: NumRef<'_>) -> Result<Float, NumberError> {
    match n {
        NumRef::Int(i) => Ok(Float::from_i64(i)),
        NumRef::Text(_) => Float::from_parts(&n.parts(&mut IntText::new()).ok_or(NumberError::Syntax)?),
    }
}

/// Both operands as integers, if both are.
fn both_big(x: NumRef<'_>, y: NumRef<'_>) -> Result<Option<(BigInt, BigInt)>, NumberError> {
    let Some(x) = to_big(x)? else { return Ok(None) };
    Ok(to_big(y)?.map(|y| (x, y)))
}

/// `x + y`.
///
/// # Errors
/// [`NumberError::ResultTooBig`].
pub fn add(x: NumRef<'_>, y: NumRef<'_>) -> Result<Number, NumberError> {
    if let (NumRef::Int(a), NumRef::Int(b)) = (x, y)
        && let Some(i) = a.checked_add(b)
    {
        return Ok(Number::Int(i));
    }
    match both_big(x, y)? {
        Some((a, b)) => big_to_number(a + b),
        None => Ok(float(x)?.add(float(y)?, PREC)?.to_number(PREC)),
    }
}

/// `x - y`.
///
/// # Errors
/// [`NumberError::ResultTooBig`].
pub fn sub(x: NumRef<'_>, y: NumRef<'_>) -> Result<Number, NumberError> {
    if let (NumRef::Int(a), NumRef::Int(b)) = (x, y)
        && let Some(i) = a.checked_sub(b)
    {
        return Ok(Number::Int(i));
    }
    match both_big(x, y)? {
        Some((a, b)) => big_to_number(a - b),
        None => Ok(float(x)?.sub(float(y)?, PREC)?.to_number(PREC)),
    }
}

/// `x * y`.
///
/// # Errors
/// [`NumberError::ResultTooBig`].
pub fn mul(x: NumRef<'_>, y: NumRef<'_>) -> Result<Number, NumberError> {
    if let (NumRef::Int(a), NumRef::Int(b)) = (x, y)
        && let Some(i) = a.checked_mul(b)
    {
        return Ok(Number::Int(i));
    }
    match both_big(x, y)? {
        Some((a, b)) => big_to_number(a * b),
        None => Ok(float(x)?.mul(float(y)?, PREC)?.to_number(PREC)),
    }
}

/// `x / y`.
///
/// # Errors
/// [`NumberError::DivideByZero`], [`NumberError::ResultTooBig`].
pub fn div(x: NumRef<'_>, y: NumRef<'_>) -> Result<Number, NumberError> {
    if let (NumRef::Int(a), NumRef::Int(b)) = (x, y) {
        // A zero dividend goes the long way, since 0 / -1 is -0.
        if b != 0 && a != 0 && a.checked_rem(b) == Some(0) {
            return Ok(Number::Int(a / b));
        }
    }
    Ok(float(x)?.quo(float(y)?, PREC)?.to_number(PREC))
}

/// `x % y`, integers only; the sign is that of `x`.
///
/// # Errors
/// [`NumberError::ModuloByZero`], [`NumberError::ModuloOnFloat`], [`NumberError::ResultTooBig`].
pub fn rem(x: NumRef<'_>, y: NumRef<'_>) -> Result<Number, NumberError> {
    if let (NumRef::Int(a), NumRef::Int(b)) = (x, y) {
        return if b == 0 { Err(NumberError::ModuloByZero) } else { Ok(Number::Int(a.wrapping_rem(b))) };
    }
    match both_big(x, y)? {
        Some((_, b)) if b.is_zero() => Err(NumberError::ModuloByZero),
        Some((a, b)) => big_to_number(a % b),
        None => Err(NumberError::ModuloOnFloat),
    }
}

/// OPA's own window for integers: within it the result of a unary operation is the plain integer, outside it the
/// operand goes through a float.
fn small(n: NumRef<'_>) -> Option<i64> {
    n.to_i64().filter(|&i| i32::try_from(i).is_ok())
}

/// The magnitude.
///
/// # Errors
/// [`NumberError::ResultTooBig`].
pub fn abs(x: NumRef<'_>) -> Result<Number, NumberError> {
    match small(x) {
        Some(i) => Ok(Number::Int(i.abs())),
        None => Ok(float(x)?.abs().to_number(PREC)),
    }
}

/// The nearest integer, halves away from zero.
///
/// # Errors
/// [`NumberError::ResultTooBig`].
pub fn round(x: NumRef<'_>) -> Result<Number, NumberError> {
    if let Some(i) = small(x) {
        return Ok(Number::Int(i));
    }
    let f = float(x)?;
    let f = if f.neg { f.sub(Float::HALF, PREC)? } else { f.add(Float::HALF, PREC)? };
    big_to_number(f.trunc())
}

/// The next integer upwards. As in OPA 1.22, a number in `(-1, 0)` gives 1.
///
/// # Errors
/// [`NumberError::ResultTooBig`].
pub fn ceil(x: NumRef<'_>) -> Result<Number, NumberError> {
    if let Some(i) = small(x) {
        return Ok(Number::Int(i));
    }
    let f = float(x)?;
    let i = f.trunc();
    big_to_number(if f.is_int() || i.sign() == Sign::Minus { i } else { i + 1 })
}

/// The next integer downwards. As in OPA 1.22, a number in `(-1, 0)` gives 0.
///
/// # Errors
/// [`NumberError::ResultTooBig`].
pub fn floor(x: NumRef<'_>) -> Result<Number, NumberError> {
    if let Some(i) = small(x) {
        return Ok(Number::Int(i));
    }
    let f = float(x)?;
    let i = f.trunc();
    big_to_number(if f.is_int() || i.sign() != Sign::Minus { i } else { i - 1 })
}

/// The sum; 0 of nothing. Exact if all numbers are integers, else added up in order as floats.
///
/// # Errors
/// [`NumberError::ResultTooBig`].
pub fn sum<'a, I>(numbers: I) -> Result<Number, NumberError>
where
    I: Iterator<Item = NumRef<'a>> + Clone,
{
    let mut total = Some(0i64);
    for n in numbers.clone() {
        total = match (total, n) {
            (Some(t), NumRef::Int(i)) => t.checked_add(i),
            _ => None,
        };
        if total.is_none() {
            break;
        }
    }
    if let Some(t) = total {
        return Ok(Number::Int(t));
    }
    if let Some(t) = fold_big(numbers.clone(), BigInt::ZERO, |a, b| a + b)? {
        return big_to_number(t);
    }
    let mut acc = Float::ZERO;
    for n in numbers {
        acc = acc.add(float(n)?, PREC)?;
    }
    Ok(acc.to_number(PREC))
}

/// The product; 1 of nothing. Exact if all numbers are integers, else multiplied in order as doubles with a wide exponent.
///
/// # Errors
/// [`NumberError::ResultTooBig`].
pub fn product<'a, I>(numbers: I) -> Result<Number, NumberError>
where
    I: Iterator<Item = NumRef<'a>> + Clone,
{
    if let Some(t) = fold_big(numbers.clone(), BigInt::from(1), |a, b| a * b)? {
        return big_to_number(t);
    }
    let mut acc = Float::ONE;
    for n in numbers {
        acc = acc.mul(float(n)?, DOUBLE_PREC)?;
    }
    Ok(acc.to_number(DOUBLE_PREC))
}

fn fold_big<'a>(
    numbers: impl Iterator<Item = NumRef<'a>>,
    init: BigInt,
    op: impl Fn(BigInt, BigInt) -> BigInt,
) -> Result<Option<BigInt>, NumberError> {
    let mut acc = init;
    for n in numbers {
        let Some(i) = to_big(n)? else { return Ok(None) };
        acc = op(acc, i);
        if acc.bits() > super::MAX_INT_BITS {
            return Err(NumberError::ResultTooBig);
        }
    }
    Ok(Some(acc))
}
