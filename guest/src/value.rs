//! Values in linear memory: how to make and look at strings and arrays (tables have their own module).

use writ_abi::layout::{ARRAY_HEADER, CAP, DATA, LEN, STRING_BYTES, STRING_HASH};
use writ_abi::{Tag, Word, hash};

use crate::{heap, mem};

/// A string with these bytes.
pub fn string(bytes: &[u8]) -> Word {
    let addr = heap::alloc(STRING_BYTES + bytes.len() as u32);
    mem::store32(addr + LEN, bytes.len() as u32);
    mem::store32(addr + STRING_HASH, 0);
    mem::write(addr + STRING_BYTES, bytes);
    Word::pointer(Tag::String, addr)
}

/// Moves the topmost string or number down to `mark`, over scratch memory that nobody needs any more.
pub fn move_down(w: Word, mark: u32) -> Word {
    let size = STRING_BYTES + mem::load32(w.addr() + LEN);
    heap::release(mark);
    let addr = heap::alloc(size);
    mem::copy(addr, w.addr(), size);
    Word::pointer(w.tag(), addr)
}

/// The bytes of a string or the text of a number in memory.
#[inline]
pub fn text(w: Word) -> &'static [u8] {
    mem::bytes(w.addr() + STRING_BYTES, mem::load32(w.addr() + LEN))
}

/// The bytes of a string, `None` for anything else.
#[inline]
pub fn as_string(w: Word) -> Option<&'static [u8]> {
    (w.tag() == Tag::String).then(|| text(w))
}

/// The hash of a string, computed once.
#[inline]
pub fn string_hash(w: Word) -> u32 {
    let cached = mem::load32(w.addr() + STRING_HASH);
    if cached != 0 {
        return cached;
    }
    let computed = hash::hash_bytes(text(w));
    mem::store32(w.addr() + STRING_HASH, computed);
    computed
}

/// Number of elements of an array, object or set; 0 otherwise.
#[inline]
pub fn len(w: Word) -> u32 {
    match w.tag() {
        Tag::Array | Tag::Object | Tag::Set => mem::load32(w.addr() + LEN),
        _ => 0,
    }
}

/// An integer of up to 64 bits.
#[inline]
pub fn int(n: i64) -> Word {
    Word::int(n).unwrap_or_else(|| crate::number::from_i64(n))
}

/// An empty array with room for `cap` elements.
pub fn array(cap: u32) -> Word {
    let addr = heap::alloc(ARRAY_HEADER);
    mem::store32(addr + LEN, 0);
    mem::store32(addr + CAP, cap);
    mem::store32(addr + DATA, heap::alloc_array(cap, 8));
    mem::store32(addr + DATA + 4, 0);
    Word::pointer(Tag::Array, addr)
}

/// Appends to an array that is still being built.
#[inline]
pub fn push(array: Word, value: Word) {
    let addr = array.addr();
    let (len, cap) = (mem::load32(addr + LEN), mem::load32(addr + CAP));
    if len == cap {
        grow(addr, cap);
    }
    mem::store64(mem::load32(addr + DATA) + len * 8, value.0);
    mem::store32(addr + LEN, len + 1);
}

#[inline(never)]
fn grow(addr: u32, cap: u32) {
    let more = heap::product(cap, 2).max(4);
    let data = heap::grow(mem::load32(addr + DATA), cap * 8, heap::product(more, 8));
    mem::store32(addr + DATA, data);
    mem::store32(addr + CAP, more);
}

/// Element `i` of an array; `i` must be less than its length.
#[inline]
pub fn item(array: Word, i: u32) -> Word {
    Word(mem::load64(mem::load32(array.addr() + DATA) + i * 8))
}

/// Replaces element `i` of an array that is still being built.
pub fn set_item(array: Word, i: u32, value: Word) {
    mem::store64(mem::load32(array.addr() + DATA) + i * 8, value.0);
}

/// The elements of an array, in order.
#[inline]
pub fn items(array: Word) -> impl DoubleEndedIterator<Item = Word> + ExactSizeIterator {
    (0..mem::load32(array.addr() + LEN)).map(move |i| item(array, i))
}
