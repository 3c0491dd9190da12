//! What the fuzzer checks about loading modules; also run over the stored corpus by the tests.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use writ_value::json;

use crate::engine::{Engine, EngineConfig};
use crate::error::EvalError;
use crate::policy::{Policy, PolicyConfig, Request};
use crate::revision::Candidate;

/// Bytes of one edit: three of the place, little-endian, and what is xored there.
const EDIT: usize = 4;

/// Runs after which the good module is loaded again.
const GOOD_EVERY: u64 = 32;

/// Entrypoints of a module that are asked.
const ASKED: usize = 4;

/// Loads `bytes` as a module or, when they are none, as edits of the good module `base`: groups of three bytes of a place and one that is xored there.
/// What loads is asked everything that it says it can be asked. Whatever comes of it is an error with a text or an answer, in bounded time and
/// memory; now and then the engine is seen to load and run the good module still.
///
/// # Panics
/// Where that does not hold; that is a bug in this crate.
pub fn fuzz_load(base: &[u8], bytes: &[u8]) {
    static ENGINE: OnceLock<Option<Engine>> = OnceLock::new();
    let engine = ENGINE.get_or_init(|| {
        let config = EngineConfig { optimize: false, max_instances: 16, ..EngineConfig::default() };
        Engine::new(&config).ok()
    });
    let Some(engine) = engine else { return };
    if bytes.starts_with(b"\0asm") {
        load_and_ask(engine, bytes);
    } else {
        load_and_ask(engine, &edited(base, bytes));
    }
    static RUNS: AtomicU64 = AtomicU64::new(0);
    if RUNS.fetch_add(1, Ordering::Relaxed).is_multiple_of(GOOD_EVERY) && !base.is_empty() {
        assert!(load_and_ask(engine, base), "the good module is refused");
    }
}

fn edited(base: &[u8], edits: &[u8]) -> Vec<u8> {
    let mut module = base.to_vec();
    for edit in edits.chunks_exact(EDIT) {
        let &[a, b, c, change] = edit else { continue };
        let at = u32::from_le_bytes([a, b, c, 0]) as usize % module.len().max(1);
        if let Some(byte) = module.get_mut(at) {
            *byte ^= change;
        }
    }
    module
}

/// True when it loads.
fn load_and_ask(engine: &Engine, wasm: &[u8]) -> bool {
    let mut config = PolicyConfig { max_instances: 2, ..PolicyConfig::default() };
    config.limits.time = Duration::from_millis(20);
    config.limits.memory_bytes = 4 << 20;
    let text = br#"{"a": [1, "x", {"b": null}], "user": "root", "n": 2.5}"#;
    let data = json::parse(br#"{"a": {"x": [1, 2, 3]}, "admins": ["root"]}"#).ok();
    let mut candidate = Candidate::from_module("fuzz", wasm);
    candidate.data.clone_from(&data);
    let policy = match Policy::new(engine, candidate, config) {
        Ok(policy) => policy,
        Err(error) => {
            told(&error);
            return false;
        }
    };
    let input = json::parse(text).ok();
    let revision = policy.revision();
    for entrypoint in revision.entrypoints().take(ASKED) {
        for tenant in [None, Some("a")] {
            let request = Request { entrypoint, input: input.as_ref(), tenant, ..Request::default() };
            if let Err(error) = policy.decide(&request) {
                told(&error);
            }
            if let Err(error) = policy.decide_json(&request, text, |answer| answer.json()) {
                told(&error);
            }
        }
    }
    assert_eq!(policy.stats().pool.in_use, 0, "an instance is lost");
    true
}

fn told(error: &EvalError) {
    assert!(!error.to_string().is_empty(), "a refusal without a reason");
}
