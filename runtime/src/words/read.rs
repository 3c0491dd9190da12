//! From guest memory to a value. The memory is the guest's, who may lie.

use std::collections::BTreeMap;

use writ_abi::{Tag, Word, layout};
use writ_value::{Number, Str, Value, number};

use super::constants::Constants;
use crate::error::{EvalError, LimitKind};
use crate::limits::Limits;

/// The value of `word`, `None` when it is undefined.
///
/// # Errors
/// [`EvalError::Artifact`] when the guest's memory does not hold what the word says, [`EvalError::Limit`] when the value is too deep or too large;
/// what is shared counts each time it is met, so that a cycle or a tower of shared arrays ends here as well.
pub(crate) fn read(memory: &[u8], word: Word, limits: &Limits) -> Result<Option<Value>, EvalError> {
    if !word.is_defined() {
        return Ok(None);
    }
    Reader::new(memory, limits).value(word, 0).map(Some)
}

/// The value of a defined word, from a part of memory that begins at the address `base`; `below` has the strings in front of that.
///
/// # Errors
/// As [`read`].
pub(crate) fn read_at(
    memory: &[u8],
    base: u32,
    below: &BTreeMap<u32, &[u8]>,
    word: Word,
    limits: &Limits,
) -> Result<Value, EvalError> {
    Reader { base, below: Some(below), ..Reader::new(memory, limits) }.value(word, 0)
}

/// The bytes of a string, `None` when the word is of another kind.
///
/// # Errors
/// As [`read`].
#[inline]
pub(crate) fn read_text<'a>(memory: &'a [u8], word: Word, limits: &'a Limits) -> Result<Option<&'a [u8]>, EvalError> {
    if word.tag() != Tag::String {
        return Ok(None);
    }
    Reader::new(memory, limits).text(word.addr()).map(Some)
}

/// The value of the word in the box at `addr`; address 0 is undefined.
pub(crate) fn read_box(memory: &[u8], addr: i32, limits: &Limits) -> Result<Option<Value>, EvalError> {
    if addr == 0 {
        return Ok(None);
    }
    let bytes = slice(memory, addr as u32, 8)?;
    read(memory, Word(u64_at(bytes, 0)), limits)
}

/// Takes the word out of the box at `addr`, so that the box holds nothing; address 0 is undefined.
#[inline]
pub(crate) fn take_box(memory: &mut [u8], addr: i32) -> Result<Word, EvalError> {
    if addr == 0 {
        return Ok(Word::UNDEFINED);
    }
    let room = memory.get_mut(addr as u32 as usize..).and_then(<[u8]>::first_chunk_mut::<8>);
    let room = room.ok_or_else(|| lie("an address outside of its memory"))?;
    let word = Word(u64::from_le_bytes(*room));
    *room = [0; 8];
    Ok(word)
}

/// Looks at values where they lie, within the limits of a result.
pub(super) struct Reader<'a> {
    memory: &'a [u8],
    /// Address of its first byte, and strings in front of it.
    base: u32,
    below: Option<&'a BTreeMap<u32, &'a [u8]>>,
    limits: &'a Limits,
    /// Bytes taken so far.
    used: usize,
    /// Deepest level so far.
    deepest: usize,
    /// What was read before of what does not change.
    constants: Option<&'a mut Constants>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(memory: &'a [u8], limits: &'a Limits) -> Self {
        Reader { memory, base: 0, below: None, limits, used: 0, deepest: 0, constants: None }
    }

    /// A reader that keeps, and takes again, what does not change.
    #[inline]
    pub(super) fn with_constants(memory: &'a [u8], limits: &'a Limits, constants: &'a mut Constants) -> Self {
        Reader { constants: Some(constants), ..Self::new(memory, limits) }
    }

    /// Bytes of what was read.
    #[cfg(test)]
    pub(super) fn used(&self) -> usize {
        self.used
    }

    /// Counts a value at this depth.
    #[inline]
    pub(super) fn enter(&mut self, depth: usize) -> Result<(), EvalError> {
        if depth > self.limits.depth {
            return Err(EvalError::limit(LimitKind::Depth, self.limits.depth as u64, depth as u64));
        }
        self.deepest = self.deepest.max(depth);
        self.take(8)
    }

    /// The text of a number in memory.
    pub(super) fn number(&mut self, word: Word) -> Result<&'a str, EvalError> {
        let text = std::str::from_utf8(self.text(word.addr())?).map_err(|_| lie("a number that is not UTF-8"))?;
        // It may be no number at all, and then nobody must see it.
        number::check(text).map_err(|_| lie("a number that is none"))?;
        Ok(text)
    }

    /// The value of a defined word.
    #[inline]
    pub(super) fn value(&mut self, word: Word, depth: usize) -> Result<Value, EvalError> {
        match &self.constants {
            Some(constants) if constants.covers(word) => self.constant(word, depth),
            _ => self.fresh(word, depth),
        }
    }

    /// A value that was read before, or is read now and kept.
    fn constant(&mut self, word: Word, depth: usize) -> Result<Value, EvalError> {
        if let Some(kept) = self.constants.as_ref().and_then(|constants| constants.get(word))
            && depth + kept.height <= self.limits.depth
        {
            let (value, bytes) = (kept.value.clone(), kept.bytes);
            self.deepest = self.deepest.max(depth + kept.height);
            self.take(bytes)?;
            return Ok(value);
        }
        let (used, deepest) = (self.used, std::mem::replace(&mut self.deepest, depth));
        let value = self.fresh(word, depth)?;
        let (bytes, height) = (self.used - used, self.deepest - depth);
        self.deepest = self.deepest.max(deepest);
        if let Some(constants) = &mut self.constants {
            constants.keep(word, &value, bytes, height);
        }
        Ok(value)
    }

    /// A value from memory.
    fn fresh(&mut self, word: Word, depth: usize) -> Result<Value, EvalError> {
        self.enter(depth)?;
        match word.tag() {
            Tag::Int => Ok(Value::from(word.as_int().unwrap_or_default())),
            Tag::Atom => match word {
                Word::NULL => Ok(Value::Null),
                Word::TRUE => Ok(Value::Bool(true)),
                Word::FALSE => Ok(Value::Bool(false)),
                _ => Err(lie("an unknown atom")),
            },
            Tag::Number => {
                let text = self.text(word.addr())?;
                let text = std::str::from_utf8(text).map_err(|_| lie("a number that is not UTF-8"))?;
                Number::parse(text).map(Value::Number).map_err(|_| lie("a number that is none"))
            }
            Tag::String => self.text(word.addr()).map(|bytes| Value::String(Str::from_bytes(bytes))),
            Tag::Array => {
                let (len, data) = self.elements(word.addr(), 1)?;
                let mut items = Vec::with_capacity(len);
                for i in 0..len {
                    items.push(self.value(Word(u64_at(data, i)), depth + 1)?);
                }
                Ok(Value::from(items))
            }
            Tag::Set => {
                let (len, data) = self.elements(word.addr(), 1)?;
                let mut members = Vec::with_capacity(len);
                for i in 0..len {
                    members.push(self.value(Word(u64_at(data, i)), depth + 1)?);
                }
                Ok(Value::set(members))
            }
            Tag::Object => {
                let (len, data) = self.elements(word.addr(), 2)?;
                let mut entries = Vec::with_capacity(len);
                for i in 0..len {
                    let key = self.value(Word(u64_at(data, 2 * i)), depth + 1)?;
                    entries.push((key, self.value(Word(u64_at(data, 2 * i + 1)), depth + 1)?));
                }
                Ok(Value::from(entries.into_iter().collect::<writ_value::Object>()))
            }
            Tag::Undefined => Err(lie("undefined inside a collection")),
        }
    }

    /// Bytes of a string, or text of a number.
    pub(super) fn text(&mut self, addr: u32) -> Result<&'a [u8], EvalError> {
        let bytes = self.bytes(addr)?;
        self.take(bytes.len() + layout::STRING_BYTES as usize)?;
        Ok(bytes)
    }

    fn bytes(&self, addr: u32) -> Result<&'a [u8], EvalError> {
        if addr < self.base {
            let found = self.below.and_then(|below| below.get(&addr).copied());
            return found.ok_or_else(|| lie("an address outside of its memory"));
        }
        let header = self.slice(addr, layout::STRING_BYTES)?;
        let start = addr.checked_add(layout::STRING_BYTES).ok_or_else(|| lie("an address outside"))?;
        self.slice(start, u32_at(header, layout::LEN))
    }

    /// Number of elements of `width` words and their bytes. `CAP`, `INDEX` and `FLAGS` are the guest's own affair.
    pub(super) fn elements(&mut self, addr: u32, width: u32) -> Result<(usize, &'a [u8]), EvalError> {
        let header = self.slice(addr, layout::ARRAY_HEADER)?;
        let len = u32_at(header, layout::LEN);
        let bytes = len.checked_mul(8 * width).ok_or_else(|| lie("a collection larger than memory"))?;
        let data = self.slice(u32_at(header, layout::DATA), bytes)?;
        // Reserved here, since room for the elements is made before they are read. With its header: many small collections are mostly headers.
        self.take(bytes as usize + layout::ARRAY_HEADER as usize)?;
        Ok((len as usize, data))
    }

    /// The entries of an object or set (`width` words each) in Rego's order, if their keys are all strings, or in their own order where that is Rego's;
    /// else `None`: such a table is rare enough to be read as a [`Value`] first.
    pub(super) fn table(&mut self, word: Word) -> Result<Option<Entries<'a>>, EvalError> {
        let width = if word.tag() == Tag::Object { 2 } else { 1 };
        let flags = u32_at(self.slice(word.addr(), layout::TABLE_HEADER)?, layout::FLAGS);
        let (len, data) = self.elements(word.addr(), width)?;
        let width = width as usize;
        let strings = (0..len).all(|i| Word(u64_at(data, i * width)).tag() == Tag::String);
        let sorted = flags & layout::SORTED != 0 || len < 2;
        if sorted && (strings || width == 1) {
            return Ok(Some(Entries { data, width, len, next: 0, order: None }));
        }
        if !strings {
            return Ok(None);
        }
        // The keys count when they are visited.
        let mut keys = Vec::with_capacity(len);
        for i in 0..len {
            keys.push((self.bytes(Word(u64_at(data, i * width)).addr())?, i as u32));
        }
        keys.sort_unstable();
        let order = keys.into_iter().map(|(_, at)| at).collect();
        Ok(Some(Entries { data, width, len, next: 0, order: Some(order) }))
    }

    fn slice(&self, addr: u32, len: u32) -> Result<&'a [u8], EvalError> {
        let addr = addr.checked_sub(self.base).ok_or_else(|| lie("an address outside of its memory"))?;
        slice(self.memory, addr, len)
    }

    fn take(&mut self, bytes: usize) -> Result<(), EvalError> {
        self.used = self.used.saturating_add(bytes);
        if self.used > self.limits.result_bytes {
            return Err(EvalError::limit(LimitKind::ResultSize, self.limits.result_bytes as u64, self.used as u64));
        }
        Ok(())
    }
}

/// Entries of a table, in order: an iterator of key and value (of sets, undefined).
pub(super) struct Entries<'a> {
    data: &'a [u8],
    width: usize,
    len: usize,
    next: usize,
    /// Positions in `data`, unless they lie there in order.
    order: Option<Vec<u32>>,
}

impl Iterator for Entries<'_> {
    type Item = (Word, Word);

    fn next(&mut self) -> Option<Self::Item> {
        let i = self.next;
        if i >= self.len {
            return None;
        }
        self.next += 1;
        let at = self.order.as_ref().and_then(|order| order.get(i)).map_or(i, |at| *at as usize) * self.width;
        let value = if self.width == 2 { u64_at(self.data, at + 1) } else { 0 };
        Some((Word(u64_at(self.data, at)), Word(value)))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.len - self.next, Some(self.len - self.next))
    }
}

impl ExactSizeIterator for Entries<'_> {}

fn slice(memory: &[u8], addr: u32, len: u32) -> Result<&[u8], EvalError> {
    let start = addr as usize;
    memory.get(start..start.saturating_add(len as usize)).ok_or_else(|| lie("an address outside of its memory"))
}

/// The field at `offset` of a header that was sliced whole.
fn u32_at(bytes: &[u8], offset: u32) -> u32 {
    let at = offset as usize;
    bytes.get(at..at + 4).and_then(|b| b.try_into().ok()).map_or(0, u32::from_le_bytes)
}

/// Word number `i`.
pub(super) fn u64_at(bytes: &[u8], i: usize) -> u64 {
    bytes.get(8 * i..8 * i + 8).and_then(|b| b.try_into().ok()).map_or(0, u64::from_le_bytes)
}

pub(super) fn lie(what: &str) -> EvalError {
    EvalError::artifact(format!("its result holds {what}"))
}
