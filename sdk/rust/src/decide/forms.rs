//! What inputs are given as and what results are wanted as.

use std::marker::PhantomData;

use serde::Serialize;
use serde::de::DeserializeOwned;
use writ_runtime::{Answer, EntrypointId, EvalError, EvalOptions, FrameBuffer, Instance, Preparer};
use writ_value::Value;

use crate::de;
use crate::error::Error;

/// An input, in whichever form.
pub(crate) trait Input {
    /// Encodes it.
    fn prepare(&self, preparer: &Preparer, buffer: &mut FrameBuffer) -> Result<(), EvalError>;

    /// Decides on it without a copy in between.
    fn decide<R>(
        &self,
        instance: &mut Instance,
        entrypoint: EntrypointId,
        options: EvalOptions,
        read: impl FnOnce(Answer<'_>) -> Result<R, EvalError>,
    ) -> Result<R, EvalError>;
}

/// JSON text.
pub(crate) struct Text<'a>(pub(crate) &'a [u8]);

impl Input for Text<'_> {
    #[inline]
    fn prepare(&self, preparer: &Preparer, buffer: &mut FrameBuffer) -> Result<(), EvalError> {
        preparer.json(self.0, buffer)
    }

    #[inline]
    fn decide<R>(
        &self,
        instance: &mut Instance,
        entrypoint: EntrypointId,
        options: EvalOptions,
        read: impl FnOnce(Answer<'_>) -> Result<R, EvalError>,
    ) -> Result<R, EvalError> {
        instance.decide_json(entrypoint, self.0, options, read)
    }
}

/// A value that can be serialised.
pub(crate) struct Typed<'a, T: ?Sized>(pub(crate) &'a T);

impl<T: Serialize + ?Sized> Input for Typed<'_, T> {
    #[inline]
    fn prepare(&self, preparer: &Preparer, buffer: &mut FrameBuffer) -> Result<(), EvalError> {
        preparer.value(self.0, buffer)
    }

    #[inline]
    fn decide<R>(
        &self,
        instance: &mut Instance,
        entrypoint: EntrypointId,
        options: EvalOptions,
        read: impl FnOnce(Answer<'_>) -> Result<R, EvalError>,
    ) -> Result<R, EvalError> {
        instance.decide_value(entrypoint, self.0, options, read)
    }
}

/// Many inputs of one form.
pub(crate) trait Batch<T>: Sync {
    /// The form of one.
    type One<'i>: Input
    where
        T: 'i;

    /// One of them.
    fn one<'i>(&self, input: &'i T) -> Self::One<'i>;

    /// Decides on all: results in order, each as if alone.
    fn all<R>(
        &self,
        instance: &mut Instance,
        entrypoint: EntrypointId,
        inputs: &[T],
        options: EvalOptions,
        read: impl FnMut(Answer<'_>) -> Result<R, EvalError>,
    ) -> Vec<Result<R, EvalError>>;
}

/// JSON texts.
pub(crate) struct Texts;

impl<T: AsRef<[u8]>> Batch<T> for Texts {
    type One<'i>
        = Text<'i>
    where
        T: 'i;

    #[inline]
    fn one<'i>(&self, input: &'i T) -> Text<'i> {
        Text(input.as_ref())
    }

    fn all<R>(
        &self,
        instance: &mut Instance,
        entrypoint: EntrypointId,
        inputs: &[T],
        options: EvalOptions,
        read: impl FnMut(Answer<'_>) -> Result<R, EvalError>,
    ) -> Vec<Result<R, EvalError>> {
        instance.decide_many_json(entrypoint, inputs, options, read)
    }
}

/// Values that can be serialised.
pub(crate) struct TypedMany;

impl<T: Serialize> Batch<T> for TypedMany {
    type One<'i>
        = Typed<'i, T>
    where
        T: 'i;

    #[inline]
    fn one<'i>(&self, input: &'i T) -> Typed<'i, T> {
        Typed(input)
    }

    fn all<R>(
        &self,
        instance: &mut Instance,
        entrypoint: EntrypointId,
        inputs: &[T],
        options: EvalOptions,
        read: impl FnMut(Answer<'_>) -> Result<R, EvalError>,
    ) -> Vec<Result<R, EvalError>> {
        instance.decide_many_values(entrypoint, inputs, options, read)
    }
}

/// A result, in whichever form.
pub(crate) trait Output {
    /// The form.
    type Form;

    /// Reads it where it lies. A result that does not fit is the caller's mistake and not the instance's, hence the second `Result`.
    fn read(answer: Answer<'_>) -> Result<Result<Option<Self::Form>, Error>, EvalError>;

    /// Makes it of a value that is kept.
    fn of_value(value: Option<&Value>) -> Result<Option<Self::Form>, Error>;
}

/// As a value.
pub(crate) struct AsValue;

impl Output for AsValue {
    type Form = Value;

    #[inline]
    fn read(answer: Answer<'_>) -> Result<Result<Option<Value>, Error>, EvalError> {
        match answer.as_bool() {
            Some(truth) => Ok(Ok(Some(Value::Bool(truth)))),
            None => answer.value().map(Ok),
        }
    }

    #[inline]
    fn of_value(value: Option<&Value>) -> Result<Option<Value>, Error> {
        Ok(value.cloned())
    }
}

/// As a type of the caller's.
pub(crate) struct Into<T>(PhantomData<T>);

impl<T: DeserializeOwned> Output for Into<T> {
    type Form = T;

    #[inline]
    fn read(answer: Answer<'_>) -> Result<Result<Option<T>, Error>, EvalError> {
        match answer.deserialize() {
            Err(EvalError::Artifact(wrong)) => Ok(Err(Error::Form(wrong.message))),
            read => read.map(Ok),
        }
    }

    #[inline]
    fn of_value(value: Option<&Value>) -> Result<Option<T>, Error> {
        value.map(de::from_value).transpose()
    }
}
