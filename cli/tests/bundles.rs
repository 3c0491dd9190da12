//! Bundles on the command line: built, signed, verified, inspected; and taken by OPA where it is on this machine.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that fails panics")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const POLICY: &str = "# METADATA\n# title: The package\npackage p\n\n# METADATA\n# title: Allow\n# entrypoint: true\n\
                      allow if input.x == data.a.n\n";

struct Run {
    code: i32,
    out: String,
    err: String,
}

fn run(program: &Path, folder: &Path, arguments: &[&str]) -> Option<Run> {
    let output = Command::new(program).args(arguments).current_dir(folder).stdin(Stdio::null()).output().ok()?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Some(Run { code: output.status.code().unwrap(), out: text(&output.stdout), err: text(&output.stderr) })
}

fn writ(folder: &Path, arguments: &[&str]) -> Run {
    run(Path::new(env!("CARGO_BIN_EXE_writ")), folder, arguments).unwrap()
}

/// `None` where there is no OPA.
fn opa(folder: &Path, arguments: &[&str]) -> Option<Run> {
    let home = PathBuf::from(std::env::var_os("HOME")?).join("go/bin/opa");
    run(if home.exists() { &home } else { Path::new("opa") }, folder, arguments)
}

/// Runs it and demands success.
fn fine(folder: &Path, arguments: &[&str]) -> String {
    let run = writ(folder, arguments);
    assert_eq!(run.code, 0, "{arguments:?}: {}", run.err);
    run.out
}

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in [
        ("b/p.rego", POLICY),
        ("b/a/data.json", "{\"n\": 1}"),
        ("b/.manifest", "{\"revision\": \"r1\", \"roots\": [\"p\", \"a\"], \"metadata\": {\"by\": \"me\"}}"),
        ("input.json", "{\"x\": 1}"),
    ] {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    for file in ["rsa.pem", "rsa.pub.pem"] {
        let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../bundle/tests/fixtures/keys");
        fs::copy(fixtures.join(file), folder.path().join(file)).unwrap();
    }
    folder
}

const HMAC: [&str; 4] = ["--signing-alg", "HS256", "--verification-key", "secret"];
const RSA: [&str; 2] = ["--verification-key", "rsa.pub.pem"];

#[test]
fn a_signed_bundle_is_used_with_its_key_only() {
    let folder = folder();
    let at = folder.path();
    fine(at, &["build", "-b", "b", "-o", "s.tar.gz", "-r", "r2", "--signing-key", "rsa.pem"]);
    fine(at, &["build", "-b", "b", "-o", "u.tar.gz"]);
    let eval = |bundle: &str, more: &[&str]| {
        writ(at, &[&["eval", "-f", "raw", "-i", "input.json", "-b", bundle, "data.p.allow"], more].concat())
    };
    assert_eq!(eval("s.tar.gz", &RSA).out, "true\n");
    for (bundle, keys, expected) in [
        ("u.tar.gz", &RSA[..], "bundle missing .signatures.json file"),
        ("s.tar.gz", &HMAC, "failed to verify JWT signature"),
        ("s.tar.gz", &[&RSA[..], &["--scope", "other"]].concat(), "scope mismatch"),
        ("s.tar.gz", &["--verification-key", "no key"], "failed to parse PEM block containing the key"),
    ] {
        let run = eval(bundle, keys);
        assert_eq!(run.code, 2, "{bundle} {keys:?}");
        assert!(run.err.contains(expected), "{bundle} {keys:?}: {}", run.err);
    }
    let run = writ(at, &["build", "-b", "s.tar.gz", "-o", "again.tar.gz"]);
    assert!(run.err.contains("verification key not provided") && !at.join("again.tar.gz").exists(), "{}", run.err);
    let shown = fine(at, &["inspect", "s.tar.gz"]);
    assert!(shown.contains("│ RS256     │ default │"), "{shown}");
    if let Some(run) = opa(at, &[&["build", "-b", "s.tar.gz", "-o", "o.tar.gz"], &RSA[..]].concat()) {
        assert_eq!(run.code, 0, "{}", run.err);
    }
}

#[test]
fn a_folder_is_signed_beside_its_files() {
    let folder = folder();
    let at = folder.path();
    let sign = ["sign", "-b", "b", "-o", "b", "--signing-alg", "HS256", "--signing-key", "secret"];
    fine(at, &sign);
    let build = [&["build", "-b", "b", "-o", "o.tar.gz"], &HMAC[..]].concat();
    fine(at, &build);
    if let Some(run) = opa(at, &build) {
        assert_eq!(run.code, 0, "{}", run.err);
        let ours = fs::read_to_string(at.join("b/.signatures.json")).unwrap();
        opa(at, &sign).unwrap();
        let theirs = fs::read_to_string(at.join("b/.signatures.json")).unwrap();
        assert_eq!(fields(&ours), fields(&theirs));
        fine(at, &build);
    }
    fs::write(at.join("b/more.rego"), "package p.more\n").unwrap();
    let run = writ(at, &build);
    assert_eq!(run.code, 2);
    assert!(run.err.contains("file more.rego not included in bundle signature"), "{}", run.err);
    fine(at, &[&build[..], &["--exclude-files-verify", "README,more.*"]].concat());
    assert_eq!(writ(at, &["sign", "-b", "b"]).code, 2);
    assert_eq!(writ(at, &["sign", "b", "--signing-key", "secret"]).code, 2);
}

/// The layout of a signature file, without its token.
fn fields(text: &str) -> Vec<String> {
    text.lines().map(|line| line.chars().take_while(|c| *c != 'e').collect()).collect()
}

#[test]
fn claims_and_what_is_ignored() {
    let folder = folder();
    let at = folder.path();
    fs::write(at.join("claims.json"), "{\"scope\": \"write\"}").unwrap();
    fs::write(at.join("b/broken_test.rego"), "package").unwrap();
    assert_eq!(writ(at, &["build", "-b", "b", "-e", "p/allow"]).code, 1);
    let build = [
        "build",
        "-b",
        "b",
        "--ignore",
        "*_test.rego",
        "-o",
        "o.tar.gz",
        "--signing-alg",
        "HS256",
        "--signing-key",
        "k",
    ];
    fine(at, &[&build[..], &["--claims-file", "claims.json"]].concat());
    let eval = |scope: &str| {
        let keys = ["--signing-alg", "HS256", "--verification-key", "k", "--scope", scope];
        writ(at, &[&["eval", "-f", "raw", "-i", "input.json", "-b", "o.tar.gz", "data.p.allow"], &keys[..]].concat())
    };
    assert_eq!(eval("write").out, "true\n");
    assert!(eval("read").err.contains("scope mismatch"));
    assert_eq!(fine(at, &["eval", "-f", "raw", "-d", "b", "--ignore", "broken*", "data.a.n"]), "1\n");
    fine(at, &["check", "b", "--ignore", "broken*"]);
}

#[test]
fn inspect_shows_what_opa_shows() {
    let folder = folder();
    let at = folder.path();
    fine(at, &["build", "-b", "b", "-o", "w.tar.gz"]);
    let shown = fine(at, &["inspect", "-a", "b"]);
    for part in
        ["│ Revision │ r1", "│ Roots    │ a", "│ data.a    │ b/a/data.json │", "The package\n===", "Rule:     allow\n"]
    {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    let json = fine(at, &["inspect", "-f", "json", "w.tar.gz"]);
    for part in
        ["\"entrypoints\": [\n        \"data.p.allow\"", "\"url\": \"w.tar.gz/policy.wasm\"", "\"title\": \"Allow\""]
    {
        assert!(json.contains(part), "{part}: {json}");
    }
    for arguments in [&["inspect", "b"][..], &["inspect", "-a", "b"], &["inspect", "w.tar.gz"]] {
        let Some(theirs) = opa(at, arguments) else { return };
        assert_eq!(fine(at, arguments), theirs.out, "{arguments:?}");
    }
}

#[test]
fn a_package_outside_of_the_roots_is_refused() {
    let folder = folder();
    let at = folder.path();
    fs::write(at.join("b/q.rego"), "package q.r\n").unwrap();
    let expected = "manifest roots [p a] do not permit 'package q.r' in module";
    let run = writ(at, &["build", "-b", "b", "-e", "p/allow"]);
    assert!(run.code == 2 && run.err.contains(expected), "{}", run.err);
    if let Some(run) = opa(at, &["build", "-b", "b"]) {
        assert!(format!("{}{}", run.out, run.err).contains(expected), "{}", run.err);
    }
}

#[test]
fn a_delta_bundle_is_shown_and_not_used_alone() {
    let folder = folder();
    let at = folder.path();
    fs::create_dir(at.join("d")).unwrap();
    let patch = "{\"data\": [{\"op\": \"upsert\", \"path\": \"/a/n\", \"value\": 2}]}";
    fs::write(at.join("d/patch.json"), patch).unwrap();
    let shown = fine(at, &["inspect", "d"]);
    assert!(shown.contains("│ upsert    │ data.a.n │"), "{shown}");
    let run = writ(at, &["eval", "-b", "d", "data"]);
    assert!(run.code == 2 && run.err.contains("delta bundle"), "{}", run.err);
}
