//! The constant strings of a module, by their bytes: which of an input's strings can ever equal one of them.

use writ_abi::word::{STRING_CONST, STRING_NOT_CONST};
use writ_abi::{Tag, Word, layout};

use crate::error::EncodeError;
use crate::words::{Piece, WHOLE, place, place_long, place_of};

/// Up to this many strings the table is sparse, so that most looks end with the first entry.
const SPARSE: usize = 512;

/// A table of constant strings. Made once per module; shared by all its instances.
#[derive(Debug, Clone, Default)]
pub struct Interner {
    /// Open addressing, at most half full; the length is a power of two, or 0.
    table: Vec<Entry>,
    /// The upper bits of a string's hash are its place in the table.
    shift: u32,
    bytes: Vec<u8>,
    /// A bit for each length modulo 64 that a string has.
    lengths: u64,
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

/// What one look into the table says about a string.
pub(crate) enum Look {
    /// It is this constant.
    Constant(Word),
    /// It is none.
    Other,
    /// Another constant is in its place: [`Interner::find_short`] knows.
    Further,
}

impl Entry {
    #[inline(always)]
    fn word(&self) -> Word {
        Word(Word::pointer(Tag::String, self.addr).0 | STRING_CONST)
    }
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
        let size = (count * if count <= SPARSE { 8 } else { 2 }).next_power_of_two();
        this.table = vec![Entry::default(); size];
        this.shift = 64 - size.trailing_zeros();
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
        let mut at = place_of(piece).wrapping_shr(self.shift) as usize;
        while self.table[at].addr != 0 {
            at = (at + 1) & mask;
        }
        let (start, len) = (self.bytes.len() as u32, bytes.len() as u32);
        self.table[at] = Entry { head: piece.head, tail: piece.tail, addr, start, len };
        self.bytes.extend_from_slice(bytes);
        self.lengths |= 1 << (len % u64::BITS);
    }

    /// The word of a string that is a constant, whatever its length.
    pub fn constant(&self, bytes: &[u8]) -> Option<Word> {
        let Piece { head, tail, .. } = Piece::new(bytes);
        if bytes.len() <= WHOLE { self.find_short(head, tail, bytes.len()) } else { self.find_long(bytes) }
    }

    /// All constants, with their addresses.
    pub fn iter(&self) -> impl Iterator<Item = (u32, &[u8])> {
        let taken = self.table.iter().filter(|entry| entry.addr != 0);
        taken.filter_map(|entry| Some((entry.addr, self.bytes_of(entry)?)))
    }

    /// Number of strings.
    pub fn len(&self) -> usize {
        self.table.iter().filter(|entry| entry.addr != 0).count()
    }

    /// True when the module has no constant string.
    pub fn is_empty(&self) -> bool {
        self.table.is_empty()
    }

    /// The word of a constant, if the bytes are one. For more than [`WHOLE`](crate::words::WHOLE) of them.
    #[inline(never)]
    pub(crate) fn find_long(&self, bytes: &[u8]) -> Option<Word> {
        // Few constants are long, and going over all bytes takes as long as copying them.
        if self.lengths & 1 << (bytes.len() as u32 % u64::BITS) == 0 {
            return None;
        }
        let piece @ Piece { head, tail, .. } = Piece::new(bytes);
        let mut at = place_long(piece).wrapping_shr(self.shift) as usize;
        loop {
            let entry = self.table.get(at)?;
            if entry.addr == 0 {
                return None;
            }
            if (entry.head, entry.tail, entry.len as usize) == (head, tail, bytes.len())
                && self.bytes_of(entry) == Some(bytes)
            {
                return Some(entry.word());
            }
            at = (at + 1) & (self.table.len() - 1);
        }
    }

    /// The first look for a constant of up to [`WHOLE`](crate::words::WHOLE) bytes.
    #[inline(always)]
    pub(crate) fn look(&self, head: u64, tail: u64, len: usize) -> Look {
        let at = place(head, tail, len).wrapping_shr(self.shift) as usize;
        match self.table.get(at) {
            Some(entry) if entry.addr != 0 => {
                if entry.head == head && entry.tail == tail && entry.len as usize == len {
                    Look::Constant(entry.word())
                } else {
                    Look::Further
                }
            }
            _ => Look::Other,
        }
    }

    /// The word of a constant of up to [`WHOLE`](crate::words::WHOLE) bytes, wherever it is.
    pub(crate) fn find_short(&self, head: u64, tail: u64, len: usize) -> Option<Word> {
        let mut at = place(head, tail, len).wrapping_shr(self.shift) as usize;
        loop {
            let entry = self.table.get(at).filter(|entry| entry.addr != 0)?;
            if (entry.head, entry.tail, entry.len as usize) == (head, tail, len) {
                return Some(entry.word());
            }
            at = (at + 1) & (self.table.len() - 1);
        }
    }

    #[inline]
    fn bytes_of(&self, entry: &Entry) -> Option<&[u8]> {
        self.bytes.get(entry.start as usize..)?.get(..entry.len as usize)
    }

    /// The word of a string at an address, known not to be a constant.
    #[inline]
    pub fn other(addr: u32) -> Word {
        Word(Word::pointer(Tag::String, addr).0 | STRING_NOT_CONST)
    }
}
