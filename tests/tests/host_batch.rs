//! A batch gives each input what it gets alone: the same answer, the same error, whatever happens to its neighbours.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that fails panics")]

use std::time::Duration;

use serde_json::{Value as Json, json};
use writ_runtime::{EntrypointId, EvalError, EvalOptions, Instance, Limits, Module};
use writ_tests::host::{OPA_MODULE, compile, engine};
use writ_value::Value;

/// Answers of all kinds: in the word, in the input's frame, in the heap, constants, undefined; with memory taken and given back in between.
const POLICY: &str = r#"package p

answer := input.echo if input.kind == "echo"
answer := true if input.kind == "true"
answer := {"text": sprintf("%v-%v", [input.name, input.n]), "all": [x | some x in input.list]} if input.kind == "made"
answer := constant if input.kind == "constant"
answer := sum(input.list) * 98765432109876543210 if input.kind == "number"
answer := {x: count(groups[x]) | some x in input.list} if input.kind == "groups"
answer := count(sort(array.concat(input.list, json.unmarshal(input.text)))) if input.kind == "scratch"
answer := input.lookup[input.name] if input.kind == "lookup"
answer := input.lookup if { input.kind == "indexed"; input.lookup[input.name] }
answer := 1 if input.kind == "conflict"
answer := 2 if input.kind == "conflict"
answer := count([1 | some a in many; some b in many; some c in many; a * b * c == 0]) if input.kind == "slow"
answer := count([s | some a in numbers.range(1, 1000000); s := sprintf("%v and more text %v", [a, input.name])]) if input.kind == "large"

many := numbers.range(1, 3000)

groups[x] contains y if { some x in input.list; some y in input.list; y >= x }

constant := {"a": [1, 2.50, "three"], "b": null}
"#;

const KINDS: [&str; 9] = ["echo", "true", "made", "constant", "number", "groups", "scratch", "lookup", "indexed"];

fn limits() -> Limits {
    Limits { time: Duration::from_millis(40), memory_bytes: 4 << 20, ..Limits::default() }
}

fn instance(policy: &str, entrypoint: &str) -> (Instance, EntrypointId) {
    let module = Module::new(&engine(), &compile(policy, &[entrypoint])).unwrap();
    let id = module.entrypoint(entrypoint).unwrap();
    (Instance::new(&module, limits()).unwrap(), id)
}

fn input(kind: &str, n: u64) -> Json {
    let list: Vec<u64> = (0..n % 7).map(|i| (i * 5 + n) % 11).collect();
    let lookup: serde_json::Map<String, Json> = (0..n % 40).map(|i| (format!("name {i}"), json!([i, kind]))).collect();
    json!({
        "kind": kind, "n": n, "name": format!("name {}", n % 9), "list": list, "text": "[3, 1, 2.5]", "lookup": lookup,
        "echo": {"deep": [n, {"x": "y\u{e9}"}, format!("text of {n}")]},
    })
}

/// No dependency for so little chance.
struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % n
    }
}

fn show(result: Result<Option<Value>, EvalError>) -> String {
    match result {
        Ok(value) => format!("{value:?}"),
        // How long something took differs.
        Err(EvalError::Limit(limit)) => format!("{:?}", limit.which),
        Err(error) => error.to_string(),
    }
}

/// Each alone, on a fresh instance where one was stopped.
fn alone(instance: &mut Instance, id: EntrypointId, texts: &[Vec<u8>]) -> Vec<String> {
    let one = |text: &Vec<u8>| {
        if !instance.is_usable() {
            *instance = Instance::new(&instance.module().clone(), limits()).unwrap();
        }
        show(instance.decide_json(id, text, EvalOptions::default(), |a| a.value()))
    };
    texts.iter().map(one).collect()
}

fn shown(results: Vec<Result<Option<Value>, EvalError>>) -> Vec<String> {
    results.into_iter().map(show).collect()
}

#[track_caller]
fn same(results: Vec<Result<Option<Value>, EvalError>>, expected: &[String]) {
    let results = shown(results);
    assert_eq!(results.len(), expected.len());
    for (at, (result, expected)) in results.iter().zip(expected).enumerate() {
        assert_eq!(result, expected, "{at}");
    }
}

#[test]
fn a_batch_answers_as_one_by_one() {
    let (mut instance, id) = instance(POLICY, "p/answer");
    let mut random = Random(7);
    for len in [0, 1, 2, 15, 17, 300, 1500] {
        let inputs: Vec<Json> = (0..len).map(|n| input(KINDS[random.below(KINDS.len())], n)).collect();
        let texts: Vec<Vec<u8>> = inputs.iter().map(|i| serde_json::to_vec(i).unwrap()).collect();
        let expected = alone(&mut instance, id, &texts);
        let options = EvalOptions::default();
        same(instance.decide_many_json(id, &texts, options, |a| a.value()), &expected);
        same(instance.decide_many_values(id, &inputs, options, |a| a.value()), &expected);
        let prepared: Vec<_> = texts.iter().map(|text| instance.prepare_json(id, text).unwrap()).collect();
        same(instance.decide_many_prepared(&prepared, options, |a| a.value()), &expected);
    }
}

#[test]
fn what_is_wrong_with_one_input_is_its_own_affair() {
    let (mut instance, id) = instance(POLICY, "p/answer");
    let mut random = Random(11);
    let deep = "[".repeat(600) + &"]".repeat(600);
    let bad = ["{", "", "{\"kind\": \"true\"} x", deep.as_str(), r#"{"kind": "conflict"}"#];
    for round in 0..8 {
        let texts: Vec<Vec<u8>> = (0..120)
            .map(|n| match random.below(if round < 4 { 60 } else { 3 }) {
                0 => bad[random.below(bad.len())].as_bytes().to_vec(),
                _ => serde_json::to_vec(&input(KINDS[random.below(KINDS.len())], n)).unwrap(),
            })
            .collect();
        let expected = alone(&mut instance, id, &texts);
        same(instance.decide_many_json(id, &texts, EvalOptions::default(), |a| a.value()), &expected);
    }
}

#[test]
fn a_limit_stops_one_input_and_not_the_batch() {
    let (mut instance, id) = instance(POLICY, "p/answer");
    let kinds = ["made", "slow", "made", "large", "echo", "large", "true"];
    let texts: Vec<Vec<u8>> = (0..28).map(|n| serde_json::to_vec(&input(kinds[n % 7], 5)).unwrap()).collect();
    let results = shown(instance.decide_many_json(id, &texts, EvalOptions::default(), |a| a.value()));
    for (at, result) in results.iter().enumerate() {
        match kinds[at % 7] {
            "slow" => assert_eq!(result, "Time", "{at}"),
            "large" => assert_eq!(result, "Memory", "{at}"),
            _ => assert!(result.starts_with("Some("), "{at}: {result}"),
        }
    }
    assert!(instance.is_usable());
}

#[test]
fn together_they_may_use_more_than_one_of_them_may() {
    // Each takes about 1 MiB of 4 for its answer, which must stay until all of a chunk are read.
    let policy = "package p\nanswer := [x | some x in numbers.range(1, input.n)]";
    let (mut instance, id) = instance(policy, "p/answer");
    let texts: Vec<String> = (0..40).map(|n| format!("{{\"n\": {}}}", 60_000 + n)).collect();
    let results = instance.decide_many_json(id, &texts, EvalOptions::default(), |a| {
        Ok(a.value()?.and_then(|v| v.as_array().map(|a| a.len())))
    });
    let lens: Vec<usize> = results.into_iter().map(|r| r.unwrap().unwrap()).collect();
    assert_eq!(lens, (60_000..60_040).collect::<Vec<_>>());
}

#[test]
fn data_up_to_the_end_of_memory_leave_room_for_a_batch() {
    let (mut instance, id) = instance("package p\nanswer := data.list[input.n]", "p/answer");
    // One of these ends close to the end of a page of linear memory.
    for kib in 0..32 {
        let list: Vec<Value> = (0..12_000 + kib * 256).map(Value::from).collect();
        let data = writ_value::Object::from([(Value::from("list"), Value::from(list))]);
        instance.set_data(&Value::from(data)).unwrap();
        let before = instance.memory().as_ptr();
        let texts: Vec<String> = (0..300).map(|n| format!("{{\"n\": {n}}}")).collect();
        let results = instance.decide_many_json(id, &texts, EvalOptions::default(), |a| Ok(a.as_i64()));
        let found: Vec<i64> = results.into_iter().map(|r| r.unwrap().unwrap()).collect();
        assert_eq!(found, (0..300).collect::<Vec<_>>(), "{kib}");
        assert_eq!(instance.memory().as_ptr(), before, "no fresh instance was needed");
    }
}

#[test]
fn chance_is_drawn_for_each_input() {
    let (mut instance, id) = instance("package p\nanswer := uuid.rfc4122(input.k)", "p/answer");
    let results = shown(instance.decide_many_json(id, &[r#"{"k": "x"}"#; 50], EvalOptions::default(), |a| a.value()));
    let different: std::collections::BTreeSet<_> = results.iter().collect();
    assert_eq!(different.len(), 50, "{results:?}");
}

#[test]
fn strictness_and_errors_of_readers_hold_for_each() {
    let (mut instance, id) = instance("package p\nanswer := 1 / input.n", "p/answer");
    let texts = [r#"{"n": 1}"#, r#"{"n": 0}"#, r#"{"n": 2}"#];
    let strict = EvalOptions::default().with_strict_builtin_errors(true);
    let results = instance.decide_many_json(id, &texts, strict, |a| a.value());
    assert!(matches!(results[1], Err(EvalError::Policy(_))), "{results:?}");
    assert!(results[0].is_ok() && results[2].is_ok(), "{results:?}");
    let results = shown(instance.decide_many_json(id, &texts, EvalOptions::default(), |a| {
        a.value()?.map(Some).ok_or_else(|| EvalError::input("nothing"))
    }));
    assert_eq!(results.iter().filter(|r| r.contains("nothing")).count(), 1, "{results:?}");
}

#[test]
fn nothing_of_a_batch_is_left() {
    let (mut instance, id) = instance(POLICY, "p/answer");
    let secret = "s3cr3t-of-a-batch";
    let mut texts: Vec<Vec<u8>> = Vec::new();
    for n in 0..200u64 {
        let mut input = input(KINDS[n as usize % KINDS.len()], n);
        input["name"] = json!(format!("{secret} {n}"));
        input["echo"] = json!([secret, n]);
        let mut text = serde_json::to_vec(&input).unwrap();
        // Some are refused half way.
        text.truncate(text.len() - usize::from(n % 17 == 3));
        texts.push(text);
    }
    let results = instance.decide_many_json(id, &texts, EvalOptions::default(), |a| a.value());
    assert!(results.iter().filter(|r| r.is_ok()).count() > 180);
    assert!(instance.is_usable());
    assert!(!instance.memory().windows(6).any(|w| w == b"s3cr3t"));
}

#[test]
fn modules_of_others_take_batches_too() {
    let module = Module::new(&engine(), OPA_MODULE).unwrap();
    let (name, id) = module.entrypoints().iter().next().map(|(n, id)| (n.clone(), *id)).unwrap();
    let mut instance = Instance::new(&module, limits()).unwrap();
    let texts: Vec<Vec<u8>> = ["{}", "{\"user\": \"alice\"}", "nonsense", "[]"].map(|t| t.as_bytes().to_vec()).to_vec();
    let expected = alone(&mut instance, id, &texts);
    let results = shown(instance.decide_many_json(id, &texts, EvalOptions::default(), |a| a.value()));
    assert_eq!(results, expected, "{name}");
}
