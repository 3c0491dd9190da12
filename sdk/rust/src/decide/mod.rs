//! Decisions: one, many, asynchronous.

mod asynchronous;
mod forms;
mod many;
mod options;
mod path;
mod prepared;

use serde::Serialize;
use serde::de::DeserializeOwned;
use writ_runtime::{DecisionKind, ErrorKind};

pub use options::CallOptions;
pub use prepared::PreparedInput;

use crate::cache::Meter;
use crate::decision::{Decision, DecisionId};
use crate::error::Error;
use crate::thread::Taken;
use crate::writ::{Shared, Writ};
use forms::{AsValue, Input, Output, Slot, Text, Typed};
use path::{Call, Made};

impl Writ {
    /// Decides on an input in JSON text, or bytes of it.
    ///
    /// Blocks only while all instances are in use, or while another thread decides the very same for the cache. Allocates nothing when the result is a
    /// boolean, a small number or `null`. An undefined document is a decision without a result, and no error.
    ///
    /// ```
    /// # fn main() -> Result<(), writ::Error> {
    /// # let policy = "package authz\ndefault allow := false\nallow if input.role == \"admin\"";
    /// # let writ = writ::Writ::builder().rego("authz.rego", policy).entrypoint("authz/allow").build()?;
    /// let decision = writ.decide("authz/allow", r#"{"role": "admin"}"#)?;
    /// assert!(decision.is_true());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::Eval`].
    pub fn decide(&self, entrypoint: &str, input: impl AsRef<[u8]>) -> Result<Decision, Error> {
        self.decide_with(entrypoint, input, &CallOptions::default())
    }

    /// [`Writ::decide`] with options.
    ///
    /// ```
    /// # fn main() -> Result<(), writ::Error> {
    /// # let writ = writ::Writ::builder().rego("p.rego", "package p\nok if input.x").entrypoint("p/ok").build()?;
    /// let mut options = writ::CallOptions::default();
    /// options.ttl = Some(std::time::Duration::from_secs(5));
    /// assert!(writ.decide_with("p/ok", r#"{"x": 1}"#, &options)?.is_true());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Writ::decide`]; [`Error::Deadline`].
    pub fn decide_with(
        &self,
        entrypoint: &str,
        input: impl AsRef<[u8]>,
        options: &CallOptions,
    ) -> Result<Decision, Error> {
        self.one::<_, AsValue>(entrypoint, &Text(input.as_ref()), options)
    }

    /// [`Writ::decide`] for a value of any type: a struct of the caller's, a `serde_json::Value`. It means what its JSON text would mean.
    ///
    /// ```
    /// #[derive(serde::Serialize)]
    /// struct Request<'a> {
    ///     role: &'a str,
    /// }
    /// # fn main() -> Result<(), writ::Error> {
    /// # let policy = "package authz\ndefault allow := false\nallow if input.role == \"admin\"";
    /// # let writ = writ::Writ::builder().rego("authz.rego", policy).entrypoint("authz/allow").build()?;
    /// assert!(writ.decide_value("authz/allow", &Request { role: "admin" })?.is_true());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Writ::decide`].
    pub fn decide_value<T: Serialize + ?Sized>(&self, entrypoint: &str, input: &T) -> Result<Decision, Error> {
        self.decide_value_with(entrypoint, input, &CallOptions::default())
    }

    /// [`Writ::decide_value`] with options.
    ///
    /// ```
    /// # fn main() -> Result<(), writ::Error> {
    /// # let writ = writ::Writ::builder().rego("p.rego", "package p\nok if input.x").entrypoint("p/ok").build()?;
    /// let mut options = writ::CallOptions::default();
    /// options.fresh = true;
    /// assert!(writ.decide_value_with("p/ok", &serde_json::json!({"x": 1}), &options)?.is_true());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Writ::decide_with`].
    pub fn decide_value_with<T: Serialize + ?Sized>(
        &self,
        entrypoint: &str,
        input: &T,
        options: &CallOptions,
    ) -> Result<Decision, Error> {
        self.one::<_, AsValue>(entrypoint, &Typed(input), options)
    }

    /// [`Writ::decide`] with a result of a type of the caller's.
    ///
    /// ```
    /// #[derive(serde::Deserialize)]
    /// struct Verdict {
    ///     allow: bool,
    ///     reasons: Vec<String>,
    /// }
    /// # fn main() -> Result<(), writ::Error> {
    /// # let policy = "package gate\nverdict := {\"allow\": false, \"reasons\": [\"closed\"]}";
    /// # let writ = writ::Writ::builder().rego("gate.rego", policy).entrypoint("gate/verdict").build()?;
    /// let verdict = writ.decide_into::<Verdict>("gate/verdict", "{}")?.result.expect("the rule is unconditional");
    /// assert_eq!((verdict.allow, verdict.reasons.len()), (false, 1));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Writ::decide`]; [`Error::Form`] when the result does not fit the type.
    pub fn decide_into<T: DeserializeOwned>(
        &self,
        entrypoint: &str,
        input: impl AsRef<[u8]>,
    ) -> Result<Decision<T>, Error> {
        self.one::<_, forms::Into<T>>(entrypoint, &Text(input.as_ref()), &CallOptions::default())
    }

    /// [`Writ::decide_value`] with a result of a type of the caller's.
    ///
    /// ```
    /// # fn main() -> Result<(), writ::Error> {
    /// # let writ = writ::Writ::builder().rego("p.rego", "package p\nok if input.x").entrypoint("p/ok").build()?;
    /// let decision = writ.decide_value_into::<_, bool>("p/ok", &serde_json::json!({"x": 1}))?;
    /// assert_eq!(decision.result, Some(true));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Writ::decide_into`].
    pub fn decide_value_into<I: Serialize + ?Sized, T: DeserializeOwned>(
        &self,
        entrypoint: &str,
        input: &I,
    ) -> Result<Decision<T>, Error> {
        self.one::<_, forms::Into<T>>(entrypoint, &Typed(input), &CallOptions::default())
    }

    #[inline]
    pub(super) fn one<I: Input, O: Output>(
        &self,
        entrypoint: &str,
        input: &I,
        options: &CallOptions,
    ) -> Result<Decision<O::Form>, Error> {
        let shared = &*self.shared;
        let watch = shared.measure.then(|| shared.policy.engine().stopwatch());
        let evaluation = options.evaluation()?;
        let mut seat = Taken::of(&self.shared);
        let (call, mut slot) = (Call { options, evaluation: &evaluation }, Slot::<O>::new());
        let from = path::decide(shared, &mut seat, entrypoint, input, call, &mut slot);
        let made = from.and_then(|from| Ok(Made { result: slot.finish()?, from }));
        let took = watch.map(|watch| watch.elapsed());
        shared.counted(&seat.meter, entrypoint, &made, took);
        made.map(|made| decision(made, took))
    }
}

fn decision<T>(made: Made<T>, took: Option<std::time::Duration>) -> Decision<T> {
    let Made { result, from: path::Provenance { revision, cached } } = made;
    Decision { result, revision, id: DecisionId::next(), cached, took }
}

impl Shared {
    /// Counts a decision and tells the host's recorder.
    #[inline]
    fn counted<T>(
        &self,
        meter: &Meter,
        entrypoint: &str,
        made: &Result<Made<T>, Error>,
        took: Option<std::time::Duration>,
    ) {
        match made {
            Ok(Made { result: Some(_), .. }) => meter.defined.add(1),
            Ok(Made { result: None, .. }) => meter.undefined.add(1),
            Err(_) => meter.failed.add(1),
        }
        if let Some(recorder) = &self.recorder {
            let kind = match made {
                Ok(Made { result: Some(_), .. }) => DecisionKind::Defined,
                Ok(Made { result: None, .. }) => DecisionKind::Undefined,
                Err(Error::Eval(error)) => DecisionKind::Failed(ErrorKind::from(error)),
                Err(Error::Deadline { .. }) => DecisionKind::Failed(ErrorKind::Limit),
                // The result is there; what its caller wanted it to be is not the policy's fault.
                Err(_) => DecisionKind::Failed(ErrorKind::Input),
            };
            recorder.decision(entrypoint, kind, took.unwrap_or_default());
        }
    }
}
