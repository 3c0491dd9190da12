//! What lies in a module's constants and base data, kept as values: keys, messages, lists and whole answers are read from memory once, not with every
//! decision.

use std::ops::Range;

use writ_abi::{Tag, Word};
use writ_value::Value;

use super::read::Reader;
use crate::error::EvalError;
use crate::limits::Limits;

/// Values kept, a power of two.
const SLOTS: usize = 512;
/// Largest value that is kept, in bytes of guest memory.
const MAX_BYTES: usize = 64 << 10;
/// All of them together.
const TOTAL_BYTES: usize = 256 << 10;

/// Direct-mapped by address. A module may change its own constants behind its compiler's back; it deceives nobody but itself then.
///
/// Lifetime: the instance, or until it gets other data.
#[derive(Debug, Default)]
pub(crate) struct Constants {
    /// Addresses at which nothing changes while the data stay.
    range: Range<u32>,
    /// Empty until something is kept.
    slots: Vec<Option<Kept>>,
    bytes: usize,
}

/// A value that was read.
#[derive(Debug, Clone)]
pub(super) struct Kept {
    word: Word,
    pub(super) value: Value,
    /// Bytes of guest memory that it takes, as the limit of a result counts them.
    pub(super) bytes: usize,
    /// Levels of collections below it.
    pub(super) height: usize,
}

impl Constants {
    /// Forgets what lies in memory and names the addresses at which nothing changes from now on.
    pub(crate) fn reset(&mut self, range: Range<u32>) {
        *self = Constants { range, ..Constants::default() };
    }

    /// The value of a defined word.
    ///
    /// # Errors
    /// As [`words::read`](super::read).
    #[inline]
    pub(crate) fn read(&mut self, memory: &[u8], word: Word, limits: &Limits) -> Result<Value, EvalError> {
        Reader::with_constants(memory, limits, self).value(word, 0)
    }

    /// Whether the word's value lies where nothing changes.
    #[inline]
    pub(super) fn covers(&self, word: Word) -> bool {
        let in_memory = matches!(word.tag(), Tag::String | Tag::Array | Tag::Object | Tag::Set);
        in_memory && self.range.contains(&word.addr())
    }

    /// The value, if it was read before.
    #[inline]
    pub(super) fn get(&self, word: Word) -> Option<&Kept> {
        self.slots.get(slot(word))?.as_ref().filter(|kept| kept.word == word)
    }

    /// Keeps a value for the next time, in the place of another.
    pub(super) fn keep(&mut self, word: Word, value: &Value, bytes: usize, height: usize) {
        if self.slots.is_empty() {
            self.slots.resize(SLOTS, None);
        }
        let Some(slot) = self.slots.get_mut(slot(word)) else { return };
        let freed = slot.as_ref().map_or(0, |kept| kept.bytes);
        let total = self.bytes - freed + bytes;
        if bytes <= MAX_BYTES && total <= TOTAL_BYTES {
            *slot = Some(Kept { word, value: value.clone(), bytes, height });
            self.bytes = total;
        }
    }
}

/// Headers are 8-aligned and most constants are small, so neighbours get different slots.
#[inline]
fn slot(word: Word) -> usize {
    (word.addr() as usize >> 3) % SLOTS
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::{Layout, read};

    /// Memory in which `value` lies at 64, and its word.
    fn placed(value: &Value) -> (Vec<u8>, Word) {
        let limits = Limits::default();
        let layout = Layout::of(value, limits.input_bytes, limits.depth).unwrap();
        let mut memory = vec![0; 64 + layout.malloc_size().unwrap() as usize];
        let word = layout.write(&mut memory, 64).unwrap();
        (memory, word)
    }

    fn sample() -> Value {
        let list = Value::from(vec![Value::from("a"), Value::from(1), Value::set([Value::from("b")])]);
        Value::object([("list", list), ("text", Value::from("some words"))])
    }

    #[test]
    fn what_is_kept_is_what_was_read() {
        let (memory, word) = placed(&sample());
        let mut constants = Constants::default();
        constants.reset(64..memory.len() as u32);
        for _ in 0..3 {
            assert_eq!(constants.read(&memory, word, &Limits::default()).unwrap(), sample());
        }
        assert!(constants.get(word).is_some());
        assert!(constants.bytes > 0);
    }

    #[test]
    fn nothing_is_kept_of_what_may_change() {
        let (memory, word) = placed(&sample());
        let mut constants = Constants::default();
        for range in [0..0, 0..64, memory.len() as u32..u32::MAX] {
            constants.reset(range);
            assert_eq!(constants.read(&memory, word, &Limits::default()).unwrap(), sample());
            assert!(constants.slots.is_empty());
        }
    }

    #[test]
    fn other_data_are_read_anew() {
        let (mut memory, word) = placed(&Value::from("some words"));
        let mut constants = Constants::default();
        constants.reset(64..memory.len() as u32);
        constants.read(&memory, word, &Limits::default()).unwrap();
        let at = memory.len() - 8;
        memory[at..].fill(0);
        let at = memory.windows(4).position(|bytes| bytes == b"some").unwrap();
        memory[at] = b'h';
        constants.reset(64..memory.len() as u32);
        let value = constants.read(&memory, word, &Limits::default()).unwrap();
        assert_eq!(value.as_string().map(|text| text.as_bytes()[0]), Some(b'h'));
    }

    #[test]
    fn limits_hold_for_what_is_kept() {
        let (memory, word) = placed(&sample());
        let generous = Limits::default();
        let mut reader = Reader::new(&memory, &generous);
        reader.value(word, 0).unwrap();
        let bytes = reader.used();
        let mut constants = Constants::default();
        for warm in [false, true] {
            constants.reset(64..memory.len() as u32);
            if warm {
                constants.read(&memory, word, &generous).unwrap();
            }
            for (result_bytes, depth) in [(bytes, 2), (bytes - 1, 2), (bytes, 1), (bytes, 3)] {
                let limits = Limits { result_bytes, depth, ..Limits::default() };
                let plain = read(&memory, word, &limits).map_err(|e| e.to_string());
                let kept = constants.read(&memory, word, &limits).map(Some).map_err(|e| e.to_string());
                assert_eq!(plain.is_ok(), kept.is_ok(), "{result_bytes} {depth} {warm}: {plain:?} {kept:?}");
            }
        }
    }

    #[test]
    fn room_is_bounded() {
        let limits = Limits::default();
        let long = "x".repeat(MAX_BYTES / 2);
        let texts = Value::from((0..40).map(|n| Value::from(format!("{n}{long}").as_str())).collect::<Vec<_>>());
        let (memory, word) = placed(&texts);
        let mut constants = Constants::default();
        constants.reset(64..memory.len() as u32);
        assert_eq!(constants.read(&memory, word, &limits).unwrap(), texts);
        assert!(constants.bytes <= TOTAL_BYTES && constants.bytes > TOTAL_BYTES / 2, "{}", constants.bytes);
        assert!(constants.get(word).is_none(), "too large");
        let sum: usize = constants.slots.iter().flatten().map(|kept| kept.bytes).sum();
        assert_eq!(sum, constants.bytes);
    }
}
