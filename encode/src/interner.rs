//! The constant strings of a module, by their bytes: which of an input's strings can ever equal one of them.

use writ_abi::word::{STRING_CONST, STRING_NOT_CONST};
use writ_abi::{Tag, Word, layout};

use crate::error::EncodeError;
use crate::words::{Lengths, Piece, WHOLE, quick_hash};

/// A table of constant strings. Made once per module; shared by all its instances.
#[derive(Debug, Clone, Default)]
pub struct Interner {
    /// Open addressing, at most half full; the length is a power of two, or 0.
    table: Vec<Entry>,
    bytes: Vec<u8>,
    lengths: Lengths,
}

#[derive(Debug, Clone, Copy, Default)]
struct Entry {
    head: u64,
    tail: u64,
    /// Address of the header; 0 in an empty entry.
    addr: u32,
    start: u32,
    len: u32,
}

impl Interner {
    /// Reads the strings whose addresses the section `writ.strings` lists from the memory of a fresh instance.
    ///
    /// # Errors
    /// [`EncodeError::Internal`] when an address is not that of a string.
    pub fn new(section: &[u8], memory: &[u8]) -> Result<Self, EncodeError> {
        let wrong = EncodeError::Internal("section `writ.strings` names an address without a string");
        let mut this = Interner::default();
        let count = section.len() / 4;
        if count == 0 {
            return Ok(this);
        }
        this.table = vec![Entry::default(); (count * 2).next_power_of_two()];
        for addr in section.as_chunks::<4>().0 {
            let addr = u32::from_le_bytes(*addr);
            let start = addr as usize + layout::STRING_BYTES as usize;
            let len = memory.get(addr as usize..).and_then(|header| header.first_chunk::<4>());
            let len = len.map(|len| u32::from_le_bytes(*len)).ok_or_else(|| wrong.clone())?;
            let bytes = memory.get(start..start + len as usize).ok_or_else(|| wrong.clone())?;
            if addr == 0 {
                return Err(wrong);
            }
            this.insert(addr, bytes);
        }
        Ok(this)
    }

    fn insert(&mut self, addr: u32, bytes: &[u8]) {
        let mask = self.table.len() - 1;
        let piece = Piece::new(bytes);
        let mut at = quick_hash(piece.head, piece.tail, bytes) as usize & mask;
        while self.table[at].addr != 0 {
            at = (at + 1) & mask;
        }
        let (start, len) = (self.bytes.len() as u32, bytes.len() as u32);
        self.table[at] = Entry { head: piece.head, tail: piece.tail, addr, start, len };
        self.bytes.extend_from_slice(bytes);
        self.lengths.add(bytes.len());
    }

    /// Number of strings.
    pub fn len(&self) -> usize {
        self.table.iter().filter(|entry| entry.addr != 0).count()
    }

    /// True when the module has no constant string.
    pub fn is_empty(&self) -> bool {
        self.table.is_empty()
    }

    /// The word of a constant, if the bytes are one.
    #[inline(always)]
    pub(crate) fn find(&self, piece: Piece<'_>) -> Option<Word> {
        if self.lengths.may_have(piece.len()) { self.look_up(piece.head, piece.tail, piece.bytes) } else { None }
    }

    #[inline]
    fn look_up(&self, head: u64, tail: u64, bytes: &[u8]) -> Option<Word> {
        let mask = self.table.len().wrapping_sub(1);
        let mut at = quick_hash(head, tail, bytes) as usize & mask;
        loop {
            let entry = self.table.get(at)?;
            if entry.addr == 0 {
                return None;
            }
            if entry.head == head
                && entry.tail == tail
                && entry.len as usize == bytes.len()
                && (bytes.len() <= WHOLE
                    || self.bytes.get(entry.start as usize..(entry.start + entry.len) as usize) == Some(bytes))
            {
                return Some(Word(Word::pointer(Tag::String, entry.addr).0 | STRING_CONST));
            }
            at = (at + 1) & mask;
        }
    }

    /// The word of a string at an address, known not to be a constant.
    #[inline]
    pub(crate) fn other(addr: u32) -> Word {
        Word(Word::pointer(Tag::String, addr).0 | STRING_NOT_CONST)
    }
}
