//! Random calls of each namespace give what OPA gives. Needs Go and OPA's library in its module cache; `builtincheck` draws
//! more of them. `DRAWS` and `SEED` override number and seed.

use std::path::Path;

use writ_builtincheck::hunt::hunt;
use writ_builtincheck::oracle::{self, Oracle};
use writ_builtincheck::{namespace, seeds::Seeds};

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

#[test]
fn random_calls_give_what_opa_gives() {
    let Some(path) = oracle::build(Path::new(env!("CARGO_TARGET_TMPDIR"))) else {
        eprintln!("SKIPPED: the oracle cannot be built (is Go there, with OPA 1.22.0 in its module cache?)");
        return;
    };
    let (draws, seed) = (number("DRAWS", 600), number("SEED", 7));
    let seeds = Seeds::load();
    let mut wrong = String::new();
    for (name, builtins) in namespace::all() {
        let mut oracle = Oracle::start(&path).expect("the oracle starts");
        let report = hunt(&mut oracle, &builtins, &seeds, draws as usize, seed).expect("the oracle answers");
        for d in &report.differences {
            wrong += &format!("{name} {:?}: {}\n   opa  {}\n   writ {}\n", d.side, d.case, d.theirs, d.ours);
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}
