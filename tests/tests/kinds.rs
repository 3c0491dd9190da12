//! One suite for the three kinds of policies (Rego, Rust, rule documents): pool, cache, batch, hot swap and limits do not care which it is.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that fails panics")]

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use writ_compiler::{Options, Source, compile};
use writ_runtime::{Candidate, EvalError, EvalOptions, Instance, LimitKind, Limits, Policy, PolicyConfig};
use writ_tests::host::{engine, value};
use writ_value::Value;

/// A policy of one kind, with inputs and what it answers.
struct Kind {
    name: &'static str,
    entrypoint: &'static str,
    wasm: Arc<[u8]>,
    data: Value,
    cases: Vec<(String, bool)>,
    /// A part of the inputs that it does not read.
    unread: (&'static str, &'static str),
}

fn sample(path: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../guest-policies").join(path);
    std::fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

fn compiled(name: &str, text: Vec<u8>, entrypoint: &str) -> Arc<[u8]> {
    let sources = [Source { name: name.to_owned(), text, rego_version: None }];
    let output = compile(&sources, &Options { entrypoints: vec![entrypoint.to_owned()], ..Options::default() });
    output.wasm.unwrap_or_else(|| panic!("{:?}", output.diagnostics)).into()
}

/// What `fraud/allow` of the sample in Rust decides, in Rego.
const FRAUD_REGO: &str = r#"package fraud
default allow := false
allow if points < data.fraud.review_from
points := sum([p |
    some p in [
        25 * over(input.amount, data.fraud.large),
        25 * over(input.amount, data.fraud.large * 10),
        20 * over(7, input.account.age_days),
        15 * min([object.get(input.account, "chargebacks", 0), 3]),
        10 * over(1, input.card.age_days),
        10 * differs,
        object.get(data.fraud.country_points, input.country, 0),
        20 * over(input.amount + sum([r.amount | some r in input.recent]), data.fraud.hourly),
    ]
])
differs := 1 if input.card.country != input.country else := 0
over(a, b) := 1 if a > b else := 0
"#;

fn payment(amount: u64, age_days: u64, country: &str) -> String {
    format!(
        r#"{{"amount": {amount}, "country": "{country}", "card": {{"country": "CH", "age_days": 40}}, "account": {{"age_days": {age_days}}}, "session": "s1"}}"#
    )
}

fn kinds() -> Vec<Kind> {
    let fraud_data = value(std::str::from_utf8(&sample("rust/fraud-score/data.json")).unwrap());
    let payments = || {
        vec![
            (payment(1200, 900, "CH"), true),
            (payment(70_000, 2, "CH"), false),
            (payment(1200, 900, "AA"), false),
            (payment(60_000, 900, "CH"), true),
        ]
    };
    let unread = ("\"s1\"", "{\"deep\": [2]}");
    let release = |approvals: u32| {
        format!(
            r#"{{"action": {{"kind": "deploy", "note": "s1"}}, "state": {{"approvals": {approvals}, "zone": "north"}}}}"#
        )
    };
    let rules = r#"{"id": "gate", "version": "1", "rules": [
        {"id": "approvals", "param": "state.approvals", "operator": ">=", "value": 2, "message": "two must agree", "level": "ERROR"},
        {"id": "zone", "param": "state.zone", "operator": "starts_with", "value": "north", "message": "only there", "level": "ERROR"},
        {"id": "kind", "param": "action.kind", "operator": "in", "value": ["deploy", "rollback"], "message": "of these", "level": "WARNING"}]}"#;
    vec![
        Kind {
            name: "Rego",
            entrypoint: "fraud/allow",
            wasm: compiled("fraud.rego", FRAUD_REGO.into(), "fraud/allow"),
            data: fraud_data.clone(),
            cases: payments(),
            unread,
        },
        Kind {
            name: "Rust",
            entrypoint: "fraud/allow",
            wasm: sample("rust/fraud-score/policy.wasm").into(),
            data: fraud_data,
            cases: payments(),
            unread,
        },
        Kind {
            name: "rules",
            entrypoint: "rules/gate/valid",
            wasm: compiled("gate.rules.json", rules.into(), "rules/gate/valid"),
            data: value("{}"),
            cases: vec![(release(2), true), (release(1), false), (release(7), true), ("{}".to_owned(), false)],
            unread,
        },
    ]
}

impl Kind {
    fn candidate(&self) -> Candidate {
        Candidate::from_module(self.name, self.wasm.clone()).with_data(self.data.clone())
    }

    fn policy(&self, change: impl FnOnce(&mut PolicyConfig)) -> Policy {
        let mut config = PolicyConfig::default();
        config.limits.time = Duration::from_secs(5);
        change(&mut config);
        Policy::new(&engine(), self.candidate(), config).unwrap_or_else(|e| panic!("{}: {e}", self.name))
    }
}

fn ask(policy: &Policy, entrypoint: &str, input: &str) -> Result<Option<bool>, EvalError> {
    policy.with_instance(entrypoint, None, |instance, id, _| {
        instance.decide_json(id, input.as_bytes(), EvalOptions::default(), |answer| Ok(answer.as_bool()))
    })
}

#[test]
fn one_pool_serves_many_threads() {
    for kind in kinds() {
        let policy = kind.policy(|config| config.max_instances = 3);
        std::thread::scope(|scope| {
            for _ in 0..6 {
                scope.spawn(|| {
                    for (input, expected) in kind.cases.iter().cycle().take(400) {
                        assert_eq!(
                            ask(&policy, kind.entrypoint, input).unwrap(),
                            Some(*expected),
                            "{}: {input}",
                            kind.name
                        );
                    }
                });
            }
        });
        let pool = policy.revision().pool_stats();
        assert!(pool.size <= 3, "{}: {pool:?}", kind.name);
    }
}

#[test]
fn keys_are_what_a_policy_reads() {
    for kind in kinds() {
        let policy = kind.policy(|_| ());
        let key = |input: &str| {
            let made = |instance: &mut Instance, id, _: &_| instance.prepare_json(id, input.as_bytes());
            policy.with_instance(kind.entrypoint, None, made).unwrap().key().to_vec()
        };
        let (input, _) = &kind.cases[0];
        assert_eq!(key(input), key(&input.replace(kind.unread.0, kind.unread.1)), "{}", kind.name);
        assert_ne!(key(input), key(&kind.cases[1].0), "{}", kind.name);
    }
}

#[test]
fn the_sdk_with_its_cache_decides_alike() {
    for kind in kinds() {
        let folder = std::env::temp_dir().join(format!("writ-kinds-{}-{}", std::process::id(), kind.name));
        let bundle = bundle(&kind);
        bundle.write_file(&folder, None).unwrap();
        let writ = writ::Writ::builder().bundle_path(&folder).cache(writ::CacheConfig::default()).build().unwrap();
        for round in 0..2 {
            for (input, expected) in &kind.cases {
                let decision = writ.decide(kind.entrypoint, input.replace("s1", &format!("s{round}"))).unwrap();
                assert_eq!(decision.is_true(), *expected, "{}: {input}", kind.name);
            }
        }
        std::fs::remove_file(folder).unwrap();
    }
}

fn bundle(kind: &Kind) -> writ_bundle::Bundle {
    let mut bundle = writ_bundle::Bundle { data: kind.data.clone(), ..writ_bundle::Bundle::default() };
    bundle.wasm.push(writ_bundle::File { path: "policy.wasm".to_owned(), bytes: kind.wasm.to_vec() });
    bundle.manifest.wasm.push(writ_bundle::WasmEntrypoint {
        entrypoint: kind.entrypoint.to_owned(),
        module: "/policy.wasm".to_owned(),
        annotations: None,
    });
    bundle
}

#[test]
fn a_batch_decides_each_input_as_if_alone() {
    for kind in kinds() {
        let policy = kind.policy(|_| ());
        let mut inputs: Vec<&str> = kind.cases.iter().cycle().take(1000).map(|(input, _)| input.as_str()).collect();
        inputs[500] = "{\"amount\"";
        let answers = policy.with_instance(kind.entrypoint, None, |instance, id, _| {
            Ok(instance.decide_many_json(id, &inputs, EvalOptions::default(), |answer| Ok(answer.as_bool())))
        });
        for (at, answer) in answers.unwrap().into_iter().enumerate() {
            match answer {
                Ok(answer) => assert_eq!(answer, Some(kind.cases[at % 4].1), "{}: {at}", kind.name),
                Err(error) => {
                    assert!(at == 500 && matches!(error, EvalError::Input(_)), "{}: {at}: {error}", kind.name)
                }
            }
        }
    }
}

#[test]
fn rego_becomes_rust_under_load_and_back() {
    let kinds = kinds();
    let (rego, rust) = (&kinds[0], &kinds[1]);
    let policy = rego.policy(|config| config.max_instances = 4);
    let (done, asked) = (AtomicBool::new(false), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                while !done.load(Ordering::Relaxed) {
                    for (input, expected) in &rego.cases {
                        assert_eq!(ask(&policy, "fraud/allow", input).unwrap(), Some(*expected), "{input}");
                        asked.fetch_add(1, Ordering::Relaxed);
                    }
                }
            });
        }
        for round in 0..6 {
            let next = if round % 2 == 0 { rust } else { rego };
            policy.swap(next.candidate()).unwrap();
            let target = asked.load(Ordering::Relaxed) + 200;
            while asked.load(Ordering::Relaxed) < target {
                std::thread::yield_now();
            }
        }
        policy.rollback().unwrap();
        done.store(true, Ordering::Relaxed);
    });
    assert_eq!(policy.revision().name(), "Rust");
}

#[test]
fn data_change_without_a_new_module() {
    for kind in kinds().into_iter().take(2) {
        let policy = kind.policy(|_| ());
        let (input, _) = &kind.cases[2];
        assert_eq!(ask(&policy, kind.entrypoint, input).unwrap(), Some(false));
        let text = writ_value::json::to_string(&kind.data).replace("\"AA\":30", "\"AA\":1");
        policy.set_data(value(&text)).unwrap();
        assert_eq!(ask(&policy, kind.entrypoint, input).unwrap(), Some(true), "{}", kind.name);
    }
}

#[test]
fn limits_hold() {
    for kind in kinds() {
        let (input, expected) = &kind.cases[0];
        let limited = |change: fn(&mut Limits), input: &str| {
            let policy = kind.policy(|config| change(&mut config.limits));
            (ask(&policy, kind.entrypoint, input), policy)
        };
        let long = input.replace("s1", &"s".repeat(4096));
        let (answer, policy) = limited(|limits| limits.input_bytes = 2048, &long);
        let Err(EvalError::Limit(limit)) = answer else { panic!("{}: {answer:?}", kind.name) };
        assert_eq!(limit.which, LimitKind::InputSize, "{}", kind.name);
        assert_eq!(ask(&policy, kind.entrypoint, input).unwrap(), Some(*expected), "{}: it goes on", kind.name);

        let deep = input.replace("\"s1\"", &format!("{}1{}", "[".repeat(100), "]".repeat(100)));
        let (answer, _) = limited(|limits| limits.depth = 50, &deep);
        assert!(matches!(answer, Err(EvalError::Limit(_) | EvalError::Input(_))), "{}: {answer:?}", kind.name);

        let (answer, _) = limited(|_| (), "{\"amount\": ");
        assert!(matches!(answer, Err(EvalError::Input(_))), "{}: {answer:?}", kind.name);
    }
}
