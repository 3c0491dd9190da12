//! Writ, as an application uses it: the host SDK's `decide`, `decide_value` and `decide_prepared`, without a decision cache, and without measuring each call.

use std::time::Duration;

use writ::{PreparedInput, Writ};

use super::{Answer, Engine, Mode, Peer, say};
use crate::case::Case;
use crate::measure::{Samples, sample};
use crate::types::Typed;

pub(super) struct WritPeer {
    writ: Writ,
    entrypoint: String,
    input: Vec<u8>,
    prepared: PreparedInput,
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
        let prepared = writ.prepare(&entrypoint, &case.input).map_err(say)?;
        Ok(WritPeer { writ, entrypoint, input: case.input.clone(), prepared, typed: case.typed.clone() })
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
            (Mode::Native, _) => self.writ.decide_prepared(&self.prepared).map_err(say)?.result,
            (Mode::Struct, Some(typed)) => self.writ.decide_value(&self.entrypoint, typed).map_err(say)?.result,
            _ => self.writ.decide(&self.entrypoint, &self.input).map_err(say)?.result,
        };
        Ok(Some(given))
    }

    fn run(&mut self, mode: Mode, slice: Duration) -> Result<Samples, String> {
        let (writ, entrypoint, input) = (&self.writ, self.entrypoint.as_str(), self.input.as_slice());
        Ok(match (mode, &self.typed) {
            (Mode::Native, _) => sample(slice, || writ.decide_prepared(&self.prepared)),
            (Mode::Struct, Some(Typed::Abac(value))) => sample(slice, || writ.decide_value(entrypoint, value)),
            (Mode::Struct, Some(Typed::Rbac(value))) => sample(slice, || writ.decide_value(entrypoint, value)),
            (Mode::Struct, Some(Typed::HttpApi(value))) => sample(slice, || writ.decide_value(entrypoint, value)),
            _ => sample(slice, || writ.decide(entrypoint, input)),
        })
    }
}
