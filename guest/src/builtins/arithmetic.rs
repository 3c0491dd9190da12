//! `+ - * / %`, `abs`, `ceil`, `floor`, `round`: small integers inline, the rest by `writ_value::number`.

use writ_abi::{Tag, Word};
use writ_value::number;

use super::{operand, sets};
use crate::error::{self, Answer};
use crate::value;

/// Two small integers.
#[inline]
fn ints(a: Word, b: Word) -> Option<(i64, i64)> {
    Some((a.as_int()?, b.as_int()?))
}

/// `plus`.
pub fn plus(a: Word, b: Word) -> Answer {
    if let Some((x, y)) = ints(a, b) {
        // Two 63-bit integers never overflow 64 bits.
        return Some(value::int(x + y));
    }
    let x = operand::number("plus", 1, a, "number")?;
    let y = operand::number("plus", 2, b, "number")?;
    operand::computed("plus", || number::add(x, y))
}

/// `minus`: numbers, or the difference of two sets.
pub fn minus(a: Word, b: Word) -> Answer {
    if let Some((x, y)) = ints(a, b) {
        return Some(value::int(x - y));
    }
    match (crate::number::get(a), crate::number::get(b)) {
        (Some(x), Some(y)) => operand::computed("minus", || number::sub(x, y)),
        _ if a.tag() == Tag::Set && b.tag() == Tag::Set => Some(sets::difference(a, b)),
        (None, _) if a.tag() != Tag::Set => error::mistyped("minus", 1, "one of {number, set}", a),
        (_, Some(_)) => error::mistyped("minus", 2, "set", b),
        _ => error::mistyped("minus", 2, "number", b),
    }
}

/// `mul`.
pub fn mul(a: Word, b: Word) -> Answer {
    if let Some((x, y)) = ints(a, b)
        && let Some(product) = x.checked_mul(y)
    {
        return Some(value::int(product));
    }
    let x = operand::number("mul", 1, a, "number")?;
    let y = operand::number("mul", 2, b, "number")?;
    operand::computed("mul", || number::mul(x, y))
}

/// `div`.
pub fn div(a: Word, b: Word) -> Answer {
    if let Some((x, y)) = ints(a, b)
        && i32::try_from(x).is_ok()
        && y != 0
        && x != 0
        && x % y == 0
    {
        return Some(value::int(x / y));
    }
    let x = operand::number("div", 1, a, "number")?;
    let y = operand::number("div", 2, b, "number")?;
    operand::computed("div", || number::div(x, y))
}

/// `rem`.
pub fn rem(a: Word, b: Word) -> Answer {
    if let Some((x, y)) = ints(a, b)
        && y != 0
    {
        return Some(value::int(x % y));
    }
    let x = operand::number("rem", 1, a, "number")?;
    let y = operand::number("rem", 2, b, "number")?;
    operand::computed("rem", || number::rem(x, y))
}

/// `abs`.
pub fn abs(a: Word) -> Answer {
    match a.as_int() {
        Some(x) => Some(value::int(x.abs())),
        None => {
            let x = operand::number("abs", 1, a, "number")?;
            operand::computed("abs", || number::abs(x))
        }
    }
}

/// `ceil`.
pub fn ceil(a: Word) -> Answer {
    let x = operand::number("ceil", 1, a, "number")?;
    if a.tag() == Tag::Int { Some(a) } else { operand::computed("ceil", || number::ceil(x)) }
}

/// `floor`.
pub fn floor(a: Word) -> Answer {
    let x = operand::number("floor", 1, a, "number")?;
    if a.tag() == Tag::Int { Some(a) } else { operand::computed("floor", || number::floor(x)) }
}

/// `round`: halves away from zero.
pub fn round(a: Word) -> Answer {
    let x = operand::number("round", 1, a, "number")?;
    if a.tag() == Tag::Int { Some(a) } else { operand::computed("round", || number::round(x)) }
}
