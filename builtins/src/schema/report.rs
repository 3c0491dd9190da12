//! Failures of a document: kind, place and sentence, and how well a document matched besides.

use writ_value::{Number, Value};

/// The way from the root to a value.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    pub(super) head: &'a str,
    pub(super) outer: Option<&'a Place<'a>>,
}

impl<'a> Place<'a> {
    pub(super) const ROOT: Place<'static> = Place { head: "(Root)", outer: None };

    pub(super) fn step(&'a self, head: &'a str) -> Place<'a> {
        Place { head, outer: Some(self) }
    }

    /// Dotted, without the root unless it is the root.
    fn field(&self) -> String {
        let mut parts = Vec::new();
        let mut at = Some(self);
        while let Some(p) = at {
            if p.outer.is_some() {
                parts.push(p.head);
            }
            at = p.outer;
        }
        if parts.is_empty() {
            return Place::ROOT.head.to_owned();
        }
        parts.reverse();
        parts.join(".")
    }
}

/// One failure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Failure {
    kind: &'static str,
    field: String,
    description: String,
}

impl Failure {
    pub(super) fn to_value(&self) -> Value {
        Value::object([
            ("error", Value::from(format!("{}: {}", self.field, self.description))),
            ("type", Value::from(self.kind)),
            ("field", Value::from(self.field.as_str())),
            ("desc", Value::from(self.description.as_str())),
        ])
    }
}

/// What a validation found. The score tells which of several schemas came closest.
#[derive(Debug, Default)]
pub(super) struct Report {
    pub(super) failures: Vec<Failure>,
    pub(super) score: i64,
}

impl Report {
    pub(super) fn is_valid(&self) -> bool {
        self.failures.is_empty()
    }

    /// Adds a failure.
    pub(super) fn fail(&mut self, kind: &'static str, place: &Place<'_>, description: impl Into<String>) {
        self.failures.push(Failure { kind, field: place.field(), description: description.into() });
        self.score -= 2;
    }

    /// Adds a failure whose sentence begins with the field.
    pub(super) fn fail_field(&mut self, kind: &'static str, place: &Place<'_>, rest: &str) {
        let description = format!("{} {rest}", place.field());
        self.fail(kind, place, description);
    }

    pub(super) fn merge(&mut self, other: Report) {
        self.failures.extend(other.failures);
        self.score += other.score;
    }

    pub(super) fn passed_step(&mut self) {
        self.score += 1;
    }
}

/// A bound as messages show it: Go's shortest `%g`, which takes an exponent from a million on.
pub(super) fn show_number(n: &Number) -> String {
    let text = n.to_string();
    let (sign, text) = text.strip_prefix('-').map_or(("", text.as_str()), |t| ("-", t));
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let (int, frac) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{int}{frac}");
    let leading = digits.len() - digits.trim_start_matches('0').len();
    let significant = digits.trim_matches('0');
    if significant.is_empty() {
        return "0".into();
    }
    let exponent: i64 = exponent.parse().unwrap_or(0);
    let width = |s: &str| i64::try_from(s.len()).unwrap_or(i64::MAX);
    // The value is 0.DIGITS × 10^point.
    let point = width(int) - i64::try_from(leading).unwrap_or(0) + exponent;
    let n_digits = width(significant);
    if point - 1 < -4 || point > 6 {
        let (first, rest) = significant.split_at(1);
        let dot = if rest.is_empty() { "" } else { "." };
        let e = point - 1;
        let e_sign = if e < 0 { '-' } else { '+' };
        return format!("{sign}{first}{dot}{rest}e{e_sign}{:02}", e.abs());
    }
    if point <= 0 {
        let zeros = "0".repeat(usize::try_from(-point).unwrap_or(0));
        return format!("{sign}0.{zeros}{significant}");
    }
    if n_digits <= point {
        let zeros = "0".repeat(usize::try_from(point - n_digits).unwrap_or(0));
        return format!("{sign}{significant}{zeros}");
    }
    let (whole, part) = significant.split_at(usize::try_from(point).unwrap_or(0));
    format!("{sign}{whole}.{part}")
}
