//! `object.*`.

use writ_abi::{Tag, Word};

use super::operand;
use crate::compare::{MAX_DEPTH, eq, too_deep};
use crate::error::{self, Answer};
use crate::{iter, lookup, table, value};

/// `object.get`: by key, or by a path through objects, arrays and sets.
pub fn get(object: Word, path: Word, default: Word) -> Answer {
    let mut at = operand::object("object.get", 1, object)?;
    if path.tag() == Tag::Array {
        for key in value::items(path) {
            at = lookup::dot(at, key);
        }
    } else {
        at = table::get(at, path);
    }
    Some(if at.is_defined() { at } else { default })
}

/// `object.keys`.
pub fn keys(object: Word) -> Answer {
    let object = operand::object("object.keys", 1, object)?;
    let keys = table::set(value::len(object));
    for key in table::keys(object) {
        table::add(keys, key);
    }
    Some(keys)
}

/// Keys given as an array, a set or the keys of an object, as a table to look them up in.
fn key_table(name: &str, keys: Word) -> Option<Word> {
    match keys.tag() {
        Tag::Set | Tag::Object => Some(keys),
        Tag::Array => {
            let set = table::set(value::len(keys));
            for key in value::items(keys) {
                table::add(set, key);
            }
            Some(set)
        }
        _ => error::mistyped(name, 2, "one of {object, set, array}", keys),
    }
}

fn pick(object: Word, keys: Word, keep: bool) -> Word {
    let picked = table::object(value::len(object));
    for (key, val) in table::entries(object) {
        if table::contains(keys, key) == keep {
            table::insert(picked, key, val);
        }
    }
    picked
}

/// `object.filter`: only these keys.
pub fn filter(object: Word, keys: Word) -> Answer {
    let object = operand::object("object.filter", 1, object)?;
    Some(pick(object, key_table("object.filter", keys)?, true))
}

/// `object.remove`: all but these keys.
pub fn remove(object: Word, keys: Word) -> Answer {
    let object = operand::object("object.remove", 1, object)?;
    Some(pick(object, key_table("object.remove", keys)?, false))
}

/// `object.union`: the right side wins, nested objects merge.
pub fn union(a: Word, b: Word) -> Answer {
    let a = operand::object("object.union", 1, a)?;
    let b = operand::object("object.union", 2, b)?;
    Some(overwrite(a, b, 0))
}

fn overwrite(a: Word, b: Word, depth: u32) -> Word {
    if depth > MAX_DEPTH {
        too_deep();
    }
    if value::len(a) == 0 {
        return b;
    }
    if value::len(b) == 0 {
        return a;
    }
    let merged = table::copy(a, value::len(b));
    for (key, theirs) in table::entries(b) {
        let ours = table::get(a, key);
        let both = ours.tag() == Tag::Object && theirs.tag() == Tag::Object;
        table::insert(merged, key, if both { overwrite(ours, theirs, depth + 1) } else { theirs });
    }
    merged
}

/// `object.union_n`: `object.union` from left to right.
pub fn union_n(objects: Word) -> Answer {
    let objects = operand::array("object.union_n", 1, objects)?;
    operand::elements("object.union_n", 1, objects, Tag::Object, "objects")?;
    Some(value::items(objects).reduce(|a, b| overwrite(a, b, 0)).unwrap_or_else(|| table::object(0)))
}

/// `object.subset`: everything of `sub` is in `super`, objects recursively, arrays as contiguous slices.
pub fn subset(of: Word, sub: Word) -> Answer {
    let found = match (of.tag(), sub.tag()) {
        (Tag::Object, Tag::Object) => object_subset(of, sub, 0),
        (Tag::Set, Tag::Set) => set_subset(of, sub),
        (Tag::Array, Tag::Array) => array_subset(of, sub),
        (Tag::Array, Tag::Set) => array_has_set(of, sub),
        _ => {
            let text = b"both arguments object.subset must be of the same type or array and set";
            return error::mistyped_whole("object.subset", text);
        }
    };
    Some(Word::bool(found))
}

fn object_subset(of: Word, sub: Word, depth: u32) -> bool {
    if depth > MAX_DEPTH {
        too_deep();
    }
    table::entries(sub).all(|(key, wanted)| {
        let had = table::get(of, key);
        had.is_defined()
            && (eq(had, wanted)
                || match (had.tag(), wanted.tag()) {
                    (Tag::Object, Tag::Object) => object_subset(had, wanted, depth + 1),
                    (Tag::Set, Tag::Set) => set_subset(had, wanted),
                    (Tag::Array, Tag::Array) => array_subset(had, wanted),
                    _ => false,
                })
    })
}

fn set_subset(of: Word, sub: Word) -> bool {
    value::len(sub) <= value::len(of) && table::keys(sub).all(|element| table::contains(of, element))
}

/// A contiguous slice of the array equals `sub`.
fn array_subset(of: Word, sub: Word) -> bool {
    let (len, wanted) = (value::len(of), value::len(sub));
    if wanted > len {
        return false;
    }
    let (mut start, mut matched) = (0, 0);
    loop {
        if matched == wanted {
            return true;
        }
        if start + matched == len {
            return false;
        }
        if eq(value::item(of, start + matched), value::item(sub, matched)) {
            matched += 1;
        } else {
            start += 1;
            matched = 0;
        }
    }
}

/// The array has as many elements that are members of the set as the set has members; duplicates count, as in OPA.
fn array_has_set(of: Word, sub: Word) -> bool {
    let mut unmatched = value::len(sub);
    iter::elements(of).any(|element| {
        if table::contains(sub, element) {
            unmatched = unmatched.saturating_sub(1);
        }
        unmatched == 0
    })
}
