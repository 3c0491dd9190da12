//! Writ, as an application uses it: the host SDK's `decide` and `decide_value`, without a decision cache, and without measuring each call.

use std::time::Duration;

use writ::Writ;
use writ_runtime::{EvalOptions, Prepared, Resolved};

use super::{Answer, Engine, Mode, Peer, say};
use crate::case::Case;
use crate::measure::{Samples, sample};
use crate::types::Typed;

pub(super) struct WritPeer {
    writ: Writ,
    entrypoint: String,
    /// Where it is, for the calls that go to the runtime.
    resolved: Resolved,
    input: Vec<u8>,
    prepared: Prepared,
    typed: Option<Typed>,
}

impl WritPeer {
    pub(super) fn new(case: &Case) -> Result<Self, String> {
        let mut builder = Writ::builder().entrypoint(case.entrypoint()).measure(false);
        for (name, text) in &case.policy {
            builder = builder.rego(name, text);
        }
        if let Some(data) = &case.data {
            builder = builder.data(writ_value::json::parse(data).map_err(say)?);
        }
        let writ = builder.build().map_err(say)?;
        let entrypoint = case.entrypoint();
        let prepared =
            writ.policy().with_instance(&entrypoint, None, |instance, id, _| instance.prepare_json(id, &case.input));
        let prepared = prepared.map_err(say)?;
        let resolved = writ.policy().resolve(&entrypoint).map_err(say)?;
        Ok(WritPeer { writ, entrypoint, resolved, input: case.input.clone(), prepared, typed: case.typed.clone() })
    }

    /// The SDK has no call for an input that was encoded before; the runtime's policy, which it hands out, has.
    fn decide_prepared(&self) -> Result<Answer, String> {
        let decided = self.writ.policy().with_resolved(&self.resolved, |instance, _| {
            instance.decide_prepared(&self.prepared, EvalOptions::default(), |answer| answer.value())
        });
        decided.map_err(say)?.ok_or("the revision is not live")?.map_err(say)
    }
}

impl Peer for WritPeer {
    fn engine(&self) -> Engine {
        Engine::Writ
    }

    fn modes(&self) -> Vec<Mode> {
        let mut modes = vec![Mode::Json, Mode::Native];
        modes.extend(self.typed.as_ref().map(|_| Mode::Struct));
        modes
    }

    fn answer(&mut self, mode: Mode) -> Result<Option<Answer>, String> {
        let given = match (mode, &self.typed) {
            (Mode::Native, _) => self.decide_prepared()?,
            (Mode::Struct, Some(typed)) => self.writ.decide_value(&self.entrypoint, typed).map_err(say)?.result,
            _ => self.writ.decide(&self.entrypoint, &self.input).map_err(say)?.result,
        };
        Ok(Some(given))
    }

    fn run(&mut self, mode: Mode, slice: Duration) -> Result<Samples, String> {
        let (writ, entrypoint, input) = (&self.writ, self.entrypoint.as_str(), self.input.as_slice());
        Ok(match (mode, &self.typed) {
            (Mode::Native, _) => sample(slice, || self.decide_prepared()),
            (Mode::Struct, Some(Typed::Abac(value))) => sample(slice, || writ.decide_value(entrypoint, value)),
            (Mode::Struct, Some(Typed::Rbac(value))) => sample(slice, || writ.decide_value(entrypoint, value)),
            (Mode::Struct, Some(Typed::HttpApi(value))) => sample(slice, || writ.decide_value(entrypoint, value)),
            _ => sample(slice, || writ.decide(entrypoint, input)),
        })
    }
}
