//! `bits.*` on integers of any size.

use writ_abi::Word;
use writ_value::number::{self, NumRef, Number, NumberError};

use super::operand;
use crate::error::Answer;
use crate::value;

fn binary(
    name: &str,
    a: Word,
    b: Word,
    operation: impl FnOnce(NumRef<'_>, NumRef<'_>) -> Result<Number, NumberError>,
) -> Answer {
    let x = operand::number(name, 1, a, "integer")?;
    let y = operand::integer_after(name, 2, b, &[x])?;
    operand::computed(name, || operation(x, y))
}

/// `bits.and`.
pub fn and(a: Word, b: Word) -> Answer {
    match (a.as_int(), b.as_int()) {
        (Some(x), Some(y)) => Some(value::int(x & y)),
        _ => binary("bits.and", a, b, number::bit_and),
    }
}

/// `bits.or`.
pub fn or(a: Word, b: Word) -> Answer {
    match (a.as_int(), b.as_int()) {
        (Some(x), Some(y)) => Some(value::int(x | y)),
        _ => binary("bits.or", a, b, number::bit_or),
    }
}

/// `bits.xor`.
pub fn xor(a: Word, b: Word) -> Answer {
    match (a.as_int(), b.as_int()) {
        (Some(x), Some(y)) => Some(value::int(x ^ y)),
        _ => binary("bits.xor", a, b, number::bit_xor),
    }
}

/// `bits.lsh`.
pub fn lsh(a: Word, b: Word) -> Answer {
    binary("bits.lsh", a, b, number::shl)
}

/// `bits.rsh`.
pub fn rsh(a: Word, b: Word) -> Answer {
    binary("bits.rsh", a, b, number::shr)
}

/// `bits.negate`.
pub fn negate(a: Word) -> Answer {
    let x = operand::number("bits.negate", 1, a, "integer")?;
    operand::computed("bits.negate", || number::bit_not(x))
}
