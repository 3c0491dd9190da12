//! `units.parse` and `units.parse_bytes`.

use writ_abi::Word;
use writ_value::number::{self, NumRef, Number};

use super::operand;
use crate::error::{self, Answer};
use crate::text::Text;
use crate::unicode;

/// Digits that an exponent may have.
const EXPONENT_DIGITS: usize = 6;
/// Decimals of amounts that are no integers.
const PLACES: u32 = 10;
/// 0.001 as the double that OPA multiplies by, in units of 2^-60.
const MILLI: (u64, u32) = (1_152_921_504_606_847, 60);

/// `units.parse`: `m` is milli and `M` mega; the case of other letters does not matter.
pub fn parse(s: Word) -> Answer {
    const NAME: &str = "units.parse";
    let amount = Amount::new(NAME, operand::string(NAME, 1, s)?, false)?;
    let (numerator, shift) = match amount.unit {
        b"m" => MILLI,
        unit => match factor(unit) {
            Some(factor) => (factor, 0),
            None => return amount.unknown(NAME, b"unit "),
        },
    };
    let Some(n) = amount.number() else { return fail(NAME, b"could not parse amount to a number") };
    operand::computed(NAME, || number::scale_exactly(n.as_num(), numerator, shift, PLACES))
}

/// `units.parse_bytes`: case does not matter, `b` may follow; an integer.
pub fn parse_bytes(s: Word) -> Answer {
    const NAME: &str = "units.parse_bytes";
    let amount = Amount::new(NAME, operand::string(NAME, 1, s)?, true)?;
    let unit = match amount.unit {
        [unit @ .., b'b'] if !unit.is_empty() => unit,
        unit => unit,
    };
    let Some(factor) = factor(unit) else { return amount.unknown(NAME, b"byte unit ") };
    let Some(n) = amount.number() else { return fail(NAME, b"could not parse byte amount to a number") };
    operand::computed(NAME, || number::scale_to_integer(n.as_num(), NumRef::Int(factor as i64)))
}

/// A text taken apart, without quotes.
struct Amount {
    number: &'static [u8],
    unit: &'static [u8],
}

impl Amount {
    fn new(name: &str, text: &[u8], bytes: bool) -> Option<Self> {
        let mut clean = Text::new(text.len() as u32);
        for c in unicode::chars(text).filter(|&c| c != '"') {
            clean.char(if bytes { unicode::to_lower(c) } else { c });
        }
        let clean = crate::value::text(clean.finish());
        if clean.contains(&b' ') {
            return fail(name, b"spaces not allowed in resource strings");
        }
        let Some(width) = number_width(clean) else { return fail(name, b"exponent too large") };
        let (number, unit) = clean.split_at(width);
        if number.is_empty() {
            return fail(name, if bytes { b"no byte amount provided" } else { b"no amount provided" });
        }
        Some(Self { number, unit: if bytes { unit } else { lowered(unit) } })
    }

    fn number(&self) -> Option<Number> {
        Number::parse_go(core::str::from_utf8(self.number).ok()?).ok()
    }

    #[cold]
    fn unknown(&self, name: &str, kind: &[u8]) -> Answer {
        error::fail(name, &[name.as_bytes(), b": ", kind, self.unit, b" not recognized"])
    }
}

/// OPA puts the name in front of these texts itself.
#[cold]
fn fail<T>(name: &str, message: &[u8]) -> Option<T> {
    error::fail(name, &[name.as_bytes(), b": ", message])
}

/// The unit with everything behind its first byte in lower case.
fn lowered(unit: &'static [u8]) -> &'static [u8] {
    let Some((&first, rest)) = unit.split_first() else { return unit };
    let mut text = Text::new(unit.len() as u32);
    text.byte(first);
    for c in unicode::chars(rest) {
        text.char(unicode::to_lower(c));
    }
    crate::value::text(text.finish())
}

/// Bytes of the number in front of the unit; `None` when an exponent has too many digits.
fn number_width(text: &[u8]) -> Option<usize> {
    let is_digit = |at: usize| text.get(at).is_some_and(u8::is_ascii_digit);
    let mut at = 0;
    while let Some(&byte) = text.get(at) {
        match byte {
            b'0'..=b'9' | b'.' | b'+' | b'-' => {}
            b'e' | b'E' => {
                let signed = matches!(text.get(at + 1), Some(b'+' | b'-'));
                if !signed && !is_digit(at + 1) {
                    return Some(at);
                }
                at += usize::from(signed);
                if (1..).take_while(|i| is_digit(at + i)).count() > EXPONENT_DIGITS {
                    return None;
                }
            }
            _ => return Some(at),
        }
        at += 1;
    }
    Some(at)
}

/// What a unit multiplies by; `m` and `M` are mega here.
fn factor(unit: &[u8]) -> Option<u64> {
    let (letter, binary) = match unit {
        [] => return Some(1),
        [letter] => (letter, false),
        [letter, b'i'] => (letter, true),
        _ => return None,
    };
    let power = b"kmgtpe".iter().position(|known| *known == letter.to_ascii_lowercase())? as u32 + 1;
    Some(if binary { 1 << (10 * power) } else { 1000u64.pow(power) })
}
