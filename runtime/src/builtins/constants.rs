//! Collections among a module's constants, kept as values: a list of delimiters or a schema is read from memory once, not with every call.

use writ_abi::{Tag, Word};
use writ_value::Value;

use crate::error::EvalError;
use crate::limits::Limits;
use crate::words;

/// Values kept, a power of two.
const SLOTS: usize = 16;
/// Largest value that is kept, in bytes of guest memory.
const MAX_BYTES: usize = 64 << 10;

/// Direct-mapped by address. A module may change its own constants behind its compiler's back; it deceives nobody but itself then.
#[derive(Debug, Default)]
pub(crate) struct Constants {
    slots: [Option<(Word, Value)>; SLOTS],
}

impl Constants {
    /// The value of a defined word. `end` is the first address behind the module's own data.
    ///
    /// # Errors
    /// As [`words::read`].
    #[inline]
    pub(crate) fn read(&mut self, memory: &[u8], word: Word, end: u32, limits: &Limits) -> Result<Value, EvalError> {
        let is_constant = matches!(word.tag(), Tag::Array | Tag::Object | Tag::Set) && word.addr() < end;
        if !is_constant {
            return words::read_sized(memory, word, limits).map(|(value, _)| value);
        }
        let slot = &mut self.slots[(word.addr() as usize >> 4) % SLOTS];
        match slot {
            Some((known, value)) if *known == word => Ok(value.clone()),
            _ => {
                let (value, bytes) = words::read_sized(memory, word, limits)?;
                if bytes <= MAX_BYTES {
                    *slot = Some((word, value.clone()));
                }
                Ok(value)
            }
        }
    }
}
