//! Exact fractions for units: what is converted when a document is read gains no rounding error.

use writ_value::Number;

/// A fraction in lowest terms; `below` is positive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Rational {
    above: i128,
    below: i128,
}

/// All operations give `None` where the terms outgrow 128 bits.
impl Rational {
    pub(super) fn new(above: i128, below: i128) -> Option<Rational> {
        if below == 0 || above == i128::MIN || below == i128::MIN {
            return None;
        }
        let divisor = gcd(above.abs(), below.abs()).max(1) * below.signum();
        Some(Rational { above: above / divisor, below: below / divisor })
    }

    /// The exact value of decimal text, as numbers of documents are.
    pub(super) fn of(number: &Number) -> Option<Rational> {
        let text = number.to_string();
        let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((&text, "0"));
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let digits: i128 = format!("{whole}{fraction}").parse().ok()?;
        let exponent = exponent.parse::<i32>().ok()?.checked_sub(i32::try_from(fraction.len()).ok()?)?;
        let power = 10i128.checked_pow(exponent.unsigned_abs())?;
        if exponent < 0 { Rational::new(digits, power) } else { Rational::new(digits.checked_mul(power)?, 1) }
    }

    pub(super) fn add(self, other: Rational) -> Option<Rational> {
        let left = self.above.checked_mul(other.below)?;
        let right = other.above.checked_mul(self.below)?;
        Rational::new(left.checked_add(right)?, self.below.checked_mul(other.below)?)
    }

    pub(super) fn mul(self, other: Rational) -> Option<Rational> {
        // Reducing crosswise first keeps the products as small as their result.
        let one = Rational::new(self.above, other.below)?;
        let two = Rational::new(other.above, self.below)?;
        Rational::new(one.above.checked_mul(two.above)?, one.below.checked_mul(two.below)?)
    }

    pub(super) fn negate(self) -> Rational {
        Rational { above: -self.above, ..self }
    }

    pub(super) fn inverse(self) -> Option<Rational> {
        Rational::new(self.below, self.above)
    }

    pub(super) fn terms(self) -> (i128, i128) {
        (self.above, self.below)
    }

    /// As a decimal if it has a finite one, otherwise the nearest double.
    pub(super) fn to_number(self) -> Option<Number> {
        self.to_decimal().or_else(|| Number::from_f64(self.above as f64 / self.below as f64))
    }

    /// The decimal of this value, if there is a finite one of at most 38 places.
    pub(super) fn to_decimal(self) -> Option<Number> {
        let (mut above, mut below, mut places) = (self.above, self.below, 0usize);
        while below != 1 {
            let factor = if below % 10 == 0 {
                10
            } else if below % 5 == 0 {
                5
            } else if below % 2 == 0 {
                2
            } else {
                return None;
            };
            below /= factor;
            above = above.checked_mul(10 / factor)?;
            places += 1;
        }
        if places == 0 {
            return Number::parse(&above.to_string()).ok();
        }
        let digits = format!("{:0>width$}", above.unsigned_abs(), width = places + 1);
        let (whole, fraction) = digits.split_at(digits.len() - places);
        let fraction = fraction.trim_end_matches('0');
        let sign = if above < 0 { "-" } else { "" };
        let text = if fraction.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") };
        Number::parse(&text).ok()
    }
}

fn gcd(mut a: i128, mut b: i128) -> i128 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}
