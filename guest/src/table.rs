//! Objects and sets: entries in insertion order, in Rego's order once somebody asks for it, with a hash index while unsorted.
//!
//! ```text
//!   sorted             lookup by binary search, append keeps it sorted when the new key is the largest; base data comes with an index,
//!                      and so do large constants with strings as keys
//!   unsorted, small    lookup by scanning
//!   unsorted, large    lookup through an index: { mask, slot… }, a slot is 0 or the position of an entry plus 1
//! ```
//!
//! INVARIANT: in an evaluation an index is only made here for a table that is being built in it; parsers and constants are sorted, and indexes
//! of joins have theirs from the start, so nothing below the heap pointer of an evaluation ever points above it.

use core::cmp::Ordering;

use writ_abi::layout::{CAP, DATA, EXTENSIBLE, FLAGS, INDEX, LEN, SORTED, TABLE_HEADER};
use writ_abi::{Tag, Word, hash};

use crate::{bytes, compare, heap, mem, number, sort, value};

/// Unsorted tables up to this length are scanned.
pub(crate) const SCAN: u32 = 8;

/// What an insertion found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Slot {
    /// The key was there: position of its entry.
    Old(u32),
    /// The key is new: position of its entry.
    New(u32),
}

/// An empty object with room for `cap` entries.
pub fn object(cap: u32) -> Word {
    Word::pointer(Tag::Object, header(cap, 16))
}

/// An empty set with room for `cap` elements.
pub fn set(cap: u32) -> Word {
    Word::pointer(Tag::Set, header(cap, 8))
}

fn header(cap: u32, stride: u32) -> u32 {
    let addr = heap::alloc(TABLE_HEADER);
    mem::store32(addr + LEN, 0);
    mem::store32(addr + CAP, cap);
    mem::store32(addr + DATA, heap::alloc_array(cap, stride));
    mem::store32(addr + INDEX, 0);
    mem::store32(addr + FLAGS, SORTED);
    mem::store32(addr + FLAGS + 4, 0);
    addr
}

#[inline]
fn stride(table: Word) -> u32 {
    if table.tag() == Tag::Object { 16 } else { 8 }
}

#[inline]
fn data(table: Word) -> u32 {
    mem::load32(table.addr() + DATA)
}

#[inline]
fn is_sorted(table: Word) -> bool {
    mem::load32(table.addr() + FLAGS) & SORTED != 0
}

/// Whether [`set_extensible`] was done to the table.
#[inline]
pub fn is_extensible(table: Word) -> bool {
    mem::load32(table.addr() + FLAGS) & EXTENSIBLE != 0
}

/// Marks a table as one that belongs to the document under construction. Copies are not marked.
pub fn set_extensible(table: Word) {
    let flags = mem::load32(table.addr() + FLAGS);
    mem::store32(table.addr() + FLAGS, flags | EXTENSIBLE);
}

/// Word `i` of the entries: of a set the element `i`; of an object key `i / 2` or, for odd `i`, its value.
#[inline]
pub fn cell(table: Word, i: u32) -> Word {
    Word(mem::load64(data(table) + i * 8))
}

/// Key of an entry of an object, or element of a set, by position.
#[inline]
pub fn key(table: Word, at: u32) -> Word {
    Word(mem::load64(data(table) + at * stride(table)))
}

/// Value of an entry of an object, by position.
#[inline]
pub fn val(object: Word, at: u32) -> Word {
    Word(mem::load64(data(object) + at * 16 + 8))
}

/// Replaces the value of an entry of an object.
#[inline]
pub fn set_val(object: Word, at: u32, value: Word) {
    mem::store64(data(object) + at * 16 + 8, value.0);
}

/// Puts the entries into Rego's order; does nothing when they are.
#[inline]
pub fn sort(table: Word) {
    if !is_sorted(table) {
        sort_now(table);
    }
}

#[inline(never)]
fn sort_now(table: Word) {
    sort::sort_rows(data(table), value::len(table), stride(table));
    // Positions in the index are void now; binary search takes over.
    mem::store32(table.addr() + INDEX, 0);
    let flags = mem::load32(table.addr() + FLAGS);
    mem::store32(table.addr() + FLAGS, flags | SORTED);
}

/// Position of the entry with this key.
pub fn find(table: Word, wanted: Word) -> Option<u32> {
    let len = value::len(table);
    if len <= SCAN {
        return scan(table, wanted, len);
    }
    let index = match mem::load32(table.addr() + INDEX) {
        0 if is_sorted(table) => return search(table, wanted, len).ok(),
        0 => build_index(table),
        index => index,
    };
    let (mask, mut slot) = (mem::load32(index), hash_of(wanted));
    loop {
        slot &= mask;
        match mem::load32(index + 4 + slot * 4) {
            0 => return None,
            at if compare::eq(key(table, at - 1), wanted) => return Some(at - 1),
            _ => slot += 1,
        }
    }
}

/// Whether the table has a hash index.
#[inline]
pub fn is_hashed(table: Word) -> bool {
    mem::load32(table.addr() + INDEX) != 0
}

/// [`find`] in a table with a hash index by the bytes of a string.
pub fn find_text(table: Word, wanted: &[u8]) -> Option<u32> {
    let index = mem::load32(table.addr() + INDEX);
    let hash = hash::hash_bytes(wanted);
    let (mask, mut slot) = (mem::load32(index), hash);
    loop {
        slot &= mask;
        let at = mem::load32(index + 4 + slot * 4).checked_sub(1)?;
        let key = key(table, at);
        if key.tag() == Tag::String && value::string_hash(key) == hash && bytes::equal(value::text(key), wanted) {
            return Some(at);
        }
        slot += 1;
    }
}

fn scan(table: Word, wanted: Word, len: u32) -> Option<u32> {
    let (data, stride) = (data(table), stride(table));
    let key = |at: u32| Word(mem::load64(data + at * stride));
    if wanted.tag() != Tag::String {
        return (0..len).find(|&at| compare::eq(key(at), wanted));
    }
    // Most keys are strings, and most strings differ in what their words and headers say.
    (0..len).find(|&at| {
        let key = key(at);
        key.0 == wanted.0 || (key.tag() == Tag::String && compare::eq_strings(key, wanted))
    })
}

/// Binary search; `Err` is where the key would go.
fn search(table: Word, wanted: Word, len: u32) -> Result<u32, u32> {
    let (mut low, mut high) = (0, len);
    while low < high {
        let middle = low + (high - low) / 2;
        match compare::cmp(key(table, middle), wanted) {
            Ordering::Equal => return Ok(middle),
            Ordering::Less => low = middle + 1,
            Ordering::Greater => high = middle,
        }
    }
    Err(low)
}

/// Finds or appends the entry for `wanted`. A new entry of an object has an undefined value until the caller sets it.
pub fn entry(table: Word, wanted: Word) -> Slot {
    let len = value::len(table);
    if len == 0 {
        return append(table, wanted, 0);
    }
    if is_sorted(table) {
        match compare::cmp(key(table, len - 1), wanted) {
            Ordering::Less => {
                mem::store32(table.addr() + INDEX, 0);
                return append(table, wanted, len);
            }
            Ordering::Equal => return Slot::Old(len - 1),
            Ordering::Greater => {}
        }
    }
    match find(table, wanted) {
        Some(at) => Slot::Old(at),
        None => {
            let addr = table.addr();
            mem::store32(addr + FLAGS, mem::load32(addr + FLAGS) & !SORTED);
            let slot = append(table, wanted, len);
            let index = mem::load32(addr + INDEX);
            if index != 0 {
                // Half full at most; a larger one is built at the next lookup.
                if (len + 1) * 2 > mem::load32(index) {
                    mem::store32(addr + INDEX, 0);
                } else {
                    enter(index, wanted, len);
                }
            }
            slot
        }
    }
}

fn append(table: Word, wanted: Word, len: u32) -> Slot {
    let (addr, stride) = (table.addr(), stride(table));
    let cap = mem::load32(addr + CAP);
    if len == cap {
        let more = heap::product(cap, 2).max(4);
        let moved = heap::grow(data(table), cap * stride, heap::product(more, stride));
        mem::store32(addr + DATA, moved);
        mem::store32(addr + CAP, more);
    }
    let at = data(table) + len * stride;
    mem::store64(at, wanted.0);
    if stride == 16 {
        mem::store64(at + 8, 0);
    }
    mem::store32(addr + LEN, len + 1);
    Slot::New(len)
}

/// Gives a table a hash index now, sorted or not.
pub fn hash(table: Word) {
    if value::len(table) > SCAN && mem::load32(table.addr() + INDEX) == 0 {
        build_index(table);
    }
}

#[inline(never)]
fn build_index(table: Word) -> u32 {
    let len = value::len(table);
    // A quarter full, so that the table can double before the index is built again.
    let slots = heap::product(len, 4).next_power_of_two();
    let bytes = heap::product(slots, 4);
    let index = heap::alloc(bytes + 4);
    mem::store32(index, slots - 1);
    mem::zero(index + 4, bytes);
    for at in 0..len {
        enter(index, key(table, at), at);
    }
    mem::store32(table.addr() + INDEX, index);
    index
}

fn enter(index: u32, key: Word, at: u32) {
    let (mask, mut slot) = (mem::load32(index), hash_of(key));
    loop {
        slot &= mask;
        let place = index + 4 + slot * 4;
        if mem::load32(place) == 0 {
            return mem::store32(place, at + 1);
        }
        slot += 1;
    }
}

/// A hash that equal values share. Collections hash by their kind, length and first few scalars only: cheap, bounded, and rarely keys.
pub(crate) fn hash_of(w: Word) -> u32 {
    hash_at(w, 2) as u32
}

fn hash_at(w: Word, depth: u32) -> u64 {
    match w.tag() {
        Tag::Undefined | Tag::Atom => hash::mix(w.0, 1),
        Tag::Int | Tag::Number => number::hash(w),
        Tag::String => u64::from(value::string_hash(w)),
        Tag::Array | Tag::Object | Tag::Set => {
            let len = value::len(w);
            let mut state = hash::mix(w.tag() as u64, u64::from(len));
            if depth > 0 {
                if w.tag() != Tag::Array {
                    sort(w);
                }
                let words = if w.tag() == Tag::Object { len * 2 } else { len };
                for i in 0..words.min(16) {
                    let word = if w.tag() == Tag::Array { value::item(w, i) } else { cell(w, i) };
                    state = hash::mix(state, hash_at(word, depth - 1));
                }
            }
            state
        }
    }
}

/// Sets `key` to `value`, replacing an old one.
pub fn insert(object: Word, key: Word, value: Word) {
    let (Slot::Old(at) | Slot::New(at)) = entry(object, key);
    set_val(object, at, value);
}

/// Sets `key` to `value` unless it has another value: false means conflict.
pub fn insert_once(object: Word, key: Word, value: Word) -> bool {
    match entry(object, key) {
        Slot::New(at) => {
            set_val(object, at, value);
            true
        }
        Slot::Old(at) => compare::eq(val(object, at), value),
    }
}

/// Adds an element to a set.
#[inline]
pub fn add(set: Word, value: Word) {
    entry(set, value);
}

/// The value of a key, or undefined.
#[inline]
pub fn get(object: Word, key: Word) -> Word {
    find(object, key).map_or(Word::UNDEFINED, |at| val(object, at))
}

/// Longest table that [`field`] goes through although it would be sorted or hashed for other keys.
const FIELDS: u32 = 32;

/// [`get`] by a string that is a constant of the module. The keys of an input are known to be constants or to be none, so their words tell.
pub fn field(object: Word, wanted: Word) -> Word {
    let addr = object.addr();
    let len = mem::load32(addr + LEN);
    if len > SCAN && (len > FIELDS || is_sorted(object) || mem::load32(addr + INDEX) != 0) {
        return get(object, wanted);
    }
    let mut at = mem::load32(addr + DATA);
    let end = at + len * 16;
    let head = mem::load64(wanted.addr());
    while at != end {
        let key = Word(mem::load64(at));
        let found = key.0 == wanted.0
            || (compare::is_unknown_string(key)
                && compare::heads_agree(mem::load64(key.addr()), head)
                && bytes::equal(value::text(key), value::text(wanted)));
        if found {
            return Word(mem::load64(at + 8));
        }
        at += 16;
    }
    Word::UNDEFINED
}

/// Whether a set has the element.
#[inline]
pub fn contains(set: Word, value: Word) -> bool {
    find(set, value).is_some()
}

/// The elements of a set or keys of an object, in Rego's order.
pub fn keys(table: Word) -> impl ExactSizeIterator<Item = Word> + DoubleEndedIterator {
    sort(table);
    (0..value::len(table)).map(move |at| key(table, at))
}

/// The entries of an object, in Rego's order.
pub fn entries(object: Word) -> impl ExactSizeIterator<Item = (Word, Word)> + DoubleEndedIterator {
    sort(object);
    (0..value::len(object)).map(move |at| (key(object, at), val(object, at)))
}

/// A copy that shares the values, with room for `more` further entries.
pub fn copy(table: Word, more: u32) -> Word {
    sort(table);
    let (len, stride) = (value::len(table), stride(table));
    let addr = header(len.saturating_add(more), stride);
    mem::store32(addr + LEN, len);
    mem::copy(mem::load32(addr + DATA), data(table), len * stride);
    Word::pointer(table.tag(), addr)
}

/// Takes an entry out. True when it was there.
pub fn remove(table: Word, wanted: Word) -> bool {
    sort(table);
    let len = value::len(table);
    let Some(at) = find(table, wanted) else { return false };
    let (data, stride) = (data(table), stride(table));
    mem::copy(data + at * stride, data + (at + 1) * stride, (len - at - 1) * stride);
    mem::store32(table.addr() + LEN, len - 1);
    mem::store32(table.addr() + INDEX, 0);
    true
}

/// Makes a table of rows that are already in memory: sorts them, and of equal keys keeps the first with the last value,
/// as inserting one by one would. `rows` holds `len` rows with room for `cap`.
pub fn from_rows(tag: Tag, rows: u32, len: u32, cap: u32, ascending: bool) -> Word {
    let stride = if tag == Tag::Object { 16 } else { 8 };
    let addr = heap::alloc(TABLE_HEADER);
    let mut kept = len;
    if !ascending {
        sort::sort_rows(rows, len, stride);
        kept = drop_equal(rows, len, stride);
    }
    mem::store32(addr + LEN, kept);
    mem::store32(addr + CAP, cap);
    mem::store32(addr + DATA, rows);
    mem::store32(addr + INDEX, 0);
    mem::store32(addr + FLAGS, SORTED);
    mem::store32(addr + FLAGS + 4, 0);
    Word::pointer(tag, addr)
}

fn drop_equal(rows: u32, len: u32, stride: u32) -> u32 {
    let mut kept = len.min(1);
    for row in 1..len {
        let (here, last) = (rows + row * stride, rows + (kept - 1) * stride);
        if compare::eq(Word(mem::load64(here)), Word(mem::load64(last))) {
            if stride == 16 {
                mem::store64(last + 8, mem::load64(here + 8));
            }
        } else {
            mem::copy(rows + kept * stride, here, stride);
            kept += 1;
        }
    }
    kept
}
