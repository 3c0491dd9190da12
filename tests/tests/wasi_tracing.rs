//! What a policy for WASI writes goes to `tracing`. The only test of its file, since `tracing` asks the subscriber of whichever thread comes first whether
//! an event is wanted.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that fails panics")]

use std::fmt::Write as _;
use std::sync::{Arc, Mutex};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};
use writ_runtime::{EvalOptions, Instance, Limits, Module};
use writ_tests::host::engine;

const WASM: &[u8] = include_bytes!("../../sdk/guest/fixture-wasi/policy.wasm");

/// Writes down the fields of every event of policies.
#[derive(Default, Clone)]
struct Log(Arc<Mutex<Vec<String>>>);

struct Fields(String);

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        let _ = write!(self.0, "{}={value:?} ", field.name());
    }
}

impl Subscriber for Log {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "writ::policy"
    }

    fn event(&self, event: &Event<'_>) {
        let mut fields = Fields(String::new());
        event.record(&mut fields);
        self.0.lock().unwrap().push(fields.0.trim_end().to_owned());
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

#[test]
fn each_line_is_an_event() {
    let log = Log::default();
    let _guard = tracing::subscriber::set_default(log.clone());
    let mut instance = Instance::new(&Module::new(&engine(), WASM).unwrap(), Limits::default()).unwrap();
    let id = instance.module().entrypoint("wasi/print").unwrap();
    instance.decide_json(id, b"\"one\\ntwo\"", EvalOptions::default(), |_| Ok(())).unwrap();
    let mut lines = log.0.lock().unwrap().clone();
    lines.sort();
    let line = |text: &str, stream: &str| format!("message={text} stream=\"{stream}\"");
    let expected =
        [line("to error: one", "error"), line("to output: one", "output"), line("two", "error"), line("two", "output")];
    assert_eq!(lines, expected);
}
