//! `numbers.range` and `numbers.range_step`.

use writ_abi::Word;
use writ_value::number;

use super::operand;
use crate::error::Answer;
use crate::value;

/// Most numbers in a range: 128 MiB of words.
const LIMIT: u64 = 1 << 24;

/// `numbers.range`: both ends included, upwards or downwards.
pub fn range(from: Word, to: Word) -> Answer {
    between("numbers.range", from, to, value::int(1))
}

/// `numbers.range_step`: as `numbers.range`, with a positive step.
pub fn range_step(from: Word, to: Word, step: Word) -> Answer {
    between("numbers.range_step", from, to, step)
}

fn between(name: &str, from: Word, to: Word, step: Word) -> Answer {
    let x = operand::number(name, 1, from, "integer")?;
    let y = operand::integer_after(name, 2, to, &[x])?;
    let s = operand::integer_after(name, 3, step, &[x, y])?;
    if let (Some(first), Some(last), Some(step)) = (from.as_int(), to.as_int(), step.as_int())
        && step > 0
    {
        let count = first.abs_diff(last) / step as u64 + 1;
        if count > LIMIT {
            return operand::number_error(name, number::NumberError::RangeTooLong);
        }
        let numbers = value::array(count as u32);
        let step = if first <= last { step } else { -step };
        let mut n = first;
        for _ in 0..count {
            value::push(numbers, value::int(n));
            n = n.wrapping_add(step);
        }
        return Some(numbers);
    }
    match number::range(x, y, s, LIMIT as usize) {
        Ok(list) => {
            let numbers = value::array(list.len() as u32);
            for n in &list {
                value::push(numbers, crate::number::word(n));
            }
            Some(numbers)
        }
        Err(error) => range_error(name, error),
    }
}

fn range_error(name: &str, error: number::NumberError) -> Answer {
    match error {
        // OPA puts the name in front of this text itself.
        number::NumberError::BadStep => crate::error::fail(name, &[name.as_bytes(), b": ", error.message().as_bytes()]),
        _ => operand::number_error(name, error),
    }
}
