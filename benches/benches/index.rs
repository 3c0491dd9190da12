//! The rule index and the join index, in process, on inputs that were encoded before.
//!
//! | group | measures |
//! | --- | --- |
//! | `index/equality/N` | one decision over N rules that test a value for equality |
//! | `index/membership/N` | the same for rules that test for membership in a set of constants |
//! | `index/prefix/N` | the same for rules that test with `startswith` |
//! | `join/index/N` | `some b in data.bindings; b.user == input.user` over N rows |
//! | `join/scan/N` | the same question in a form that no index answers |
//! | `join/unoptimised/N` | the first form compiled with `-O0` |
//!
//! Before it measures, the bench checks that the three joins give the same answer and that each rule set gives the one that the rules say.

use std::fmt::Write as _;
use std::hint::black_box;
use std::time::Duration;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use writ_compiler::plan::OptLevel;
use writ_compiler::{Options, Source, compile};
use writ_runtime::{Engine, EngineConfig, EvalOptions, Instance, Limits, Module, Prepared};
use writ_value::{Value, json};

/// Rows of the joins.
const ROWS: usize = 100_000;

/// A policy with an instance and an input.
struct Question {
    instance: Instance,
    input: Prepared,
}

impl Question {
    fn new(engine: &Engine, policy: &str, level: OptLevel, data: Option<&Value>, input: &str) -> Self {
        let source = Source { name: "bench.rego".to_owned(), text: policy.as_bytes().to_vec(), rego_version: None };
        let options = Options { entrypoints: vec!["bench/answer".to_owned()], opt_level: level, ..Options::default() };
        let output = compile(&[source], &options);
        let wasm = output.wasm.unwrap_or_else(|| panic!("{:?}", output.diagnostics));
        let module = Module::new(engine, &wasm).expect("our own module");
        let limits = Limits { time: Duration::from_secs(30), ..Limits::default() };
        let mut instance = Instance::new(&module, limits).expect("our own module");
        if let Some(data) = data {
            instance.set_data(data).expect("data that fit");
        }
        let entrypoint = module.entrypoint("bench/answer").expect("its entrypoint");
        let input = instance.prepare_json(entrypoint, input.as_bytes()).expect("our own input");
        Question { instance, input }
    }

    fn answer(&mut self) -> Option<Value> {
        self.instance.decide_prepared(&self.input, EvalOptions::default(), |answer| answer.value()).expect("a decision")
    }
}

/// A policy of `count` rules; `test` writes the test of rule n.
fn rules(count: usize, test: impl Fn(usize) -> String) -> String {
    let mut policy = "package bench\n\ndefault answer := \"none\"\n".to_owned();
    for n in 0..count {
        let _ = write!(policy, "\nanswer := \"rule {n}\" if {}\n", test(n));
    }
    policy
}

fn rule_index(c: &mut Criterion, engine: &Engine) {
    type Test = fn(usize) -> String;
    let kinds: [(&str, Test); 3] = [
        ("equality", |n| format!("input.path == \"/services/{n}/items\"")),
        ("membership", |n| format!("input.path in {{\"/services/{n}/items\", \"/services/{n}\"}}")),
        ("prefix", |n| format!("startswith(input.path, \"/services/{n}/\")")),
    ];
    for (kind, test) in kinds {
        let mut group = c.benchmark_group(format!("index/{kind}"));
        for count in [10, 100, 1000, 10_000] {
            let n = count * 4 / 5;
            let input = format!(r#"{{"path": "/services/{n}/items", "method": "GET"}}"#);
            let mut question = Question::new(engine, &rules(count, test), OptLevel::O2, None, &input);
            assert_eq!(question.answer(), Some(Value::from(format!("rule {n}"))), "{kind} {count}");
            group.bench_function(BenchmarkId::from_parameter(count), |b| b.iter(|| black_box(question.answer())));
        }
        group.finish();
    }
}

fn bindings() -> Value {
    let mut text = "{\"bindings\": [".to_owned();
    for n in 0..ROWS {
        let comma = if n == 0 { "" } else { ", " };
        let _ = write!(text, "{comma}{{\"user\": \"user-{n}\", \"role\": \"role-{}\"}}", n % 100);
    }
    text.push_str("]}");
    json::parse(text.as_bytes()).expect("our own data")
}

fn joins(c: &mut Criterion, engine: &Engine) {
    let indexed =
        "package bench\n\nanswer contains b.role if {\n\tsome b in data.bindings\n\tb.user == input.user\n}\n";
    let scanned = indexed.replace("b.user == input.user", "object.get(b, \"user\", \"\") == input.user");
    let data = bindings();
    let input = format!(r#"{{"user": "user-{}"}}"#, ROWS * 4 / 5);
    let mut questions = [
        ("join/index", Question::new(engine, indexed, OptLevel::O2, Some(&data), &input)),
        ("join/scan", Question::new(engine, &scanned, OptLevel::O2, Some(&data), &input)),
        ("join/unoptimised", Question::new(engine, indexed, OptLevel::O0, Some(&data), &input)),
    ];
    let answers: Vec<_> = questions.iter_mut().map(|(_, question)| question.answer()).collect();
    assert!(answers.iter().all(|answer| *answer == answers[0] && answer.is_some()), "{answers:?}");
    for (name, question) in &mut questions {
        let mut group = c.benchmark_group(*name);
        group.bench_function(BenchmarkId::from_parameter(ROWS), |b| b.iter(|| black_box(question.answer())));
        group.finish();
    }
}

fn index(c: &mut Criterion) {
    let engine = Engine::new(&EngineConfig::default()).expect("this machine runs Wasm");
    rule_index(c, &engine);
    joins(c, &engine);
}

criterion_group!(group, index);
criterion_main!(group);
