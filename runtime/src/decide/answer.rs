//! An answer where it lies: a word and the guest's memory, read as the caller wants it.

use serde::de::DeserializeOwned;
use writ_abi::Word;
use writ_value::{Value, json};

use crate::error::EvalError;
use crate::limits::Limits;
use crate::words;

/// The result of a decision before it is read. Undefined is neither false nor an error.
#[derive(Clone, Copy)]
pub struct Answer<'a> {
    form: Form<'a>,
}

#[derive(Clone, Copy)]
enum Form<'a> {
    Word { memory: &'a [u8], word: Word, limits: &'a Limits },
    Value(Option<&'a Value>),
}

impl<'a> Answer<'a> {
    pub(super) fn of_word(memory: &'a [u8], word: Word, limits: &'a Limits) -> Self {
        Answer { form: Form::Word { memory, word, limits } }
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

    /// The value, `None` when it is undefined. Cost: linear in it.
    ///
    /// # Errors
    /// [`EvalError::Limit`] when it is larger or deeper than the limits, [`EvalError::Artifact`] when the memory does not hold what it should.
    pub fn value(&self) -> Result<Option<Value>, EvalError> {
        match self.form {
            Form::Word { memory, word, limits } => words::read(memory, word, limits),
            Form::Value(value) => Ok(value.cloned()),
        }
    }

    /// The value as JSON text (sets as arrays, as OPA prints them), `None` when it is undefined.
    ///
    /// # Errors
    /// As [`Self::value`].
    pub fn json(&self) -> Result<Option<String>, EvalError> {
        Ok(self.value()?.map(|value| json::to_string(&value)))
    }

    /// The value as any type, `None` when it is undefined.
    ///
    /// # Errors
    /// As [`Self::value`]; [`EvalError::Artifact`] when the type does not fit.
    pub fn deserialize<T: DeserializeOwned>(&self) -> Result<Option<T>, EvalError> {
        let Some(text) = self.json()? else { return Ok(None) };
        let wrong = |e: serde_json::Error| EvalError::artifact(format!("its answer is of another form: {e}"));
        serde_json::from_str(&text).map(Some).map_err(wrong)
    }
}

impl std::fmt::Debug for Answer<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Answer").field(&self.value()).finish()
    }
}
