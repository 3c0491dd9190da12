//! The fast path: an input goes along the entrypoint's projection straight into linear memory, one call decides, the result is read in place.
//!
//! ```text
//!   JSON text, serde value, Prepared ──▶ [slots][values] at the heap's base ──writ_decide──▶ word ──▶ Answer ──wipe
//! ```
//!
//! Modules that are not ours, and queries, take the way through a [`Value`]; the answers are the same.

mod answer;
mod fast;
mod many;
mod prepare;

use serde::Serialize;
use writ_encode::EncodeError;
use writ_value::{Value, json};

pub use answer::Answer;
pub(crate) use answer::Place;
pub(crate) use fast::FastInput;
pub use prepare::{FrameBuffer, Preparer};

use crate::error::{EvalError, LimitKind};
use crate::instance::{EvalOptions, Instance};
use crate::module::EntrypointId;
use crate::outcome::Outcome;

/// An input that was encoded once, for decisions of the same entrypoint of the same module. Deciding on it costs a copy of its bytes.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Prepared {
    /// Slots and values, laid out for `base`.
    bytes: Box<[u8]>,
    base: u32,
    entrypoint: EntrypointId,
}

impl Prepared {
    /// The projection of the input as bytes. Inputs with equal bytes get the same decision from the same revision, so they are the key of a cache.
    pub fn key(&self) -> &[u8] {
        &self.bytes
    }
}

impl Instance {
    /// Decides on an input in JSON text; `read` sees the answer in the guest's memory. Nothing of input or answer is left there afterwards.
    ///
    /// An input that is refused leaves the instance usable.
    ///
    /// # Errors
    /// All variants of [`EvalError`]; [`EvalError::Input`] for text that is not JSON.
    pub fn decide_json<R>(
        &mut self,
        entrypoint: EntrypointId,
        input: &[u8],
        options: EvalOptions,
        read: impl FnOnce(Answer<'_>) -> Result<R, EvalError>,
    ) -> Result<R, EvalError> {
        if self.is_fast(entrypoint) {
            self.limits().check_text(input.len())?;
            return self.decide_encoded(entrypoint, &options, read, |encoder, scratch, room, base| {
                encoder.json(input, scratch, room, base)
            });
        }
        let value = self.parse(input)?;
        self.decide_parsed(entrypoint, &value, options, read)
    }

    /// Evaluates an entrypoint of either kind on an input in JSON text, by the fast path where the module has it: [`Instance::evaluate`] without the
    /// input as a [`Value`].
    ///
    /// # Errors
    /// As [`Self::decide_json`].
    pub fn evaluate_json(
        &mut self,
        entrypoint: EntrypointId,
        input: &[u8],
        options: EvalOptions,
    ) -> Result<Outcome, EvalError> {
        if self.fast_input().is_none() {
            let value = self.parse(input)?;
            return self.evaluate(entrypoint, Some(&value), options);
        }
        self.limits().check_text(input.len())?;
        let is_query = self.module().is_query(entrypoint);
        let read = |answer: Answer<'_>| Outcome::from_result(answer.value()?, is_query);
        self.decide_encoded(entrypoint, &options, read, |encoder, scratch, room, base| {
            encoder.json(input, scratch, room, base)
        })
    }

    /// [`Self::decide_json`] for any `Serialize` value, without text in between. It means what its JSON text would mean.
    ///
    /// # Errors
    /// As [`Self::decide_json`].
    pub fn decide_value<T: Serialize + ?Sized, R>(
        &mut self,
        entrypoint: EntrypointId,
        input: &T,
        options: EvalOptions,
        read: impl FnOnce(Answer<'_>) -> Result<R, EvalError>,
    ) -> Result<R, EvalError> {
        if self.is_fast(entrypoint) {
            return self.decide_encoded(entrypoint, &options, read, |encoder, scratch, room, base| {
                encoder.value(input, scratch, room, base)
            });
        }
        let text = serde_json::to_vec(input).map_err(|e| EvalError::input(e.to_string()))?;
        let value = self.parse(&text)?;
        self.decide_parsed(entrypoint, &value, options, read)
    }

    /// [`Self::decide_json`] for an input that [`Self::prepare_json`] or [`Self::prepare_value`] encoded.
    ///
    /// # Errors
    /// As [`Self::decide_json`]; [`EvalError::Input`] when it was prepared for memory that is laid out otherwise. That another module has the
    /// same layout cannot be seen: use an input only with the module that prepared it.
    pub fn decide_prepared<R>(
        &mut self,
        input: &Prepared,
        options: EvalOptions,
        read: impl FnOnce(Answer<'_>) -> Result<R, EvalError>,
    ) -> Result<R, EvalError> {
        if !self.is_fast(input.entrypoint) || self.frame_base() != input.base {
            return Err(EvalError::input("it was prepared for another module or other data"));
        }
        self.decide_copied(input.entrypoint, &input.bytes, options, read)
    }

    /// [`Self::decide_json`] for the frame that `preparer` wrote into `buffer`.
    ///
    /// # Errors
    /// As [`Self::decide_json`]; [`EvalError::Input`] when the preparer is that of another module or other data.
    #[inline]
    pub fn decide_frame<R>(
        &mut self,
        preparer: &Preparer,
        buffer: &FrameBuffer,
        options: EvalOptions,
        read: impl FnOnce(Answer<'_>) -> Result<R, EvalError>,
    ) -> Result<R, EvalError> {
        if !self.fits(preparer) {
            return Err(EvalError::input("it was prepared for another module or other data"));
        }
        self.decide_copied(preparer.entrypoint, buffer.frame(), options, read)
    }

    #[inline]
    fn decide_copied<R>(
        &mut self,
        entrypoint: EntrypointId,
        frame: &[u8],
        options: EvalOptions,
        read: impl FnOnce(Answer<'_>) -> Result<R, EvalError>,
    ) -> Result<R, EvalError> {
        self.decide_encoded(entrypoint, &options, read, |_, _, room, _| copy(frame, room))
    }

    /// Whether the module says what it reads of an input, so that inputs can be prepared and their [keys](Prepared::key) compared.
    pub fn has_projection(&self) -> bool {
        self.fast_input().is_some()
    }

    /// Encodes a JSON text for [`Self::decide_prepared`]. The bytes fit every instance of the module that has the same data.
    ///
    /// # Errors
    /// [`EvalError::Input`]; [`EvalError::Artifact`] for modules that are not ours, whose inputs cannot be prepared.
    pub fn prepare_json(&self, entrypoint: EntrypointId, input: &[u8]) -> Result<Prepared, EvalError> {
        self.prepare(entrypoint, |preparer, buffer| preparer.json(input, buffer))
    }

    /// [`Self::prepare_json`] for any `Serialize` value.
    ///
    /// # Errors
    /// As [`Self::prepare_json`].
    pub fn prepare_value<T: Serialize + ?Sized>(
        &self,
        entrypoint: EntrypointId,
        input: &T,
    ) -> Result<Prepared, EvalError> {
        self.prepare(entrypoint, |preparer, buffer| preparer.value(input, buffer))
    }

    fn decide_parsed<R>(
        &mut self,
        entrypoint: EntrypointId,
        input: &Value,
        options: EvalOptions,
        read: impl FnOnce(Answer<'_>) -> Result<R, EvalError>,
    ) -> Result<R, EvalError> {
        match self.evaluate(entrypoint, Some(input), options)? {
            Outcome::Document(value) => read(Answer::of_value(value.as_ref())),
            Outcome::Query(_) => Err(EvalError::input("a query has rows, not an answer; evaluate it")),
        }
    }

    fn parse(&self, text: &[u8]) -> Result<Value, EvalError> {
        self.limits().check_text(text.len())?;
        let limits = json::Limits { max_depth: self.limits().depth, ..json::Limits::default() };
        json::parse_with(text, limits).map_err(|e| EvalError::input(e.to_string()))
    }
}

/// Puts a frame that was encoded before into `room`: its length.
#[inline]
fn copy(frame: &[u8], room: &mut [u8]) -> Result<usize, EncodeError> {
    let room = room.get_mut(..frame.len()).ok_or(EncodeError::Room(frame.len()))?;
    room.copy_from_slice(frame);
    Ok(frame.len())
}

pub(crate) fn unknown(entrypoint: EntrypointId) -> EvalError {
    EvalError::input(format!("the module has no entrypoint {}", entrypoint.0))
}

/// What the caller learns of an input that was not encoded.
#[cold]
fn refused(error: EncodeError, input_bytes: usize) -> EvalError {
    match error {
        EncodeError::Depth(limit) => EvalError::limit(LimitKind::Depth, limit as u64, limit as u64 + 1),
        EncodeError::Room(bytes) => EvalError::limit(LimitKind::InputSize, input_bytes as u64, bytes as u64),
        EncodeError::Internal(text) => EvalError::internal(text),
        other => EvalError::input(other.to_string()),
    }
}
