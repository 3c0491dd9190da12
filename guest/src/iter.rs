//! Iteration in Rego's order, by position.

use writ_abi::{Tag, Word};

use crate::{table, value};

/// Gets a value ready for [`key`] and [`val`] and says how many steps there are; 0 when it is no collection.
#[inline]
pub fn begin(w: Word) -> u32 {
    if matches!(w.tag(), Tag::Object | Tag::Set) {
        table::sort(w);
    }
    value::len(w)
}

/// Key at a position: the index of an array, the element of a set, the key of an object.
#[inline]
pub fn key(w: Word, i: u32) -> Word {
    match w.tag() {
        Tag::Object | Tag::Set => table::key(w, i),
        _ => value::int(i64::from(i)),
    }
}

/// Value at a position: the element of an array or set, the value of an object.
#[inline]
pub fn val(w: Word, i: u32) -> Word {
    match w.tag() {
        Tag::Object => table::val(w, i),
        Tag::Set => table::key(w, i),
        _ => value::item(w, i),
    }
}

/// The elements of an array or of a set, in order; none for anything else.
#[inline]
pub fn elements(w: Word) -> impl DoubleEndedIterator<Item = Word> + ExactSizeIterator {
    let len = if w.tag() == Tag::Object { 0 } else { begin(w) };
    (0..len).map(move |i| val(w, i))
}
