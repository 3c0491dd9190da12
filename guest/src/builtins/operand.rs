//! Operands: a built-in asks for the type it needs; any other type is reported and makes it undefined.

use writ_abi::{Tag, Word};
use writ_value::number::{NumRef, Number, NumberError};

use crate::error::{self, Answer};
use crate::{iter, number, value};

/// The bytes of a string operand.
#[inline]
pub(super) fn string(name: &str, position: u32, w: Word) -> Option<&'static [u8]> {
    if w.tag() == Tag::String { Some(value::text(w)) } else { error::mistyped(name, position, "string", w) }
}

fn tagged(name: &str, position: u32, w: Word, tag: Tag, expected: &str) -> Option<Word> {
    if w.tag() == tag { Some(w) } else { error::mistyped(name, position, expected, w) }
}

/// An array operand.
#[inline]
pub(super) fn array(name: &str, position: u32, w: Word) -> Option<Word> {
    tagged(name, position, w, Tag::Array, "array")
}

/// An object operand.
#[inline]
pub(super) fn object(name: &str, position: u32, w: Word) -> Option<Word> {
    tagged(name, position, w, Tag::Object, "object")
}

/// A set operand.
#[inline]
pub(super) fn set(name: &str, position: u32, w: Word) -> Option<Word> {
    tagged(name, position, w, Tag::Set, "set")
}

/// An array or set operand; `expected` is how the built-in words the two.
#[inline]
pub(super) fn list(name: &str, position: u32, w: Word, expected: &str) -> Option<Word> {
    if matches!(w.tag(), Tag::Array | Tag::Set) { Some(w) } else { error::mistyped(name, position, expected, w) }
}

/// A number operand; `expected` is "number" nearly always.
#[inline]
pub(super) fn number(name: &str, position: u32, w: Word, expected: &str) -> Option<NumRef<'static>> {
    match number::get(w) {
        Some(n) => Some(n),
        None => error::mistyped(name, position, expected, w),
    }
}

/// An integer operand behind others. That they are integers is left to the operation, unless this one is wrong, too:
/// errors are about the first wrong operand.
pub(super) fn integer_after(name: &str, position: u32, w: Word, before: &[NumRef<'static>]) -> Option<NumRef<'static>> {
    if number::is_number(w) {
        return number(name, position, w, "integer");
    }
    match (1..).zip(before).find(|(_, n)| !is_integral(**n)) {
        Some((position, _)) => {
            error::operand(name, position, &[b"must be integer number but got floating-point number"])
        }
        None => error::mistyped(name, position, "integer", w),
    }
}

fn is_integral(n: NumRef<'_>) -> bool {
    matches!(n, NumRef::Int(_)) || writ_value::number::to_bigint(n).is_some()
}

/// An operand that is an integer of at most 64 bits.
pub(super) fn int(name: &str, position: u32, w: Word) -> Option<i64> {
    if !number::is_number(w) {
        return error::mistyped(name, position, "number", w);
    }
    match number::as_i64(w) {
        Some(n) => Some(n),
        None => error::operand(name, position, &[b"must be integer number but got floating-point number"]),
    }
}

/// Checks that all elements of an array or set are strings.
pub(super) fn strings(name: &str, position: u32, list: Word) -> Option<()> {
    elements(name, position, list, Tag::String, "strings")
}

/// Checks the kind of all elements of an array or set.
pub(super) fn elements(name: &str, position: u32, list: Word, tag: Tag, plural: &str) -> Option<()> {
    for element in iter::elements(list) {
        let fits = if tag == Tag::Number { number::is_number(element) } else { element.tag() == tag };
        if !fits {
            return error::bad_element(name, position, list, plural, element);
        }
    }
    Some(())
}

/// The result of an operation on numbers, or its error.
pub(super) fn computed(name: &str, operation: impl FnOnce() -> Result<Number, NumberError>) -> Answer {
    match number::compute(operation) {
        Ok(w) => Some(w),
        Err(error) => number_error(name, error),
    }
}

/// Reports an error of an operation on numbers.
#[cold]
pub(super) fn number_error<T>(name: &str, error: NumberError) -> Option<T> {
    let message = error.message().as_bytes();
    match error.operand() {
        Some(position) => error::operand(name, u32::from(position), &[message]),
        None => error::fail(name, &[message]),
    }
}
