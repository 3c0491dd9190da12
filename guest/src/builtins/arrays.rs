//! `array.*`.

use writ_abi::{Tag, Word};

use super::operand;
use crate::error::Answer;
use crate::value;

/// `array.concat`.
pub fn concat(a: Word, b: Word) -> Answer {
    let a = operand::array("array.concat", 1, a)?;
    let b = operand::array("array.concat", 2, b)?;
    if value::len(a) == 0 {
        return Some(b);
    }
    if value::len(b) == 0 {
        return Some(a);
    }
    let both = value::array(value::len(a).saturating_add(value::len(b)));
    for element in value::items(a).chain(value::items(b)) {
        value::push(both, element);
    }
    Some(both)
}

/// `array.flatten`: one level.
pub fn flatten(a: Word) -> Answer {
    let a = operand::array("array.flatten", 1, a)?;
    if value::items(a).all(|element| element.tag() != Tag::Array) {
        return Some(a);
    }
    let flat = value::array(value::len(a));
    for element in value::items(a) {
        if element.tag() == Tag::Array {
            for inner in value::items(element) {
                value::push(flat, inner);
            }
        } else {
            value::push(flat, element);
        }
    }
    Some(flat)
}

/// `array.reverse`.
pub fn reverse(a: Word) -> Answer {
    let a = operand::array("array.reverse", 1, a)?;
    let reversed = value::array(value::len(a));
    for element in value::items(a).rev() {
        value::push(reversed, element);
    }
    Some(reversed)
}

/// `array.slice`: both ends are clamped.
pub fn slice(a: Word, start: Word, stop: Word) -> Answer {
    let a = operand::array("array.slice", 1, a)?;
    let start = operand::int("array.slice", 2, start)?;
    let stop = operand::int("array.slice", 3, stop)?;
    let len = value::len(a);
    let stop = stop.clamp(0, i64::from(len)) as u32;
    let start = start.clamp(0, i64::from(stop)) as u32;
    if start == 0 && stop == len {
        return Some(a);
    }
    let part = value::array(stop - start);
    for i in start..stop {
        value::push(part, value::item(a, i));
    }
    Some(part)
}
