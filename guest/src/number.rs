//! Numbers: small integers in the word, everything else as the author's decimal text. Comparison and hash are exact and
//! allocate nothing; arithmetic beyond 63 bits is in `number::big`.

use core::cmp::Ordering;

use writ_abi::{Tag, Word, hash};

use crate::text::Text;
use crate::value;

/// Numbers of at least 2 to this power are refused by OPA, and so are fractions below its inverse.
const MAX_DECIMAL_EXPONENT: i64 = 30_102;

/// Whether the word is a number.
#[inline]
pub fn is_number(w: Word) -> bool {
    matches!(w.tag(), Tag::Int | Tag::Number)
}

/// Length of the JSON number at the start of the text.
pub fn scan(text: &[u8]) -> Option<usize> {
    let digits = |from: usize| text[from..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let mut at = usize::from(text.first() == Some(&b'-'));
    at += match text.get(at)? {
        b'0' => 1,
        b'1'..=b'9' => digits(at),
        _ => return None,
    };
    if text.get(at) == Some(&b'.') {
        let fraction = digits(at + 1);
        if fraction == 0 {
            return None;
        }
        at += 1 + fraction;
    }
    if let Some(b'e' | b'E') = text.get(at) {
        at += 1 + usize::from(matches!(text.get(at + 1), Some(b'+' | b'-')));
        let exponent = digits(at.min(text.len()));
        if exponent == 0 {
            return None;
        }
        at += exponent;
    }
    Some(at)
}

/// A number from its text, which [`scan`] accepts as a whole. `None` when it is out of range.
pub fn parse(text: &[u8]) -> Option<Word> {
    if let Some(n) = plain_int(text) {
        return Some(n);
    }
    let decimal = Decimal::new(text);
    if decimal.exponent.abs() > MAX_DECIMAL_EXPONENT && text.iter().any(|byte| matches!(byte, b'e' | b'E')) {
        return None;
    }
    Some(from_text(text))
}

/// A number in memory with this text, which must be no plain small integer.
pub fn from_text(text: &[u8]) -> Word {
    Word::pointer(Tag::Number, value::string(text).addr())
}

/// A 64-bit integer that is too large for a small integer.
pub fn from_i64(n: i64) -> Word {
    let mut text = Text::new(20);
    text.int(n);
    text.finish_number()
}

/// The small integer that the text is the plain form of.
pub fn plain_int(text: &[u8]) -> Option<Word> {
    let (negative, digits) = match text {
        [b'-', digits @ ..] => (true, digits),
        digits => (false, digits),
    };
    if digits.is_empty() || digits.len() > 19 || (digits[0] == b'0' && (digits.len() > 1 || negative)) {
        return None;
    }
    let mut n: u64 = 0;
    for &byte in digits {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        n = n * 10 + u64::from(digit);
    }
    let signed = i64::try_from(n).ok()?;
    Word::int(if negative { -signed } else { signed })
}

/// A decimal number taken apart: `0.DIGITS * 10^exponent`, where DIGITS has no zeros in front or at the end.
struct Decimal<'a> {
    negative: bool,
    /// Integer and fraction digits; the digits that count are `first .. last` of their concatenation.
    whole: &'a [u8],
    fraction: &'a [u8],
    first: usize,
    last: usize,
    exponent: i64,
}

impl<'a> Decimal<'a> {
    fn new(text: &'a [u8]) -> Self {
        let (negative, rest) = match text {
            [b'-', rest @ ..] => (true, rest),
            [b'+', rest @ ..] => (false, rest),
            rest => (false, rest),
        };
        let (mantissa, exponent) = match rest.iter().position(|byte| matches!(byte, b'e' | b'E')) {
            Some(at) => (&rest[..at], saturating(&rest[at + 1..])),
            None => (rest, 0),
        };
        let (whole, fraction) = match mantissa.iter().position(|&byte| byte == b'.') {
            Some(at) => (&mantissa[..at], &mantissa[at + 1..]),
            None => (mantissa, &[][..]),
        };
        let mut decimal = Self { negative, whole, fraction, first: 0, last: whole.len() + fraction.len(), exponent: 0 };
        while decimal.first < decimal.last && decimal.at(decimal.first) == b'0' {
            decimal.first += 1;
        }
        while decimal.first < decimal.last && decimal.at(decimal.last - 1) == b'0' {
            decimal.last -= 1;
        }
        if decimal.len() == 0 {
            decimal.negative = false;
        } else {
            decimal.exponent = exponent.saturating_add(whole.len() as i64 - decimal.first as i64);
        }
        decimal
    }

    fn len(&self) -> usize {
        self.last - self.first
    }

    fn at(&self, i: usize) -> u8 {
        if i < self.whole.len() { self.whole[i] } else { self.fraction[i - self.whole.len()] }
    }

    fn digits(&self) -> impl Iterator<Item = u8> + '_ {
        (self.first..self.last).map(|i| self.at(i))
    }

    /// Order of the absolute values.
    fn cmp_magnitude(&self, other: &Self) -> Ordering {
        match (self.len(), other.len()) {
            (0, 0) => Ordering::Equal,
            (0, _) => Ordering::Less,
            (_, 0) => Ordering::Greater,
            _ => self.exponent.cmp(&other.exponent).then_with(|| self.digits().cmp(other.digits())),
        }
    }

    fn cmp(&self, other: &Self) -> Ordering {
        match (self.negative, other.negative) {
            (false, true) if self.len() + other.len() > 0 => Ordering::Greater,
            (true, false) => Ordering::Less,
            (true, true) => other.cmp_magnitude(self),
            _ => self.cmp_magnitude(other),
        }
    }

    /// The value, when it is an integer of at most 64 bits.
    fn small(&self) -> Option<i64> {
        let width = self.exponent;
        if self.len() == 0 {
            return Some(0);
        }
        // Nineteen digits always fit 64 unsigned bits.
        if width < self.len() as i64 || width > 19 {
            return None;
        }
        let mut n: u64 = 0;
        for digit in self.digits() {
            n = n * 10 + u64::from(digit - b'0');
        }
        for _ in self.len() as i64..width {
            n *= 10;
        }
        if self.negative { 0i64.checked_sub_unsigned(n) } else { 0i64.checked_add_unsigned(n) }
    }
}

/// An exponent with optional sign, saturating far beyond any number that is accepted.
fn saturating(text: &[u8]) -> i64 {
    let (negative, digits) = match text {
        [b'-', digits @ ..] => (true, digits),
        [b'+', digits @ ..] => (false, digits),
        digits => (false, digits),
    };
    let mut n: i64 = 0;
    for &byte in digits {
        n = (n * 10 + i64::from(byte.wrapping_sub(b'0'))).min(1 << 40);
    }
    if negative { -n } else { n }
}

/// Runs `f` on the decimal form of a number.
fn with_decimal<R>(w: Word, f: impl FnOnce(&Decimal<'_>) -> R) -> R {
    match w.as_int() {
        Some(n) => {
            let mut buffer = [0; 20];
            f(&Decimal::new(decimal_text(n, &mut buffer)))
        }
        None => f(&Decimal::new(value::text(w))),
    }
}

/// The decimal text of an integer, in the buffer.
pub fn decimal_text(n: i64, buffer: &mut [u8; 20]) -> &[u8] {
    let mut at = buffer.len();
    let mut rest = n.unsigned_abs();
    loop {
        at -= 1;
        buffer[at] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    if n < 0 {
        at -= 1;
        buffer[at] = b'-';
    }
    &buffer[at..]
}

/// Exact order of two numbers.
pub fn compare(a: Word, b: Word) -> Ordering {
    if let (Some(x), Some(y)) = (a.as_int(), b.as_int()) {
        return x.cmp(&y);
    }
    with_decimal(a, |a| with_decimal(b, |b| a.cmp(b)))
}

/// A hash that equal numbers share, whatever their text: `1`, `1.0` and `10e-1`.
pub fn hash(w: Word) -> u64 {
    if w.tag() == Tag::Int {
        return hash::mix(w.0, 1);
    }
    let decimal = Decimal::new(value::text(w));
    if let Some(small) = decimal.small().and_then(Word::int) {
        return hash::mix(small.0, 1);
    }
    let start = hash::mix(decimal.exponent as u64, u64::from(decimal.negative));
    decimal.digits().fold(start, |state, digit| hash::mix(state, u64::from(digit)))
}

/// The value as a 64-bit integer, when it is one: `1`, `1.0`, `1e3`.
pub fn as_i64(w: Word) -> Option<i64> {
    match w.tag() {
        Tag::Int => w.as_int(),
        Tag::Number => Decimal::new(value::text(w)).small(),
        _ => None,
    }
}
