//! What a call of a host built-in costs a policy beside the bare library call: a cached regex match, the clock, SHA-256 of 1 KB.
//!
//! Each policy does its call for every element of a list in base data, so that what an evaluation costs besides is the same for all; the loop
//! without a call is measured, too, and the summary at the end takes it off. `crossing` is what a call costs above the library call.

use std::hint::black_box;
use std::time::{Duration, Instant};

use criterion::{Criterion, Throughput};
use sha2::{Digest, Sha256};
use writ_compiler::{Options, Source, compile};
use writ_runtime::{Engine, EngineConfig, EntrypointId, EvalOptions, Instance, Limits, Module};
use writ_value::Value;

/// Elements of the list, so calls per evaluation.
const N: usize = 1000;
const PATTERN: &str = "^[a-z]+-[0-9]{2,6}$";

const POLICY: &str = r#"package bench

loop := count([1 | some w in data.words; w != ""])
regex_match := count([1 | some w in data.words; regex.match("^[a-z]+-[0-9]{2,6}$", w)])
now := count([1 | some w in data.words; time.now_ns() > 0])
loop_1k := count([1 | some t in data.texts; t != ""])
sha256 := count([1 | some t in data.texts; crypto.sha256(t) != ""])
one_loop := data.words[0] != ""
one_regex := regex.match("^[a-z]+-[0-9]{2,6}$", data.words[0])
"#;

struct Policy {
    instance: Instance,
}

impl Policy {
    fn new() -> Self {
        let names = ["loop", "regex_match", "now", "loop_1k", "sha256", "one_loop", "one_regex"];
        let entrypoints = names.map(|name| format!("bench/{name}")).to_vec();
        let source = Source { name: "p.rego".to_owned(), text: POLICY.as_bytes().to_vec(), rego_version: None };
        let output = compile(&[source], &Options { entrypoints, ..Options::default() });
        let wasm = output.wasm.expect("compiles");
        let engine = Engine::new(&EngineConfig::default()).expect("an engine");
        let module = Module::new(&engine, &wasm).expect("a module");
        let limits = Limits { time: Duration::from_secs(10), ..Limits::default() };
        let mut instance = Instance::new(&module, limits).expect("an instance");
        let list =
            |make: &dyn Fn(usize) -> String| Value::from((0..N).map(|i| Value::from(make(i))).collect::<Vec<_>>());
        let data = Value::object([("words", list(&word)), ("texts", list(&text))]);
        instance.set_data(&data).expect("data");
        Self { instance }
    }

    fn id(&self, name: &str) -> EntrypointId {
        self.instance.module().entrypoint(&format!("bench/{name}")).expect("an entrypoint")
    }

    fn run(&mut self, id: EntrypointId) {
        black_box(self.instance.evaluate(id, None, EvalOptions::default()).expect("a result"));
    }
}

fn word(i: usize) -> String {
    format!("customer-{}", 100 + i)
}

fn text(i: usize) -> String {
    format!("{i:04}").repeat(256)
}

/// The library calls alone, over the same elements.
struct Bare {
    regex: regex::bytes::Regex,
    words: Vec<String>,
    texts: Vec<String>,
}

impl Bare {
    fn new() -> Self {
        let regex = regex::bytes::Regex::new(PATTERN).expect("a pattern");
        Self { regex, words: (0..N).map(word).collect(), texts: (0..N).map(text).collect() }
    }

    fn regex_match(&self) {
        self.words.iter().for_each(|w| assert!(black_box(self.regex.is_match(black_box(w.as_bytes())))));
    }

    fn now(&self) {
        (0..N).for_each(|_| drop(black_box(std::time::SystemTime::now())));
    }

    /// With the digest as text, as the policy gets it.
    fn sha256(&self) {
        for text in &self.texts {
            let digest = Sha256::digest(black_box(text.as_bytes()));
            black_box(digest.iter().fold(String::with_capacity(64), |mut out, byte| {
                out.extend([byte >> 4, byte & 15].map(|n| char::from(b"0123456789abcdef"[usize::from(n)])));
                out
            }));
        }
    }
}

/// Nanoseconds per element: the least of many runs, which is what the machine can do undisturbed.
fn least(mut work: impl FnMut()) -> f64 {
    let run = |work: &mut dyn FnMut()| {
        let began = Instant::now();
        work();
        began.elapsed().as_nanos() as f64 / N as f64
    };
    (0..300).map(|_| run(&mut work)).fold(f64::INFINITY, f64::min)
}

#[allow(clippy::print_stdout, reason = "the summary of a bench")]
fn summary(policy: &mut Policy, bare: &Bare) {
    let calls: [(&str, &str, fn(&Bare)); 3] =
        [("regex_match", "loop", Bare::regex_match), ("now", "loop", Bare::now), ("sha256", "loop_1k", Bare::sha256)];
    for (name, without, library) in calls {
        let (with, without) = (policy.id(name), policy.id(without));
        let (with, without) = (least(|| policy.run(with)), least(|| policy.run(without)));
        let library = least(|| library(bare));
        let call = with - without;
        println!("{name:12} call {call:7.1} ns  library {library:7.1} ns  crossing {:7.1} ns", call - library);
    }
}

fn main() {
    let (mut policy, bare) = (Policy::new(), Bare::new());
    summary(&mut policy, &bare);
    let mut criterion = Criterion::default().configure_from_args();
    let mut group = criterion.benchmark_group("host_calls");
    group.throughput(Throughput::Elements(N as u64));
    for name in ["loop", "regex_match", "now", "loop_1k", "sha256"] {
        let id = policy.id(name);
        group.bench_function(format!("policy/{name}"), |b| b.iter(|| policy.run(id)));
    }
    group.bench_function("library/regex_match", |b| b.iter(|| bare.regex_match()));
    group.bench_function("library/now", |b| b.iter(|| bare.now()));
    group.bench_function("library/sha256", |b| b.iter(|| bare.sha256()));
    group.finish();
    let mut group = criterion.benchmark_group("host_calls/one_per_decision");
    for name in ["one_loop", "one_regex"] {
        let id = policy.id(name);
        group.bench_function(name, |b| b.iter(|| policy.run(id)));
    }
    group.finish();
    criterion.final_summary();
}
