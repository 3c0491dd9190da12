//! A crate becomes a bundle: what `writ new` makes builds, passes its tests and decides; the samples that are checked in are what their sources build to.
//!
//! Needs a compiler for wasm32 (`scripts/install-wasm32-debian.sh`, or rustup); says so and passes where there is none.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stderr, reason = "a test that fails panics")]

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use writ_value::{Value, json};

fn writ(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_writ")).args(arguments).output().unwrap()
}

fn error(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Builds, or says that nothing here can.
fn build(folder: &str, bundle: &str) -> bool {
    let output = writ(&["build", folder, "-o", bundle]);
    if error(&output).contains("cannot build for wasm32") {
        eprintln!("SKIPPED: no compiler for wasm32:\n{}", error(&output));
        return false;
    }
    assert!(output.status.success(), "{folder}: {}", error(&output));
    true
}

fn decide(bundle: &str, scratch: &Path, input: &Value, entrypoint: &str) -> Output {
    let file = scratch.join("input.json");
    fs::write(&file, json::to_string(input)).unwrap();
    let query = entrypoint.split('/').fold("data".to_owned(), |query, part| format!("{query}[{part:?}]"));
    writ(&["eval", "-b", bundle, "-i", file.to_str().unwrap(), "--format", "values", &query])
}

#[test]
#[ignore = "minutes: builds Rust's library and the SDK for wasm32"]
fn a_new_crate_builds_and_decides() {
    let scratch = tempfile::tempdir().unwrap();
    let folder = scratch.path().join("my-policy");
    let folder = folder.to_str().unwrap();
    let made = writ(&["new", "--rust", folder]);
    assert!(made.status.success(), "{}", error(&made));
    let again = writ(&["new", "--rust", folder]);
    assert_eq!(again.status.code(), Some(2));
    assert!(error(&again).contains("is there already"), "{}", error(&again));
    let bundle = scratch.path().join("bundle.tar.gz");
    let bundle = bundle.to_str().unwrap();
    if !build(folder, bundle) {
        return;
    }
    let input = json::parse(br#"{"amount": 70, "country": "XX"}"#).unwrap();
    let output = decide(bundle, scratch.path(), &input, "my_policy/decide");
    assert!(output.status.success(), "{}", error(&output));
    let text: String = String::from_utf8_lossy(&output.stdout).split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(text.contains("country is blocked"), "{text}");
}

#[test]
#[ignore = "two minutes: builds the SDK for this machine once more"]
fn a_new_crate_passes_its_test() {
    let scratch = tempfile::tempdir().unwrap();
    let folder = scratch.path().join("my-policy");
    assert!(writ(&["new", "--rust", folder.to_str().unwrap()]).status.success());
    let tested = Command::new("cargo").arg("test").current_dir(&folder).output().unwrap();
    assert!(tested.status.success(), "{}", error(&tested));
}

#[test]
#[ignore = "minutes: builds all samples; for changes of sdk/guest or of a sample; WRIT_REWRITE=1 checks the modules in"]
fn samples_are_what_their_sources_build_to() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../guest-policies/rust");
    let scratch = tempfile::tempdir().unwrap();
    for sample in fs::read_dir(root).unwrap().map(|e| e.unwrap().path()).filter(|path| path.is_dir()) {
        let bundle = scratch.path().join("bundle.tar.gz");
        let bundle = bundle.to_str().unwrap();
        if !build(sample.to_str().unwrap(), bundle) {
            return;
        }
        for case in json::parse(&fs::read(sample.join("cases.json")).unwrap()).unwrap().as_array().unwrap() {
            let field = |name| case.get(name).cloned();
            let entrypoint = field("entrypoint").unwrap();
            let output = decide(bundle, scratch.path(), &field("input").unwrap(), entrypoint.as_str().unwrap());
            if let Some(expected) = field("error") {
                let message = expected.get("message").unwrap().as_str().unwrap();
                let said = String::from_utf8_lossy(&output.stdout).into_owned() + &error(&output);
                assert!(!output.status.success() && said.contains(message), "{}: {said}", json::to_string(case));
                continue;
            }
            assert!(output.status.success(), "{}", error(&output));
            let found = json::parse(&output.stdout).ok().and_then(|found| found.as_array()?.iter().next().cloned());
            assert_eq!(found, field("expected"), "{}", json::to_string(case));
        }
        if std::env::var_os("WRIT_REWRITE").is_some() {
            let files = writ_bundle::Reader::default().open(Path::new(bundle)).unwrap();
            fs::write(sample.join("policy.wasm"), &files.wasm[0].bytes).unwrap();
        }
    }
}

#[test]
#[ignore = "minutes: builds Rust's library for WASI; for changes of sdk/guest or of the fixture; WRIT_REWRITE=1 checks the module in"]
fn a_crate_for_wasi_builds_and_decides() {
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("../sdk/guest/fixture-wasi");
    let scratch = tempfile::tempdir().unwrap();
    let bundle = scratch.path().join("bundle.tar.gz");
    let bundle = bundle.to_str().unwrap();
    if !build(fixture.to_str().unwrap(), bundle) {
        return;
    }
    let output = decide(bundle, scratch.path(), &Value::from(4), "wasi/plain");
    assert!(output.status.success(), "{}", error(&output));
    assert_eq!(String::from_utf8_lossy(&output.stdout).split_whitespace().collect::<String>(), "[5]");
    let output = decide(bundle, scratch.path(), &Value::Null, "wasi/clock");
    let said = String::from_utf8_lossy(&output.stdout).into_owned() + &error(&output);
    assert!(!output.status.success() && said.contains("grants no clock"), "{said}");
    if std::env::var_os("WRIT_REWRITE").is_some() {
        let files = writ_bundle::Reader::default().open(Path::new(bundle)).unwrap();
        fs::write(fixture.join("policy.wasm"), &files.wasm[0].bytes).unwrap();
    }
}

#[test]
fn a_target_that_is_none_is_told() {
    let scratch = tempfile::tempdir().unwrap();
    let manifest =
        "[package]\nname = \"a\"\nversion = \"0.1.0\"\n[package.metadata.writ]\ntarget = \"wasm64\"\n[workspace]\n";
    fs::write(scratch.path().join("Cargo.toml"), manifest).unwrap();
    fs::create_dir(scratch.path().join("src")).unwrap();
    fs::write(scratch.path().join("src/lib.rs"), "").unwrap();
    let output = writ(&["build", scratch.path().to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(2));
    assert!(error(&output).contains("neither `wasm32-unknown-unknown` nor `wasm32-wasip1`"), "{}", error(&output));
}

#[test]
fn what_is_no_crate_or_no_name_is_told() {
    let scratch = tempfile::tempdir().unwrap();
    let bad = writ(&["new", "--rust", scratch.path().join("1 2").to_str().unwrap()]);
    assert_eq!(bad.status.code(), Some(2));
    assert!(error(&bad).contains("no name of a crate"), "{}", error(&bad));
    fs::write(scratch.path().join("Cargo.toml"), "[package\n").unwrap();
    let broken = writ(&["build", scratch.path().to_str().unwrap()]);
    assert!(!broken.status.success() && !error(&broken).is_empty());
}
