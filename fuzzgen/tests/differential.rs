//! A few hundred programs, asked of OPA and Writ. Needs Go, which builds the oracle; says so loudly where it is missing.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test harness")]

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use writ_compiler::plan::OptLevel;
use writ_fuzzgen::compare::compare;
use writ_fuzzgen::generate::{self, Options};
use writ_fuzzgen::opa::Opa;
use writ_fuzzgen::writ::Writ;
use writ_fuzzgen::{print, quirks};

/// The oracle: the program that `WRIT_ORACLE` names, or built with Go.
fn oracle() -> Result<PathBuf, String> {
    if let Some(path) = std::env::var_os("WRIT_ORACLE") {
        return Ok(path.into());
    }
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("oracle/build.sh");
    let output = Command::new("bash").arg(script).arg(env!("CARGO_TARGET_TMPDIR")).output();
    let output = output.map_err(|e| format!("no bash: {e}"))?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).trim().to_owned());
    }
    Ok(String::from_utf8(output.stdout).unwrap().trim().into())
}

fn differing(seeds: std::ops::Range<u64>, options: Options) {
    let path = match oracle() {
        Ok(path) => path,
        Err(why) => {
            // Not by a macro, whose text the test harness would keep to itself.
            let line = format!("SKIPPED: {} programs were not compared with OPA: {why}\n", seeds.end - seeds.start);
            std::io::stderr().write_all(line.as_bytes()).unwrap();
            return;
        }
    };
    let (mut opa, mut writ) = (Opa::start(&path).unwrap(), Writ::start(OptLevel::default()).unwrap());
    for seed in seeds {
        let program = generate::program(seed, options);
        if quirks::misleads(&program) {
            continue;
        }
        let difference = compare(&mut opa, &mut writ, &program).unwrap();
        if let Some(difference) = difference.filter(|d| !d.kind.is_explained()) {
            panic!("seed {seed}, {:?}\n{}\n{}", difference.kind, difference.text, print::program(&program));
        }
    }
}

#[test]
fn nothing_differs_from_opa() {
    differing(0..250, Options::default());
}

#[test]
fn nothing_differs_from_opa_in_larger_programs() {
    differing(0..50, Options::hard());
}
