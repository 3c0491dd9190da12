//! Inputs that are decided on more than once: encoded ahead, so that a decision begins with a copy of their bytes.

use std::fmt;
use std::sync::Arc;

use serde::Serialize;
use writ_runtime::{Answer, EntrypointId, EvalError, EvalOptions, FrameBuffer, Instance, Preparer};

use super::CallOptions;
use super::forms::{AsValue, Input};
use crate::decision::Decision;
use crate::error::Error;
use crate::thread::Taken;
use crate::writ::Writ;

/// An input for one entrypoint, encoded ahead by [`Writ::prepare`]. Cloning is cheap; may be used from any thread.
///
/// It stays valid whatever is swapped or changed: while the policy's code is the one that it was prepared for, and base data take the same room,
/// a decision copies what it prepared; afterwards it is read anew from its text each time, as [`Writ::decide`] would. Prepare it again then.
/// Memory: its JSON text and what the policy can read of it.
#[derive(Clone)]
pub struct PreparedInput {
    inner: Arc<Inner>,
}

struct Inner {
    entrypoint: Box<str>,
    text: Box<[u8]>,
    /// `None` for modules whose inputs have no projection.
    frame: Option<(Preparer, FrameBuffer)>,
}

impl PreparedInput {
    /// The entrypoint that it was prepared for.
    ///
    /// ```
    /// # fn main() -> Result<(), writ::Error> {
    /// # let writ = writ::Writ::builder().rego("p.rego", "package p\nok if input.x").entrypoint("p/ok").build()?;
    /// assert_eq!(writ.prepare("p/ok", r#"{"x": 1}"#)?.entrypoint(), "p/ok");
    /// # Ok(())
    /// # }
    /// ```
    pub fn entrypoint(&self) -> &str {
        &self.inner.entrypoint
    }
}

impl fmt::Debug for PreparedInput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Inputs may hold what must not get into logs.
        f.debug_struct("PreparedInput").field("entrypoint", &self.inner.entrypoint).finish_non_exhaustive()
    }
}

impl Writ {
    /// Encodes an input in JSON text for decisions of an entrypoint.
    ///
    /// ```
    /// # fn main() -> Result<(), writ::Error> {
    /// # let policy = "package authz\ndefault allow := false\nallow if input.role == \"admin\"";
    /// # let writ = writ::Writ::builder().rego("authz.rego", policy).entrypoint("authz/allow").build()?;
    /// let input = writ.prepare("authz/allow", r#"{"role": "admin"}"#)?;
    /// for _ in 0..3 {
    ///     assert!(writ.decide_prepared(&input)?.is_true());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::Eval`] for an input that is refused, or an entrypoint that is not there.
    pub fn prepare(&self, entrypoint: &str, input: impl AsRef<[u8]>) -> Result<PreparedInput, Error> {
        self.prepare_text(entrypoint, input.as_ref().into())
    }

    /// [`Writ::prepare`] for a value of any type.
    ///
    /// ```
    /// # fn main() -> Result<(), writ::Error> {
    /// # let writ = writ::Writ::builder().rego("p.rego", "package p\nok if input.x").entrypoint("p/ok").build()?;
    /// let input = writ.prepare_value("p/ok", &serde_json::json!({"x": 1}))?;
    /// assert!(writ.decide_prepared(&input)?.is_true());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Writ::prepare`].
    pub fn prepare_value<T: Serialize + ?Sized>(&self, entrypoint: &str, input: &T) -> Result<PreparedInput, Error> {
        let text = serde_json::to_vec(input).map_err(|e| EvalError::input(e.to_string()))?;
        self.prepare_text(entrypoint, text.into())
    }

    fn prepare_text(&self, entrypoint: &str, text: Box<[u8]>) -> Result<PreparedInput, Error> {
        let mut seat = Taken::of(&self.shared);
        let at = seat.find(&self.shared, entrypoint)?;
        let preparer = seat.parts(at).0.preparer.clone();
        let frame = match preparer {
            Some(preparer) => {
                let mut frame = FrameBuffer::new(0);
                preparer.json(&text, &mut frame)?;
                frame.shrink_to_fit();
                Some((preparer, frame))
            }
            None => None,
        };
        Ok(PreparedInput { inner: Arc::new(Inner { entrypoint: entrypoint.into(), text, frame }) })
    }

    /// Decides on an input that was prepared.
    ///
    /// ```
    /// # fn main() -> Result<(), writ::Error> {
    /// # let writ = writ::Writ::builder().rego("p.rego", "package p\nok if input.x").entrypoint("p/ok").build()?;
    /// let input = writ.prepare("p/ok", r#"{"x": 1}"#)?;
    /// assert!(writ.decide_prepared(&input)?.is_true());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Writ::decide`].
    pub fn decide_prepared(&self, input: &PreparedInput) -> Result<Decision, Error> {
        self.decide_prepared_with(input, &CallOptions::default())
    }

    /// [`Writ::decide_prepared`] with options.
    ///
    /// ```
    /// # fn main() -> Result<(), writ::Error> {
    /// # let writ = writ::Writ::builder().rego("p.rego", "package p\nok if input.x").entrypoint("p/ok").build()?;
    /// let mut options = writ::CallOptions::default();
    /// options.fresh = true;
    /// let input = writ.prepare("p/ok", r#"{"x": 1}"#)?;
    /// assert!(writ.decide_prepared_with(&input, &options)?.is_true());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Writ::decide_with`].
    pub fn decide_prepared_with(&self, input: &PreparedInput, options: &CallOptions) -> Result<Decision, Error> {
        let input = &*input.inner;
        self.one::<_, AsValue>(&input.entrypoint, input, options)
    }
}

impl Input for Inner {
    #[inline]
    fn prepare(&self, preparer: &Preparer, buffer: &mut FrameBuffer) -> Result<(), EvalError> {
        match &self.frame {
            Some((of, frame)) if of.is_like(preparer) => preparer.copy(frame, buffer),
            _ => preparer.json(&self.text, buffer),
        }
    }

    #[inline]
    fn decide<R>(
        &self,
        instance: &mut Instance,
        entrypoint: EntrypointId,
        options: &EvalOptions,
        read: impl FnOnce(Answer<'_>) -> Result<R, EvalError>,
    ) -> Result<R, EvalError> {
        match &self.frame {
            Some((of, frame)) if instance.fits(of) => instance.decide_frame(of, frame, *options, read),
            _ => instance.decide_json(entrypoint, &self.text, *options, read),
        }
    }
}
