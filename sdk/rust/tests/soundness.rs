//! Whatever mix of cache, batch, queue and changes a decision goes through, it is the one that a fresh evaluation by the revision that it names gives,
//! and that revision was live during the call.

mod common;

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use common::{Hand, json};
use proptest::prelude::*;
use std::sync::Arc;
use writ::{CacheConfig, CallOptions, Candidate, DataChange, Decision, RevisionId, Sensitivity, Value, Writ};

/// Conditions that rules of drawn policies are made of. `?` is a small number.
const CONDITIONS: [&str; 10] = [
    "input.a == ?",
    "input.b.c > ?",
    "input.s == \"s?\"",
    "data.limit >= input.a",
    "? in input.list",
    "data.users[input.s].level > ?",
    "not input.b.d",
    "count(input.list) > ?",
    "data.flags.f?",
    "startswith(input.s, \"s\")",
];

const ENTRYPOINTS: [&str; 3] = ["p/allow", "p/value", "p/found"];

fn policy(picks: &[(usize, u8)]) -> String {
    let condition = |&(at, n): &(usize, u8)| CONDITIONS[at % CONDITIONS.len()].replace('?', &(n % 3).to_string());
    let third = picks.len().div_ceil(3);
    let mut text = "package p\n\ndefault allow := false\n".to_owned();
    for (i, part) in picks.chunks(third.max(1)).enumerate() {
        let body: Vec<String> = part.iter().map(condition).collect();
        let body = body.join("\n    ");
        text.push_str(&match i {
            0 => format!("allow if {{\n    {body}\n}}\n"),
            1 => format!("value := {{\"a\": input.a, \"limit\": data.limit}} if {{\n    {body}\n}}\n"),
            _ => format!("found contains input.s if {{\n    {body}\n}}\n"),
        });
    }
    text + "allow if input.b.c == 9\nvalue := \"nine\" if {\n    input.b.c == 9\n    not input.a\n}\nfound contains \"nine\" if input.b.c == 9\n"
}

fn module(text: &str) -> Candidate {
    let source =
        writ_compiler::Source { name: "p.rego".to_owned(), text: text.into(), ..writ_compiler::Source::default() };
    let entrypoints = ENTRYPOINTS.map(str::to_owned).to_vec();
    let output = writ_compiler::compile(&[source], &writ_compiler::Options { entrypoints, ..Default::default() });
    let Some(wasm) = output.wasm else { panic!("{text}\n{:?}", output.diagnostics) };
    Candidate::from_module("", wasm)
}

fn data(limit: u8) -> Value {
    json(&format!(r#"{{"limit": {limit}, "users": {{"s1": {{"level": {limit}}}}}, "flags": {{"f{limit}": true}}}}"#))
}

#[derive(Debug, Clone)]
enum Step {
    Decide { how: u8, entrypoint: usize, input: String },
    Many(usize, Vec<String>),
    Swap(Vec<(usize, u8)>),
    SetData(u8),
    Patch(usize, u8),
    Rollback,
    Clear,
    Time(u64),
}

fn inputs() -> impl Strategy<Value = String> {
    let part = |name: &'static str, values: &'static [&'static str]| {
        proptest::option::of(0..values.len()).prop_map(move |at| at.map(|at| format!("\"{name}\": {}", values[at])))
    };
    (
        part("a", &["0", "1", "2", "1.0", "\"1\"", "null"]),
        part("b", &[r#"{"c": 1}"#, r#"{"c": 9}"#, r#"{"c": 2, "d": true}"#, r#"{"d": false, "c": 0}"#]),
        part("s", &["\"s0\"", "\"s1\"", "\"s2\"", "\"other\"", "\"nine\""]),
        part("list", &["[]", "[1]", "[0, 1, 2]", "[2, {\"x\": 1}]"]),
        part("unread", &["1", "2", "{\"deep\": [3]}"]),
    )
        .prop_map(|(a, b, s, list, unread)| {
            let parts: Vec<String> = [unread, a, b, s, list].into_iter().flatten().collect();
            format!("{{{}}}", parts.join(", "))
        })
}

fn steps() -> impl Strategy<Value = Step> {
    let picks = || proptest::collection::vec((0..CONDITIONS.len(), 0..3u8), 3..7);
    prop_oneof![
        20 => (0..5u8, 0..3usize, inputs()).prop_map(|(how, entrypoint, input)| Step::Decide { how, entrypoint, input }),
        4 => (0..3usize, proptest::collection::vec(inputs(), 1..20)).prop_map(|(at, inputs)| Step::Many(at, inputs)),
        1 => picks().prop_map(Step::Swap),
        1 => (0..3u8).prop_map(Step::SetData),
        2 => (0..3usize, 0..3u8).prop_map(|(at, to)| Step::Patch(at, to)),
        1 => Just(Step::Rollback),
        1 => Just(Step::Clear),
        1 => (0..400u64).prop_map(Step::Time),
    ]
}

/// The handle under test and one without cache or queue; both go through the same changes.
struct Pair {
    tested: Writ,
    plain: Writ,
    clock: Arc<Hand>,
}

impl Pair {
    fn new(picks: &[(usize, u8)], learn: bool, front: usize) -> Self {
        let clock = Arc::new(Hand::default());
        let mut config = CacheConfig::default();
        (config.learn, config.front_entries, config.max_entries) = (learn, front, 64);
        let builder = || {
            ENTRYPOINTS
                .iter()
                .fold(Writ::builder().rego("p.rego", policy(picks)), |b, name| b.entrypoint(*name))
                .data(data(1))
                .limits(common::patient())
        };
        let tested = builder().cache(config).clock(clock.clone()).build().expect("a policy");
        Pair { tested, plain: builder().build().expect("a policy"), clock }
    }

    fn both<T>(&self, change: impl Fn(&Writ) -> T) {
        change(&self.tested);
        change(&self.plain);
    }

    /// The same result, or an error of the same kind.
    fn compare(&self, entrypoint: &str, input: &str, got: Result<Decision, writ::Error>) {
        self.expect(entrypoint, input, got, self.plain.decide(entrypoint, input));
    }

    fn expect(
        &self,
        entrypoint: &str,
        input: &str,
        got: Result<Decision, writ::Error>,
        expected: Result<Decision, writ::Error>,
    ) {
        match (got, expected) {
            (Ok(got), Ok(expected)) => {
                assert_eq!(got.result, expected.result, "{entrypoint} {input}");
                assert_eq!(got.revision, self.tested.policy().revision().id());
            }
            (Err(got), Err(expected)) => assert_eq!(got.code(), expected.code(), "{entrypoint} {input}"),
            (got, expected) => panic!("{entrypoint} {input}: {got:?} instead of {expected:?}"),
        }
    }

    fn take(&self, step: &Step, runtime: &tokio::runtime::Runtime) {
        match step {
            Step::Decide { how, entrypoint, input } => {
                let name = ENTRYPOINTS[*entrypoint];
                let value: serde_json::Value = serde_json::from_str(input).expect("JSON");
                let mut options = CallOptions::default();
                options.sensitivity = Some(Sensitivity::Critical);
                let got = match how {
                    0 => self.tested.decide(name, input),
                    1 => {
                        // A float has no digits of its own: `1.0` comes out as serde has it.
                        let expected = self.plain.decide_value(name, &value);
                        return self.expect(name, input, self.tested.decide_value(name, &value), expected);
                    }
                    2 => self.tested.decide_with(name, input, &options),
                    3 => runtime.block_on(self.tested.decide_async(name, input.clone())),
                    _ => {
                        let typed = self.tested.decide_into::<serde_json::Value>(name, input);
                        let plain = self.tested.decide(name, input);
                        if let (Ok(typed), Ok(plain)) = (typed, &plain) {
                            // As numbers of Rego, of which `1` and `1.0` are one.
                            let typed = typed.result.map(|value| json(&value.to_string()));
                            assert_eq!(typed, plain.to_json().map(|text| json(&text)));
                        }
                        plain
                    }
                };
                self.compare(name, input, got);
            }
            Step::Many(entrypoint, inputs) => {
                let name = ENTRYPOINTS[*entrypoint];
                let got = self.tested.decide_many(name, inputs);
                assert_eq!(got.len(), inputs.len());
                got.into_iter().zip(inputs).for_each(|(got, input)| self.compare(name, input, got));
            }
            Step::Swap(picks) => {
                let candidate = module(&policy(picks)).with_data(data(2));
                self.both(|writ| writ.swap(candidate.clone()).expect("a swap"));
            }
            Step::SetData(limit) => self.both(|writ| writ.set_data(data(*limit)).expect("data")),
            Step::Patch(at, to) => {
                let path = [&["limit"][..], &["users", "s1", "level"], &["flags", "f1"]][*at];
                let path = path.iter().map(|&key| key.to_owned()).collect();
                let change = [DataChange { path, value: Some(Value::from(i64::from(*to))) }];
                self.both(|writ| writ.patch_data(&change).expect("a patch"));
            }
            Step::Rollback => self.both(|writ| drop(writ.rollback())),
            Step::Clear => self.tested.cache().expect("a cache").clear(),
            Step::Time(seconds) => self.clock.set(*seconds),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, failure_persistence: None, max_shrink_iters: 200, ..ProptestConfig::default() })]

    #[test]
    fn every_way_of_deciding_is_as_good_as_a_fresh_evaluation(
        picks in proptest::collection::vec((0..CONDITIONS.len(), 0..3u8), 3..7),
        learn in any::<bool>(),
        front in prop_oneof![Just(0usize), Just(8), Just(512)],
        steps in proptest::collection::vec(steps(), 1..100),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        let pair = Pair::new(&picks, learn, front);
        // Everything twice, so that most of it is asked again.
        for step in steps.iter().chain(&steps) {
            pair.take(step, &runtime);
        }
    }
}

/// When a revision may have been live: from before it was made so until after the next one was.
type History = Mutex<Vec<(RevisionId, Instant, Instant)>>;

#[test]
fn decisions_in_many_threads_name_a_revision_that_was_live_and_decides_so() {
    const POLICY: &str = "package p\nvalue := [data.n, input.x]\nplain := input.x\nother := data.m";
    let mut config = CacheConfig::default();
    config.learn = false;
    let builder = ["p/value", "p/plain", "p/other"]
        .iter()
        .fold(Writ::builder().rego("p.rego", POLICY), |b, name| b.entrypoint(*name));
    let writ =
        builder.limits(common::patient()).data(json(r#"{"n": 0, "m": 0}"#)).cache(config).build().expect("a policy");
    // What `data.n` and `data.m` are in each revision, and when each was live.
    let contents: Mutex<BTreeMap<RevisionId, (i64, i64)>> = Mutex::new(BTreeMap::from([(RevisionId(1), (0, 0))]));
    let history: History =
        Mutex::new(vec![(RevisionId(1), Instant::now(), Instant::now() + Duration::from_secs(3600))]);
    let stop = AtomicBool::new(false);
    let went_live = |id: RevisionId, before: Instant| {
        let after = Instant::now();
        let mut history = history.lock().expect("whole");
        history.last_mut().expect("the first").2 = after;
        history.push((id, before, after + Duration::from_secs(3600)));
    };
    let seen: Vec<Vec<(String, Decision, Instant, Instant)>> = std::thread::scope(|scope| {
        let readers: Vec<_> = (0..4)
            .map(|reader: i64| {
                let (writ, stop) = (&writ, &stop);
                scope.spawn(move || {
                    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
                    let (mut seen, mut i) = (Vec::new(), 0i64);
                    while !stop.load(Ordering::Relaxed) {
                        i += 1;
                        let name = ["p/value", "p/plain", "p/other"][(i % 3) as usize];
                        let input = format!(r#"{{"x": {}, "fresh": "{reader}-{i}"}}"#, i % 5);
                        let start = Instant::now();
                        let decisions = match i % 7 {
                            0 => vec![runtime.block_on(writ.decide_async(name, input.clone()))],
                            1 => writ.decide_many(name, &[&input, &input]),
                            _ => vec![writ.decide(name, &input)],
                        };
                        let end = Instant::now();
                        for decision in decisions {
                            let decision = decision.expect("a decision");
                            if seen.len() < 200_000 {
                                seen.push((format!("{name} {}", i % 5), decision, start, end));
                            }
                        }
                    }
                    seen
                })
            })
            .collect();
        let set = |key: &str, value: i64| [DataChange { path: vec![key.to_owned()], value: Some(Value::from(value)) }];
        for round in 1..=60i64 {
            std::thread::sleep(Duration::from_millis(3));
            let before = Instant::now();
            let current = *contents.lock().expect("whole").get(&writ.policy().revision().id()).expect("known");
            let (id, now) = match round % 4 {
                0 => (writ.rollback().ok(), current),
                1 | 3 => (writ.patch_data(&set("n", round)).ok(), (round, current.1)),
                _ => (writ.patch_data(&set("m", round)).ok(), (current.0, round)),
            };
            if let Some(id) = id {
                contents.lock().expect("whole").entry(id).or_insert(now);
                went_live(id, before);
            }
        }
        stop.store(true, Ordering::Relaxed);
        readers.into_iter().map(|reader| reader.join().expect("no panic")).collect()
    });
    let (contents, history) = (contents.into_inner().expect("whole"), history.into_inner().expect("whole"));
    let mut cached = 0;
    for (asked, decision, start, end) in seen.iter().flatten() {
        let (n, m) = contents[&decision.revision];
        let (name, x) = asked.split_once(' ').expect("two parts");
        let expected = match name {
            "p/value" => json(&format!("[{n}, {x}]")),
            "p/plain" => json(x),
            _ => Value::from(m),
        };
        assert_eq!(decision.result, Some(expected), "{asked} by {:?}", decision.revision);
        let was_live = history.iter().any(|(id, from, to)| *id == decision.revision && from <= end && to >= start);
        assert!(was_live, "{:?} was not live during the call", decision.revision);
        cached += usize::from(decision.cached);
    }
    let total: usize = seen.iter().map(Vec::len).sum();
    assert!(total > 1000 && cached > total / 2, "{cached} of {total}");
}
