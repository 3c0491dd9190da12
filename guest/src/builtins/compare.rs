//! `==`, `!=`, `<`, `<=`, `>`, `>=` as functions.

use core::cmp::Ordering;

use writ_abi::Word;

use crate::compare::{cmp, eq};
use crate::error::Answer;

/// `equal`: structural equality.
pub fn equal(a: Word, b: Word) -> Answer {
    Some(Word::bool(eq(a, b)))
}

/// `neq`.
pub fn neq(a: Word, b: Word) -> Answer {
    Some(Word::bool(!eq(a, b)))
}

/// `lt`.
pub fn lt(a: Word, b: Word) -> Answer {
    Some(Word::bool(cmp(a, b) == Ordering::Less))
}

/// `lte`.
pub fn lte(a: Word, b: Word) -> Answer {
    Some(Word::bool(cmp(a, b) != Ordering::Greater))
}

/// `gt`.
pub fn gt(a: Word, b: Word) -> Answer {
    Some(Word::bool(cmp(a, b) == Ordering::Greater))
}

/// `gte`.
pub fn gte(a: Word, b: Word) -> Answer {
    Some(Word::bool(cmp(a, b) != Ordering::Less))
}
