//! Changes of the policy: all or nothing, seen by the decisions that begin afterwards.

use std::sync::Arc;
use std::time::Instant;

use writ_bundle::{Source, WatchOptions};
use writ_runtime::{Candidate, DataChange, EvalError, RevisionId};
use writ_value::Value;

use crate::error::Error;
use crate::origin::Origin;
use crate::writ::Writ;

/// A bundle that is watched until this is dropped. When the drop returns, no change is under way and none will come.
///
/// ```
/// # fn main() -> Result<(), writ::Error> {
/// # let folder = tempfile::tempdir().expect("a folder");
/// # std::fs::write(folder.path().join("p.rego"), "package p\nok if input.x").expect("written");
/// let writ = writ::Writ::builder().bundle_path(folder.path()).entrypoint("p/ok").build()?;
/// let watch = writ.watch(writ::WatchOptions::default())?;
/// drop(watch);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
#[must_use]
pub struct Watch {
    _source: Source,
}

impl Writ {
    /// Reads the policy's origin again and makes it live if it is well. Decisions under way end by the revision that they began with. Cost: that of
    /// [`Builder::build`](crate::Builder::build).
    ///
    /// ```
    /// # fn main() -> Result<(), writ::Error> {
    /// # let folder = tempfile::tempdir().expect("a folder");
    /// let path = folder.path().join("authz.rego");
    /// std::fs::write(&path, "package authz\nallow := input.level > 3").expect("written");
    /// let writ = writ::Writ::builder().bundle_path(folder.path()).entrypoint("authz/allow").build()?;
    /// assert!(writ.decide("authz/allow", r#"{"level": 5}"#)?.is_true());
    ///
    /// std::fs::write(&path, "package authz\nallow := input.level > 7").expect("written");
    /// writ.reload()?;
    /// assert!(!writ.decide("authz/allow", r#"{"level": 5}"#)?.is_true());
    ///
    /// std::fs::write(&path, "package authz\nallow := input.level >").expect("written");
    /// assert!(writ.reload().is_err(), "half a rule");
    /// assert!(!writ.decide("authz/allow", r#"{"level": 5}"#)?.is_true());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Why it is refused; then nothing has changed.
    pub fn reload(&self) -> Result<RevisionId, Error> {
        self.changed(self.shared.builder.candidate().and_then(|candidate| Ok(self.shared.policy.swap(candidate)?)))
    }

    /// Makes a candidate live, from wherever it comes.
    ///
    /// ```
    /// # fn main() -> Result<(), writ::Error> {
    /// # let writ = writ::Writ::builder().rego("p.rego", "package p\nok if input.x").entrypoint("p/ok").build()?;
    /// # let text = b"package p\nok := \"new\"".to_vec();
    /// # let source = writ_compiler::Source { name: "p.rego".to_owned(), text, rego_version: None };
    /// # let options = writ_compiler::Options { entrypoints: vec!["p/ok".to_owned()], ..writ_compiler::Options::default() };
    /// # let wasm = writ_compiler::compile(&[source], &options).wasm.expect("a module");
    /// let revision = writ.swap(writ::Candidate::from_module("second", wasm))?;
    /// assert_eq!(writ.decide("p/ok", "{}")?.revision, revision);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Writ::reload`].
    pub fn swap(&self, candidate: Candidate) -> Result<RevisionId, Error> {
        self.changed(self.shared.policy.swap(candidate).map_err(Error::from))
    }

    /// Replaces the base documents; the code stays. Kept decisions of entrypoints that read no data stay as well.
    ///
    /// ```
    /// # fn main() -> Result<(), writ::Error> {
    /// # let policy = "package authz\ndefault allow := false\nallow if input.user in data.admins";
    /// # let writ = writ::Writ::builder().rego("authz.rego", policy).entrypoint("authz/allow").build()?;
    /// writ.set_data(writ::Value::object([("admins", writ::Value::set([writ::Value::from("ann")]))]))?;
    /// assert!(writ.decide("authz/allow", r#"{"user": "ann"}"#)?.is_true());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Writ::reload`].
    pub fn set_data(&self, data: Value) -> Result<RevisionId, Error> {
        self.changed(self.shared.policy.set_data(data).map_err(Error::from))
    }

    /// Changes parts of the base documents, all or none. Only the kept decisions of entrypoints that can read something at, above or below a changed
    /// path are forgotten. Cost: linear in the size of all data.
    ///
    /// ```
    /// use writ::{DataChange, Value};
    /// # fn main() -> Result<(), writ::Error> {
    /// # let policy = "package authz\ndefault allow := false\nallow if data.levels[input.user] > 3";
    /// # let writ = writ::Writ::builder().rego("authz.rego", policy).entrypoint("authz/allow").build()?;
    /// let path = vec!["levels".to_owned(), "ann".to_owned()];
    /// writ.patch_data(&[DataChange { path, value: Some(Value::from(5)) }])?;
    /// assert!(writ.decide("authz/allow", r#"{"user": "ann"}"#)?.is_true());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::Eval`] when a path leads through what is no object or removes what is not there; else as [`Writ::reload`].
    pub fn patch_data(&self, changes: &[DataChange]) -> Result<RevisionId, Error> {
        self.changed(self.shared.policy.patch_data(changes).map_err(Error::from))
    }

    /// Makes the revision before the live one live again. Its kept decisions are right again, too.
    ///
    /// ```
    /// # fn main() -> Result<(), writ::Error> {
    /// # let writ = writ::Writ::builder().rego("p.rego", "package p\nok := data.ok").entrypoint("p/ok").build()?;
    /// writ.set_data(writ::Value::object([("ok", writ::Value::from(true))]))?;
    /// assert!(writ.decide("p/ok", "{}")?.is_true());
    /// writ.rollback()?;
    /// assert_eq!(writ.decide("p/ok", "{}")?.result, None);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::Eval`] when there is none.
    pub fn rollback(&self) -> Result<RevisionId, Error> {
        let result = self.shared.policy.rollback().map_err(Error::from);
        if result.is_ok() {
            self.shared.updates().live_since = Instant::now();
        }
        result
    }

    /// Watches the bundle that the policy comes from, and makes live what appears there (delta bundles, too), until the [`Watch`] is dropped. What is half written is never
    /// read; what is refused changes nothing and shows in [`Health`](crate::Health). Works on a thread of its own.
    ///
    /// ```no_run
    /// # fn main() -> Result<(), writ::Error> {
    /// let writ = writ::Writ::builder().bundle_path("/etc/policies").build()?;
    /// let _watch = writ.watch(writ::WatchOptions::default())?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::Configuration`] when the policy does not come from a path; [`Error::Bundle`] when there is no thread to be had.
    pub fn watch(&self, mut options: WatchOptions) -> Result<Watch, Error> {
        let Origin::Path(path) = &self.shared.builder.origin else {
            return Err(Error::Configuration("only policies that come from a path can be watched"));
        };
        if let Some(reader) = &self.shared.builder.reader {
            options.reader = reader.clone();
        }
        // Held weakly, so that the thread does not keep the handle alive.
        let shared = Arc::downgrade(&self.shared);
        let source = Source::watch(path, options, move |bundle| {
            let Some(shared) = shared.upgrade() else { return };
            let writ = Writ { shared };
            let result = bundle.map_err(|e| Error::Bundle(e.to_string())).and_then(|bundle| {
                if bundle.is_delta() {
                    return Ok(writ.shared.policy.apply_delta(&bundle)?);
                }
                let candidate = writ.shared.builder.candidate_of(bundle)?;
                Ok(writ.shared.policy.swap(candidate)?)
            });
            // What went wrong is kept for the health report.
            let _ = writ.changed(result);
        });
        Ok(Watch { _source: source.map_err(|e| Error::Bundle(e.to_string()))? })
    }

    /// Notes how a change ended. What was kept for code or data that are gone is never found again, as keys say what they are for; its room is
    /// given back where nothing else is kept.
    fn changed(&self, result: Result<RevisionId, Error>) -> Result<RevisionId, Error> {
        let mut updates = self.shared.updates();
        match &result {
            Ok(id) => {
                updates.live_since = Instant::now();
                updates.refused = None;
                drop(updates);
                let revision = self.shared.policy.revision();
                let survives = revision.entrypoints().any(|name| revision.unchanged_since(name) != Some(*id));
                if let (false, Some(store)) = (survives, &self.shared.store) {
                    store.clear_local();
                }
            }
            // A mistake of the caller's says nothing about the origin.
            Err(Error::Eval(EvalError::Input(_))) => {}
            Err(error) => updates.refused = Some(error.to_string()),
        }
        result
    }
}
