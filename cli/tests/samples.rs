//! Every sample policy decides as its files say, compiled on the spot and from a bundle that was built first.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that fails panics")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use writ_value::{Value, json};

fn samples() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../guest-policies");
    let mut all = Vec::new();
    for (kind, at_least) in [("rego", 6), ("rules", 3)] {
        let entries = fs::read_dir(root.join(kind)).unwrap().map(|e| e.unwrap().path());
        let mut folders: Vec<_> = entries.filter(|p| p.is_dir()).collect();
        folders.sort();
        assert!(folders.len() >= at_least, "samples of {kind} are gone");
        all.extend(folders);
    }
    all
}

fn writ(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_writ")).args(arguments).output().unwrap()
}

fn read(path: &Path) -> Value {
    json::parse(&fs::read(path).unwrap()).unwrap()
}

/// Inputs with what is expected of them: `input.json` with `expected.json`, then `cases.json`.
fn cases(sample: &Path) -> Vec<(String, Value, Value)> {
    let mut cases =
        vec![("input.json".to_owned(), read(&sample.join("input.json")), read(&sample.join("expected.json")))];
    for case in read(&sample.join("cases.json")).as_array().unwrap() {
        let field = |name| case.get(name).unwrap().clone();
        cases.push((field("note").as_str().unwrap().to_owned(), field("input"), field("expected")));
    }
    cases
}

fn decide(source: [&str; 2], scratch: &Path, input: &Value, entrypoint: &str) -> Value {
    let input_file = scratch.join("input.json");
    fs::write(&input_file, json::to_string(input)).unwrap();
    let query = entrypoint.split('/').fold("data".to_owned(), |query, part| format!("{query}[{part:?}]"));
    let output =
        writ(&["eval", source[0], source[1], "-i", input_file.to_str().unwrap(), "--format", "values", &query]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let values = json::parse(&output.stdout).unwrap_or_else(|e| panic!("{query}: {e}"));
    values.as_array().unwrap()[0].clone()
}

#[test]
fn samples_decide_as_expected() {
    let scratch = tempfile::tempdir().unwrap();
    for sample in samples() {
        let folder = sample.to_str().unwrap();
        let bundle = scratch.path().join("bundle.tar.gz");
        let built = writ(&["build", "-b", folder, "-o", bundle.to_str().unwrap()]);
        assert!(built.status.success(), "{folder}: {}", String::from_utf8_lossy(&built.stderr));
        for (note, input, expected) in cases(&sample) {
            for (entrypoint, want) in expected.as_object().unwrap() {
                let entrypoint = entrypoint.as_str().unwrap();
                for source in [["-b", folder], ["-b", bundle.to_str().unwrap()]] {
                    let got = decide(source, scratch.path(), &input, entrypoint);
                    // Sets come back as sorted arrays, which is how the files write them.
                    assert_eq!(json::to_string(&got), json::to_string(want), "{folder}: {note}: {entrypoint}");
                }
            }
        }
    }
}

#[test]
fn the_same_sources_give_the_same_bundle() {
    let scratch = tempfile::tempdir().unwrap();
    let build = |name: &str| {
        let bundle = scratch.path().join(name);
        let sample = &samples()[0];
        assert!(writ(&["build", "-b", sample.to_str().unwrap(), "-o", bundle.to_str().unwrap()]).status.success());
        fs::read(bundle).unwrap()
    };
    assert_eq!(build("a.tar.gz"), build("b.tar.gz"));
}
