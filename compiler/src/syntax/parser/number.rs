//! Numbers: their text is kept as written, after a check that evaluation can handle them.

use super::super::ast::*;
use super::super::token::Tok;
use super::Parser;

/// Largest binary exponent of a number, as in OPA.
const MAX_BINARY_EXPONENT: f64 = 1e5;

impl Parser<'_> {
    /// A number at a digit, a dot or a minus. Leaves the parser at its last token.
    pub(super) fn number(&mut self) -> Option<Term> {
        let start = self.state.start;
        let mut prefix = String::new();
        if self.at(Tok::Sub) {
            prefix.push('-');
            self.scan();
            if !matches!(self.tok(), Tok::Number | Tok::Dot) {
                self.illegal("expected number");
                return None;
            }
        }
        let dot = self.at(Tok::Dot);
        if dot {
            prefix.push('.');
            self.scan();
            if !self.at(Tok::Number) {
                self.illegal("expected number");
                return None;
            }
        }
        let digits = self.lit();
        if let [b'0', second, rest @ ..] = digits.as_bytes()
            && !dot
        {
            let fraction = *second == b'.';
            let exponent = matches!(second, b'e' | b'E') && !rest.is_empty();
            if !fraction && !exponent {
                self.illegal("expected number without leading zero");
                return None;
            }
        }
        if dot && digits.contains('.') {
            self.illegal("invalid float");
            return None;
        }
        let text = prefix + digits;
        if is_too_big(&text) {
            self.error("number too big");
            return None;
        }
        self.grow(0);
        let span = self.span(start, self.state.end);
        Some(Term::new(TermKind::Number(text.into()), span))
    }
}

/// True if the binary exponent of a number, without its sign, is beyond the limit. The text is well formed.
fn is_too_big(text: &str) -> bool {
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let mantissa = mantissa.trim_start_matches('-');
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits: String = whole.chars().chain(fraction.chars()).collect();
    let significant = digits.trim_start_matches('0');
    if significant.is_empty() {
        return false;
    }
    // 0.d₁d₂… × 10^point
    let point = whole.len() as f64 - (digits.len() - significant.len()) as f64;
    let leading: f64 =
        format!("0.{}", significant.get(..significant.len().min(17)).unwrap_or("1")).parse().unwrap_or(0.5);
    let exponent = exponent.trim_start_matches('+').parse::<i64>().map_or(f64::INFINITY, |e| e as f64);
    let binary = leading.log2() + (point + exponent) * std::f64::consts::LOG2_10;
    !(-MAX_BINARY_EXPONENT..=MAX_BINARY_EXPONENT).contains(&(binary.floor() + 1.0))
}
