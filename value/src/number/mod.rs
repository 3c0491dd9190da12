//! Numbers as OPA has them: a small integer, or decimal text exactly as its author wrote it.
//!
//! ```text
//!   text ──parse──▶ Number ──as_num──▶ NumRef ──arith, integer, gofmt──▶ Number
//!                   Int(i64) | Text              (also from bytes in a guest's memory)
//! ```
//!
//! INVARIANT: a plain decimal integer (no exponent, no fraction, not `-0`) that fits `i64` is always `Int`. So `1` and
//! `1.0` are different texts but equal numbers, with the same hash.
//!
//! Every function ends quickly on any text: exponents are never expanded beyond [`MAX_INT_BITS`].

mod arith;
mod error;
mod float;
mod float_text;
mod integer;
mod scale;
pub(crate) mod text;

use alloc::boxed::Box;
use alloc::string::{String, ToString};
use alloc::sync::Arc;
use core::cmp::Ordering;
use core::fmt;
use core::hash::{Hash, Hasher};

pub use arith::{abs, add, ceil, div, floor, mul, product, rem, round, sub, sum};
pub use error::NumberError;
pub use integer::{bit_and, bit_not, bit_or, bit_xor, format_int, range, shl, shr, to_bigint};
pub use scale::{scale_exactly, scale_to_integer};
use text::Parts;

/// Longest text of a number, in bytes.
pub const MAX_TEXT_LEN: usize = 80_000;
/// Widest integer that an operation yields, in bits.
pub const MAX_INT_BITS: u64 = 1 << 18;

/// A number.
#[derive(Clone)]
pub enum Number {
    /// A plain integer.
    Int(i64),
    /// Any other number, as written. Make these with [`Number::parse`] so that the invariant holds.
    Text(Arc<str>),
}

/// A borrowed number, for code that keeps the text elsewhere. Text must be what [`Number::parse`] accepts; on any
/// other text operations return [`NumberError::Syntax`].
#[derive(Clone, Copy)]
pub enum NumRef<'a> {
    /// A plain integer.
    Int(i64),
    /// Decimal text.
    Text(&'a str),
}

impl Number {
    /// Reads a number in JSON's grammar. Cost: linear in the text.
    ///
    /// # Errors
    /// [`NumberError::Syntax`], [`NumberError::TooLong`], or [`NumberError::TooBig`] under OPA's limit on exponents.
    pub fn parse(text: &str) -> Result<Number, NumberError> {
        match classify(text, true)? {
            Some(i) => Ok(Number::Int(i)),
            None => Ok(Number::Text(text.into())),
        }
    }

    /// Reads a number as Go's float parser does (leading `+` and zeros, `.5`, `5.`, hexadecimal floats), and gives it
    /// in JSON's grammar: `007` → `7`, `.5` → `0.5`. JSON text stays as it is.
    ///
    /// # Errors
    /// As [`Number::parse`].
    pub fn parse_go(text: &str) -> Result<Number, NumberError> {
        match Number::parse(text) {
            Err(NumberError::Syntax) => {}
            other => return other,
        }
        if let Some(n) = float_text::parse_hex(text) {
            return n;
        }
        let p = text::scan(text.as_bytes(), false).ok_or(NumberError::Syntax)?;
        let mut out = String::with_capacity(text.len() + 1);
        if p.neg {
            out.push('-');
        }
        let zeros = p.int.iter().take_while(|&&c| c == b'0').count().min(p.int.len().saturating_sub(1));
        let ascii = |b: &[u8], out: &mut String| out.extend(b.iter().map(|&c| char::from(c)));
        if p.int.is_empty() {
            out.push('0');
        }
        ascii(&p.int[zeros..], &mut out);
        if !p.frac.is_empty() {
            out.push('.');
            ascii(p.frac, &mut out);
        }
        if let Some(at) = text.find(['e', 'E']) {
            out.push_str(&text[at..]);
        }
        Number::parse(&out)
    }

    /// A borrowed view.
    #[must_use]
    pub fn as_num(&self) -> NumRef<'_> {
        match self {
            Number::Int(i) => NumRef::Int(*i),
            Number::Text(t) => NumRef::Text(t),
        }
    }

    /// The integer, where OPA takes the text for one: digits, perhaps followed by a fraction of zeros; no exponent.
    #[must_use]
    pub fn to_i64(&self) -> Option<i64> {
        self.as_num().to_i64()
    }

    /// The nearest double, `None` beyond its range.
    #[must_use]
    pub fn to_f64(&self) -> Option<f64> {
        self.as_num().to_f64()
    }

    /// The value is an integer, however it is written (`1.0`, `1e2`).
    #[must_use]
    pub fn is_integer(&self) -> bool {
        self.as_num().is_integer()
    }

    /// The shortest text that reads back as this double, as OPA converts floats. `None` if it is not finite.
    #[must_use]
    pub fn from_f64(f: f64) -> Option<Number> {
        f.is_finite().then(|| {
            let text = float_text::f64_shortest(f);
            Number::parse(&text).unwrap_or(Number::Text(text.into()))
        })
    }

    pub(crate) fn from_text(text: String) -> Number {
        match classify(&text, true) {
            Ok(Some(i)) => Number::Int(i),
            _ => Number::Text(text.into()),
        }
    }
}

impl<'a> NumRef<'a> {
    /// See [`Number::to_i64`].
    #[must_use]
    pub fn to_i64(self) -> Option<i64> {
        match self {
            NumRef::Int(i) => Some(i),
            NumRef::Text(t) => {
                let p = text::scan(t.as_bytes(), true)?;
                if p.has_exp || !p.frac.iter().all(|&c| c == b'0') || t.len() - usize::from(p.neg) > 19 {
                    return None;
                }
                parse_i64(p.neg, p.int)
            }
        }
    }

    /// See [`Number::to_f64`].
    #[must_use]
    pub fn to_f64(self) -> Option<f64> {
        match self {
            #[expect(clippy::cast_precision_loss, reason = "rounding to the nearest double is the purpose")]
            NumRef::Int(i) => Some(i as f64),
            NumRef::Text(t) => t.parse::<f64>().ok().filter(|f| f.is_finite()),
        }
    }

    /// See [`Number::is_integer`].
    #[must_use]
    pub fn is_integer(self) -> bool {
        match self {
            NumRef::Int(_) => true,
            NumRef::Text(t) => text::scan(t.as_bytes(), true).is_some_and(|p| p.is_integer()),
        }
    }

    /// An owned copy.
    #[must_use]
    pub fn to_number(self) -> Number {
        match self {
            NumRef::Int(i) => Number::Int(i),
            NumRef::Text(t) => match classify(t, true) {
                Ok(Some(i)) => Number::Int(i),
                _ => Number::Text(t.into()),
            },
        }
    }

    /// The text as a decimal, with the text of an `Int` put into `buf`.
    pub(crate) fn parts<'b>(self, buf: &'b mut IntText) -> Option<Parts<'b>>
    where
        'a: 'b,
    {
        match self {
            NumRef::Int(i) => text::scan(buf.fill(i), true),
            NumRef::Text(t) => text::scan(t.as_bytes(), true),
        }
    }
}

/// Checks a text in JSON's grammar without keeping it; the integer if it is a plain one that fits `i64`.
///
/// # Errors
/// As [`Number::parse`].
pub fn check(text: &str) -> Result<Option<i64>, NumberError> {
    classify(text, true)
}

/// Whether a number lies within OPA's limit on binary exponents, seen from its digits alone: OPA rounds to 64 bits
/// first, which twenty digits tell apart.
fn is_in_range(p: &Parts<'_>) -> bool {
    // 2^100000 and 2^-100001, as 0.DIGITS × 10^±30103.
    const LARGEST: &[u8] = b"99900209301438450794";
    const SMALLEST: &[u8] = b"50049945189934708340";
    let leads = |border: &[u8]| p.significant().take(border.len()).cmp(border.iter().copied());
    match p.magnitude() {
        30_103 => leads(LARGEST).is_lt(),
        -30_103 => leads(SMALLEST).is_ge(),
        m => m.abs() < 30_103,
    }
}

/// Checks a text; the integer if it is a plain one that fits `i64`.
fn classify(text: &str, strict: bool) -> Result<Option<i64>, NumberError> {
    if text.len() > MAX_TEXT_LEN {
        return Err(NumberError::TooLong);
    }
    let p = text::scan(text.as_bytes(), strict).ok_or(NumberError::Syntax)?;
    if p.is_plain() {
        if p.int == b"0" && p.neg {
            return Ok(None);
        }
        return Ok(parse_i64(p.neg, p.int));
    }
    if p.has_exp && !p.is_zero() && !is_in_range(&p) {
        return Err(NumberError::TooBig);
    }
    Ok(None)
}

fn parse_i64(neg: bool, digits: &[u8]) -> Option<i64> {
    if digits.len() > 19 {
        return None;
    }
    let mut m = 0u64;
    for &c in digits {
        m = m * 10 + u64::from(c - b'0');
    }
    if neg { 0i64.checked_sub_unsigned(m) } else { i64::try_from(m).ok() }
}

/// Room for the decimal text of an `i64`.
#[derive(Debug)]
pub(crate) struct IntText([u8; 20]);

impl IntText {
    pub(crate) fn new() -> Self {
        IntText([0; 20])
    }

    pub(crate) fn fill(&mut self, i: i64) -> &[u8] {
        let mut at = 20;
        let mut m = i.unsigned_abs();
        loop {
            at -= 1;
            self.0[at] = b'0' + u8::try_from(m % 10).unwrap_or(0);
            m /= 10;
            if m == 0 {
                break;
            }
        }
        if i < 0 {
            at -= 1;
            self.0[at] = b'-';
        }
        &self.0[at..]
    }
}

impl Ord for NumRef<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (NumRef::Int(a), NumRef::Int(b)) => a.cmp(b),
            (NumRef::Text(a), NumRef::Text(b)) if a == b => Ordering::Equal,
            _ => {
                let (mut a, mut b) = (IntText::new(), IntText::new());
                match (self.parts(&mut a), other.parts(&mut b)) {
                    (Some(a), Some(b)) => a.cmp(&b),
                    // Not numbers at all: still a total order.
                    (a, b) => a.is_some().cmp(&b.is_some()).then_with(|| match (self, other) {
                        (NumRef::Text(a), NumRef::Text(b)) => a.cmp(b),
                        _ => Ordering::Equal,
                    }),
                }
            }
        }
    }
}

impl PartialOrd for NumRef<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for NumRef<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for NumRef<'_> {}

impl Hash for NumRef<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        match self {
            NumRef::Int(i) => text::hash_i64(*i, state),
            NumRef::Text(t) => match text::scan(t.as_bytes(), true) {
                Some(p) => p.hash(state),
                None => t.hash(state),
            },
        }
    }
}

impl fmt::Display for NumRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NumRef::Int(i) => i.fmt(f),
            NumRef::Text(t) => f.write_str(t),
        }
    }
}

impl fmt::Debug for NumRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Ord for Number {
    fn cmp(&self, other: &Self) -> Ordering {
        self.as_num().cmp(&other.as_num())
    }
}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Number {
    fn eq(&self, other: &Self) -> bool {
        self.as_num() == other.as_num()
    }
}

impl Eq for Number {}

impl Hash for Number {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_num().hash(state);
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.as_num(), f)
    }
}

impl fmt::Debug for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl From<i64> for Number {
    fn from(i: i64) -> Self {
        Number::Int(i)
    }
}

impl From<u64> for Number {
    fn from(u: u64) -> Self {
        i64::try_from(u).map_or_else(|_| Number::Text(u.to_string().into()), Number::Int)
    }
}

impl From<usize> for Number {
    fn from(u: usize) -> Self {
        Number::from(u as u64)
    }
}

impl From<&Number> for Box<str> {
    fn from(n: &Number) -> Self {
        n.to_string().into()
    }
}

#[cfg(test)]
mod tests;
