//! `json.filter` and `json.remove`: parts of a document by paths.

use writ_abi::{Tag, Word};

use super::operand;
use crate::compare::{MAX_DEPTH, too_deep};
use crate::error::{self, Answer};
use crate::text::Text;
use crate::{iter, number, table, value};

/// `json.filter`: only what lies on the paths.
pub fn filter(object: Word, paths: Word) -> Answer {
    let object = operand::object("json.filter", 1, object)?;
    Some(keep(object, path_tree("json.filter", paths)?, 0))
}

/// `json.remove`: everything but what lies on the paths; elements of arrays move up.
pub fn remove(object: Word, paths: Word) -> Answer {
    let object = operand::object("json.remove", 1, object)?;
    cut(object, path_tree("json.remove", paths)?, 0)
}

/// The steps of a path: `/a/b` with `~1` and `~0` for `/` and `~`, or an array of keys. `None`: it is neither.
pub(super) fn parse_path(path: Word) -> Option<Word> {
    match path.tag() {
        Tag::Array => Some(path),
        Tag::String => {
            let steps = value::array(4);
            let text = value::text(path);
            if !text.is_empty() {
                let start = text.iter().position(|&byte| byte != b'/').unwrap_or(text.len());
                for step in text[start..].split(|&byte| byte == b'/') {
                    value::push(steps, unescape(step));
                }
            }
            Some(steps)
        }
        _ => None,
    }
}

fn unescape(step: &[u8]) -> Word {
    if !step.contains(&b'~') {
        return value::string(step);
    }
    let mut text = Text::new(step.len() as u32);
    let mut rest = step;
    while let Some((&byte, tail)) = rest.split_first() {
        rest = tail;
        match (byte, tail.first()) {
            (b'~', Some(b'1')) => {
                text.byte(b'/');
                rest = &tail[1..];
            }
            (b'~', Some(b'0')) => {
                text.byte(b'~');
                rest = &tail[1..];
            }
            _ => text.byte(byte),
        }
    }
    text.finish()
}

/// Reports a path that is neither a string nor an array.
pub(super) fn bad_path<T>(name: &str, path: Word) -> Option<T> {
    let wrong = b"must be one of {set, array} containing string paths or array of path segments but got ";
    error::operand(name, 2, &[wrong, error::type_name(path)])
}

/// All paths as nested objects with null at each end; a shorter path hides longer ones.
fn path_tree(name: &str, paths: Word) -> Option<Word> {
    let paths = operand::list(name, 2, paths, "one of {set, array}")?;
    let root = table::object(value::len(paths));
    for path in iter::elements(paths) {
        match parse_path(path) {
            Some(steps) => plant(root, steps),
            None => return bad_path(name, path),
        }
    }
    Some(root)
}

fn plant(root: Word, steps: Word) {
    let Some(last) = value::len(steps).checked_sub(1) else { return };
    let mut node = root;
    for i in 0..last {
        let key = value::item(steps, i);
        let child = table::get(node, key);
        node = match child.tag() {
            Tag::Object => child,
            Tag::Undefined => {
                let child = table::object(1);
                table::insert(node, key, child);
                child
            }
            _ => return,
        };
    }
    table::insert(node, value::item(steps, last), Word::NULL);
}

/// The key by which a path names an element of an array.
fn index_key(i: u32) -> Word {
    let mut buffer = [0; 20];
    value::string(number::decimal_text(i64::from(i), &mut buffer))
}

fn keep(w: Word, tree: Word, depth: u32) -> Word {
    if depth > MAX_DEPTH {
        too_deep();
    }
    if tree == Word::NULL {
        return w;
    }
    match w.tag() {
        Tag::Array => {
            let kept = value::array(4);
            for (i, element) in value::items(w).enumerate() {
                let below = table::get(tree, index_key(i as u32));
                if below.is_defined() {
                    value::push(kept, keep(element, below, depth + 1));
                }
            }
            kept
        }
        Tag::Set => {
            let kept = table::set(4);
            for element in table::keys(w) {
                let below = table::get(tree, element);
                if below.is_defined() {
                    table::add(kept, keep(element, below, depth + 1));
                }
            }
            kept
        }
        Tag::Object => {
            let kept = table::object(4);
            for (key, val) in table::entries(w) {
                let below = table::get(tree, key);
                if below.is_defined() {
                    table::insert(kept, key, keep(val, below, depth + 1));
                }
            }
            kept
        }
        _ => w,
    }
}

/// What is left; `None` when a path ends here.
fn cut(w: Word, tree: Word, depth: u32) -> Option<Word> {
    if depth > MAX_DEPTH {
        too_deep();
    }
    if tree == Word::NULL {
        return None;
    }
    if tree.tag() != Tag::Object {
        return Some(w);
    }
    Some(match w.tag() {
        Tag::Array => {
            let left = value::array(value::len(w));
            for (i, element) in value::items(w).enumerate() {
                if let Some(element) = cut(element, table::get(tree, index_key(i as u32)), depth + 1) {
                    value::push(left, element);
                }
            }
            left
        }
        Tag::Set => {
            let left = table::set(value::len(w));
            for element in table::keys(w) {
                if let Some(element) = cut(element, table::get(tree, element), depth + 1) {
                    table::add(left, element);
                }
            }
            left
        }
        Tag::Object => {
            let left = table::object(value::len(w));
            for (key, val) in table::entries(w) {
                if let Some(val) = cut(val, table::get(tree, key), depth + 1) {
                    table::insert(left, key, val);
                }
            }
            left
        }
        _ => w,
    })
}
