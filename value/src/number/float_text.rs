//! Floats from decimal text and back: rounding as Go's `big.Float` does, and the shortest text that reads back.

use alloc::format;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use num_bigint::BigUint;
use num_traits::{One, ToPrimitive};

use super::float::{Float, PREC};
use super::text::Parts;
use super::{MAX_INT_BITS, Number, NumberError};
use crate::shortest;

/// Powers of five that fit 64 bits.
const POW5_MAX: u64 = 27;

/// An unsigned float `m × 2^exp` of any width, used for powers of five only.
struct Wide {
    m: BigUint,
    exp: i64,
}

impl Wide {
    /// Product rounded half to even to `prec` bits.
    fn mul(&self, y: &Wide, prec: u64) -> Wide {
        let mut m = &self.m * &y.m;
        let mut exp = self.exp + y.exp;
        let bits = m.bits();
        if bits > prec {
            let drop = bits - prec;
            let half = m.bit(drop - 1);
            let rest = m.trailing_zeros().is_some_and(|z| z < drop - 1);
            m >>= drop;
            exp += i64::try_from(drop).unwrap_or(0);
            if half && (rest || m.bit(0)) {
                m += 1u32;
            }
        }
        Wide { m, exp }
    }
}

/// `5^n` as `big.Float` computes it for parsing: 128 bits, from squares of 192 bits.
fn pow5(n: u64) -> Wide {
    let small = n.min(POW5_MAX);
    let mut z = Wide { m: BigUint::from(5u64.pow(u32::try_from(small).unwrap_or(0))), exp: 0 };
    let mut n = n - small;
    let mut f = Wide { m: BigUint::from(5u32), exp: 0 };
    while n > 0 {
        if n & 1 == 1 {
            z = z.mul(&f, 128);
        }
        f = f.mul(&f, 192);
        n >>= 1;
    }
    z
}

/// Appends an integer with at least `width` digits; without the machinery of `core::fmt`, which would double the size
/// of a guest that computes.
fn push_digits(out: &mut String, m: u64, width: u32) {
    for place in (0..20).rev() {
        let power = 10u64.pow(place);
        if place < width || m >= power {
            out.push(char::from(b'0' + u8::try_from(m / power % 10).unwrap_or(0)));
        }
    }
}

impl Float {
    /// The float nearest to a decimal, with OPA's 64-bit mantissa.
    pub(crate) fn from_parts(p: &Parts<'_>) -> Result<Float, NumberError> {
        let digits: Vec<u8> = p.int.iter().chain(p.frac).copied().skip_while(|&c| c == b'0').collect();
        if digits.is_empty() {
            return Ok(Float { neg: p.neg, ..Float::ZERO });
        }
        let e10 = p.exp - i64::try_from(p.frac.len()).unwrap_or(i64::MAX / 2);
        let n = e10.unsigned_abs();
        if n > MAX_INT_BITS {
            return Err(NumberError::TooBig);
        }
        if digits.len() <= 19 && n <= POW5_MAX {
            let m = digits.iter().fold(0u64, |m, &c| m * 10 + u64::from(c - b'0'));
            let p5 = 5u64.pow(u32::try_from(n).unwrap_or(0));
            if e10 >= 0 {
                return Float::round(p.neg, u128::from(m) * u128::from(p5), e10, false, PREC);
            }
            // The dividend has 128 bits and the divisor fewer than 63, so the quotient has more than 64.
            let lz = m.leading_zeros();
            let dividend = u128::from(m << lz) << 64;
            let d = u128::from(p5);
            return Float::round(p.neg, dividend / d, e10 - 64 - i64::from(lz), !dividend.is_multiple_of(d), PREC);
        }
        let m = BigUint::parse_bytes(&digits, 10).ok_or(NumberError::Syntax)?;
        if e10 == 0 {
            return Float::round_big(p.neg, &m, 0, false, PREC);
        }
        let f = pow5(n);
        if e10 > 0 {
            return Float::round_big(p.neg, &(m * f.m), e10 + f.exp, false, PREC);
        }
        let shift = (f.m.bits() + 66).saturating_sub(m.bits());
        let dividend = m << shift;
        let q = &dividend / &f.m;
        let exact = &q * &f.m == dividend;
        Float::round_big(p.neg, &q, e10 - f.exp - i64::try_from(shift).unwrap_or(0), !exact, PREC)
    }

    /// The number that OPA makes of a float: an integer in full, else the shortest text that reads back at `prec` bits.
    pub(crate) fn to_number(self, prec: u32) -> Number {
        if self.is_zero() {
            return if self.neg { Number::Text("-0".into()) } else { Number::Int(0) };
        }
        let is_int = self.is_int();
        if is_int && self.exp <= prec.cast_signed() {
            // Every integer of so few bits is its own shortest text.
            let m = self.mant >> (64 - self.exp);
            let small = if self.neg { 0i64.checked_sub_unsigned(m) } else { i64::try_from(m).ok() };
            return small.map_or_else(
                || {
                    let mut out = String::from(if self.neg { "-" } else { "" });
                    push_digits(&mut out, m, 1);
                    Number::Text(out.into())
                },
                Number::Int,
            );
        }
        let d = self.shortest(prec);
        let mut out = String::new();
        if self.neg {
            out.push('-');
        }
        if is_int || (-3..=6).contains(&d.exp) {
            d.write_plain(&mut out);
        } else {
            d.write_exponent(&mut out);
        }
        Number::from_text(out)
    }

    /// The shortest decimal between the neighbours' midpoints, by the digit walk of Go's `roundShortest`.
    fn shortest(self, prec: u32) -> Decimal {
        let shift = i64::from(self.exp) - i64::from(prec);
        let m = self.mant >> (64 - prec);
        let mut d = Decimal::new(BigUint::from(m), shift);
        let twice = BigUint::from(m) << 1u32;
        let lower = Decimal::new(&twice - 1u32, shift - 1);
        let upper = Decimal::new(&twice + 1u32, shift - 1);
        let inclusive = m & 1 == 0;
        for i in 0..d.digits.len() {
            let (l, c, u) = (lower.at(i), d.at(i), upper.at(i));
            let okdown = l != c || (inclusive && i + 1 == lower.digits.len());
            let okup = c != u && (inclusive || c + 1 < u || i + 1 < upper.digits.len());
            match (okdown, okup) {
                (true, true) => d.round(i + 1),
                (true, false) => d.round_down(i + 1),
                (false, true) => d.round_up(i + 1),
                (false, false) => continue,
            }
            break;
        }
        d
    }
}

/// `0.digits × 10^exp`, ASCII digits without zeros at the end.
struct Decimal {
    digits: Vec<u8>,
    exp: i64,
}

impl Decimal {
    fn new(m: BigUint, shift: i64) -> Decimal {
        let (m, point) = if shift >= 0 {
            (m << shift, 0)
        } else {
            let zeros = m.trailing_zeros().unwrap_or(0).min(shift.unsigned_abs());
            let k = shift.unsigned_abs() - zeros;
            // m / 2^k = m × 5^k / 10^k
            let p = if k == 0 { BigUint::one() } else { BigUint::from(5u32).pow(k.to_u32().unwrap_or(u32::MAX)) };
            ((m >> zeros) * p, k)
        };
        let digits = m.to_str_radix(10).into_bytes();
        let exp = i64::try_from(digits.len()).unwrap_or(0) - i64::try_from(point).unwrap_or(0);
        let mut d = Decimal { digits, exp };
        d.trim();
        d
    }

    fn at(&self, i: usize) -> u8 {
        self.digits.get(i).copied().unwrap_or(b'0')
    }

    fn trim(&mut self) {
        while self.digits.last() == Some(&b'0') {
            self.digits.pop();
        }
    }

    fn round(&mut self, n: usize) {
        if n >= self.digits.len() {
            return;
        }
        let half = self.digits[n] == b'5' && n + 1 == self.digits.len();
        let up = if half { n > 0 && (self.digits[n - 1] - b'0') & 1 != 0 } else { self.digits[n] >= b'5' };
        if up { self.round_up(n) } else { self.round_down(n) }
    }

    fn round_down(&mut self, n: usize) {
        self.digits.truncate(n);
        self.trim();
    }

    fn round_up(&mut self, n: usize) {
        if n >= self.digits.len() {
            return;
        }
        self.digits.truncate(n);
        while self.digits.last() == Some(&b'9') {
            self.digits.pop();
        }
        match self.digits.last_mut() {
            Some(c) => *c += 1,
            None => {
                self.digits = vec![b'1'];
                self.exp += 1;
            }
        }
    }

    fn write_plain(&self, out: &mut String) {
        let n = i64::try_from(self.digits.len()).unwrap_or(i64::MAX);
        let digit = |out: &mut String, i: i64| out.push(usize::try_from(i).map_or('0', |i| char::from(self.at(i))));
        if self.exp <= 0 {
            out.push('0');
        }
        for i in 0..self.exp {
            digit(out, i);
        }
        if n > self.exp {
            out.push('.');
            for i in self.exp..n {
                digit(out, i);
            }
        }
    }

    fn write_exponent(&self, out: &mut String) {
        out.push(char::from(self.at(0)));
        if self.digits.len() > 1 {
            out.push('.');
            out.extend(self.digits[1..].iter().map(|&c| char::from(c)));
        }
        let e = self.exp - 1;
        out.push_str(if e < 0 { "e-" } else { "e+" });
        push_digits(out, e.unsigned_abs(), 2);
    }
}

/// A double as Go's `strconv.FormatFloat(f, 'g', -1, 64)` writes it.
pub(crate) fn f64_shortest(f: f64) -> String {
    let s = shortest::exponential(f);
    let (mant, exp) = s.split_once('e').unwrap_or((&s, "0"));
    let exp: i32 = exp.parse().unwrap_or(0);
    if (-4..6).contains(&exp) {
        return shortest::plain(f);
    }
    format!("{mant}e{}{:02}", if exp < 0 { '-' } else { '+' }, exp.unsigned_abs())
}

/// Hexadecimal floats (`0x1.8p3`); `None` if the text does not begin like one.
pub(crate) fn parse_hex(text: &str) -> Option<Result<Number, NumberError>> {
    let (neg, rest) = match text.as_bytes() {
        [b'-', ..] => (true, &text[1..]),
        [b'+', ..] => (false, &text[1..]),
        _ => (false, text),
    };
    let rest = rest.strip_prefix("0x").or_else(|| rest.strip_prefix("0X"))?;
    Some(hex_body(neg, rest))
}

fn hex_body(neg: bool, rest: &str) -> Result<Number, NumberError> {
    let (mant, exp) = rest.split_once(['p', 'P']).ok_or(NumberError::Syntax)?;
    if mant.len() > 64 {
        return Err(NumberError::TooLong);
    }
    let exp: i64 = exp.parse::<i32>().map_err(|_| NumberError::Syntax)?.into();
    let (int, frac) = mant.split_once('.').unwrap_or((mant, ""));
    let digits: String = [int, frac].concat();
    if digits.is_empty() || !digits.bytes().all(|c| c.is_ascii_hexdigit()) {
        return Err(NumberError::Syntax);
    }
    let m = BigUint::parse_bytes(digits.as_bytes(), 16).ok_or(NumberError::Syntax)?;
    let exp2 = exp - 4 * i64::try_from(frac.len()).unwrap_or(0);
    Ok(Float::round_big(neg, &m, exp2, false, PREC)?.to_number(PREC))
}
