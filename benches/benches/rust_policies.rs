//! Policies in Rust, beside the same functions run natively.
//!
//! | group | measures |
//! | --- | --- |
//! | `rust/SAMPLE/wasm` | a decision in a warm instance, JSON text to JSON text: encode, run, read the answer |
//! | `rust/SAMPLE/native` | the same function in this process: JSON text to its type, the call, the decision to JSON text |
//! | `rust/SAMPLE/call` | the call alone, with what it takes made anew each time |
//! | `rust/SAMPLE/from-rego` | as `wasm`, of a policy in Rego that calls the entrypoint and passes its answer on |
//!
//! Log lines are made on both sides and read by nobody: the host drops them with the next decision, and natively they are muted.
//!
//! The bar is three times `native`: a decision in the sandbox beside the same work without one. Samples are those of `guest-policies/rust`, as their
//! modules are checked in.

use std::hint::black_box;
use std::path::Path;

use criterion::Criterion;
use serde::Serialize;
use serde::de::DeserializeOwned;
use writ_compiler::capabilities::Capabilities;
use writ_compiler::{Options, Source, compile};
use writ_runtime::{
    Candidate, CandidateModule, Engine, EngineConfig, EvalOptions, Instance, Limits, Module, Policy, PolicyConfig,
};
use writ_value::{Value, json};

/// A sample with inputs that get an answer.
struct Sample {
    name: &'static str,
    entrypoint: &'static str,
    wasm: Vec<u8>,
    data: Value,
    inputs: Vec<String>,
}

impl Sample {
    fn read(name: &'static str, entrypoint: &'static str) -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../guest-policies/rust").join(name);
        let read = |file: &str| std::fs::read(folder.join(file)).expect("a file of the sample");
        let value = |file: &str| json::parse(&read(file)).expect("JSON of the sample");
        let cases = value("cases.json");
        let answered = cases.as_array().unwrap_or_default().iter().filter(|case| {
            case.get("expected").is_some() && case.get("entrypoint").and_then(Value::as_str) == Some(entrypoint)
        });
        let inputs = answered.filter_map(|case| case.get("input")).map(json::to_string).collect();
        Self { name, entrypoint, wasm: read("policy.wasm"), data: value("data.json"), inputs }
    }

    /// The part of the data that the function takes.
    fn part<T: DeserializeOwned>(&self, key: &str) -> T {
        let text = self.data.get(key).map(json::to_string).unwrap_or_default();
        serde_json::from_str(&text).expect("data of the sample")
    }

    /// `native` decides on JSON text, `call` on what was made of it before.
    fn bench(&self, c: &mut Criterion, native: impl Fn(&str) -> String, call: &mut dyn FnMut(&mut criterion::Bencher)) {
        let engine = Engine::new(&EngineConfig::default()).expect("this machine runs Wasm");
        let module = Module::new(&engine, &self.wasm).expect("the sample's module");
        let mut instance = Instance::new(&module, Limits::default()).expect("an instance");
        instance.set_data(&self.data).expect("the sample's data");
        let id = module.entrypoint(self.entrypoint).expect("its entrypoint");
        let policy = self.from_rego(&engine, &module);
        let mut decide = |input: &str| {
            instance
                .decide_json(id, input.as_bytes(), EvalOptions::default(), |answer| answer.json())
                .expect("an answer")
        };
        let from_rego = |input: &str| {
            let decision = policy.with_instance("caller/decision", None, |instance, id, _| {
                instance.decide_json(id, input.as_bytes(), EvalOptions::default(), |answer| answer.json())
            });
            decision.expect("an answer")
        };
        // Members may stand in another order.
        let value = |text: &str| json::parse(text.as_bytes()).expect("a decision");
        for input in &self.inputs {
            let expected = value(&native(input));
            assert_eq!(decide(input).as_deref().map(value), Some(expected.clone()), "{input}");
            assert_eq!(from_rego(input).as_deref().map(value), Some(expected), "{input}");
        }
        let mut group = c.benchmark_group(format!("rust/{}", self.name));
        let mut inputs = self.inputs.iter().cycle();
        let mut next = || black_box(inputs.next().map_or("", String::as_str));
        group.bench_function("wasm", |b| b.iter(|| decide(next())));
        group.bench_function("native", |b| b.iter(|| native(next())));
        group.bench_function("call", |b| call(b));
        group.bench_function("from-rego", |b| b.iter(|| from_rego(next())));
        group.finish();
    }

    /// A policy in Rego that does nothing but call.
    fn from_rego(&self, engine: &Engine, module: &Module) -> Policy {
        let mut capabilities = Capabilities::current();
        module.capabilities().iter().for_each(|entry| capabilities.add(entry).expect("a declaration"));
        let text = format!("package caller\ndecision := {}(input)", self.entrypoint.replace('/', "."));
        let source = Source { name: "caller.rego".to_owned(), text: text.into_bytes(), rego_version: None };
        let entrypoints = vec!["caller/decision".to_owned()];
        let options = Options { entrypoints, capabilities: Some(capabilities), ..Options::default() };
        let wasm = compile(&[source], &options).wasm.expect("it compiles");
        let mut candidate = Candidate::from_module("", wasm).with_data(self.data.clone());
        let wasm = self.wasm.as_slice().into();
        candidate.modules.push(CandidateModule { name: self.name.to_owned(), wasm, entrypoints: None });
        Policy::new(engine, candidate, PolicyConfig::default()).expect("a policy")
    }
}

fn text<T: Serialize>(decision: &T) -> String {
    serde_json::to_string(decision).expect("a decision")
}

fn benches(c: &mut Criterion) {
    writ_guest_sdk::testing::mute();
    let sample = Sample::read("fraud-score", "fraud/score");
    let data: fraud_score::Thresholds = sample.part("fraud");
    let read = |input: &str| -> fraud_score::Payment { serde_json::from_str(input).expect("an input") };
    sample.bench(c, |input| text(&fraud_score::score(read(input), &data)), &mut |b| {
        let made = || read(&sample.inputs[0]);
        b.iter_batched(made, |input| fraud_score::score(input, &data), criterion::BatchSize::SmallInput);
    });

    let sample = Sample::read("rate-quota", "quota/check");
    let data: rate_quota::Quotas = sample.part("quota");
    fn call(input: &str) -> rate_quota::Call<'_> {
        serde_json::from_str(input).expect("an input")
    }
    let native = |input: &str| text(&rate_quota::check(call(input), &data).expect("a plan"));
    sample.bench(c, native, &mut |b| {
        b.iter_batched(
            || call(&sample.inputs[0]),
            |input| rate_quota::check(input, &data),
            criterion::BatchSize::SmallInput,
        );
    });

    let sample = Sample::read("access-graph", "access/path");
    let data: access_graph::Graph = sample.part("access");
    fn request(input: &str) -> access_graph::Request<'_> {
        serde_json::from_str(input).expect("an input")
    }
    sample.bench(c, |input| text(&access_graph::path(&request(input), &data)), &mut |b| {
        let made = request(&sample.inputs[0]);
        b.iter(|| access_graph::path(black_box(&made), &data));
    });
}

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    benches(&mut criterion);
    criterion.final_summary();
}
