//! A loop of decisions and nothing else, for profilers that count instructions (`valgrind --tool=callgrind`): `decide_loop FORM COUNT`,
//! where FORM is `json` or `prepared`.

use writ_compiler::{Options, Source, compile};
use writ_runtime::{Engine, EngineConfig, EvalOptions, Instance, Limits, Module};

const POLICY: &str = include_str!("../cases/abac/policy.rego");
const INPUT: &[u8] = include_bytes!("../cases/abac/input.json");

fn main() {
    let mut args = std::env::args().skip(1);
    let form = args.next().unwrap_or_else(|| "json".to_owned());
    let count: u32 = args.next().and_then(|n| n.parse().ok()).unwrap_or(100_000);
    let source = Source { name: "policy.rego".to_owned(), text: POLICY.as_bytes().to_vec(), rego_version: None };
    let options = Options { entrypoints: vec!["authz/allow".to_owned()], ..Options::default() };
    let wasm = compile(&[source], &options).wasm.expect("the policy compiles");
    let engine = Engine::new(&EngineConfig::default()).expect("an engine");
    let module = Module::new(&engine, &wasm).expect("a module");
    // A profiler makes everything slower.
    let limits = Limits { time: std::time::Duration::from_secs(60), ..Limits::default() };
    let mut instance = Instance::new(&module, limits).expect("an instance");
    let entrypoint = module.entrypoint("authz/allow").expect("an entrypoint");
    let prepared = instance.prepare_json(entrypoint, INPUT).expect("an input");
    let options = EvalOptions::default();
    let mut allowed = 0u32;
    for _ in 0..count {
        let answer = match form.as_str() {
            "prepared" => instance.decide_prepared(&prepared, options, |a| Ok(a.as_bool())),
            _ => instance.decide_json(entrypoint, INPUT, options, |a| Ok(a.as_bool())),
        };
        allowed += u32::from(answer.expect("a decision") == Some(true));
    }
    assert_eq!(allowed, count);
}
