//! Inputs that were encoded ahead get what their text gets, whatever was swapped or changed since.

mod common;

use std::sync::Arc;

use common::{cached, input, json};
use writ::{CallOptions, Candidate, Error, Writ};
use writ_compiler::{Options, Source, compile};

fn module(policy: &str) -> Arc<[u8]> {
    let source = Source { name: "p.rego".to_owned(), text: policy.as_bytes().to_vec(), rego_version: None };
    let options = Options { entrypoints: vec!["p/out".to_owned()], ..Options::default() };
    compile(&[source], &options).wasm.expect("the policy compiles").into()
}

fn writ(policy: &str) -> Writ {
    Writ::builder().rego("p.rego", policy).entrypoint("p/out").build().expect("a policy")
}

#[test]
fn a_prepared_input_gets_what_its_text_gets() {
    let writ =
        writ("package p\nout := {\"role\": input.role, \"n\": input.n + 1, \"tags\": {t | some t in input.tags}}");
    for text in [
        r#"{"role": "admin", "n": 1, "tags": ["a", "b", "a"], "unread": {"x": [1, 2]}}"#,
        r#"{"role": "a much longer role than sixteen bytes", "n": 1.5, "tags": []}"#,
        r#"{"role": "", "n": 18446744073709551616, "tags": ["é"]}"#,
        "{}",
        "[1]",
        "null",
    ] {
        let by_text = writ.decide("p/out", text).expect("a decision").result;
        let prepared = writ.prepare("p/out", text).expect("an input");
        for _ in 0..3 {
            assert_eq!(writ.decide_prepared(&prepared).expect("a decision").result, by_text, "{text}");
        }
        let value: serde_json::Value = serde_json::from_str(text).expect("JSON");
        let prepared = writ.prepare_value("p/out", &value).expect("an input");
        // `serde_json` reads the large number as a floating-point one.
        let by_value = writ.decide_value("p/out", &value).expect("a decision").result;
        assert_eq!(writ.decide_prepared(&prepared).expect("a decision").result, by_value, "{text}");
        assert_eq!(by_value.is_some(), by_text.is_some(), "{text}");
    }
}

#[test]
fn it_stays_valid_when_code_and_data_change() {
    let writ = writ("package p\nout := [input.a, data.k]");
    let prepared = writ.prepare("p/out", r#"{"a": "text", "b": 2}"#).expect("an input");
    let decide = |with: &Writ| with.decide_prepared(&prepared).expect("a decision").result;
    assert_eq!(decide(&writ), None, "data.k is undefined");
    writ.set_data(json(r#"{"k": 1}"#)).expect("data");
    assert_eq!(decide(&writ), Some(json(r#"["text", 1]"#)));
    // Data that begin the frames elsewhere.
    writ.set_data(json(&format!(r#"{{"k": 2, "long": "{}"}}"#, "z".repeat(50_000)))).expect("data");
    assert_eq!(decide(&writ), Some(json(r#"["text", 2]"#)));
    // Other code, which reads another part of the input and has its slots in another order.
    writ.swap(Candidate::from_module("second", module("package p\nout := {input.b, input.a, \"text\"}")))
        .expect("a swap");
    assert_eq!(
        decide(&writ),
        Some(writ.decide("p/out", r#"{"a": "text", "b": 2}"#).expect("a decision").result.expect("a set"))
    );
    writ.rollback().expect("a rollback");
    assert_eq!(decide(&writ), Some(json(r#"["text", 2]"#)));
    // Another handle altogether.
    let other = self::writ("package p\nout := input.b");
    assert_eq!(decide(&other), Some(json("2")));
}

#[test]
fn it_shares_the_cache_with_its_text() {
    let (writ, _) = cached();
    let prepared = writ.prepare("authz/allow", input("alice", "user", "read", 1)).expect("an input");
    assert!(!writ.decide_prepared(&prepared).expect("a decision").cached);
    assert!(writ.decide_prepared(&prepared).expect("a decision").cached);
    assert!(writ.decide("authz/allow", input("alice", "user", "read", 2)).expect("a decision").cached);
    let mut fresh = CallOptions::default();
    fresh.fresh = true;
    let decision = writ.decide_prepared_with(&prepared, &fresh).expect("a decision");
    assert!(decision.is_true() && !decision.cached);
    // Larger than the room that a thread begins with.
    let long = format!(r#"{{"user": {{"name": "{}", "role": "user"}}, "action": "read"}}"#, "y".repeat(1 << 20));
    let prepared = writ.prepare("authz/allow", &long).expect("an input");
    let by_text = writ.decide("authz/allow", &long).expect("a decision");
    let decision = writ.decide_prepared(&prepared).expect("a decision");
    assert_eq!((decision.result, decision.cached), (by_text.result, true));
}

#[test]
fn what_is_refused_is_refused_ahead() {
    let writ = writ("package p\nout := input.a");
    for (entrypoint, text) in [("p/out", "{"), ("p/out", r#"{"a": 1} x"#), ("p/none", "{}")] {
        let refused = writ.prepare(entrypoint, text).expect_err("a mistake");
        assert!(matches!(refused, Error::Eval(_)), "{refused}");
        assert_eq!(refused.code(), writ.decide(entrypoint, text).expect_err("a mistake").code());
    }
}
