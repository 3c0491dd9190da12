//! After a decision on a secret, no byte of it is found in the memory that the next decision could reach.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that fails panics")]

use std::time::Duration;

use writ_runtime::{Candidate, EvalError, LimitKind, Policy, PolicyConfig, Request};
use writ_tests::host::{OPA_MODULE, ask, ask_as, compile, engine, value};
use writ_value::Value;

const SECRET: &str = "s3cr3t-Tok3n-of-the-first-request";

/// Goes through most of the guest: text, numbers beyond 64 bits, collections, JSON, sorting, host built-ins, comprehensions.
const POLICY: &str = r#"package p
words := split(input.text, "-")
upper_case := upper(input.text)
pairs := {w: concat("", [w, input.text]) | some w in words}
json_text := json.marshal({"a": input.text, "b": [input.number, words]})
back := json.unmarshal(json_text)
number := (input.number * 98765432109876543210.5) + 1
quotient := round(input.number / 7.25)
sorted := sort(array.concat(words, [input.text, input.number]))
encoded := base64.encode(input.text)
matched if regex.match("t0ken|Tok3n", input.text)
trace := sprintf("%v %v %d", [input.text, pairs, input.number])
grep := {x | some x in words; startswith(x, "T")}
reached := graph.reachable({w: words | some w in words}, {"Tok3n"})
patched := json.patch(input, [{"op": "add", "path": "/more", "value": input.text}])
all := [words, upper_case, pairs, json_text, back, number, quotient, sorted, encoded, matched, trace, grep, reached, patched]
conflict := input.text if input.a
conflict := trace if input.a
"#;

/// Where pieces of the secret lie, in any case and encoding that the policy makes of it.
fn residue(policy: &Policy) -> Vec<(usize, String)> {
    let pieces = ["s3cr3t", "Tok3n", "S3CR3T", "TOK3N", "czNjcjN0", "8712345678901234", "first-request", "-of-the-"];
    let mut found = Vec::new();
    let mut seen = 0;
    policy.inspect(|memory| {
        seen += 1;
        for piece in pieces {
            // The policy's own constants hold one of them.
            let own = |at: usize| piece == "Tok3n" && memory[at.saturating_sub(16)..at + 6].contains(&b'|');
            let hits = memory.windows(piece.len()).enumerate().filter(|(_, w)| *w == piece.as_bytes());
            found.extend(hits.map(|(at, _)| at).filter(|&at| !own(at)).map(|at| (at, piece.to_owned())));
        }
    });
    assert!(seen > 0, "there is an instance to look at");
    found
}

fn secret_input(extra: &str) -> Value {
    value(&format!(r#"{{"text": "{SECRET}", "number": 87123456789012345678.125{extra}}}"#))
}

fn config() -> PolicyConfig {
    let mut config = PolicyConfig::default();
    config.limits.time = Duration::from_secs(5);
    config.max_instances = 1;
    config
}

#[test]
fn nothing_of_a_decision_stays_in_a_module_of_ours() {
    let wasm = compile(POLICY, &["p/all", "p/conflict"]);
    let policy = Policy::new(&engine(), Candidate::from_module("r", wasm), config()).unwrap();
    let constants = residue(&policy);
    let answer = ask(&policy, "p/all", Some(&secret_input(""))).unwrap().unwrap();
    assert!(answer.to_string().contains(SECRET), "the decision was about the secret");
    assert_eq!(residue(&policy), constants);
    assert_eq!(policy.stats().pool.created, 1, "it was the same instance");
    // Nor after a policy error, which stops the guest in the middle.
    assert!(matches!(ask(&policy, "p/conflict", Some(&secret_input(r#", "a": 1"#))), Err(EvalError::Policy(_))));
    ask(&policy, "p/all", Some(&value(r#"{"text": "", "number": 1}"#))).unwrap();
    assert_eq!(residue(&policy), constants);
}

#[test]
fn nothing_stays_of_texts_that_were_encoded_whatever_came_of_them() {
    let wasm = compile(POLICY, &["p/all", "p/conflict"]);
    let policy = Policy::new(&engine(), Candidate::from_module("r", wasm), config()).unwrap();
    let constants = residue(&policy);
    let request = Request { entrypoint: "p/all", ..Request::default() };
    let text = secret_input("").to_string();
    let answer = policy.decide_json(&request, text.as_bytes(), |answer| answer.json()).unwrap().unwrap();
    assert!(answer.contains(SECRET), "the decision was about the secret");
    assert_eq!(residue(&policy), constants);
    // Texts that end in the middle, go on behind their end, or are nested too deeply: refused after the secret was read.
    let deep = format!("{}, \"deep\": {}", &text[..text.len() - 1], "[".repeat(600));
    for bad in [&text[..text.len() - 1], &format!("{text}]"), &deep] {
        assert!(policy.decide_json(&request, bad.as_bytes(), |answer| answer.json()).is_err());
        assert_eq!(residue(&policy), constants);
    }
    // A reader that fails.
    let fails = policy.decide_json(&request, text.as_bytes(), |_| -> Result<(), _> { Err(EvalError::input("no")) });
    assert!(fails.is_err());
    assert_eq!(residue(&policy), constants);
    assert_eq!(policy.stats().pool.created, 1, "it was the same instance");
}

#[test]
fn nothing_stays_when_the_result_is_refused() {
    let wasm = compile(POLICY, &["p/all"]);
    let mut config = config();
    config.limits.result_bytes = 64;
    let policy = Policy::new(&engine(), Candidate::from_module("r", wasm), config).unwrap();
    let constants = residue(&policy);
    match ask(&policy, "p/all", Some(&secret_input(""))) {
        Err(EvalError::Limit(e)) => assert_eq!(e.which, LimitKind::ResultSize),
        other => panic!("{other:?}"),
    }
    assert_eq!(residue(&policy), constants);
}

#[test]
fn nothing_of_a_large_decision_stays() {
    let text = "package p\nall := [sprintf(\"%v-%v\", [i, input.text]) | some i in numbers.range(1, 20000)]";
    let policy = Policy::new(&engine(), Candidate::from_module("r", compile(text, &["p/all"])), config()).unwrap();
    assert!(residue(&policy).is_empty());
    assert!(ask(&policy, "p/all", Some(&secret_input(""))).unwrap().is_some());
    assert_eq!(residue(&policy), []);
    assert_eq!(policy.stats().pool.created, 1, "it was the same instance");
}

#[test]
fn nothing_of_one_tenant_is_there_for_the_next_in_a_foreign_module() {
    let candidate = Candidate::from_module("opa", OPA_MODULE);
    let policy = Policy::new(&engine(), candidate, config()).unwrap();
    let input = value(&format!(r#"{{"user": "{SECRET}", "accepts": ["{SECRET}"]}}"#));
    ask_as(&policy, "authz/accepted", Some(&input), Some("a")).unwrap();
    assert!(!residue(&policy).is_empty(), "the test would see it");
    ask_as(&policy, "authz/accepted", Some(&value(r#"{"user": "x"}"#)), Some("b")).unwrap();
    assert_eq!(residue(&policy), []);
}
