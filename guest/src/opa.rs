//! The OPA Wasm ABI 1.3 over our words: a value address of that ABI is the address of a box, eight bytes with a word.
//!
//! There are no free lists, so the calls that free, stash or restore blocks have nothing to do; memory comes back when the
//! host sets the heap pointer.

use writ_abi::layout::{BOX_SIZE, context};
use writ_abi::{Tag, Word};

use crate::json::{self, Dialect};
use crate::text::Text;
use crate::{heap, host, mem, table, value};

/// Outcome of the path calls, as numbered by the ABI.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i32)]
pub enum PathError {
    /// Done.
    Ok = 0,
    /// The path is no array of strings, or a value on the way is no object.
    InvalidType = 2,
    /// The path is empty, or there is nothing there.
    InvalidPath = 3,
}

/// A box with the word; 0 for undefined.
pub fn boxed(w: Word) -> u32 {
    if !w.is_defined() {
        return 0;
    }
    let addr = heap::alloc(BOX_SIZE);
    mem::store64(addr, w.0);
    addr
}

/// The word in a box; undefined for 0.
#[inline]
pub fn unboxed(addr: u32) -> Word {
    if addr == 0 { Word::UNDEFINED } else { Word(mem::load64(addr)) }
}

/// A block of `size` bytes.
pub fn malloc(size: u32) -> u32 {
    heap::alloc(size)
}

/// Parses a text; 0 when it is malformed.
pub fn parse(addr: u32, len: u32, dialect: Dialect) -> u32 {
    json::parse(mem::bytes(addr, len), dialect).map_or(0, boxed)
}

/// Prints a value as a C string: JSON or Rego text.
pub fn dump(addr: u32, dialect: Dialect) -> u32 {
    let mut text = Text::new(64);
    match dialect {
        Dialect::Value => json::dump::rego(&mut text, unboxed(addr)),
        _ => json::dump(&mut text, unboxed(addr)),
    }
    text.finish_c()
}

/// A new evaluation context: no input, no data, entrypoint 0.
pub fn context_new() -> u32 {
    let ctx = heap::alloc(context::SIZE);
    mem::zero(ctx, context::SIZE);
    ctx
}

/// Puts `value` at `path` (an array of strings) of the object `base`, in place, with objects made on the way.
/// On an error nothing is changed.
#[cfg_attr(all(target_arch = "wasm32", feature = "module"), optimize(size))]
pub fn add_path(base: u32, path: u32, value: u32) -> PathError {
    let (path, value) = (unboxed(path), unboxed(value));
    if path.tag() != Tag::Array || !value.is_defined() {
        return PathError::InvalidType;
    }
    let Some((last, parents)) = split(path) else { return PathError::InvalidPath };
    let mut at = unboxed(base);
    let mut missing = parents.len() as u32;
    for (i, key) in parents.enumerate() {
        if at.tag() != Tag::Object || key.tag() != Tag::String {
            return PathError::InvalidType;
        }
        let next = table::get(at, key);
        if !next.is_defined() {
            missing = i as u32;
            break;
        }
        at = next;
    }
    if at.tag() != Tag::Object || value::items(path).any(|key| key.tag() != Tag::String) {
        return PathError::InvalidType;
    }
    let depth = value::len(path) - 1;
    let mut leaf = value;
    let mut key = last;
    // What is missing is built from the leaf upwards, so that one insertion makes it visible.
    for i in (missing..depth).rev() {
        let parent = table::object(1);
        table::insert(parent, key, leaf);
        leaf = parent;
        key = value::item(path, i);
    }
    table::insert(at, key, leaf);
    table::sort(at);
    PathError::Ok
}

fn split(path: Word) -> Option<(Word, impl ExactSizeIterator<Item = Word>)> {
    let last = value::len(path).checked_sub(1)?;
    Some((value::item(path, last), (0..last).map(move |i| value::item(path, i))))
}

/// Takes the leaf at `path` away, in place.
#[cfg_attr(all(target_arch = "wasm32", feature = "module"), optimize(size))]
pub fn remove_path(base: u32, path: u32) -> PathError {
    let path = unboxed(path);
    if path.tag() != Tag::Array {
        return PathError::InvalidType;
    }
    let Some((last, parents)) = split(path) else { return PathError::InvalidPath };
    let mut at = unboxed(base);
    for key in parents {
        if at.tag() != Tag::Object || key.tag() != Tag::String {
            return PathError::InvalidType;
        }
        at = table::get(at, key);
        if !at.is_defined() {
            return PathError::InvalidPath;
        }
    }
    if at.tag() != Tag::Object || last.tag() != Tag::String {
        return PathError::InvalidType;
    }
    if table::remove(at, last) { PathError::Ok } else { PathError::InvalidPath }
}

/// The box of the result set: the set of `{"result": w}`, or the empty set when undefined.
#[cfg_attr(all(target_arch = "wasm32", feature = "module"), optimize(size))]
pub fn result_set(w: Word) -> u32 {
    let set = table::set(1);
    if w.is_defined() {
        let binding = table::object(1);
        table::insert(binding, value::string(b"result"), w);
        table::add(set, binding);
    }
    boxed(set)
}

/// The one-shot call. Aborts when `reserved` is not 0, the input is malformed, or the policy says so.
#[cfg_attr(all(target_arch = "wasm32", feature = "module"), optimize(size))]
pub fn eval(reserved: u32, entrypoint: u32, data: u32, input: u32, input_len: u32, heap_ptr: u32, format: u32) -> u32 {
    if reserved != 0 {
        host::abort(b"invalid reserved argument\0");
    }
    mem::mark_used();
    mem::set_heap_ptr(heap_ptr);
    let ctx = context_new();
    if input != 0 || input_len != 0 {
        let parsed = parse(input, input_len, Dialect::Value);
        if parsed == 0 {
            host::abort(b"eval_internal_error: input is not a JSON document\0");
        }
        mem::store32(ctx + context::INPUT, parsed);
    }
    mem::store32(ctx + context::DATA, data);
    mem::store32(ctx + context::ENTRYPOINT, entrypoint);
    if host::policy_eval(ctx) != 0 {
        host::abort(b"eval failed\0");
    }
    let dialect = if format == 0 { Dialect::Json } else { Dialect::Value };
    dump(mem::load32(ctx + context::RESULT), dialect)
}

#[cfg(test)]
mod tests;
