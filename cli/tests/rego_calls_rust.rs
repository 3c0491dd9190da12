//! `writ build` takes policies in Rego and in Rust together, and `writ eval` decides with the bundle. The module in Rust is that of the sample, in a bundle
//! of its own, so no compiler for Wasm is needed.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that fails panics")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use writ_bundle::{Bundle, File, Reader, WasmEntrypoint};
use writ_value::json;

const GATE: &str = r#"package gate

# METADATA
# entrypoint: true
allow if fraud.score(input).action == "allow"
"#;

fn writ(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_writ")).args(arguments).current_dir(folder).output().unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned() + &String::from_utf8_lossy(&output.stdout)
}

/// A bundle of the sample in Rust, as `writ build` makes it of the crate.
fn fraud(folder: &Path) {
    let sample = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../guest-policies/rust/fraud-score");
    let data = json::parse(&fs::read(sample.join("data.json")).unwrap()).unwrap();
    let mut bundle = Bundle { data, ..Bundle::default() };
    bundle.wasm.push(File { path: "policy.wasm".to_owned(), bytes: fs::read(sample.join("policy.wasm")).unwrap() });
    for entrypoint in ["fraud/score", "fraud/allow"] {
        let (entrypoint, module) = (entrypoint.to_owned(), "/policy.wasm".to_owned());
        bundle.manifest.wasm.push(WasmEntrypoint { entrypoint, module, annotations: None });
    }
    bundle.write_file(&folder.join("fraud.tar.gz"), None).unwrap();
}

fn scratch(gate: &str) -> tempfile::TempDir {
    let scratch = tempfile::tempdir().unwrap();
    fraud(scratch.path());
    fs::write(scratch.path().join("gate.rego"), gate).unwrap();
    let payment = r#"{"amount": 1200, "country": "CH", "card": {"country": "CH", "age_days": 400}, "account": {"age_days": 900}}"#;
    fs::write(scratch.path().join("input.json"), payment).unwrap();
    fs::write(
        scratch.path().join("large.json"),
        payment.replace("1200", "90000000").replace("\"CH\", \"card", "\"AA\", \"card"),
    )
    .unwrap();
    scratch
}

#[test]
fn one_bundle_of_both_decides() {
    let scratch = scratch(GATE);
    let built = writ(scratch.path(), &["build", "gate.rego", "fraud.tar.gz", "-o", "both.tar.gz", "-r", "7"]);
    assert!(built.status.success(), "{}", said(&built));
    let bundle = Reader::default().open(&scratch.path().join("both.tar.gz")).unwrap();
    let modules: Vec<(&str, &str)> =
        bundle.manifest.wasm.iter().map(|entry| (entry.entrypoint.as_str(), entry.module.as_str())).collect();
    let rust = "/fraud/policy.wasm";
    assert_eq!(modules, [("gate/allow", "/policy.wasm"), ("fraud/score", rust), ("fraud/allow", rust)]);
    assert_eq!((bundle.manifest.revision.as_str(), bundle.modules.len()), ("7", 1));
    for (input, query, expected) in [
        ("input.json", "data.gate.allow", "true"),
        ("large.json", "data.gate.allow", ""),
        ("input.json", "data.fraud.allow", "true"),
    ] {
        let decided = writ(scratch.path(), &["eval", "-b", "both.tar.gz", "-i", input, "--format", "raw", query]);
        assert!(decided.status.success(), "{}", said(&decided));
        assert_eq!(String::from_utf8_lossy(&decided.stdout).trim(), expected, "{input} {query}");
    }
    let wrong = writ(scratch.path(), &["eval", "-b", "both.tar.gz", "--format", "raw", "-I", "data.gate.allow"]);
    assert!(!wrong.status.success());
}

#[test]
fn a_bundle_of_rust_alone_is_written_anew() {
    let scratch = scratch(GATE);
    let built = writ(scratch.path(), &["build", "fraud.tar.gz", "-o", "again.tar.gz"]);
    assert!(built.status.success(), "{}", said(&built));
    let again = Reader::default().open(&scratch.path().join("again.tar.gz")).unwrap();
    let first = Reader::default().open(&scratch.path().join("fraud.tar.gz")).unwrap();
    assert_eq!((again.wasm, again.data), (first.wasm, first.data));
}

#[test]
fn a_bundle_of_both_is_compiled_anew() {
    let scratch = scratch(GATE);
    let folder = scratch.path();
    assert!(writ(folder, &["build", "gate.rego", "fraud.tar.gz", "-o", "both.tar.gz"]).status.success());
    let first = Reader::default().open(&folder.join("both.tar.gz")).unwrap();
    for arguments in
        [&["build", "both.tar.gz", "-o", "again.tar.gz"][..], &["build", "-b", "both.tar.gz", "-o", "again.tar.gz"]]
    {
        let built = writ(folder, arguments);
        assert!(built.status.success(), "{arguments:?}: {}", said(&built));
        let again = Reader::default().open(&folder.join("again.tar.gz")).unwrap();
        assert_eq!((&again.wasm, &again.data), (&first.wasm, &first.data), "{arguments:?}");
        assert_eq!(again.manifest.wasm, first.manifest.wasm, "{arguments:?}");
        assert_eq!(again.modules.len(), 1);
    }
    let rust = writ(folder, &["build", "-b", "fraud.tar.gz", "-o", "rust.tar.gz"]);
    assert!(rust.status.success(), "{}", said(&rust));
    let rust = Reader::default().open(&folder.join("rust.tar.gz")).unwrap();
    assert_eq!((rust.wasm.len(), rust.manifest.wasm.len()), (1, 2));
}

#[test]
fn queries_of_a_bundle_of_both_are_answered() {
    let gate = format!("{GATE}\nscore := fraud.score(input).action\nsaid := sprintf(\"to %s\", [score])\n");
    let scratch = scratch(&gate);
    assert!(writ(scratch.path(), &["build", "gate.rego", "fraud.tar.gz", "-o", "both.tar.gz"]).status.success());
    for (query, expected) in [
        ("data.gate.allow", "true"),
        ("data.gate.said", "to allow"),
        ("x := data.gate.score; x == \"allow\"", "true true"),
        ("fraud.score(input).action", "allow"),
        ("data.gate.none", ""),
    ] {
        let decided =
            writ(scratch.path(), &["eval", "-b", "both.tar.gz", "-i", "input.json", "--format", "raw", query]);
        assert!(decided.status.success(), "{query}: {}", said(&decided));
        assert_eq!(String::from_utf8_lossy(&decided.stdout).trim(), expected, "{query}");
    }
}

#[test]
fn what_is_wrong_is_told() {
    for (gate, arguments, wanted) in [
        (GATE, &["build", "gate.rego"][..], "undefined function fraud.score"),
        (
            "package gate\nallow if fraud.guess(input)",
            &["build", "-e", "gate/allow", "gate.rego", "fraud.tar.gz"],
            "undefined function fraud.guess",
        ),
        (
            "package fraud\nallow if fraud.score(input)",
            &["build", "-e", "fraud/allow", "gate.rego", "fraud.tar.gz"],
            "the entrypoint `fraud/allow` is that of two modules",
        ),
    ] {
        let scratch = scratch(gate);
        let output = writ(scratch.path(), arguments);
        assert_eq!(output.status.code(), Some(1), "{}", said(&output));
        assert!(said(&output).contains(wanted), "{}", said(&output));
    }
}

#[test]
fn a_module_without_what_it_calls_is_refused() {
    let scratch = scratch(GATE);
    assert!(writ(scratch.path(), &["build", "gate.rego", "fraud.tar.gz", "-o", "both.tar.gz"]).status.success());
    let mut bundle = Reader::default().open(&scratch.path().join("both.tar.gz")).unwrap();
    bundle.wasm.truncate(1);
    bundle.manifest.wasm.truncate(1);
    bundle.write_file(&scratch.path().join("half.tar.gz"), None).unwrap();
    let output = writ(scratch.path(), &["eval", "-b", "half.tar.gz", "-i", "input.json", "data.gate.allow"]);
    assert!(!output.status.success());
    assert!(said(&output).contains("`fraud.score`"), "{}", said(&output));
}
