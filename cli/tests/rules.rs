//! Rule documents on the command line: checked, shown as Rego, built into bundles that decide.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that fails panics")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn sample() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../guest-policies/rules/deployment-gate")
}

fn writ(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_writ")).args(arguments).current_dir(folder).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn check_explains_mistakes_by_line() {
    let folder = tempfile::tempdir().unwrap();
    let document = fs::read_to_string(sample().join("deployment-gate.rules.yaml")).unwrap();
    fs::write(folder.path().join("good.rules.yaml"), &document).unwrap();
    let faulty = document.replace("\"80 %\"", "\"80 kg\"").replace("level: INFO", "level: FYI");
    fs::write(folder.path().join("bad.rules.yaml"), &faulty).unwrap();
    let line = |what: &str| faulty.lines().position(|line| line.contains(what)).unwrap() + 1;
    let good = writ(folder.path(), &["check", "good.rules.yaml"]);
    assert!(good.status.success() && good.stderr.is_empty(), "{}", text(&good.stderr));
    // A folder is searched for rule documents, as for Rego.
    for path in ["bad.rules.yaml", "."] {
        let bad = writ(folder.path(), &["check", path]);
        let shown = text(&bad.stderr);
        assert_eq!(bad.status.code(), Some(1), "{shown}");
        let unit = format!(
            "bad.rules.yaml:{}:12: error: rules_unit_error: `kg` (a mass) and `ratio` (a ratio)",
            line("80 kg")
        );
        assert!(shown.contains(&unit), "{shown}");
        let level = format!("bad.rules.yaml:{}:12: error: rules_value_error: `level` is never `FYI`", line("FYI"));
        assert!(shown.contains(&level) && shown.contains("    level: FYI\n"), "{shown}");
    }
    let json = writ(folder.path(), &["check", "--format", "json", "bad.rules.yaml"]);
    assert!(text(&json.stderr).contains("\"code\": \"rules_unit_error\""));
    let build = writ(folder.path(), &["build", "bad.rules.yaml"]);
    assert_eq!(build.status.code(), Some(1));
    assert!(!folder.path().join("bundle.tar.gz").exists());
}

#[test]
fn emitted_rego_decides_as_the_document() {
    let folder = tempfile::tempdir().unwrap();
    let document = sample().join("deployment-gate.rules.yaml");
    let emitted = writ(folder.path(), &["build", "--emit", "rego", document.to_str().unwrap()]);
    assert!(emitted.status.success(), "{}", text(&emitted.stderr));
    fs::write(folder.path().join("gate.rego"), &emitted.stdout).unwrap();
    let checked = writ(folder.path(), &["check", "--strict", "gate.rego"]);
    assert!(checked.status.success(), "{}", text(&checked.stderr));
    fs::write(folder.path().join("in.json"), r#"{"action": {"environment": "production", "hour": 3}}"#).unwrap();
    let query = "data.rules[\"deployment-gate\"].decision";
    let [a, b] = [document.to_str().unwrap(), "gate.rego"]
        .map(|path| text(&writ(folder.path(), &["eval", "-d", path, "-i", "in.json", query]).stdout));
    assert!(a.contains("\"signed-image\"") && a == b, "{a}\n{b}");
    assert!(!folder.path().join("bundle.tar.gz").exists());
}

#[test]
fn emit_needs_a_document_and_excludes_what_makes_a_bundle() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("p.rego"), "package p\n\nx := 1\n").unwrap();
    for (arguments, expected) in [
        (&["build", "--emit", "rego", "p.rego"][..], "there is no rule document among the paths"),
        (&["build", "--emit", "rego", "-o", "x.tar.gz", "p.rego"], "--output"),
        (&["build", "--emit", "wat", "p.rego"], "wat"),
    ] {
        let output = writ(folder.path(), arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(text(&output.stderr).contains(expected), "{}", text(&output.stderr));
    }
}
