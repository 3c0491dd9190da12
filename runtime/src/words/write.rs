//! From a value to guest memory: measured first, so that one call of the guest's allocator serves the whole document.

use std::borrow::Cow;

use writ_abi::hash::hash_bytes;
use writ_abi::layout::{BOX_SIZE, INDEX_FROM, index_slots};
use writ_abi::{Tag, Word, layout};
use writ_encode::Interner;
use writ_value::{NumRef, Number, Str, Value};

use super::ALIGN;
use crate::error::{EvalError, LimitKind};

/// A measured document.
pub(crate) struct Layout<'a> {
    value: &'a Value,
    /// Bytes below the word itself.
    size: u32,
    /// Base data, which stays for many decisions.
    lasting: bool,
    /// Constants of the one module that reads it: strings that are among them are not written again, and others are marked as being none.
    constants: Option<&'a Interner>,
}

impl<'a> Layout<'a> {
    /// Measures `value`. Cost: linear.
    ///
    /// # Errors
    /// [`EvalError::Limit`] when it takes more than `limit_bytes` or is nested deeper than `depth`.
    pub(crate) fn of(value: &'a Value, limit_bytes: usize, depth: usize) -> Result<Self, EvalError> {
        Self::measure(value, limit_bytes, depth, false, None)
    }

    /// Measures base data, which is written once and read by many decisions: strings come with their hashes and big tables with an index, so that
    /// the guest has nothing to add to it. If only one module reads it, `constants` are those of that module.
    ///
    /// # Errors
    /// As [`Layout::of`], with what a module can address as the limit.
    pub(crate) fn of_data(value: &'a Value, constants: Option<&'a Interner>) -> Result<Self, EvalError> {
        Self::measure(value, usize::MAX, writ_value::MAX_DEPTH, true, constants)
    }

    fn measure(
        value: &'a Value,
        limit_bytes: usize,
        depth: usize,
        lasting: bool,
        constants: Option<&'a Interner>,
    ) -> Result<Self, EvalError> {
        let limit = u64::try_from(limit_bytes).unwrap_or(u64::MAX).min(u64::from(u32::MAX / 2));
        let mut measure = Measure { limit, used: 0, depth, lasting, constants };
        measure.value(value, 0)?;
        Ok(Self { value, size: measure.used as u32, lasting, constants })
    }

    /// Bytes that [`Layout::write_at`] needs.
    pub(crate) fn size(&self) -> usize {
        self.size as usize
    }

    /// Writes the document into `room`, whose first byte will be at the aligned address `addr` of a linear memory.
    pub(crate) fn write_at(&self, room: &mut [u8], addr: u32) -> Word {
        Writer { room, start: addr, used: 0, lasting: self.lasting, constants: self.constants }.value(self.value)
    }

    /// What to ask the guest's allocator for: whatever it aligns to, the document can be aligned inside, with a box in front.
    pub(crate) fn malloc_size(&self) -> Result<i32, EvalError> {
        i32::try_from(self.size + ALIGN + BOX_SIZE).map_err(|_| EvalError::internal("a document larger than its limit"))
    }

    /// Writes the document into the `malloc_size` bytes at `addr`.
    ///
    /// # Errors
    /// [`EvalError::Artifact`] when the guest's allocator gave an address outside of its memory.
    pub(crate) fn write(&self, memory: &mut [u8], addr: u32) -> Result<Word, EvalError> {
        let outside = || EvalError::artifact("`opa_malloc` gave an address outside of its memory");
        let start = addr.checked_next_multiple_of(ALIGN).filter(|_| addr != 0).ok_or_else(outside)?;
        let end = start.checked_add(self.size).ok_or_else(outside)?;
        let room = memory.get_mut(start as usize..end as usize).ok_or_else(outside)?;
        Ok(self.write_at(room, start))
    }
}

/// A box with a document behind it, for a built-in's result.
pub(crate) fn write_boxed(layout: &Layout<'_>, memory: &mut [u8], addr: u32) -> Result<u32, EvalError> {
    let outside = || EvalError::artifact("`opa_malloc` gave an address outside of its memory");
    let start = addr.checked_next_multiple_of(ALIGN).filter(|_| addr != 0).ok_or_else(outside)?;
    let word = layout.write(memory, start.checked_add(BOX_SIZE).ok_or_else(outside)?)?;
    let room = memory.get_mut(start as usize..start as usize + 8).ok_or_else(outside)?;
    room.copy_from_slice(&word.0.to_le_bytes());
    Ok(start)
}

/// Writes a value that needs no memory into the box at `addr`. False if it needs some, or there is no such box.
pub(crate) fn write_immediate(memory: &mut [u8], addr: i32, value: &Value) -> bool {
    let at = addr as u32 as usize;
    let room = if addr == 0 { None } else { memory.get_mut(at..at.saturating_add(8)) };
    match (immediate(value), room) {
        (Some(word), Some(room)) => {
            room.copy_from_slice(&word.0.to_le_bytes());
            true
        }
        _ => false,
    }
}

/// The word of a value that needs no memory.
fn immediate(value: &Value) -> Option<Word> {
    match value {
        Value::Null => Some(Word::NULL),
        Value::Bool(b) => Some(Word::bool(*b)),
        Value::Number(n) => match n.as_num() {
            NumRef::Int(i) => Word::int(i),
            NumRef::Text(_) => None,
        },
        _ => None,
    }
}

/// The word of a string that is a constant of the module.
fn constant(constants: Option<&Interner>, text: &Str) -> Option<Word> {
    constants?.constant(text.as_bytes())
}

/// The text of a number that needs memory.
fn number_text(number: &Number) -> Cow<'_, str> {
    match number.as_num() {
        NumRef::Int(i) => Cow::Owned(i.to_string()),
        NumRef::Text(text) => Cow::Borrowed(text),
    }
}

/// Slots of the index of a table that is to have one.
fn indexed<'a>(lasting: bool, len: usize, mut keys: impl Iterator<Item = &'a Value>) -> Option<u32> {
    let wanted = lasting && len > INDEX_FROM && keys.all(|key| matches!(key, Value::String(_)));
    wanted.then(|| index_slots(len as u32))
}

struct Measure<'a> {
    limit: u64,
    used: u64,
    depth: usize,
    lasting: bool,
    constants: Option<&'a Interner>,
}

impl Measure<'_> {
    fn value(&mut self, value: &Value, depth: usize) -> Result<(), EvalError> {
        if depth > self.depth {
            return Err(EvalError::limit(LimitKind::Depth, self.depth as u64, depth as u64));
        }
        if immediate(value).is_some() {
            return Ok(());
        }
        match value {
            Value::Number(n) => self.take(layout::NUMBER_BYTES, number_text(n).len()),
            Value::String(s) if constant(self.constants, s).is_some() => Ok(()),
            Value::String(s) => self.take(layout::STRING_BYTES, s.len()),
            Value::Array(items) => {
                self.take(layout::ARRAY_HEADER, 8 * items.len())?;
                items.iter().try_for_each(|v| self.value(v, depth + 1))
            }
            Value::Set(members) => {
                self.take(layout::TABLE_HEADER, 8 * members.len())?;
                self.index(members.len(), members.iter())?;
                members.iter().try_for_each(|v| self.value(v, depth + 1))
            }
            Value::Object(entries) => {
                self.take(layout::TABLE_HEADER, 16 * entries.len())?;
                self.index(entries.len(), entries.keys())?;
                entries.iter().try_for_each(|(k, v)| {
                    self.value(k, depth + 1)?;
                    self.value(v, depth + 1)
                })
            }
            Value::Null | Value::Bool(_) => Ok(()),
        }
    }

    fn index<'v>(&mut self, len: usize, keys: impl Iterator<Item = &'v Value>) -> Result<(), EvalError> {
        match indexed(self.lasting, len, keys) {
            Some(slots) => self.take(0, 4 + 4 * slots as usize),
            None => Ok(()),
        }
    }

    fn take(&mut self, header: u32, bytes: usize) -> Result<(), EvalError> {
        self.used += u64::from(header) + (bytes as u64).next_multiple_of(u64::from(ALIGN));
        if self.used > self.limit {
            return Err(EvalError::limit(LimitKind::InputSize, self.limit, self.used));
        }
        Ok(())
    }
}

/// Fills the room from the front; what was measured and what is written are the same by construction of both matches, and a difference would
/// leave bytes unwritten, not write outside.
struct Writer<'a> {
    room: &'a mut [u8],
    start: u32,
    used: u32,
    lasting: bool,
    constants: Option<&'a Interner>,
}

impl Writer<'_> {
    fn value(&mut self, value: &Value) -> Word {
        if let Some(word) = immediate(value) {
            return word;
        }
        match value {
            Value::Number(n) => self.text(Tag::Number, number_text(n).as_bytes()),
            Value::String(s) => self.string(s),
            Value::Array(items) => {
                let (addr, data) = self.collection(layout::ARRAY_HEADER, items.len(), 1);
                for (i, item) in items.iter().enumerate() {
                    let word = self.value(item);
                    self.word(data, i, word);
                }
                Word::pointer(Tag::Array, addr)
            }
            Value::Set(members) => {
                let (addr, data) = self.table(members.len(), 1);
                self.index(addr, members.len(), || members.iter());
                for (i, member) in members.iter().enumerate() {
                    let word = self.value(member);
                    self.word(data, i, word);
                }
                Word::pointer(Tag::Set, addr)
            }
            Value::Object(entries) => {
                let (addr, data) = self.table(entries.len(), 2);
                self.index(addr, entries.len(), || entries.keys());
                for (i, (key, value)) in entries.iter().enumerate() {
                    let word = self.value(key);
                    self.word(data, 2 * i, word);
                    let word = self.value(value);
                    self.word(data, 2 * i + 1, word);
                }
                Word::pointer(Tag::Object, addr)
            }
            Value::Null | Value::Bool(_) => Word::UNDEFINED,
        }
    }

    fn string(&mut self, text: &Str) -> Word {
        if let Some(word) = constant(self.constants, text) {
            return word;
        }
        let word = self.text(Tag::String, text.as_bytes());
        if self.constants.is_some() { Interner::other(word.addr()) } else { word }
    }

    fn text(&mut self, tag: Tag, bytes: &[u8]) -> Word {
        let addr = self.alloc(layout::STRING_BYTES + bytes.len() as u32);
        self.u32(addr + layout::LEN, bytes.len() as u32);
        let hash = if self.lasting && tag == Tag::String { hash_bytes(bytes) } else { 0 };
        self.u32(addr + layout::STRING_HASH, hash);
        self.bytes(addr + layout::STRING_BYTES, bytes);
        Word::pointer(tag, addr)
    }

    /// A header and its elements right behind it: their addresses.
    fn collection(&mut self, header: u32, len: usize, width: u32) -> (u32, u32) {
        let addr = self.alloc(header + 8 * width * len as u32);
        let data = addr + header;
        self.u32(addr + layout::LEN, len as u32);
        self.u32(addr + layout::CAP, len as u32);
        self.u32(addr + layout::DATA, data);
        self.u32(addr + layout::INDEX, 0);
        (addr, data)
    }

    /// An object or set. A [`Value`]'s entries are in Rego's order, so the guest need not sort them.
    fn table(&mut self, len: usize, width: u32) -> (u32, u32) {
        let (addr, data) = self.collection(layout::TABLE_HEADER, len, width);
        self.u32(addr + layout::FLAGS, layout::SORTED);
        self.u32(addr + layout::FLAGS + 4, 0);
        (addr, data)
    }

    /// The hash index of the table at `addr`, if it is to have one. The room is zeros at first.
    fn index<'v, I: Iterator<Item = &'v Value>>(&mut self, addr: u32, len: usize, keys: impl Fn() -> I) {
        let Some(slots) = indexed(self.lasting, len, keys()) else { return };
        let index = self.alloc(4 + 4 * slots);
        let mask = slots - 1;
        self.u32(index, mask);
        self.u32(addr + layout::INDEX, index);
        let first = (index + 4 - self.start) as usize;
        let Some(room) = self.room.get_mut(first..first + 4 * slots as usize) else { return };
        for (position, key) in (1u32..).zip(keys()) {
            let Value::String(key) = key else { continue };
            let mut slot = hash_bytes(key.as_bytes()) & mask;
            while let Some(place) = room.get_mut(4 * slot as usize..).and_then(<[u8]>::first_chunk_mut::<4>) {
                if *place == [0; 4] {
                    *place = position.to_le_bytes();
                    break;
                }
                slot = (slot + 1) & mask;
            }
        }
    }

    fn alloc(&mut self, size: u32) -> u32 {
        let addr = self.start + self.used;
        self.used += size.next_multiple_of(ALIGN);
        addr
    }

    fn word(&mut self, data: u32, i: usize, word: Word) {
        self.bytes(data + 8 * i as u32, &word.0.to_le_bytes());
    }

    fn u32(&mut self, addr: u32, value: u32) {
        self.bytes(addr, &value.to_le_bytes());
    }

    fn bytes(&mut self, addr: u32, bytes: &[u8]) {
        let at = (addr - self.start) as usize;
        if let Some(room) = self.room.get_mut(at..at + bytes.len()) {
            room.copy_from_slice(bytes);
        }
    }
}
