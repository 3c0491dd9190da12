//! References: one step into a value.

use writ_abi::{Tag, Word};

use crate::{number, table, value};

/// `collection[key]`: the value of an object's key, the element of an array at an integer (also `1.0`), the key itself if
/// a set has it; undefined otherwise.
#[inline]
pub fn dot(collection: Word, key: Word) -> Word {
    match collection.tag() {
        Tag::Object => table::get(collection, key),
        Tag::Array => match key.as_int() {
            Some(i) if i >= 0 && i < i64::from(value::len(collection)) => value::item(collection, i as u32),
            Some(_) => Word::UNDEFINED,
            None => index(collection, key),
        },
        Tag::Set if table::contains(collection, key) => key,
        _ => Word::UNDEFINED,
    }
}

/// [`dot`] by a string that is a constant of the module.
#[inline]
pub fn field(collection: Word, key: Word) -> Word {
    if collection.tag() == Tag::Object { table::field(collection, key) } else { dot(collection, key) }
}

#[inline(never)]
fn index(array: Word, key: Word) -> Word {
    match number::as_i64(key).and_then(|i| u32::try_from(i).ok()) {
        Some(i) if i < value::len(array) => value::item(array, i),
        _ => Word::UNDEFINED,
    }
}
