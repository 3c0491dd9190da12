//! Equality and Rego's total order over values.
//!
//! Both recurse; the depth is bounded because no value is deeper than the parsers allow plus what policy text nests.

use core::cmp::Ordering;

use writ_abi::word::{STRING_CONST, STRING_NOT_CONST};
use writ_abi::{Tag, Word};

use crate::{bytes, host, mem, number, table, value};

/// Deepest nesting that is compared, printed or walked; deeper values end the evaluation.
///
/// What the parsers accept, and some for what policy text nests around it; the stack (see build.sh) is as large as the deepest
/// walk needs.
pub const MAX_DEPTH: u32 = writ_abi::layout::MAX_DEPTH + 256;

/// Ends the evaluation: a value is nested too deeply.
#[cold]
pub fn too_deep() -> ! {
    host::abort(b"eval_internal_error: value nested too deeply\0")
}

/// Structural equality. `1` equals `1.0`; undefined equals nothing but itself.
///
/// What words and strings decide stands apart from the rest, which needs a frame on the stack.
#[inline]
pub fn eq(a: Word, b: Word) -> bool {
    if a.0 == b.0 {
        return true;
    }
    match (is_string(a), is_string(b)) {
        (true, true) => eq_strings(a, b),
        // Two small integers are equal by their bits or not at all.
        (false, false) => a.0 & b.0 & 1 == 0 && eq_at(a, b, 0),
        _ => false,
    }
}

#[inline(never)]
fn eq_at(a: Word, b: Word, depth: u32) -> bool {
    a.0 == b.0 || (a.tag() == b.tag() && eq_same_tag(a, b, depth)) || (a.tag() != b.tag() && eq_numbers(a, b))
}

/// Equality of a small integer and a number in memory.
#[inline]
fn eq_numbers(a: Word, b: Word) -> bool {
    match (a.tag(), b.tag()) {
        (Tag::Int, Tag::Number) | (Tag::Number, Tag::Int) => number::compare(a, b) == Ordering::Equal,
        _ => false,
    }
}

fn eq_same_tag(a: Word, b: Word, depth: u32) -> bool {
    match a.tag() {
        Tag::Undefined | Tag::Atom | Tag::Int => a.0 == b.0,
        Tag::String => eq_strings(a, b),
        Tag::Number => number::compare(a, b) == Ordering::Equal,
        Tag::Array => eq_arrays(a, b, depth),
        Tag::Object => eq_tables(a, b, depth, 2),
        Tag::Set => eq_tables(a, b, depth, 1),
    }
}

/// Whether it is a string of which nobody knows whether it is a constant of the module.
#[inline]
pub fn is_unknown_string(w: Word) -> bool {
    w.0 & (0xf | STRING_CONST | STRING_NOT_CONST) == Tag::String as u64
}

/// Equality of two strings.
#[inline]
pub fn eq_strings(a: Word, b: Word) -> bool {
    // One copy per constant: a constant equals neither another constant nor a string that is known to be none.
    let either = (a.0 | b.0) & (STRING_CONST | STRING_NOT_CONST);
    let differ =
        a.0 & b.0 & STRING_CONST != 0 || (either == STRING_CONST | STRING_NOT_CONST && a.0 & b.0 & either == 0);
    a.addr() == b.addr() || (!differ && eq_texts(a, b))
}

#[inline(never)]
fn eq_texts(a: Word, b: Word) -> bool {
    heads_agree(mem::load64(a.addr()), mem::load64(b.addr())) && bytes::equal(value::text(a), value::text(b))
}

/// Whether strings with these headers may be equal: same length, and same hash unless one is 0, not computed yet.
#[inline]
pub fn heads_agree(a: u64, b: u64) -> bool {
    a == b || (a as u32 == b as u32 && (a >> 32 == 0 || b >> 32 == 0))
}

#[inline]
fn is_string(w: Word) -> bool {
    w.0 & 0xf == Tag::String as u64
}

fn eq_arrays(a: Word, b: Word, depth: u32) -> bool {
    if depth >= MAX_DEPTH {
        too_deep();
    }
    value::len(a) == value::len(b)
        && (a.addr() == b.addr() || value::items(a).zip(value::items(b)).all(|(x, y)| eq_at(x, y, depth + 1)))
}

fn eq_tables(a: Word, b: Word, depth: u32, width: u32) -> bool {
    if depth >= MAX_DEPTH {
        too_deep();
    }
    if value::len(a) != value::len(b) || a.addr() == b.addr() {
        return a.addr() == b.addr();
    }
    table::sort(a);
    table::sort(b);
    (0..value::len(a) * width).all(|i| eq_at(table::cell(a, i), table::cell(b, i), depth + 1))
}

/// Place of a tag in the order of types: null, boolean, number, string, array, object, set.
#[inline]
fn rank(w: Word) -> u32 {
    match w.tag() {
        Tag::Undefined => 0,
        Tag::Atom => 1 + u32::from(w.0 != Word::NULL.0),
        Tag::Int | Tag::Number => 3,
        Tag::String => 4,
        Tag::Array => 5,
        Tag::Object => 6,
        Tag::Set => 7,
    }
}

/// Rego's order.
#[inline]
pub fn cmp(a: Word, b: Word) -> Ordering {
    if is_string(a) && is_string(b) { bytes::compare(value::text(a), value::text(b)) } else { cmp_at(a, b, 0) }
}

#[inline(never)]
fn cmp_at(a: Word, b: Word, depth: u32) -> Ordering {
    if a.0 == b.0 {
        return Ordering::Equal;
    }
    if let (Some(x), Some(y)) = (a.as_int(), b.as_int()) {
        return x.cmp(&y);
    }
    let (ra, rb) = (rank(a), rank(b));
    if ra != rb {
        return ra.cmp(&rb);
    }
    match ra {
        0..=2 => a.0.cmp(&b.0),
        3 => number::compare(a, b),
        4 => bytes::compare(value::text(a), value::text(b)),
        5 => cmp_arrays(a, b, depth),
        6 => cmp_tables(a, b, depth, 2),
        _ => cmp_tables(a, b, depth, 1),
    }
}

fn cmp_arrays(a: Word, b: Word, depth: u32) -> Ordering {
    if depth >= MAX_DEPTH {
        too_deep();
    }
    for (x, y) in value::items(a).zip(value::items(b)) {
        match cmp_at(x, y, depth + 1) {
            Ordering::Equal => {}
            unequal => return unequal,
        }
    }
    value::len(a).cmp(&value::len(b))
}

fn cmp_tables(a: Word, b: Word, depth: u32, width: u32) -> Ordering {
    if depth >= MAX_DEPTH {
        too_deep();
    }
    table::sort(a);
    table::sort(b);
    let common = value::len(a).min(value::len(b)) * width;
    for i in 0..common {
        match cmp_at(table::cell(a, i), table::cell(b, i), depth + 1) {
            Ordering::Equal => {}
            unequal => return unequal,
        }
    }
    value::len(a).cmp(&value::len(b))
}
