//! One call in a module: documents from words.

use std::marker::PhantomData;
use std::sync::atomic::Ordering;

use serde::{Deserialize, Serialize};
use writ_abi::{Tag, Word};
use writ_guest::{table, value};

use super::state;
use crate::entrypoint::Entrypoint;
use crate::error::PolicyError;
use crate::words::{Frame, Value, to_word};

/// Input and data of one call.
#[derive(Debug)]
pub struct Call<'a> {
    input: Input,
    data: Word,
    documents: PhantomData<&'a ()>,
}

#[derive(Debug)]
enum Input {
    /// The whole document.
    Word(Word),
    /// Address of the slots that the host filled.
    Frame(u32),
}

impl Call<'_> {
    pub(super) fn of_word(input: Word, data: Word) -> Self {
        Self { input: Input::Word(input), data, documents: PhantomData }
    }

    pub(super) fn of_frame(frame: u32, data: Word) -> Self {
        Self { input: Input::Frame(frame), data, documents: PhantomData }
    }

    /// The input as a `T`.
    ///
    /// # Errors
    /// When it does not fit.
    #[inline]
    pub fn input<T: Deserialize<'static>>(&self) -> Result<T, PolicyError> {
        let read = match self.input {
            Input::Word(word) => T::deserialize(Value(word)),
            Input::Frame(frame) => T::deserialize(Frame(frame)),
        };
        read.map_err(|e| PolicyError::unfit("input", std::any::type_name::<T>(), &e))
    }

    /// The data as a `T`: read before, or now.
    ///
    /// # Errors
    /// When they do not fit.
    #[inline]
    pub fn data<T: Deserialize<'static> + Sync + 'static>(
        &self,
        entrypoint: &'static Entrypoint,
    ) -> Result<&'static T, PolicyError> {
        let prepared = entrypoint.prepared.load(Ordering::Relaxed);
        if !prepared.is_null() && self.data == state::prepared() {
            // SAFETY: `prepare` put it there, which the attribute calls with the same type; it lies below the heap of decisions.
            return Ok(unsafe { &*prepared.cast::<T>() });
        }
        self.read(entrypoint).map(|data| &*data)
    }

    /// Reads the data for all calls to come.
    ///
    /// # Errors
    /// When they do not fit.
    pub fn prepare<T: Deserialize<'static> + Sync + 'static>(
        &self,
        entrypoint: &'static Entrypoint,
    ) -> Result<(), PolicyError> {
        let data: &'static mut T = self.read(entrypoint)?;
        entrypoint.prepared.store(std::ptr::from_mut(data).cast(), Ordering::Relaxed);
        Ok(())
    }

    fn read<T: Deserialize<'static> + 'static>(
        &self,
        entrypoint: &'static Entrypoint,
    ) -> Result<&'static mut T, PolicyError> {
        let mut word = self.data;
        for key in entrypoint.data_path() {
            let is_object = word.tag() == Tag::Object;
            word = if is_object { table::get(word, value::string(key.as_bytes())) } else { Word::UNDEFINED };
        }
        let read = T::deserialize(Value(word));
        let read = read.map_err(|e| PolicyError::unfit("data", std::any::type_name::<T>(), &e))?;
        Ok(Box::leak(Box::new(read)))
    }
}

/// An answer.
#[derive(Debug)]
pub struct Output(pub(crate) Word);

impl Output {
    pub(crate) fn undefined() -> Self {
        Self(Word::UNDEFINED)
    }

    #[inline]
    pub(crate) fn of<T: Serialize>(value: &T) -> Result<Self, PolicyError> {
        Ok(Self(to_word(value)?))
    }
}
