//! The bytes of a frame: slots first, then the values that they point to, at consecutive addresses.

use writ_abi::hash::hash_bytes;
use writ_abi::{Tag, Word, layout};

use crate::error::EncodeError;
use crate::interner::{Interner, Look};
use crate::json::Shapes;
use crate::projection::Projection;
use crate::words::{Piece, WHOLE};

/// What encoding keeps between inputs: room that is allocated once, and what earlier texts looked like.
#[derive(Debug, Default)]
pub struct Scratch {
    pub(crate) lists: Lists,
    pub(crate) shapes: Shapes,
}

/// Lists under construction.
#[derive(Debug, Default)]
pub(crate) struct Lists {
    /// Words of open collections: elements of arrays, pairs of objects.
    pub(crate) words: Vec<u64>,
    /// Text of a string with escapes.
    pub(crate) text: Vec<u8>,
    /// Positions of keys by hash, for large objects.
    pub(crate) table: Vec<u32>,
}

/// Encodes inputs for entrypoints of one projection.
#[derive(Debug, Clone, Copy)]
pub struct Encoder<'a> {
    /// What is read.
    pub projection: &'a Projection,
    /// The module's constants.
    pub strings: &'a Interner,
    /// Deepest nesting of an input.
    pub max_depth: usize,
}

impl Encoder<'_> {
    /// Bytes of the slots.
    pub fn slot_bytes(&self) -> usize {
        self.projection.slots as usize * 8
    }

    /// Writes slots and values of a JSON text into `room`, whose first byte has the address `base` (a multiple of 8) in the policy's
    /// memory; gives the number of bytes used, a multiple of 8. Cost: one pass over the text.
    ///
    /// # Errors
    /// [`EncodeError::Syntax`] for malformed text anywhere, [`EncodeError::Depth`], [`EncodeError::Room`].
    pub fn json(&self, text: &[u8], scratch: &mut Scratch, room: &mut [u8], base: u32) -> Result<usize, EncodeError> {
        crate::json::encode(self, text, scratch, room, base)
    }

    /// [`Self::json`] for a value: a struct that derives `Serialize`, a `serde_json::Value` and so on. It means what its JSON text would mean.
    ///
    /// # Errors
    /// As [`Self::json`], [`EncodeError::Value`] in place of `Syntax`.
    pub fn value<T: serde::Serialize + ?Sized>(
        &self,
        value: &T,
        scratch: &mut Scratch,
        room: &mut [u8],
        base: u32,
    ) -> Result<usize, EncodeError> {
        crate::serialize::encode(self, value, scratch, room, base)
    }
}

/// The room of a frame is used up; [`Frame::missed`] says how much would have done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Full;

/// A frame that is being written.
pub(crate) struct Frame<'a> {
    room: &'a mut [u8],
    base: u32,
    used: usize,
    missed: usize,
    strings: &'a Interner,
}

/// Objects up to this many keys are compared pair by pair.
const FEW_KEYS: usize = 16;

impl<'a> Frame<'a> {
    /// A frame whose slots are empty.
    #[inline]
    pub(crate) fn new(encoder: &Encoder<'a>, room: &'a mut [u8], base: u32) -> Result<Self, EncodeError> {
        let slots = encoder.slot_bytes();
        // Addresses are 32 bits wide; what lies beyond is no room.
        let most = (u32::MAX - base) as usize & !7;
        let len = room.len().min(most);
        let room = &mut room[..len];
        room.get_mut(..slots).ok_or(EncodeError::Room(slots))?.fill(0);
        Ok(Frame { room, base, used: slots, missed: 0, strings: encoder.strings })
    }

    #[inline]
    pub(crate) fn used(&self) -> usize {
        self.used
    }

    /// Begins anew. What was written is written again or overwritten with zeros.
    #[cold]
    pub(crate) fn restart(&mut self, slots: usize) {
        self.room[..self.used].fill(0);
        self.used = slots;
    }

    /// The error for a frame that was [`Full`].
    #[cold]
    pub(crate) fn full(&self) -> EncodeError {
        EncodeError::Room(self.missed)
    }

    #[inline]
    pub(crate) fn set_slot(&mut self, slot: u32, word: Word) {
        self.word(slot as usize * 8, word);
    }

    #[inline]
    pub(crate) fn clear_slots(&mut self, slots: std::ops::Range<u32>) {
        if !slots.is_empty() {
            self.clear(slots.start as usize * 8, slots.end as usize * 8);
        }
    }

    #[inline(never)]
    fn clear(&mut self, start: usize, end: usize) {
        if let Some(slots) = self.room.get_mut(start..end) {
            slots.fill(0);
        }
    }

    #[inline]
    fn word(&mut self, at: usize, word: Word) {
        if let Some(place) = self.room.get_mut(at..at + 8) {
            place.copy_from_slice(&word.0.to_le_bytes());
        }
    }

    /// Offset of a new block.
    #[inline]
    fn alloc(&mut self, size: usize) -> Result<usize, Full> {
        let at = self.used;
        let end = at + ((size + 7) & !7);
        if end > self.room.len() {
            self.missed = end;
            return Err(Full);
        }
        self.used = end;
        Ok(at)
    }

    #[inline]
    fn pointer(&self, tag: Tag, at: usize) -> Word {
        Word::pointer(tag, self.base + at as u32)
    }

    /// A string: the constant's word if it is one. The hash is left to whoever looks the string up.
    #[inline(always)]
    pub(crate) fn string(&mut self, piece: Piece<'_>) -> Result<Word, Full> {
        if piece.len() <= WHOLE {
            return self.short(piece.head, piece.tail, piece.len());
        }
        self.long(piece.bytes)
    }

    /// [`Self::string`] for up to [`WHOLE`] bytes, as words with zeros behind them.
    #[inline(always)]
    pub(crate) fn short(&mut self, head: u64, tail: u64, len: usize) -> Result<Word, Full> {
        match self.strings.look(head, tail, len) {
            Look::Constant(word) => Ok(word),
            Look::Other => self.new_short(head, tail, len),
            Look::Further => self.look_further(head, tail, len),
        }
    }

    #[inline(never)]
    fn look_further(&mut self, head: u64, tail: u64, len: usize) -> Result<Word, Full> {
        match self.strings.find_short(head, tail, len) {
            Some(word) => Ok(word),
            None => self.new_short(head, tail, len),
        }
    }

    #[inline(always)]
    fn new_short(&mut self, head: u64, tail: u64, len: usize) -> Result<Word, Full> {
        let at = self.used;
        let words = [len as u64, head, tail];
        let Some(place) = self.room.get_mut(at..).and_then(|room| room.first_chunk_mut::<24>()) else {
            return self.last_short(head, tail, len);
        };
        // All of it at once. What does not belong to the string is zeros, where zeros are.
        place.copy_from_slice(words.map(u64::to_le_bytes).as_flattened());
        self.used = at + layout::STRING_BYTES as usize + ((len + 7) & !7);
        Ok(Interner::other(self.base + at as u32))
    }

    /// A new short string at the end of the room.
    #[cold]
    #[inline(never)]
    fn last_short(&mut self, head: u64, tail: u64, len: usize) -> Result<Word, Full> {
        let bytes = [head, tail].map(u64::to_le_bytes);
        self.new_string(bytes.as_flattened().get(..len).unwrap_or_default())
    }

    /// [`Self::string`] for more bytes.
    #[inline(never)]
    pub(crate) fn long(&mut self, bytes: &[u8]) -> Result<Word, Full> {
        match self.strings.find_long(bytes) {
            Some(word) => Ok(word),
            None => self.new_string(bytes),
        }
    }

    fn new_string(&mut self, bytes: &[u8]) -> Result<Word, Full> {
        let at = self.alloc(layout::STRING_BYTES as usize + bytes.len())?;
        self.word(at, Word(bytes.len() as u64));
        self.bytes(at + layout::STRING_BYTES as usize, bytes);
        Ok(Interner::other(self.base + at as u32))
    }

    /// A number that is no small integer.
    pub(crate) fn number(&mut self, text: &[u8]) -> Result<Word, Full> {
        let at = self.alloc(layout::NUMBER_BYTES as usize + text.len())?;
        self.word(at, Word(text.len() as u64));
        self.bytes(at + layout::NUMBER_BYTES as usize, text);
        Ok(self.pointer(Tag::Number, at))
    }

    /// Copies bytes and fills up to the next multiple of 8 with zeros, so that a frame has no bytes of its own.
    fn bytes(&mut self, at: usize, bytes: &[u8]) {
        if let Some(room) = self.room.get_mut(at..at + ((bytes.len() + 7) & !7)) {
            let (text, rest) = room.split_at_mut(bytes.len());
            text.copy_from_slice(bytes);
            rest.fill(0);
        }
    }

    /// An array of words.
    pub(crate) fn array(&mut self, words: &[u64]) -> Result<Word, Full> {
        let header = layout::ARRAY_HEADER as usize;
        let at = self.alloc(header + words.len() * 8)?;
        self.head(at, words.len(), header);
        self.words(at + header, words);
        Ok(self.pointer(Tag::Array, at))
    }

    /// An object of pairs in the order of the input. Of equal keys the last pair counts; it takes the place of the first.
    pub(crate) fn object(&mut self, pairs: &mut [u64], table: &mut Vec<u32>) -> Result<Word, Full> {
        let count = self.distinct(pairs, table);
        let header = layout::TABLE_HEADER as usize;
        let at = self.alloc(header + count * 16)?;
        self.head(at, count, header);
        // One key is in order, and so is none.
        let flags = if count < 2 { layout::SORTED } else { 0 };
        self.word(at + layout::FLAGS as usize, Word(flags.into()));
        self.words(at + header, &pairs[..count * 2]);
        Ok(self.pointer(Tag::Object, at))
    }

    /// Length, capacity, address of the elements, no index.
    fn head(&mut self, at: usize, count: usize, header: usize) {
        self.word(at, Word(count as u64 | (count as u64) << 32));
        let data = u64::from(self.base) + (at + header) as u64;
        self.word(at + layout::DATA as usize, Word(data));
    }

    fn words(&mut self, at: usize, words: &[u64]) {
        let Some(room) = self.room.get_mut(at..at + words.len() * 8) else { return };
        for (place, word) in room.as_chunks_mut::<8>().0.iter_mut().zip(words) {
            *place = word.to_le_bytes();
        }
    }

    /// Moves the pairs with different keys to the front: their number.
    fn distinct(&self, pairs: &mut [u64], table: &mut Vec<u32>) -> usize {
        let count = pairs.len() / 2;
        if count > FEW_KEYS {
            return self.distinct_by_hash(pairs, table);
        }
        let mut kept = 0;
        for i in 0..count {
            let (key, value) = (pairs[2 * i], pairs[2 * i + 1]);
            let same = (0..kept).find(|j| self.same_key(pairs[2 * j], key));
            let to = same.unwrap_or(kept);
            pairs[2 * to] = key;
            pairs[2 * to + 1] = value;
            kept += usize::from(same.is_none());
        }
        kept
    }

    fn distinct_by_hash(&self, pairs: &mut [u64], table: &mut Vec<u32>) -> usize {
        let count = pairs.len() / 2;
        let size = (count * 2).next_power_of_two();
        table.clear();
        table.resize(size, 0);
        let mut kept = 0;
        for i in 0..count {
            let (key, value) = (pairs[2 * i], pairs[2 * i + 1]);
            let mut at = self.key_hash(key) as usize & (size - 1);
            let to = loop {
                match table[at] {
                    0 => {
                        table[at] = kept as u32 + 1;
                        kept += 1;
                        break kept - 1;
                    }
                    found if self.same_key(pairs[2 * (found as usize - 1)], key) => break found as usize - 1,
                    _ => at = (at + 1) & (size - 1),
                }
            };
            pairs[2 * to] = key;
            pairs[2 * to + 1] = value;
        }
        kept
    }

    /// Strings of a frame are equal when they are the same constant, or are both none and have the same bytes.
    #[inline]
    fn same_key(&self, a: u64, b: u64) -> bool {
        if a == b {
            return true;
        }
        match (self.text(Word(a)), self.text(Word(b))) {
            (Some(a), Some(b)) => a == b,
            _ => false,
        }
    }

    /// Constants by their address, others by their bytes.
    fn key_hash(&self, key: u64) -> u32 {
        let word = Word(key);
        match self.text(word) {
            Some(bytes) => hash_bytes(bytes),
            None => word.addr().wrapping_mul(0x9e37_79b1) >> 7,
        }
    }

    /// Offset of a string in this frame; `None` for a constant.
    fn offset(&self, word: Word) -> Option<usize> {
        if word.0 & writ_abi::word::STRING_CONST != 0 {
            None
        } else {
            word.addr().checked_sub(self.base).map(|at| at as usize)
        }
    }

    fn text(&self, word: Word) -> Option<&[u8]> {
        let at = self.offset(word)?;
        let len = u32::from_le_bytes(*self.room.get(at..)?.first_chunk::<4>()?);
        self.room.get(at + 8..at + 8 + len as usize)
    }
}
