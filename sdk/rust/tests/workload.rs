//! A workload as it is recorded at front doors: 10,000 users, 200 resources, both by Zipf's law, every request with an id and a time of its own.

mod common;

use writ::{CacheConfig, Writ};

/// Roles of users and kinds of resources decide; who exactly asks for what exactly is there for the log.
const BY_ATTRIBUTES: &str = r#"package gate

default allow := false

allow if {
    some grant in data.grants
    grant.role == input.user.role
    grant.department == input.user.department
    grant.kind == input.resource.kind
    input.action in grant.actions
}
"#;

/// Who asks for what decides.
const BY_NAMES: &str = "package gate\nallow := data.owners[input.resource.id] == input.user.id";

const USERS: usize = 10_000;
const RESOURCES: usize = 200;

/// Draws from 0 to n - 1, with weights 1 / (k + 1)^s.
struct Zipf(Vec<f64>);

impl Zipf {
    fn new(n: usize, s: f64) -> Self {
        let mut sum = 0.0;
        Zipf(
            (1..=n)
                .map(|k| {
                    sum += (k as f64).powf(-s);
                    sum
                })
                .collect(),
        )
    }

    fn draw(&self, random: &mut u64) -> usize {
        *random ^= *random << 13;
        *random ^= *random >> 7;
        *random ^= *random << 17;
        let total = self.0.last().copied().unwrap_or_default();
        let at = (*random >> 11) as f64 / (1u64 << 53) as f64 * total;
        self.0.partition_point(|sum| *sum < at).min(self.0.len() - 1)
    }
}

fn data() -> String {
    let grants: Vec<String> = (0..60)
        .map(|i| {
            format!(
                r#"{{"role": "role{}", "department": "d{}", "kind": "kind{}", "actions": ["read"]}}"#,
                i % 5,
                i % 12,
                i % 8
            )
        })
        .collect();
    let owners: Vec<String> = (0..RESOURCES).map(|i| format!(r#""r{i}": "u{}""#, i * 7)).collect();
    format!(r#"{{"grants": [{}], "owners": {{{}}}}}"#, grants.join(","), owners.join(","))
}

/// Hit rates in parts of the requests.
fn run(policy: &str, s: f64, requests: usize, parts: usize) -> Vec<f64> {
    let mut config = CacheConfig::default();
    (config.learn, config.max_entries, config.max_bytes) = (false, 400_000, 256 << 20);
    let writ =
        Writ::builder().rego("gate.rego", policy).entrypoint("gate/allow").data(common::json(&data())).cache(config);
    let writ = writ.build().expect("a policy");
    let (users, resources) = (Zipf::new(USERS, s), Zipf::new(RESOURCES, s));
    let mut random = 0x2545_f491_4f6c_dd1d;
    let mut rates = Vec::new();
    for part in 0..parts {
        let before = writ.cache().map(|cache| cache.stats()).unwrap_or_default();
        for i in 0..requests / parts {
            let (user, resource) = (users.draw(&mut random), resources.draw(&mut random));
            let input = format!(
                r#"{{"id":"{part}-{i}","at":{},"user":{{"id":"u{user}","role":"role{}","department":"d{}"}},"resource":{{"id":"r{resource}","kind":"kind{}"}},"action":"{}"}}"#,
                part * requests + i,
                user % 5,
                user % 12,
                resource % 8,
                ["read", "write"][i % 2]
            );
            writ.decide("gate/allow", input).expect("a decision");
        }
        let after = writ.cache().map(|cache| cache.stats()).unwrap_or_default();
        rates.push((after.hits - before.hits) as f64 / (requests / parts) as f64);
    }
    rates
}

#[test]
fn what_nobody_reads_does_not_cost_hits() {
    let rates = run(BY_ATTRIBUTES, 1.0, 1_000_000, 10);
    let overall = rates.iter().sum::<f64>() / rates.len() as f64;
    assert!(overall > 0.95, "{rates:?}");
}

/// With keys of user and resource themselves there are two million, and how many of a million requests come again depends on how steep the law is.
/// `cargo test --release -p writ --test workload -- --ignored --nocapture` prints it.
#[test]
#[ignore = "a figure, no proof"]
fn hit_rates_by_name() {
    for s in [1.0, 1.2, 1.5] {
        let rates = run(BY_NAMES, s, 1_100_000, 11);
        println!(
            "s = {s}: {:.3} in the first million, {:.3} after it",
            rates[..10].iter().sum::<f64>() / 10.0,
            rates[10]
        );
    }
}
