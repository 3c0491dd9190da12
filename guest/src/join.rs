//! Joins: the elements of a collection of base data whose value at a path equals a key.
//!
//! ```text
//!   data.bindings = [{"user": "a", …}, {"user": "b", …}, …]        path ["user"]
//!   index           {"a": [[0, {"user": "a", …}], …], "b": …}      made once; then one lookup instead of a scan
//! ```
//!
//! The index is an object like any other. It is made with the data, where the host asks for it ([`build`], outside of the part of the heap
//! that is set back), else at the second lookup of an evaluation, in a memo slot.

use writ_abi::{Tag, Word};

use crate::{iter, lookup, mem, table, value};

/// Collections up to this length are scanned: about the cost of one lookup.
const SCAN: u32 = 16;
/// In a memo slot: one lookup was made, by scanning.
const ONCE: Word = match Word::int(1) {
    Some(word) => word,
    None => Word::UNDEFINED,
};

/// An array of pairs `[key, element]` in the order of the collection, undefined when there are none. `index` is undefined or what
/// [`build`] gave for this source and path; `slot` is the address of a memo slot that only this join uses.
pub fn find(index: Word, slot: u32, source: Word, path: Word, key: Word) -> Word {
    if index != Word::UNDEFINED {
        return table::get(index, key);
    }
    if value::len(source) <= SCAN {
        return scan(source, path, key);
    }
    match Word(mem::load64(slot)) {
        Word::UNDEFINED => {
            mem::store64(slot, ONCE.0);
            scan(source, path, key)
        }
        ONCE => {
            let index = build(source, path);
            mem::store64(slot, index.0);
            table::get(index, key)
        }
        index => table::get(index, key),
    }
}

/// An index of the collection by the values at the path; undefined when it is too short to need one.
pub fn build(source: Word, path: Word) -> Word {
    let len = iter::begin(source);
    if len <= SCAN {
        return Word::UNDEFINED;
    }
    let index = table::object(len);
    for at in 0..len {
        let element = iter::val(source, at);
        let found = walk(element, path);
        if found == Word::UNDEFINED {
            continue;
        }
        let pairs = match table::entry(index, found) {
            table::Slot::Old(at) => table::val(index, at),
            table::Slot::New(at) => {
                let pairs = value::array(1);
                table::set_val(index, at, pairs);
                pairs
            }
        };
        value::push(pairs, pair(source, at, element));
    }
    table::hash(index);
    index
}

fn scan(source: Word, path: Word, key: Word) -> Word {
    let mut pairs = Word::UNDEFINED;
    for at in 0..iter::begin(source) {
        let element = iter::val(source, at);
        let found = walk(element, path);
        if found != Word::UNDEFINED && crate::compare::eq(found, key) {
            if pairs == Word::UNDEFINED {
                pairs = value::array(1);
            }
            value::push(pairs, pair(source, at, element));
        }
    }
    pairs
}

fn walk(element: Word, path: Word) -> Word {
    debug_assert!(path.tag() == Tag::Array);
    (0..value::len(path)).fold(element, |at, n| lookup::dot(at, value::item(path, n)))
}

fn pair(source: Word, at: u32, element: Word) -> Word {
    let pair = value::array(2);
    value::push(pair, iter::key(source, at));
    value::push(pair, element);
    pair
}

#[cfg(test)]
mod tests;
