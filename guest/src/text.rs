//! A string that is being written at the end of the heap.

use writ_abi::layout::{LEN, STRING_BYTES, STRING_HASH};
use writ_abi::{Tag, Word};

use crate::{heap, mem};

/// Bytes under construction. They become a string word or a C string when finished.
#[derive(Debug)]
pub struct Text {
    addr: u32,
    len: u32,
    cap: u32,
}

impl Text {
    /// An empty text with room for `cap` bytes.
    pub fn new(cap: u32) -> Self {
        Self { addr: heap::alloc(STRING_BYTES + cap), len: 0, cap }
    }

    /// Number of bytes so far.
    #[inline]
    pub fn len(&self) -> u32 {
        self.len
    }

    /// Whether nothing was written yet.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The bytes so far, valid until the next push.
    pub fn bytes(&self) -> &[u8] {
        mem::bytes(self.addr + STRING_BYTES, self.len)
    }

    /// Forgets all bytes from `len` on.
    pub fn truncate(&mut self, len: u32) {
        self.len = self.len.min(len);
    }

    #[inline]
    fn room(&mut self, more: u32) {
        if more > self.cap - self.len {
            self.grow(more);
        }
    }

    #[inline(never)]
    fn grow(&mut self, more: u32) {
        let Some(need) = self.len.checked_add(more) else { heap::out_of_memory() };
        let cap = need.max(self.cap.saturating_mul(2)).max(32);
        if cap > i32::MAX as u32 {
            heap::out_of_memory();
        }
        self.addr = heap::grow(self.addr, STRING_BYTES + self.cap, STRING_BYTES + cap);
        self.cap = cap;
    }

    /// Appends one byte.
    #[inline]
    pub fn byte(&mut self, byte: u8) {
        self.room(1);
        mem::store8(self.addr + STRING_BYTES + self.len, byte);
        self.len += 1;
    }

    /// Appends bytes.
    #[inline]
    pub fn push(&mut self, bytes: &[u8]) {
        let len = bytes.len() as u32;
        self.room(len);
        mem::write(self.addr + STRING_BYTES + self.len, bytes);
        self.len += len;
    }

    /// Appends the eight bytes of a word, the lowest first.
    #[inline]
    pub fn word(&mut self, word: u64) {
        self.room(8);
        mem::store64(self.addr + STRING_BYTES + self.len, word);
        self.len += 8;
    }

    /// Appends a code point.
    #[inline]
    pub fn char(&mut self, c: char) {
        if c.is_ascii() { self.byte(c as u8) } else { self.push(c.encode_utf8(&mut [0; 4]).as_bytes()) }
    }

    /// Appends `count` copies of a byte.
    pub fn repeat(&mut self, byte: u8, count: u32) {
        self.room(count);
        for _ in 0..count {
            self.byte(byte);
        }
    }

    /// Appends an integer in decimal.
    pub fn int(&mut self, n: i64) {
        let mut buffer = [0; 20];
        self.push(crate::number::decimal_text(n, &mut buffer));
    }

    /// Appends `value` in lower-case hexadecimal with exactly `digits` digits.
    pub fn hex(&mut self, value: u32, digits: u32) {
        for i in (0..digits).rev() {
            self.byte(b"0123456789abcdef"[(value >> (4 * i)) as usize & 15]);
        }
    }

    /// Makes a string value of it.
    pub fn finish(self) -> Word {
        self.close(Tag::String)
    }

    /// Makes a number value of it; the text must be a number that is no small integer.
    pub fn finish_number(self) -> Word {
        self.close(Tag::Number)
    }

    fn close(self, tag: Tag) -> Word {
        mem::store32(self.addr + LEN, self.len);
        mem::store32(self.addr + STRING_HASH, 0);
        heap::resize_top(self.addr, STRING_BYTES + self.cap, STRING_BYTES + self.len);
        Word::pointer(tag, self.addr)
    }

    /// Makes a C string of it and gives its address.
    pub fn finish_c(mut self) -> u32 {
        self.byte(0);
        self.addr + STRING_BYTES
    }
}
