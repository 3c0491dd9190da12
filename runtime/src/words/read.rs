//! From guest memory to a value. The memory is the guest's, who may lie.

use writ_abi::{Tag, Word, layout};
use writ_value::{Number, Str, Value};

use crate::error::{EvalError, LimitKind};
use crate::limits::Limits;

/// The value of `word`, `None` when it is undefined.
///
/// # Errors
/// [`EvalError::Artifact`] when the guest's memory does not hold what the word says, [`EvalError::Limit`] when the value is too deep or too large;
/// what is shared counts each time it is met, so that a cycle or a tower of shared arrays ends here as well.
pub(crate) fn read(memory: &[u8], word: Word, limits: &Limits) -> Result<Option<Value>, EvalError> {
    read_at(memory, 0, word, limits)
}

/// As [`read`], from a part of memory that begins at the address `base`.
pub(crate) fn read_at(memory: &[u8], base: u32, word: Word, limits: &Limits) -> Result<Option<Value>, EvalError> {
    if !word.is_defined() {
        return Ok(None);
    }
    let mut reader = Reader { memory, base, limits, used: 0 };
    reader.value(word, 0).map(Some)
}

/// The value of the word in the box at `addr`; address 0 is undefined.
pub(crate) fn read_box(memory: &[u8], addr: i32, limits: &Limits) -> Result<Option<Value>, EvalError> {
    if addr == 0 {
        return Ok(None);
    }
    let bytes = slice(memory, addr as u32, 8)?;
    read(memory, Word(u64_at(bytes, 0)), limits)
}

struct Reader<'a> {
    memory: &'a [u8],
    /// Address of its first byte.
    base: u32,
    limits: &'a Limits,
    /// Bytes taken so far.
    used: usize,
}

impl<'a> Reader<'a> {
    fn value(&mut self, word: Word, depth: usize) -> Result<Value, EvalError> {
        if depth > self.limits.depth {
            return Err(EvalError::limit(LimitKind::Depth, self.limits.depth as u64, depth as u64));
        }
        self.take(8)?;
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
    fn text(&mut self, addr: u32) -> Result<&'a [u8], EvalError> {
        let header = self.slice(addr, layout::STRING_BYTES)?;
        let len = u32_at(header, layout::LEN);
        self.take(len as usize)?;
        let start = addr.checked_add(layout::STRING_BYTES).ok_or_else(|| lie("an address outside"))?;
        self.slice(start, len)
    }

    /// Number of elements of `width` words and their bytes. `CAP`, `INDEX` and `FLAGS` are the guest's own affair.
    fn elements(&mut self, addr: u32, width: u32) -> Result<(usize, &'a [u8]), EvalError> {
        let header = self.slice(addr, layout::ARRAY_HEADER)?;
        let len = u32_at(header, layout::LEN);
        let bytes = len.checked_mul(8 * width).ok_or_else(|| lie("a collection larger than memory"))?;
        let data = self.slice(u32_at(header, layout::DATA), bytes)?;
        // Reserved here, since room for the elements is made before they are read.
        self.take(bytes as usize)?;
        Ok((len as usize, data))
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
fn u64_at(bytes: &[u8], i: usize) -> u64 {
    bytes.get(8 * i..8 * i + 8).and_then(|b| b.try_into().ok()).map_or(0, u64::from_le_bytes)
}

fn lie(what: &str) -> EvalError {
    EvalError::artifact(format!("its result holds {what}"))
}
