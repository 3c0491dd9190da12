//! A loop of decisions and nothing else, for profilers that count instructions (`valgrind --tool=callgrind`): `decide_loop FORM COUNT`,
//! where FORM is `json`, `value`, `prepared` or one of them with `-many` behind it, which decides in batches of 1,000; `sdk-json` and `sdk-value` go
//! through the host SDK, which does not measure them. Prints what a decision took in the quickest batch of 1,000, which a busy machine disturbs least.

use serde::{Deserialize, Serialize};
use writ_compiler::{Options, Source, compile};
use writ_runtime::{Answer, Engine, EngineConfig, EvalOptions, Instance, Limits, Module};

const POLICY: &str = include_str!("../cases/abac/policy.rego");
const INPUT: &[u8] = include_bytes!("../cases/abac/input.json");

const BATCH: usize = 1000;

#[derive(Clone, Serialize, Deserialize)]
struct User {
    id: String,
    role: String,
    level: u32,
    email: String,
}

#[derive(Clone, Serialize, Deserialize)]
struct Resource {
    r#type: String,
    owner: String,
    id: String,
}

#[derive(Clone, Serialize, Deserialize)]
struct Request {
    user: User,
    action: String,
    resource: Resource,
    request_id: String,
}

fn main() {
    let mut args = std::env::args().skip(1);
    let form = args.next().unwrap_or_else(|| "json".to_owned());
    let count: usize = args.next().and_then(|n| n.parse().ok()).unwrap_or(100_000);
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
    let value: Request = serde_json::from_slice(INPUT).expect("an input");
    let options = EvalOptions::default();
    let read = |a: Answer<'_>| Ok(a.as_bool());
    let (texts, values, all_prepared) = (vec![INPUT; BATCH], vec![value.clone(); BATCH], vec![&prepared; BATCH]);
    let writ = writ::Writ::builder().rego("policy.rego", POLICY).entrypoint("authz/allow").measure(false).build();
    let writ = writ.expect("a policy");
    let by_sdk = |decision: Result<writ::Decision, writ::Error>| Ok(decision.ok().map(|decision| decision.is_true()));
    let mut allowed = 0;
    let mut done = 0;
    let mut quickest = std::time::Duration::MAX;
    while done < count {
        let started = std::time::Instant::now();
        let many = match form.as_str() {
            "json-many" => instance.decide_many_json(entrypoint, &texts, options, read),
            "value-many" => instance.decide_many_values(entrypoint, &values, options, read),
            "prepared-many" => instance.decide_many_prepared(all_prepared.iter().copied(), options, read),
            "sdk-json" => (0..BATCH).map(|_| by_sdk(writ.decide("authz/allow", INPUT))).collect(),
            "sdk-value" => (0..BATCH).map(|_| by_sdk(writ.decide_value("authz/allow", &value))).collect(),
            "value" => (0..BATCH).map(|_| instance.decide_value(entrypoint, &value, options, read)).collect(),
            "prepared" => (0..BATCH).map(|_| instance.decide_prepared(&prepared, options, read)).collect(),
            _ => (0..BATCH).map(|_| instance.decide_json(entrypoint, INPUT, options, read)).collect(),
        };
        quickest = quickest.min(started.elapsed());
        allowed += many.into_iter().filter(|answer| matches!(answer, Ok(Some(true)))).count();
        done += BATCH;
    }
    assert_eq!(allowed, done);
    println!("{form}: {:.0} ns in the quickest batch", quickest.as_nanos() as f64 / BATCH as f64);
}
