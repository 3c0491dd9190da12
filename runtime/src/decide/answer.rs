//! An answer where it lies: a word and the guest's memory, read as the caller wants it.

use std::cell::RefCell;

use serde::de::DeserializeOwned;
use writ_abi::Word;
use writ_value::{Value, json};

use crate::error::EvalError;
use crate::limits::Limits;
use crate::words::{self, Constants};

/// Bytes that a text begins with.
const TEXT_ROOM: usize = 128;

/// The result of a decision before it is read. Undefined is neither false nor an error.
#[derive(Clone, Copy)]
pub struct Answer<'a> {
    form: Form<'a>,
}

/// Where answers lie.
#[derive(Clone, Copy)]
pub(crate) struct Place<'a> {
    pub(crate) memory: &'a [u8],
    pub(crate) limits: &'a Limits,
    pub(crate) constants: &'a RefCell<Constants>,
}

#[derive(Clone, Copy)]
enum Form<'a> {
    Word { word: Word, place: Place<'a> },
    Value(Option<&'a Value>),
}

impl<'a> Answer<'a> {
    #[inline]
    pub(super) fn of_word(place: Place<'a>, word: Word) -> Self {
        Answer { form: Form::Word { word, place } }
    }

    /// The result that lies in an entry of a batch's table; `None` when the guest did not get there.
    #[inline]
    pub(super) fn of_entry(place: Place<'a>, at: usize) -> Option<Self> {
        let entry = place.memory.get(at..)?.first_chunk::<8>().copied().map(u64::from_le_bytes)?;
        (!writ_abi::word::is_open(entry)).then(|| Self::of_word(place, Word(entry)))
    }

    pub(super) fn of_value(value: Option<&'a Value>) -> Self {
        Answer { form: Form::Value(value) }
    }

    /// False when the document is undefined.
    #[inline]
    pub fn is_defined(&self) -> bool {
        match self.form {
            Form::Word { word, .. } => word.is_defined(),
            Form::Value(value) => value.is_some(),
        }
    }

    /// The boolean, if the answer is one.
    #[inline]
    pub fn as_bool(&self) -> Option<bool> {
        match self.form {
            Form::Word { word, .. } if word == Word::TRUE => Some(true),
            Form::Word { word, .. } if word == Word::FALSE => Some(false),
            Form::Value(Some(Value::Bool(b))) => Some(*b),
            _ => None,
        }
    }

    /// The value, `None` when it is undefined. Cost: linear in it; what comes from the policy's constants or from base data is shared with the answers
    /// before.
    ///
    /// # Errors
    /// [`EvalError::Limit`] when it is larger or deeper than the limits, [`EvalError::Artifact`] when the memory does not hold what it should.
    pub fn value(&self) -> Result<Option<Value>, EvalError> {
        match self.form {
            Form::Word { word, .. } if !word.is_defined() => Ok(None),
            Form::Word { word, place: Place { memory, limits, constants } } => match constants.try_borrow_mut() {
                Ok(mut constants) => constants.read(memory, word, limits).map(Some),
                Err(_) => words::read(memory, word, limits),
            },
            Form::Value(value) => Ok(value.cloned()),
        }
    }

    /// The integer, if the answer is one of 63 bits.
    #[inline]
    pub fn as_i64(&self) -> Option<i64> {
        match self.form {
            Form::Word { word, .. } => word.as_int(),
            Form::Value(Some(Value::Number(number))) => number.to_i64(),
            Form::Value(_) => None,
        }
    }

    /// The value as JSON text (sets as arrays, as OPA prints them), `None` when it is undefined.
    ///
    /// # Errors
    /// As [`Self::value`].
    pub fn json(&self) -> Result<Option<String>, EvalError> {
        // Room for a small object, so that its text does not move as it grows.
        let mut out = String::with_capacity(TEXT_ROOM);
        Ok(self.write_json(&mut out)?.then_some(out))
    }

    /// Appends [`Self::json`] to `out`, straight from the guest's memory; false, and nothing is appended, when it is undefined.
    ///
    /// # Errors
    /// As [`Self::value`]; then `out` is as it was.
    pub fn write_json(&self, out: &mut String) -> Result<bool, EvalError> {
        match self.form {
            Form::Word { word, place: Place { memory, limits, .. } } => words::write_json(memory, word, limits, out),
            Form::Value(None) => Ok(false),
            Form::Value(Some(value)) => {
                json::write(value, out);
                Ok(true)
            }
        }
    }

    /// The value as any type, `None` when it is undefined: read straight from the guest's memory, to the same as from [`Self::json`] by `serde_json`.
    /// Numbers keep as many digits as the type does.
    ///
    /// # Errors
    /// As [`Self::value`]; [`EvalError::Artifact`] when the type does not fit.
    pub fn deserialize<T: DeserializeOwned>(&self) -> Result<Option<T>, EvalError> {
        match self.form {
            Form::Word { word, place: Place { memory, limits, .. } } => words::deserialize(memory, word, limits),
            Form::Value(None) => Ok(None),
            Form::Value(Some(value)) => {
                let text = json::to_string(value);
                serde_json::from_str(&text).map(Some).map_err(|e| words::wrong_form(&e.to_string()))
            }
        }
    }
}

impl std::fmt::Debug for Answer<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Answer").field(&self.value()).finish()
    }
}
