//! What goes wrong is said clearly, with the right exit code, and leaves nothing half written.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that fails panics")]

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

struct Run {
    code: i32,
    out: String,
    err: String,
}

/// Runs the command in `folder` with nothing on standard input.
fn writ(folder: &Path, arguments: &[&str]) -> Run {
    let output = Command::new(env!("CARGO_BIN_EXE_writ"))
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Run { code: output.status.code().unwrap(), out: text(&output.stdout), err: text(&output.stderr) }
}

fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

const POLICY: &str = "package p\n\nallow if input.x == 1\n\nn := 1 if true\n\nn := 2 if input.clash\n";

#[test]
fn files_that_are_not_there_or_malformed_are_exit_code_2() {
    let folder = folder(&[
        ("bad.json", "{\n  \"a\": ]\n}"),
        ("bad.yaml", "a: b\n c: d\n"),
        ("p.rego", POLICY),
        ("a.json", "{\"x\": 1}"),
        ("b.json", "{\"x\": 2}"),
        ("list.json", "[1]"),
        ("words.tar.gz", "hello"),
        ("empty.json", ""),
        ("two.json", "{} x"),
    ]);
    for (arguments, expected) in [
        (&["eval", "-d", "nowhere", "data"][..], "stat nowhere: no such file or directory"),
        (&["eval", "-i", "nowhere.json", "data"], "nowhere.json: no such file or directory"),
        (&["eval", "-b", "nowhere", "data"], "nowhere: no such file or directory"),
        (&["check", "nowhere"], "stat nowhere: no such file or directory"),
        (&["build", "-e", "p/allow", "nowhere"], "stat nowhere: no such file or directory"),
        (&["eval", "-d", "bad.json", "data"], "bad.json:2:8: invalid character ']'"),
        (&["eval", "-i", "bad.json", "data"], "bad.json:2:8: "),
        (&["eval", "-d", "bad.yaml", "data"], "bad.yaml:2:"),
        (&["eval", "-b", "bad.json", "data"], "bundle bad.json: not a bundle"),
        (&["eval", "-b", "words.tar.gz", "data"], "bundle words.tar.gz: not a bundle"),
        (&["build", "-b", "-o", "out.tar.gz", "words.tar.gz"], "bundle words.tar.gz: not a bundle"),
        (&["eval", "-i", "empty.json", "1"], "empty.json:1:1: "),
        (&["eval", "-i", "two.json", "1"], "two.json:1:4: "),
        (&["build", "-e", "p/allow", "p.rego", "bad.json"], "bad.json:2:8: "),
        (&["eval", "-d", "a.json", "-d", "b.json", "data"], "conflicting values at data.x"),
        (&["eval", "-d", "list.json", "data"], "list.json: document must be of type object"),
        (&["eval", "--format", "source", "1"], "invalid output format"),
        (&["eval", "--format", "nonsense", "1"], "nonsense"),
        (&["eval", "--fail", "--fail-defined", "1"], "--fail-defined"),
        (&["eval"], "QUERY"),
        (&["nonsense"], "nonsense"),
        (&["check"], "PATH"),
    ] {
        let run = writ(folder.path(), arguments);
        assert_eq!(run.code, 2, "{arguments:?}: {}", run.err);
        assert!(run.err.contains(expected), "{arguments:?}: {}", run.err);
    }
}

#[cfg(unix)]
#[test]
fn a_file_without_permission_is_named() {
    use std::os::unix::fs::PermissionsExt;
    let folder = folder(&[("p.rego", POLICY)]);
    let path = folder.path().join("p.rego");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o000)).unwrap();
    // Root may read everything.
    if fs::read(&path).is_ok() {
        return;
    }
    let run = writ(folder.path(), &["check", "p.rego"]);
    assert_eq!((run.code, run.err.contains("open p.rego: permission denied")), (2, true), "{}", run.err);
}

#[test]
fn errors_of_the_policy_are_exit_code_1() {
    let folder = folder(&[
        ("p.rego", POLICY),
        ("bad.rego", "package q\n\np if nope(1)\n\nq if { x > 1 }\n"),
        ("in.json", "{\"clash\": true}"),
    ]);
    let check = writ(folder.path(), &["check", "bad.rego"]);
    assert_eq!(check.code, 1);
    assert!(check.err.contains("bad.rego:3:6"), "{}", check.err);
    assert!(check.err.contains("p if nope(1)"), "the line is shown: {}", check.err);
    let json = writ(folder.path(), &["check", "--format", "json", "bad.rego"]);
    assert!(json.err.contains("\"code\": \"rego_type_error\""), "{}", json.err);
    let conflict = writ(folder.path(), &["eval", "-d", "p.rego", "-i", "in.json", "data.p.n"]);
    assert_eq!(conflict.code, 1);
    assert!(conflict.out.contains("\"code\": \"eval_conflict_error\""), "{}", conflict.out);
    let pretty = writ(folder.path(), &["eval", "-d", "p.rego", "-i", "in.json", "--format", "pretty", "data.p.n"]);
    assert_eq!((pretty.code, pretty.out.as_str()), (1, ""));
    assert!(pretty.err.starts_with("1 error occurred: p.rego:"), "{}", pretty.err);
    assert_eq!(writ(folder.path(), &["check", "p.rego"]).code, 0);
}

#[test]
fn imports_of_a_query_switch_its_keywords_on() {
    let folder = folder(&[]);
    let query = "some x in [1]; {true} or {false}";
    for (imports, code) in
        [(&[][..], 1), (&["--import", "future.keywords.in"], 1), (&["--import", "future.keywords"], 0)]
    {
        let run = writ(folder.path(), &[&["eval", "--v0-compatible"], imports, &[query]].concat());
        assert_eq!(run.code, code, "{imports:?}: {}{}", run.out, run.err);
    }
}

#[test]
fn an_unsafe_query_is_told_as_opa_tells_it() {
    let folder = folder(&[]);
    let run = writ(folder.path(), &["eval", "--format", "pretty", "x > 1"]);
    let expected = "2 errors occurred:\n1:1: rego_unsafe_var_error: var _ is unsafe\n1:1: rego_unsafe_var_error: var x is unsafe\n";
    assert_eq!((run.code, run.err.as_str()), (1, expected));
    let run = writ(folder.path(), &["eval", "--format", "pretty", "some x; y > 1"]);
    let expected = "1 error occurred: 1:1: rego_compile_error: declared var x unused\n";
    assert_eq!((run.code, run.err.as_str()), (1, expected), "an error of one stage hides the next");
}

#[test]
fn fail_and_fail_defined_set_the_exit_code() {
    let folder = folder(&[("p.rego", POLICY)]);
    for (arguments, code) in [
        (&["eval", "-d", "p.rego", "data.p.allow"][..], 0),
        (&["eval", "-d", "p.rego", "--fail", "data.p.allow"], 1),
        (&["eval", "-d", "p.rego", "--fail-defined", "data.p.allow"], 0),
        (&["eval", "-d", "p.rego", "--fail", "data.p.n"], 0),
        (&["eval", "-d", "p.rego", "--fail-defined", "data.p.n"], 1),
    ] {
        assert_eq!(writ(folder.path(), arguments).code, code, "{arguments:?}");
    }
}

#[test]
fn a_build_that_fails_leaves_what_was_there() {
    let folder = folder(&[("p.rego", POLICY), ("bad.rego", "package"), ("out.tar.gz", "before")]);
    for arguments in [
        &["build", "-o", "out.tar.gz", "-e", "p/nope", "p.rego"][..],
        &["build", "-o", "out.tar.gz", "p.rego"],
        &["build", "-o", "out.tar.gz", "-e", "p/allow", "bad.rego"],
        &["build", "-o", "nowhere/out.tar.gz", "-e", "p/allow", "p.rego"],
    ] {
        let run = writ(folder.path(), arguments);
        assert!(run.code != 0 && !run.err.is_empty(), "{arguments:?}");
        assert_eq!(fs::read_to_string(folder.path().join("out.tar.gz")).unwrap(), "before");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 3, "{arguments:?} left a file behind");
    }
    let unknown = writ(folder.path(), &["build", "-o", "out.tar.gz", "-e", "p/nope", "p.rego"]);
    assert!(unknown.err.contains("p/nope"), "{}", unknown.err);
}
