//! Copy-on-write changes of documents: `with` into a path, and merging virtual with base documents.

use writ_abi::{Tag, Word};

use crate::compare::{MAX_DEPTH, too_deep};
use crate::{table, value};

/// `base` with `value` at `path` (an array of keys). `base` may be undefined and is not changed; whatever stands on the way
/// and is no object is replaced by one. An empty path gives `value`.
pub fn upsert(base: Word, path: Word, value: Word) -> Word {
    upsert_from(base, path, 0, value)
}

fn upsert_from(base: Word, path: Word, step: u32, value: Word) -> Word {
    if step == value::len(path) {
        return value;
    }
    if step > MAX_DEPTH {
        too_deep();
    }
    let key = value::item(path, step);
    let (copy, old) = if base.tag() == Tag::Object {
        (table::copy(base, 1), table::get(base, key))
    } else {
        (table::object(1), Word::UNDEFINED)
    };
    table::insert(copy, key, upsert_from(old, path, step + 1, value));
    copy
}

/// What [`insert_path`] puts at the end of its path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leaf {
    /// The value itself, once.
    Value,
    /// The value as a member of a set.
    Member,
}

/// Inserts below an object that is being built, and makes the objects (and the set) on the way. False means conflict:
/// another value stands there, or a value on the way was not made here, so that it must not change.
#[cfg_attr(all(target_arch = "wasm32", feature = "module"), optimize(size))]
pub fn insert_path(object: Word, path: Word, value: Word, leaf: Leaf) -> bool {
    let Some(last) = value::len(path).checked_sub(1) else { return false };
    let mut at = object;
    for i in 0..last {
        match child(at, value::item(path, i), Tag::Object) {
            Some(next) => at = next,
            None => return false,
        }
    }
    let key = value::item(path, last);
    match leaf {
        Leaf::Member => match child(at, key, Tag::Set) {
            Some(set) => {
                table::add(set, value);
                true
            }
            None => false,
        },
        // A table that another document marked must not be extended through this one.
        Leaf::Value if matches!(value.tag(), Tag::Object | Tag::Set) && table::is_extensible(value) => {
            table::insert_once(at, key, table::copy(value, 0))
        }
        Leaf::Value => table::insert_once(at, key, value),
    }
}

/// The table that stands at a key and may be extended; it is made when nothing is there.
fn child(object: Word, key: Word, tag: Tag) -> Option<Word> {
    let found = table::get(object, key);
    if found.is_defined() {
        return (found.tag() == tag && table::is_extensible(found)).then_some(found);
    }
    let made = if tag == Tag::Set { table::set(1) } else { table::object(1) };
    table::set_extensible(made);
    table::insert(object, key, made);
    Some(made)
}

/// Deep merge where `a` wins: objects are merged key by key, anything else of `b` only fills what `a` leaves undefined.
pub fn merge(a: Word, b: Word) -> Word {
    merge_at(a, b, 0)
}

fn merge_at(a: Word, b: Word, depth: u32) -> Word {
    if !a.is_defined() {
        return b;
    }
    if a.tag() != Tag::Object || b.tag() != Tag::Object || value::len(b) == 0 {
        return a;
    }
    if depth > MAX_DEPTH {
        too_deep();
    }
    let merged = table::copy(a, value::len(b));
    for (key, theirs) in table::entries(b) {
        let ours = table::get(a, key);
        table::insert(merged, key, merge_at(ours, theirs, depth + 1));
    }
    merged
}

#[cfg(test)]
mod tests;
