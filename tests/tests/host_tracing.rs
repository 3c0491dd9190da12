//! What the host tells `tracing` and recorders: a span around each step, an event for each change and each failure. The only test of its file, since
//! `tracing` asks the subscriber of whichever thread comes first whether a span is wanted.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that fails panics")]

use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};
use writ_runtime::{Candidate, DecisionKind, ErrorKind, Policy, PolicyConfig, Recorder, SwapKind};
use writ_tests::host::{ask, compile, engine, value};

/// Writes down the name of every span that begins and the fields of every event.
#[derive(Default, Clone)]
struct Log {
    lines: Arc<Mutex<Vec<String>>>,
    spans: Arc<AtomicU64>,
}

struct Fields<'a>(&'a mut String);

impl Visit for Fields<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        let _ = write!(self.0, " {}={value:?}", field.name());
    }
}

impl Subscriber for Log {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("writ_")
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        let mut line = format!("[{}]", span.metadata().name());
        span.record(&mut Fields(&mut line));
        self.lines.lock().unwrap().push(line);
        Id::from_u64(self.spans.fetch_add(1, Ordering::Relaxed) + 1)
    }

    fn event(&self, event: &Event<'_>) {
        let mut line = event.metadata().level().to_string();
        event.record(&mut Fields(&mut line));
        self.lines.lock().unwrap().push(line);
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

impl Log {
    fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.lines.lock().unwrap())
    }
}

fn count(lines: &[String], begin: &str) -> usize {
    lines.iter().filter(|line| line.starts_with(begin)).count()
}

#[derive(Default)]
struct Events(Mutex<Vec<String>>);

impl Recorder for Events {
    fn decision(&self, entrypoint: &str, result: DecisionKind, took: Duration) {
        assert!(took < Duration::from_secs(60));
        self.0.lock().unwrap().push(format!("{entrypoint} {result:?}"));
    }

    fn swap(&self, result: SwapKind, took: Duration) {
        assert!(took < Duration::from_secs(60));
        self.0.lock().unwrap().push(format!("{result:?}"));
    }
}

fn candidate(n: i64) -> Candidate {
    let text = format!("package p\nx := {n} if data.n\nc := 1 if input.a\nc := 2 if input.a");
    Candidate::from_module(format!("r{n}"), compile(&text, &["p/x", "p/c"]))
}

#[test]
fn spans_events_and_recorders_see_every_step() {
    let log = Log::default();
    let _guard = tracing::subscriber::set_default(log.clone());
    let events = Arc::new(Events::default());
    let mut config = PolicyConfig::default();
    config.limits.time = Duration::from_secs(5);
    config.recorder = Some(events.clone());
    let policy = Policy::new(&engine(), candidate(1), config).unwrap();
    let lines = log.take();
    for step in ["[compile]", "[lay out data]", "[make instance]"] {
        assert_eq!(count(&lines, step), 1, "{step}: {lines:#?}");
    }
    assert_eq!(ask(&policy, "p/x", None).unwrap(), None);
    policy.set_data(value(r#"{"n": 1}"#)).unwrap();
    let lines = log.take();
    assert_eq!(count(&lines, "[decide] entrypoint=\"p/x\""), 1, "{lines:#?}");
    assert_eq!((count(&lines, "[change revision]"), count(&lines, "[compile]")), (1, 0), "{lines:#?}");
    assert!(ask(&policy, "p/x", None).unwrap().is_some());
    assert!(ask(&policy, "p/c", Some(&value(r#"{"a": 1}"#))).is_err());
    let lines = log.take();
    assert!(lines.iter().any(|l| l.contains("no decision") && l.contains("eval_conflict_error")), "{lines:#?}");

    // The same module again, with other data: nothing is compiled.
    policy.swap(candidate(1).with_data(value(r#"{"n": 2}"#))).unwrap();
    let lines = log.take();
    assert_eq!((count(&lines, "[compile]"), count(&lines, "INFO")), (0, 1), "{lines:#?}");
    policy.swap(candidate(2)).unwrap();
    assert_eq!(count(&log.take(), "[compile]"), 1);
    assert!(policy.swap(Candidate::default()).is_err());
    policy.rollback().unwrap();
    let lines = log.take();
    assert_eq!((count(&lines, "WARN"), count(&lines, "INFO")), (1, 1), "{lines:#?}");
    let seen = std::mem::take(&mut *events.0.lock().unwrap());
    let failed = format!("p/c {:?}", DecisionKind::Failed(ErrorKind::Policy));
    let expected = ["p/x Undefined", "Live", "p/x Defined", &failed, "Live", "Live", "Refused", "RolledBack"];
    assert_eq!(seen, expected);
}
