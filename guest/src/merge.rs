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
