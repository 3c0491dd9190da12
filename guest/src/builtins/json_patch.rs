//! `json.patch`: RFC 6902 over values, sets included. Each operation copies the collections on its path.

use writ_abi::layout::MAX_DEPTH;
use writ_abi::{Tag, Word};

use super::json_paths::{bad_path, parse_path};
use super::operand;
use crate::compare::{eq, too_deep};
use crate::error::{self, Answer};
use crate::json::dump;
use crate::text::Text;
use crate::{number, table, value};

const NAME: &str = "json.patch";

/// `json.patch`: undefined when any operation fails.
pub fn patch(target: Word, operations: Word) -> Answer {
    let operations = operand::array(NAME, 2, operations)?;
    let mut document = Some(target);
    for operation in value::items(operations) {
        if operation.tag() != Tag::Object {
            let text = b"must be an array of JSON-Patch objects, but at least one element is not an object";
            return error::fail(NAME, &[text]);
        }
        document = apply(document, operation)?;
    }
    document
}

/// The document after an operation; the inner `None` is a document whose root was removed.
fn apply(document: Option<Word>, operation: Word) -> Option<Option<Word>> {
    let path = attribute(operation, b"path")?;
    let op = attribute(operation, b"op")?;
    if op.tag() != Tag::String {
        return error::fail(NAME, &[b"attribute 'op' must be a string but found: ", error::type_name(op)]);
    }
    let path = steps(path)?;
    match value::text(op) {
        b"add" => insert(document, path, attribute(operation, b"value")?).map(Some),
        b"remove" => delete(document, path),
        b"replace" => {
            let without = delete(document, path)?;
            insert(without, path, attribute(operation, b"value")?).map(Some)
        }
        b"move" => {
            let from = steps(attribute(operation, b"from")?)?;
            let moved = find(document, from)?;
            insert(delete(document, from)?, path, moved).map(Some)
        }
        b"copy" => {
            let from = steps(attribute(operation, b"from")?)?;
            let copied = find(document, from)?;
            insert(document, path, copied).map(Some)
        }
        b"test" => {
            let found = find(document, path)?;
            let wanted = attribute(operation, b"value")?;
            if eq(found, wanted) { Some(document) } else { unequal(wanted, found) }
        }
        other => error::fail(NAME, &[b"unrecognized op: '", other, b"'"]),
    }
}

fn attribute(operation: Word, name: &[u8]) -> Option<Word> {
    let found = table::get(operation, value::string(name));
    if found.is_defined() { Some(found) } else { error::fail(NAME, &[b"missing required attribute '", name, b"'"]) }
}

fn steps(path: Word) -> Option<Word> {
    parse_path(path).or_else(|| bad_path(NAME, path))
}

#[cold]
fn unequal<T>(wanted: Word, found: Word) -> Option<T> {
    complain(&[T("value from EditTree != patch value.\n\nExpected: "), V(wanted), T("\n\nFound: "), V(found)])
}

/// Reports a message made of texts and, in Rego notation, values.
#[cold]
fn complain<T>(parts: &[Part<'_>]) -> Option<T> {
    if !crate::mem::strict() {
        return None;
    }
    let mut message = Text::new(128);
    for part in parts {
        match part {
            Part::Text(text) => message.push(text.as_bytes()),
            Part::Value(w) => dump::rego(&mut message, *w),
        }
    }
    error::fail(NAME, &[message.bytes()])
}

enum Part<'a> {
    Text(&'a str),
    Value(Word),
}
use Part::{Text as T, Value as V};

#[cold]
fn root_removed<R>() -> Option<R> {
    complain(&[T("deleted node encountered during insert operation")])
}

/// A step into something that has no parts.
#[cold]
fn scalar<R>(w: Word, step: Option<Word>) -> Option<R> {
    let kind = match error::type_name(w) {
        b"null" => "ast.Null)",
        b"boolean" => "ast.Boolean)",
        b"number" => "ast.Number)",
        _ => "ast.String)",
    };
    match step {
        Some(step) => complain(&[
            T("expected composite type for path "),
            V(step),
            T(", found value: "),
            V(w),
            T(" (type: "),
            T(kind),
        ]),
        None => complain(&[T("expected composite type, found value: "), V(w), T(" (type: "), T(kind)]),
    }
}

/// A step that leads nowhere.
#[cold]
fn missing<R>(w: Word, step: Word, kind: &str) -> Option<R> {
    complain(&[T("path "), V(step), T(" does not exist in "), T(kind), T(" term "), V(w)])
}

/// The index that a step means in an array; `-` is the place behind the last element.
fn index(array: Word, step: Word) -> Option<i64> {
    match step.tag() {
        Tag::Int | Tag::Number => match number::as_i64(step) {
            Some(i) => Some(i),
            None => error::fail(NAME, &[b"invalid number type for indexing"]),
        },
        Tag::String => {
            let text = value::text(step);
            if text == b"-" {
                return Some(i64::from(value::len(array)));
            }
            let digits = text.strip_prefix(b"0").unwrap_or(text);
            let plain = number::scan_whole(if digits.is_empty() { text } else { digits }).and_then(number::as_i64);
            match plain {
                Some(_) if text != b"0" && text.starts_with(b"0") => {
                    error::fail(NAME, &[b"leading zeros are not allowed in JSON paths"])
                }
                Some(i) => Some(i),
                None => error::fail(NAME, &[b"invalid string for indexing"]),
            }
        }
        _ => error::fail(NAME, &[b"invalid type for indexing"]),
    }
}

/// The element of an array that a step names; `Some(None)` when there is none.
fn element(array: Word, step: Word) -> Option<Option<u32>> {
    let i = index(array, step)?;
    Some(u32::try_from(i).ok().filter(|&i| i < value::len(array)))
}

/// One step down.
fn child(w: Word, step: Word) -> Option<Word> {
    match w.tag() {
        Tag::Object => {
            let found = table::get(w, step);
            if found.is_defined() { Some(found) } else { missing(w, step, "object") }
        }
        Tag::Set if table::contains(w, step) => Some(step),
        Tag::Set => missing(w, step, "set"),
        Tag::Array => match element(w, step)? {
            Some(i) => Some(value::item(w, i)),
            None => missing(w, step, "array"),
        },
        _ => scalar(w, Some(step)),
    }
}

fn find(document: Option<Word>, path: Word) -> Option<Word> {
    let Some(mut at) = document else { return root_removed() };
    for step in value::items(path) {
        at = child(at, step)?;
    }
    Some(at)
}

fn insert(document: Option<Word>, path: Word, value: Word) -> Option<Word> {
    if value::len(path) == 0 {
        return Some(value);
    }
    match document {
        Some(document) => insert_at(document, path, 0, value),
        None => root_removed(),
    }
}

fn insert_at(w: Word, path: Word, depth: u32, new: Word) -> Option<Word> {
    if depth > MAX_DEPTH {
        too_deep();
    }
    let step = value::item(path, depth);
    if depth + 1 < value::len(path) {
        let changed = insert_at(child(w, step)?, path, depth + 1, new)?;
        return with_child(w, step, changed);
    }
    match w.tag() {
        Tag::Object => {
            let copy = table::copy(w, 1);
            table::insert(copy, step, new);
            Some(copy)
        }
        Tag::Set if eq(step, new) => {
            let copy = table::copy(w, 1);
            table::remove(copy, step);
            table::add(copy, new);
            Some(copy)
        }
        Tag::Set => complain(&[T("set key "), V(step), T(" does not equal value to be inserted "), V(new)]),
        Tag::Array => {
            let i = index(w, step)?;
            if i < 0 || i > i64::from(value::len(w)) {
                return error::fail(NAME, &[b"index for array insertion out of bounds"]);
            }
            Some(spliced(w, i as u32, 0, Some(new)))
        }
        _ => scalar(w, None),
    }
}

/// A copy of the array with `removed` elements at `at` replaced by `new`.
fn spliced(array: Word, at: u32, removed: u32, new: Option<Word>) -> Word {
    let copy = value::array(value::len(array).saturating_add(1));
    for i in 0..at {
        value::push(copy, value::item(array, i));
    }
    if let Some(new) = new {
        value::push(copy, new);
    }
    for i in at + removed..value::len(array) {
        value::push(copy, value::item(array, i));
    }
    copy
}

/// A copy of the collection with another child at a step that exists.
fn with_child(w: Word, step: Word, changed: Word) -> Option<Word> {
    match w.tag() {
        Tag::Object => {
            let copy = table::copy(w, 0);
            table::insert(copy, step, changed);
            Some(copy)
        }
        Tag::Set => {
            let copy = table::copy(w, 1);
            table::remove(copy, step);
            table::add(copy, changed);
            Some(copy)
        }
        _ => element(w, step)?.map(|i| spliced(w, i, 1, Some(changed))),
    }
}

fn delete(document: Option<Word>, path: Word) -> Option<Option<Word>> {
    let Some(document) = document else { return root_removed() };
    if value::len(path) == 0 {
        return Some(None);
    }
    delete_at(document, path, 0).map(Some)
}

fn delete_at(w: Word, path: Word, depth: u32) -> Option<Word> {
    if depth > MAX_DEPTH {
        too_deep();
    }
    let step = value::item(path, depth);
    if depth + 1 < value::len(path) {
        let changed = delete_at(child(w, step)?, path, depth + 1)?;
        return with_child(w, step, changed);
    }
    match w.tag() {
        Tag::Array => match element(w, step)? {
            Some(i) => Some(spliced(w, i, 1, None)),
            None => error::fail(NAME, &[b"index for array delete out of bounds"]),
        },
        Tag::Object | Tag::Set => {
            let copy = table::copy(w, 0);
            if table::remove(copy, step) {
                return Some(copy);
            }
            complain(&[T("cannot delete child key "), V(step), T(" that does not exist")])
        }
        _ => scalar(w, None),
    }
}
