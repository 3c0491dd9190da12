//! Batches: frames laid out one after another, one call into the guest for many of them.
//!
//! ```text
//!   inputs ──encode──▶ [table][frame 0][frame 1]…  ──writ_decide_many──▶ [word 0][word 1]… ──▶ Answer each ──wipe
//!                      a chunk, as long as it stays small
//! ```
//!
//! A chunk shares the time and memory of one decision. When that does not do, or the guest is stopped, nobody is blamed: the input in question is decided
//! once more, alone and on a fresh instance, so that each input has the answer or the error that it has by itself.

use std::ops::Range;
use std::time::Duration;

use serde::Serialize;
use writ_encode::{EncodeError, Encoder, Scratch};

use super::{Answer, Prepared, refused, unknown};
use crate::error::EvalError;
use crate::instance::{EvalOptions, Instance};
use crate::limits::Limits;
use crate::module::EntrypointId;

/// Inputs of one chunk at most.
const CHUNK_INPUTS: usize = 256;
/// Bytes of the frames of one chunk at most, so that they stay in the cache of a core.
const CHUNK_BYTES: usize = 64 << 10;
/// Inputs of the first chunk. Each is four times as large as the one before, as long as all goes well.
const FIRST_INPUTS: usize = 16;

/// Inputs of a batch.
trait Inputs {
    fn len(&self) -> usize;

    /// Writes the frame of one.
    fn encode(
        &self,
        at: usize,
        encoder: &Encoder<'_>,
        scratch: &mut Scratch,
        room: &mut [u8],
        base: u32,
    ) -> Result<usize, EncodeError>;

    /// Decides on one alone.
    fn one<R>(
        &self,
        at: usize,
        instance: &mut Instance,
        question: Question,
        read: &mut impl FnMut(Answer<'_>) -> Result<R, EvalError>,
    ) -> Result<R, EvalError>;
}

/// What all inputs of a batch are for.
#[derive(Clone, Copy)]
struct Question {
    entrypoint: EntrypointId,
    options: EvalOptions,
}

struct Texts<'a, T>(&'a [T]);

impl<T: AsRef<[u8]>> Inputs for Texts<'_, T> {
    fn len(&self) -> usize {
        self.0.len()
    }

    #[inline]
    fn encode(
        &self,
        at: usize,
        encoder: &Encoder<'_>,
        scratch: &mut Scratch,
        room: &mut [u8],
        base: u32,
    ) -> Result<usize, EncodeError> {
        let text = self.0[at].as_ref();
        // What does not fit even as text is for `one`, which knows the limits.
        if text.len() > CHUNK_BYTES {
            return Err(EncodeError::Room(text.len()));
        }
        encoder.json(text, scratch, room, base)
    }

    fn one<R>(
        &self,
        at: usize,
        instance: &mut Instance,
        Question { entrypoint, options }: Question,
        read: &mut impl FnMut(Answer<'_>) -> Result<R, EvalError>,
    ) -> Result<R, EvalError> {
        instance.decide_json(entrypoint, self.0[at].as_ref(), options, read)
    }
}

struct Values<'a, T>(&'a [T]);

impl<T: Serialize> Inputs for Values<'_, T> {
    fn len(&self) -> usize {
        self.0.len()
    }

    #[inline]
    fn encode(
        &self,
        at: usize,
        encoder: &Encoder<'_>,
        scratch: &mut Scratch,
        room: &mut [u8],
        base: u32,
    ) -> Result<usize, EncodeError> {
        encoder.value(&self.0[at], scratch, room, base)
    }

    fn one<R>(
        &self,
        at: usize,
        instance: &mut Instance,
        Question { entrypoint, options }: Question,
        read: &mut impl FnMut(Answer<'_>) -> Result<R, EvalError>,
    ) -> Result<R, EvalError> {
        instance.decide_value(entrypoint, &self.0[at], options, read)
    }
}

/// A chunk in linear memory.
struct Chunk {
    /// The inputs that it is about.
    range: Range<usize>,
    /// Those of them that were refused, ascending; the others have frames.
    refused: Vec<(usize, EvalError)>,
    /// First address behind the frames.
    end: u32,
}

impl Instance {
    /// Decides on many inputs in JSON text: results in the order of the inputs, each as [`Instance::decide_json`] gives it. An input that is refused, runs
    /// into a limit or stops the guest harms no other: the limits hold for each input, and a fresh instance goes on where one was stopped. An input for
    /// which none can be made has that error.
    ///
    /// Many inputs are laid out together and evaluated by one call. They share the memory of the instance until they are decided; nothing of them is left
    /// there afterwards. When the entrypoint's answer [varies](crate::Varies) with more than the input, when fuel is counted, and in modules that are
    /// not ours, each input is a call of its own.
    ///
    /// The instance may have stopped at the last inputs; see [`Instance::is_usable`]. Cost: besides the results, memory for one chunk of up to 256 inputs.
    pub fn decide_many_json<T: AsRef<[u8]>, R>(
        &mut self,
        entrypoint: EntrypointId,
        inputs: &[T],
        options: EvalOptions,
        read: impl FnMut(Answer<'_>) -> Result<R, EvalError>,
    ) -> Vec<Result<R, EvalError>> {
        self.decide_many(Question { entrypoint, options }, &Texts(inputs), read)
    }

    /// [`Instance::decide_many_json`] for `Serialize` values, without text in between.
    pub fn decide_many_values<T: Serialize, R>(
        &mut self,
        entrypoint: EntrypointId,
        inputs: &[T],
        options: EvalOptions,
        read: impl FnMut(Answer<'_>) -> Result<R, EvalError>,
    ) -> Vec<Result<R, EvalError>> {
        self.decide_many(Question { entrypoint, options }, &Values(inputs), read)
    }

    /// [`Instance::decide_many_json`] for prepared inputs, as [`Instance::decide_prepared`] takes them. They are laid out for one place in memory, so each is a
    /// call of its own: it copies the frame, which costs less than encoding.
    pub fn decide_many_prepared<'p, R>(
        &mut self,
        inputs: impl IntoIterator<Item = &'p Prepared>,
        options: EvalOptions,
        mut read: impl FnMut(Answer<'_>) -> Result<R, EvalError>,
    ) -> Vec<Result<R, EvalError>> {
        inputs.into_iter().map(|input| self.renewed()?.decide_prepared(input, options, &mut read)).collect()
    }

    /// The instance, in place of which there is a fresh one if it was stopped.
    #[inline]
    fn renewed(&mut self) -> Result<&mut Self, EvalError> {
        if !self.is_usable() {
            self.renew()?;
        }
        Ok(self)
    }

    fn decide_many<I: Inputs, R>(
        &mut self,
        question: Question,
        inputs: &I,
        mut read: impl FnMut(Answer<'_>) -> Result<R, EvalError>,
    ) -> Vec<Result<R, EvalError>> {
        let mut results = Vec::with_capacity(inputs.len());
        let together = self.is_fast(question.entrypoint) && self.decides_many(question.entrypoint);
        let mut size = FIRST_INPUTS;
        while results.len() < inputs.len() {
            let from = results.len();
            let to = inputs.len().min(from + size);
            if together && to > from + 1 && self.renewed().is_ok() {
                let started = self.coarse_now();
                let done = self.decide_chunk(question, inputs, from..to, &mut read, &mut results);
                let took = self.coarse_now().saturating_duration_since(started);
                size = next_size(size, done.is_ok_and(|done| done), took, self.limits().time);
                if results.len() > from {
                    continue;
                }
            } else {
                size = CHUNK_INPUTS.min(size * 4);
            }
            results.push(self.renewed().and_then(|instance| inputs.one(from, instance, question, &mut read)));
        }
        results
    }

    /// Decides on the first inputs of `range`, as many as there is room for, and adds their results. Whether the guest went through all of them; those
    /// that it did not reach have no result.
    fn decide_chunk<I: Inputs, R>(
        &mut self,
        question: Question,
        inputs: &I,
        range: Range<usize>,
        read: &mut impl FnMut(Answer<'_>) -> Result<R, EvalError>,
        results: &mut Vec<Result<R, EvalError>>,
    ) -> Result<bool, EvalError> {
        self.guarded(|this| {
            this.begin_decision(&question.options);
            let table = this.frame_base();
            let bytes = range.len() * 8 + CHUNK_BYTES.min(this.limits().memory_bytes / 4);
            this.grow_memory(table as usize + bytes)?;
            let chunk = this.lay_out(question.entrypoint, inputs, range, table)?;
            let count = chunk.range.len() - chunk.refused.len();
            // Why it was stopped does not matter: the input is decided again.
            let stopped =
                count > 0 && this.call_decide_many(question.entrypoint, table, count as u32, chunk.end).is_err();
            let place = this.place();
            let (mut refused, mut entry) = (chunk.refused.into_iter().peekable(), table as usize);
            let (mut complete, mut broken) = (true, false);
            for at in chunk.range {
                let result = match refused.next_if(|(refused, _)| *refused == at) {
                    Some((_, error)) => Err(error),
                    None => {
                        let Some(answer) = Answer::of_entry(place, entry) else {
                            complete = false;
                            break;
                        };
                        entry += 8;
                        read(answer)
                    }
                };
                broken |= matches!(result, Err(EvalError::Artifact(_) | EvalError::Internal(_)));
                results.push(result);
            }
            if broken {
                this.give_up();
            }
            if !stopped {
                this.wipe();
            }
            Ok(complete && !stopped)
        })
    }

    /// Lays out table and frames.
    fn lay_out<I: Inputs>(
        &mut self,
        entrypoint: EntrypointId,
        inputs: &I,
        range: Range<usize>,
        table: u32,
    ) -> Result<Chunk, EvalError> {
        let limits = *self.limits();
        let (fast, scratch, memory) = self.parts();
        let encoder = fast.and_then(|fast| fast.encoder(entrypoint, limits.depth));
        let encoder = encoder.ok_or_else(|| unknown(entrypoint))?;
        let memory = memory.get_mut(table as usize..).unwrap_or_default();
        // Beyond 4 GiB there is nothing to address.
        let most = (range.len() * 8 + CHUNK_BYTES).min(memory.len()).min((u32::MAX - table) as usize);
        let mut chunk = Chunk { range: range.start..range.start, refused: Vec::new(), end: table };
        let Some((entries, room)) = memory[..most].split_at_mut_checked(range.len() * 8) else { return Ok(chunk) };
        let frames = table + entries.len() as u32;
        chunk.end = frames;
        let mut entries = entries.as_chunks_mut::<8>().0.iter_mut();
        for at in range {
            let rest = room.get_mut((chunk.end - frames) as usize..).unwrap_or_default();
            match encode_one(inputs, at, &encoder, scratch, rest, chunk.end, &limits) {
                Ok(used) => {
                    if let Some(entry) = entries.next() {
                        *entry = u64::from(chunk.end).to_le_bytes();
                    }
                    chunk.end += used as u32;
                }
                Err(EncodeError::Room(_)) => {
                    rest.fill(0);
                    break;
                }
                Err(error) => {
                    rest.fill(0);
                    chunk.refused.push((at, refused(error, limits.input_bytes)));
                }
            }
            chunk.range.end = at + 1;
        }
        Ok(chunk)
    }
}

/// Within the limit of an input.
#[inline]
fn encode_one<I: Inputs>(
    inputs: &I,
    at: usize,
    encoder: &Encoder<'_>,
    scratch: &mut Scratch,
    room: &mut [u8],
    base: u32,
    limits: &Limits,
) -> Result<usize, EncodeError> {
    let most = room.len().min(limits.input_bytes);
    inputs.encode(at, encoder, scratch, &mut room[..most], base)
}

/// Inputs of the next chunk: one alone after a stop, fewer when a chunk takes a noticeable part of the time that one decision may take.
fn next_size(size: usize, complete: bool, took: Duration, limit: Duration) -> usize {
    if !complete {
        1
    } else if took > limit / 8 {
        (size / 4).max(1)
    } else {
        CHUNK_INPUTS.min(size * 4)
    }
}
