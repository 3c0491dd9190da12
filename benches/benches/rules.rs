//! Rule documents, in process.
//!
//! | group | measures |
//! | --- | --- |
//! | `rules/compile/N` | document text to module bytes, N rules |
//! | `rules/decide/N` | one decision on an input that satisfies all N rules: encode, run, decode |
//! | `rules/violated/N` | the same where every fourth rule is violated |
//! | `rules/valid/N` | the entrypoint that gives only a boolean |
//! | `rules/batch/KIND/NxP` | P different pairs of action and state against N rules by `Writ::decide_many`, on all cores, without a cache; per batch |
//! | `rules/cache` | finding the artefact of a 20-rule document by its content |
//! | `rules/run-time/…` | `Writ::rules` of a 20-rule document: the first time, and once it is known |
//!
//! `cargo bench -p writ-benches --bench rules -- --export FOLDER` writes the 20-rule document and its inputs instead, for
//! `benches/peers/rules_python/rules.py`.

use std::cell::RefCell;
use std::fmt::Write as _;
use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

use criterion::{BenchmarkId, Criterion, Throughput};
use writ::{RuleSet, Writ};
use writ_compiler::rules::ContentCache;
use writ_compiler::{Options, Source, compile};
use writ_runtime::{Engine, EngineConfig, EvalOptions, Instance, Limits, Module};
use writ_value::{Value, json};

/// A document of `count` rules as people write them: bounds with units and paths, lists, prefixes, a composition.
fn document(count: usize) -> String {
    let mut rules = String::new();
    for n in 0..count {
        let condition = match n % 5 {
            0 => format!(r#""param": "action.m{n}", "operator": "<=", "value": "{n} km", "param_unit": "m""#),
            1 => format!(r#""param": "action.n{n}", "operator": "between", "value": [0, {{"path": "state.limit"}}]"#),
            2 => r#""param": "action.kind", "operator": "in", "value": ["move", "lift", "wait"]"#.to_owned(),
            3 => r#""param": "state.zone", "operator": "starts_with", "value": "north""#.to_owned(),
            _ => format!(
                r#""any": [{{"param": "action.n{}", "operator": "<", "value": 50}}, {{"param": "state.ok", "operator": "==", "value": true}}]"#,
                n - 3
            ),
        };
        let level = ["ERROR", "WARNING", "INFO"][n % 3];
        let comma = if n == 0 { "" } else { "," };
        let _ = write!(
            rules,
            "{comma}\n{{\"id\": \"rule-{n}\", {condition}, \"message\": \"rule {n} is violated by the action\", \"level\": \"{level}\", \
             \"severity_score\": {}, \"xai_hint\": \"change the action\"}}",
            n % 10
        );
    }
    format!(r#"{{"id": "bench", "version": "1", "rules": [{rules}]}}"#)
}

/// An input for it, with every fourth rule violated or none.
fn input(count: usize, violated: bool) -> String {
    let mut action = String::from(r#""kind": "move""#);
    for n in 0..count {
        let bad = violated && n % 4 == 0;
        match n % 5 {
            0 => _ = write!(action, r#", "m{n}": {}"#, if bad { 10_000_000 } else { n * 900 }),
            1 => _ = write!(action, r#", "n{n}": {}"#, if bad { 500 } else { 40 }),
            _ => {}
        }
    }
    format!(r#"{{"action": {{{action}}}, "state": {{"limit": 100, "zone": "north-3", "ok": true}}}}"#)
}

fn source(count: usize) -> [Source; 1] {
    [Source { name: "bench.rules.json".to_owned(), text: document(count).into_bytes(), rego_version: None }]
}

fn module(count: usize) -> Vec<u8> {
    let output = compile(&source(count), &Options::default());
    assert!(output.wasm.is_some(), "{:?}", output.diagnostics);
    output.wasm.unwrap_or_default()
}

fn benches(c: &mut Criterion) {
    let mut group = c.benchmark_group("rules/compile");
    for count in [20, 200, 5000] {
        let source = source(count);
        group.sample_size(if count > 1000 { 10 } else { 50 });
        group.bench_function(BenchmarkId::from_parameter(count), |b| {
            b.iter(|| compile(black_box(&source), &Options::default()).wasm);
        });
    }
    group.finish();
    let engine = Engine::new(&EngineConfig::default()).expect("this machine runs Wasm");
    for (name, entrypoint, violated) in
        [("decide", "decision", false), ("violated", "decision", true), ("valid", "valid", false)]
    {
        let mut group = c.benchmark_group(format!("rules/{name}"));
        for count in [1, 5, 20, 100, 500] {
            let module = Module::new(&engine, &module(count)).expect("our own module");
            let mut instance = Instance::new(&module, Limits::default()).expect("our own module");
            let id = module.entrypoint(&format!("rules/bench/{entrypoint}")).expect("its entrypoint");
            let value = json::parse(input(count, violated).as_bytes()).expect("our own input");
            let valid = instance.evaluate(id, Some(&value), EvalOptions::default()).expect("a decision");
            black_box(valid);
            group.bench_function(BenchmarkId::from_parameter(count), |b| {
                b.iter(|| instance.evaluate(id, Some(black_box(&value)), EvalOptions::default()));
            });
        }
        group.finish();
    }
    batches(c);
    let cache: ContentCache<Vec<u8>> = ContentCache::default();
    let texts: Vec<String> =
        (0..100).map(|n| document(20).replace("change the action", &format!("change {n}"))).collect();
    let get = |text: &str| cache.get_or_compile(text.as_bytes(), || Ok::<_, ()>((vec![1], 1)));
    texts.iter().for_each(|text| _ = get(text));
    let mut next = 0;
    c.bench_function(&format!("rules/cache/{}-bytes", texts[0].len()), |b| {
        b.iter(|| {
            next = (next + 1) % texts.len();
            get(black_box(&texts[next]))
        });
    });
    run_time(c, &texts);
}

/// Many pairs at once.
fn batches(c: &mut Criterion) {
    let mut group = c.benchmark_group("rules/batch");
    group.sample_size(20);
    for (kind, entrypoint, violated, sizes) in [
        ("decision", "decision", false, &[(5, 10_000), (20, 1_000), (20, 10_000), (20, 100_000), (100, 10_000)][..]),
        ("valid", "valid", false, &[(20, 10_000)]),
        ("violated", "decision", true, &[(20, 10_000)]),
    ] {
        for &(rules, pairs) in sizes {
            let entrypoint = format!("rules/bench/{entrypoint}");
            let writ = Writ::builder().rego("bench.rules.json", document(rules)).entrypoint(entrypoint.as_str());
            let writ = writ.measure(false).build().expect("a policy");
            let inputs: Vec<String> = (0..pairs)
                .map(|n| input(rules, violated).replace("\"limit\": 100", &format!("\"limit\": {}", 100 + n % 97)))
                .collect();
            assert!(writ.decide_many(&entrypoint, &inputs).iter().all(Result::is_ok));
            group.throughput(Throughput::Elements(pairs as u64));
            group.bench_function(format!("{kind}/{rules}x{pairs}"), |b| {
                b.iter(|| writ.decide_many(&entrypoint, black_box(&inputs)));
            });
        }
    }
    group.finish();
}

/// Documents that a host gets at run time.
fn run_time(c: &mut Criterion, texts: &[String]) {
    let writ = Writ::builder().rego("p.rego", "package p\nallow := true").entrypoint("p/allow");
    let writ = writ.build().expect("a policy");
    let mut next = 0;
    let mut group = c.benchmark_group("rules/run-time");
    group.bench_function("known", |b| {
        texts.iter().for_each(|text| _ = writ.rules(text));
        b.iter(|| {
            next = (next + 1) % texts.len();
            writ.rules(black_box(&texts[next])).is_ok()
        });
    });
    let mut version = 0;
    let before: RefCell<Option<Arc<RuleSet>>> = RefCell::default();
    group.sample_size(20);
    group.bench_function("first", |b| {
        b.iter_batched(
            || {
                // The thread in the background is done with the document before.
                while before.borrow().as_ref().is_some_and(|rules| !rules.is_optimized()) {
                    std::thread::sleep(Duration::from_millis(1));
                }
                version += 1;
                document(20).replace("\"version\": \"1\"", &format!("\"version\": \"{version}\""))
            },
            |text| before.replace(writ.rules(&text).ok()),
            criterion::BatchSize::PerIteration,
        );
    });
    group.finish();
}

/// Writes what the peer reads.
fn export(folder: &str) -> std::io::Result<()> {
    let parsed = json::parse(document(20).as_bytes()).unwrap_or(Value::Null);
    std::fs::write(format!("{folder}/document.json"), json::to_string(&parsed))?;
    let lines = [false, true].map(|violated| input(20, violated) + "\n");
    std::fs::write(format!("{folder}/valid.jsonl"), &lines[0])?;
    std::fs::write(format!("{folder}/violated.jsonl"), &lines[1])
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    if let Some(at) = arguments.iter().position(|argument| argument == "--export") {
        let folder = arguments.get(at + 1).map_or(".", String::as_str);
        export(folder).expect("a folder that can be written");
        return;
    }
    let mut criterion = Criterion::default().configure_from_args();
    benches(&mut criterion);
    criterion.final_summary();
}
