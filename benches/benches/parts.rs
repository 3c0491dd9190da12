//! The parts of a decision, each by itself: input to frame, the call, the answer to a value.
//!
//! | group | measures |
//! | --- | --- |
//! | `encode/json` | JSON text to a frame: a small request; a large plan of which little is read; one with escapes and no ASCII |
//! | `encode/struct` | a Rust struct to a frame |
//! | `call` | the decision on a prepared input, the answer only looked at |
//! | `decode` | answers of a few sizes as a value, as JSON text, as a Rust type |
//! | `floor` | `serde_json` scanning the same texts, nothing kept |

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use serde::de::IgnoredAny;
use writ_abi::names;
use writ_benches::build;
use writ_benches::case::{Case, own};
use writ_benches::types::Typed;
use writ_compiler::plan::OptLevel;
use writ_encode::{Encoder, InputLayout, Interner, Scratch};
use writ_runtime::{Engine, EngineConfig, EvalOptions, Instance, Limits, Module};

/// Where frames are laid out; any multiple of 8 does.
const BASE: u32 = 1 << 16;

fn case(name: &str) -> Case {
    Case::open(&own().join(name)).expect("a case")
}

fn instance(case: &Case) -> (Vec<u8>, Instance) {
    let wasm = build::wasm(case, OptLevel::O2).expect("the policy compiles");
    let engine = Engine::new(&EngineConfig::default()).expect("an engine");
    let module = Module::new(&engine, &wasm).expect("a module");
    let mut instance = Instance::new(&module, Limits::default()).expect("an instance");
    if let Some(data) = &case.data {
        instance.set_data(&writ_value::json::parse(data).expect("JSON")).expect("data");
    }
    (wasm, instance)
}

fn section<'w>(wasm: &'w [u8], name: &str) -> &'w [u8] {
    let sections = wasmparser::Parser::new(0).parse_all(wasm).filter_map(Result::ok);
    let mut custom = sections.filter_map(|payload| match payload {
        wasmparser::Payload::CustomSection(section) if section.name() == name => Some(section.data()),
        _ => None,
    });
    custom.next().expect("a section")
}

fn encode(c: &mut Criterion) {
    let mut group = c.benchmark_group("encode");
    for name in ["abac", "rbac", "http-api", "k8s-admission", "terraform-plan", "aggregation"] {
        let case = case(name);
        let (wasm, instance) = instance(&case);
        let layout = InputLayout::parse(section(&wasm, names::SECTION_INPUT)).expect("a layout");
        let strings = Interner::new(section(&wasm, names::SECTION_STRINGS), instance.memory()).expect("strings");
        let encoder = Encoder { projection: layout.projection(0).expect("one"), strings: &strings, max_depth: 512 };
        let mut scratch = Scratch::default();
        let mut room = vec![0; 16 << 20];
        group.throughput(Throughput::Bytes(case.input.len() as u64));
        group.bench_function(BenchmarkId::new("json", name), |b| {
            b.iter(|| encoder.json(black_box(&case.input), &mut scratch, &mut room, BASE));
        });
        if name == "k8s-admission" {
            let text = String::from_utf8(case.input.clone()).expect("text").replace("shop", "Geschäft\\u0021");
            group.bench_function(BenchmarkId::new("json", "escapes"), |b| {
                b.iter(|| encoder.json(black_box(text.as_bytes()), &mut scratch, &mut room, BASE));
            });
        }
        group.bench_function(BenchmarkId::new("floor", name), |b| {
            b.iter(|| serde_json::from_slice::<IgnoredAny>(black_box(&case.input)).is_ok());
        });
        let id = BenchmarkId::new("struct", name);
        match &case.typed {
            Some(Typed::Abac(value)) => {
                group.bench_function(id, |b| b.iter(|| encoder.value(black_box(value), &mut scratch, &mut room, BASE)));
            }
            Some(Typed::Rbac(value)) => {
                group.bench_function(id, |b| b.iter(|| encoder.value(black_box(value), &mut scratch, &mut room, BASE)));
            }
            Some(Typed::HttpApi(value)) => {
                group.bench_function(id, |b| b.iter(|| encoder.value(black_box(value), &mut scratch, &mut room, BASE)));
            }
            None => {}
        }
    }
    group.finish();
}

fn call(c: &mut Criterion) {
    let mut group = c.benchmark_group("call");
    for name in ["abac", "rbac", "http-api", "rules-10", "rules-1000", "arithmetic"] {
        let case = case(name);
        let (_, mut instance) = instance(&case);
        let entrypoint = instance.module().entrypoint(&case.entrypoint()).expect("an entrypoint");
        let prepared = instance.prepare_json(entrypoint, &case.input).expect("an input");
        group.bench_function(name, |b| {
            b.iter(|| {
                instance.decide_prepared(black_box(&prepared), EvalOptions::default(), |answer| Ok(answer.is_defined()))
            });
        });
    }
    group.finish();
}

fn decode(c: &mut Criterion) {
    let mut group = c.benchmark_group("decode");
    for (name, size) in [("boolean", 0), ("small-object", 1), ("100-objects", 100)] {
        let text = match size {
            0 => "package answers\n\nanswer := input.flag".to_owned(),
            _ => "package answers\n\nanswer := [{\"allow\": input.flag, \"reason\": \"because it is so\", \"level\": n} | some n in input.levels]".to_owned(),
        };
        let levels: Vec<usize> = (0..size).collect();
        let input = serde_json::json!({"flag": true, "levels": levels}).to_string().into_bytes();
        let case = Case {
            name: name.to_owned(),
            about: String::new(),
            policy: vec![("answers.rego".to_owned(), text)],
            input,
            data: None,
            query: "data.answers.answer".to_owned(),
            typed: None,
        };
        let (_, mut instance) = instance(&case);
        let entrypoint = instance.module().entrypoint("answers/answer").expect("an entrypoint");
        let prepared = instance.prepare_json(entrypoint, &case.input).expect("an input");
        // Reading is measured inside of one decision: the memory is there only then.
        let options = EvalOptions::default();
        let outcome = instance.decide_prepared(&prepared, options, |answer| {
            group.bench_function(BenchmarkId::new("value", name), |b| b.iter(|| black_box(&answer).value()));
            group.bench_function(BenchmarkId::new("json", name), |b| b.iter(|| black_box(&answer).json()));
            group.bench_function(BenchmarkId::new("type", name), |b| {
                b.iter(|| black_box(&answer).deserialize::<serde_json::Value>());
            });
            Ok(())
        });
        outcome.expect("a decision");
    }
    group.finish();
}

criterion_group!(group, encode, call, decode);
criterion_main!(group);
