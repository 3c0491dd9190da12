//! `is_*`, `type_name`, `cast_*`, `to_number`.

use writ_abi::{Tag, Word};
use writ_value::number::{NumRef, Number, NumberError};

use super::operand;
use crate::error::{self, Answer};
use crate::json::dump::go_string;
use crate::text::Text;
use crate::{iter, number, table, unicode, value};

/// `is_array`.
pub fn is_array(a: Word) -> Answer {
    Some(Word::bool(a.tag() == Tag::Array))
}

/// `is_boolean`.
pub fn is_boolean(a: Word) -> Answer {
    Some(Word::bool(a == Word::TRUE || a == Word::FALSE))
}

/// `is_null`.
pub fn is_null(a: Word) -> Answer {
    Some(Word::bool(a == Word::NULL))
}

/// `is_number`.
pub fn is_number(a: Word) -> Answer {
    Some(Word::bool(number::is_number(a)))
}

/// `is_object`.
pub fn is_object(a: Word) -> Answer {
    Some(Word::bool(a.tag() == Tag::Object))
}

/// `is_set`.
pub fn is_set(a: Word) -> Answer {
    Some(Word::bool(a.tag() == Tag::Set))
}

/// `is_string`.
pub fn is_string(a: Word) -> Answer {
    Some(Word::bool(a.tag() == Tag::String))
}

/// `type_name`.
pub fn type_name(a: Word) -> Answer {
    Some(value::string(error::type_name(a)))
}

/// `cast_array`.
pub fn cast_array(a: Word) -> Answer {
    let list = operand::list("cast_array", 1, a, "one of {array, set}")?;
    if list.tag() == Tag::Array {
        return Some(list);
    }
    let array = value::array(value::len(list));
    for element in iter::elements(list) {
        value::push(array, element);
    }
    Some(array)
}

/// `cast_set`.
pub fn cast_set(a: Word) -> Answer {
    let list = operand::list("cast_set", 1, a, "one of {array, set}")?;
    if list.tag() == Tag::Set {
        return Some(list);
    }
    let set = table::set(value::len(list));
    for element in iter::elements(list) {
        table::add(set, element);
    }
    Some(set)
}

/// `cast_string`.
pub fn cast_string(a: Word) -> Answer {
    operand::string("cast_string", 1, a).map(|_| a)
}

/// `cast_object`.
pub fn cast_object(a: Word) -> Answer {
    operand::object("cast_object", 1, a)
}

/// `cast_boolean`.
pub fn cast_boolean(a: Word) -> Answer {
    if a == Word::TRUE || a == Word::FALSE { Some(a) } else { error::mistyped("cast_boolean", 1, "boolean", a) }
}

/// `cast_null`.
pub fn cast_null(a: Word) -> Answer {
    if a == Word::NULL { Some(a) } else { error::mistyped("cast_null", 1, "null", a) }
}

/// `to_number`: null and booleans count, strings are read as Go's float parser reads them.
pub fn to_number(a: Word) -> Answer {
    match a.tag() {
        Tag::Int | Tag::Number => Some(a),
        Tag::Atom => Some(value::int(i64::from(a == Word::TRUE))),
        Tag::String => parse_number(a),
        _ => error::mistyped("to_number", 1, "one of {null, boolean, number, string}", a),
    }
}

fn parse_number(a: Word) -> Answer {
    let bytes = value::text(a);
    let unsigned = bytes.iter().position(|byte| !matches!(byte, b'+' | b'-')).map_or(&[][..], |at| &bytes[at..]);
    if is_word(unsigned, b"inf") || is_word(unsigned, b"infinity") || is_word(unsigned, b"nan") {
        return error::mistyped("to_number", 1, "valid number string", a);
    }
    let Ok(text) = core::str::from_utf8(bytes) else { return unreadable(bytes, b": invalid syntax") };
    match number::compute(|| Number::parse_go(text)) {
        Ok(w) if beyond_doubles(w) => unreadable(bytes, b": value out of range"),
        Ok(w) => Some(w),
        Err(NumberError::TooBig) => unreadable(bytes, b": value out of range"),
        Err(_) => unreadable(bytes, b": invalid syntax"),
    }
}

/// Whether the number rounds to no finite double.
fn beyond_doubles(w: Word) -> bool {
    // Half a unit of the last place above the largest double.
    const LIMIT: &str = "1.797693134862315807937289714053034150799341327100378269361737789804449682927647509466490e308";
    const BELOW: &str =
        "-1.797693134862315807937289714053034150799341327100378269361737789804449682927647509466490e308";
    number::get(w).is_some_and(|n| n >= NumRef::Text(LIMIT) || n <= NumRef::Text(BELOW))
}

#[cold]
fn unreadable(bytes: &[u8], problem: &[u8]) -> Answer {
    let mut quoted = Text::new(64);
    go_string(&mut quoted, bytes);
    error::fail("to_number", &[b"strconv.ParseFloat: parsing ", quoted.bytes(), problem])
}

fn is_word(bytes: &[u8], word: &[u8]) -> bool {
    unicode::chars(bytes).map(unicode::to_lower).eq(word.iter().map(|&byte| char::from(byte)))
}
