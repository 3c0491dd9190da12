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
        options: &EvalOptions,
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
        options: &EvalOptions,
        read: impl FnOnce(Answer<'_>) -> Result<R, EvalError>,
    ) -> Result<R, EvalError> {
        instance.decide_json(entrypoint, self.0, *options, read)
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
        options: &EvalOptions,
        read: impl FnOnce(Answer<'_>) -> Result<R, EvalError>,
    ) -> Result<R, EvalError> {
        instance.decide_value(entrypoint, self.0, *options, read)
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
pub(crate) trait Output: Sized {
    /// The form.
    type Form;
    /// Small results, which go to the caller in a register.
    type Quick: Copy;

    /// Reads it where it lies. A result that does not fit is the caller's mistake and not the instance's: it is left in the slot.
    fn read(answer: Answer<'_>, slot: &mut Slot<Self>) -> Result<(), EvalError>;

    /// Makes it of a value that is kept.
    fn of_value(value: Option<&Value>, slot: &mut Slot<Self>);

    /// The form of a small result.
    fn of_quick(quick: Self::Quick) -> Self::Form;
}

/// Where a decision leaves its result. It is written once: handing a value up through the layers in between costs as much as many a policy.
pub(crate) struct Slot<O: Output> {
    quick: Option<O::Quick>,
    form: Option<O::Form>,
    wrong: Option<Error>,
}

impl<O: Output> Slot<O> {
    /// Undefined so far.
    #[inline(always)]
    pub(crate) fn new() -> Self {
        Slot { quick: None, form: None, wrong: None }
    }

    /// The result; `None` when it is undefined.
    ///
    /// # Errors
    /// [`Error::Form`] when it is not what the caller asked for.
    #[inline(always)]
    pub(crate) fn finish(self) -> Result<Option<O::Form>, Error> {
        if let Some(error) = self.wrong {
            return Err(error);
        }
        Ok(match self.quick {
            Some(quick) => Some(O::of_quick(quick)),
            None => self.form,
        })
    }
}

/// As a value.
pub(crate) struct AsValue;

impl Output for AsValue {
    type Form = Value;
    type Quick = bool;

    #[inline]
    fn read(answer: Answer<'_>, slot: &mut Slot<Self>) -> Result<(), EvalError> {
        match answer.as_bool() {
            Some(truth) => slot.quick = Some(truth),
            None => slot.form = answer.value()?,
        }
        Ok(())
    }

    #[inline]
    fn of_value(value: Option<&Value>, slot: &mut Slot<Self>) {
        match value {
            Some(Value::Bool(truth)) => slot.quick = Some(*truth),
            value => slot.form = value.cloned(),
        }
    }

    #[inline]
    fn of_quick(truth: bool) -> Value {
        Value::Bool(truth)
    }
}

/// As a type of the caller's.
pub(crate) struct Into<T>(PhantomData<T>);

impl<T: DeserializeOwned> Output for Into<T> {
    type Form = T;
    type Quick = std::convert::Infallible;

    #[inline]
    fn read(answer: Answer<'_>, slot: &mut Slot<Self>) -> Result<(), EvalError> {
        match answer.deserialize() {
            Err(EvalError::Artifact(wrong)) => slot.wrong = Some(Error::Form(wrong.message)),
            read => slot.form = read?,
        }
        Ok(())
    }

    #[inline]
    fn of_value(value: Option<&Value>, slot: &mut Slot<Self>) {
        match value.map(de::from_value).transpose() {
            Ok(form) => slot.form = form,
            Err(error) => slot.wrong = Some(error),
        }
    }

    fn of_quick(quick: Self::Quick) -> T {
        match quick {}
    }
}
