//! What can go wrong with a number; texts as OPA words them.

use core::fmt;

/// Why a number could not be read, or an operation on numbers has no result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NumberError {
    /// The text is no number.
    Syntax,
    /// The exponent is beyond what numbers may have (OPA's limit: 2^±100000).
    TooBig,
    /// The text is longer than [`MAX_TEXT_LEN`](super::MAX_TEXT_LEN).
    TooLong,
    /// A result needs more than [`MAX_INT_BITS`](super::MAX_INT_BITS) bits, or an exponent beyond that.
    ResultTooBig,
    /// Division by zero.
    DivideByZero,
    /// Remainder by zero.
    ModuloByZero,
    /// Remainder of numbers that are no integers.
    ModuloOnFloat,
    /// An integer was needed; the operand's position counts from 1.
    NotInteger(u8),
    /// A shift by a negative count.
    NegativeShift,
    /// A base other than 2, 8, 10 or 16.
    BadBase,
    /// The step of a range is zero or negative.
    BadStep,
    /// A range would have more elements than allowed.
    RangeTooLong,
}

impl NumberError {
    /// True if OPA reports this as a type error (undefined operand) and not as a failure of the built-in.
    #[must_use]
    pub fn is_operand_error(self) -> bool {
        matches!(self, Self::NotInteger(_) | Self::NegativeShift | Self::BadBase)
    }
}

impl NumberError {
    /// Position of the operand at fault, counted from 1, when the error is about one.
    #[must_use]
    pub fn operand(self) -> Option<u8> {
        match self {
            Self::NotInteger(n) => Some(n),
            Self::NegativeShift | Self::BadBase => Some(2),
            _ => None,
        }
    }

    /// The text, which goes behind `operand N ` where there is an [`operand`](Self::operand).
    #[must_use]
    pub fn message(self) -> &'static str {
        match self {
            Self::Syntax => "invalid float",
            Self::TooBig => "number too big",
            Self::TooLong => "number too long",
            Self::ResultTooBig => "result too big",
            Self::DivideByZero => "divide by zero",
            Self::ModuloByZero => "modulo by zero",
            Self::ModuloOnFloat => "modulo on floating-point number",
            Self::NotInteger(_) => "must be integer number but got floating-point number",
            Self::NegativeShift => "must be an unsigned integer number but got a negative integer",
            Self::BadBase => "must be one of {2, 8, 10, 16}",
            Self::BadStep => "step must be a positive integer",
            Self::RangeTooLong => "range too long",
        }
    }
}

impl fmt::Display for NumberError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(n) = self.operand() {
            write!(f, "operand {n} ")?;
        }
        f.write_str(self.message())
    }
}

impl core::error::Error for NumberError {}
