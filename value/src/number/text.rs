//! Decimal text: its grammar, its exact order and its hash, all without expanding an exponent.

use core::cmp::Ordering;
use core::hash::{Hash, Hasher};

/// Exponents beyond this compare like this one; no number that parses comes near it.
const EXP_CAP: i64 = 1 << 40;

/// A number's text taken apart: `(-1)^neg × int.frac × 10^exp`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Parts<'a> {
    pub(crate) neg: bool,
    pub(crate) int: &'a [u8],
    pub(crate) frac: &'a [u8],
    pub(crate) exp: i64,
    pub(crate) has_exp: bool,
}

fn digits(b: &[u8]) -> usize {
    b.iter().take_while(|c| c.is_ascii_digit()).count()
}

/// Takes apart decimal text. `strict` is JSON's grammar; otherwise a plus sign, leading zeros and an empty integer or
/// fraction part are accepted, as Go's float parser does. `None` if the text is no number.
pub(crate) fn scan(text: &[u8], strict: bool) -> Option<Parts<'_>> {
    let mut b = text;
    let mut neg = false;
    match b.first() {
        Some(b'-') => {
            neg = true;
            b = &b[1..];
        }
        Some(b'+') if !strict => b = &b[1..],
        _ => {}
    }
    let n = digits(b);
    let (int, mut b) = b.split_at(n);
    if strict && (int.is_empty() || (int.len() > 1 && int[0] == b'0')) {
        return None;
    }
    let mut frac: &[u8] = &[];
    if b.first() == Some(&b'.') {
        let n = digits(&b[1..]);
        if strict && n == 0 {
            return None;
        }
        frac = &b[1..=n];
        b = &b[1 + n..];
    }
    if int.is_empty() && frac.is_empty() {
        return None;
    }
    let mut exp = 0i64;
    let mut has_exp = false;
    if let Some(b'e' | b'E') = b.first() {
        has_exp = true;
        b = &b[1..];
        let mut exp_neg = false;
        if let Some(s @ (b'-' | b'+')) = b.first() {
            exp_neg = *s == b'-';
            b = &b[1..];
        }
        let n = digits(b);
        if n == 0 {
            return None;
        }
        for &c in &b[..n] {
            exp = (exp * 10 + i64::from(c - b'0')).min(EXP_CAP);
        }
        if exp_neg {
            exp = -exp;
        }
        b = &b[n..];
    }
    if !b.is_empty() {
        return None;
    }
    Some(Parts { neg, int, frac, exp, has_exp })
}

impl<'a> Parts<'a> {
    fn all(&self) -> impl DoubleEndedIterator<Item = u8> + 'a {
        self.int.iter().chain(self.frac).copied()
    }

    fn leading_zeros(&self) -> usize {
        self.all().take_while(|&c| c == b'0').count()
    }

    fn len(&self) -> usize {
        self.int.len() + self.frac.len()
    }

    pub(crate) fn is_zero(&self) -> bool {
        self.leading_zeros() == self.len()
    }

    /// Position of the leading digit: the magnitude is in `[10^(p-1), 10^p)`. Meaningless for zero.
    pub(crate) fn magnitude(&self) -> i64 {
        let int_len = i64::try_from(self.int.len()).unwrap_or(EXP_CAP);
        let zeros = i64::try_from(self.leading_zeros()).unwrap_or(EXP_CAP);
        int_len - zeros + self.exp
    }

    /// Significant digits, without zeros at either end.
    pub(crate) fn significant(&self) -> impl Iterator<Item = u8> + 'a {
        let trailing = self.all().rev().take_while(|&c| c == b'0').count();
        let lead = self.leading_zeros();
        self.all().skip(lead).take(self.len().saturating_sub(lead + trailing))
    }

    /// The value is an integer.
    pub(crate) fn is_integer(&self) -> bool {
        if self.is_zero() {
            return true;
        }
        let n = i64::try_from(self.significant().count()).unwrap_or(EXP_CAP);
        self.magnitude() >= n
    }

    /// Only digits (and perhaps a minus sign).
    pub(crate) fn is_plain(&self) -> bool {
        self.frac.is_empty() && !self.has_exp
    }

    pub(crate) fn cmp(&self, other: &Parts<'_>) -> Ordering {
        match (self.is_zero(), other.is_zero()) {
            (true, true) => return Ordering::Equal,
            (true, false) => return if other.neg { Ordering::Greater } else { Ordering::Less },
            (false, true) => return if self.neg { Ordering::Less } else { Ordering::Greater },
            (false, false) => {}
        }
        if self.neg != other.neg {
            return if self.neg { Ordering::Less } else { Ordering::Greater };
        }
        // Digit strings without zeros at the ends compare like fractions 0.ddd once the magnitudes agree.
        let o = self.magnitude().cmp(&other.magnitude()).then_with(|| self.significant().cmp(other.significant()));
        if self.neg { o.reverse() } else { o }
    }

    pub(crate) fn hash<H: Hasher>(&self, state: &mut H) {
        let (mut m, mut n) = (0u64, 0usize);
        for c in self.significant() {
            if n == 19 {
                n = usize::MAX;
                break;
            }
            m = m * 10 + u64::from(c - b'0');
            n += 1;
        }
        let magnitude = if n == 0 { 0 } else { self.magnitude() };
        hash_parts(self.neg && n != 0, m, magnitude, state);
        if n == usize::MAX {
            for c in self.significant().skip(19) {
                c.hash(state);
            }
        }
    }
}

/// Hash of an integer, equal to the hash of any text with the same value.
pub(crate) fn hash_i64<H: Hasher>(i: i64, state: &mut H) {
    let mut m = i.unsigned_abs();
    let magnitude = if m == 0 { 0 } else { i64::from(m.ilog10()) + 1 };
    while m != 0 && m.is_multiple_of(10) {
        m /= 10;
    }
    hash_parts(i < 0, m, magnitude, state);
}

fn hash_parts<H: Hasher>(neg: bool, digits: u64, magnitude: i64, state: &mut H) {
    state.write_u64(digits);
    state.write_i64(if neg { !magnitude } else { magnitude });
}
