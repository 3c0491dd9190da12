//! `--capabilities`, `writ capabilities` and `--allow-net`.
#![allow(clippy::unwrap_used, reason = "a test that fails panics")]

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use writ_value::{Value, json};

fn writ(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_writ")).args(arguments).current_dir(folder).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Ours, as the command prints them, with one member replaced.
fn with_member(folder: &Path, file: &str, name: &str, change: impl Fn(&Value) -> Value) {
    let current = writ(folder, &["capabilities", "--current"]);
    assert!(current.status.success());
    let current = json::parse(&current.stdout).unwrap();
    let mut object = current.as_object().unwrap().clone();
    let member = Value::from(name);
    let changed = change(object.get(&member).unwrap_or(&Value::Null));
    object.insert(member, changed);
    fs::write(folder.join(file), json::to_string(&Value::from(object))).unwrap();
}

#[test]
fn ours_are_printed_in_opas_format() {
    let folder = tempfile::tempdir().unwrap();
    let list = writ(folder.path(), &["capabilities"]);
    assert_eq!(text(&list.stdout), "v1.22.0\n");
    let current = writ(folder.path(), &["capabilities", "--current"]);
    let theirs = include_str!("../../compiler/tests/data/opa-capabilities-1.22.0.json");
    let names = |file: &Value| -> Vec<String> {
        let builtins = file.get("builtins").and_then(Value::as_array).unwrap();
        builtins.iter().map(|b| b.get("name").and_then(Value::as_str).unwrap().to_owned()).collect()
    };
    let (ours, theirs) = (json::parse(&current.stdout).unwrap(), json::parse(theirs.as_bytes()).unwrap());
    assert_eq!(names(&ours), names(&theirs));
    for member in ["features", "future_keywords"] {
        assert_eq!(ours.get(member), theirs.get(member));
    }
    let version = writ(folder.path(), &["capabilities", "--version", "v1.22.0"]);
    assert_eq!(version.stdout, current.stdout);
    fs::write(folder.path().join("c.json"), &current.stdout).unwrap();
    assert_eq!(writ(folder.path(), &["capabilities", "--file", "c.json"]).stdout, current.stdout);
    assert_eq!(writ(folder.path(), &["capabilities", "--version", "v0.1.0"]).status.code(), Some(2));
    assert_eq!(writ(folder.path(), &["capabilities", "--file", "none.json"]).status.code(), Some(2));
}

#[test]
fn a_file_limits_what_a_policy_may_use() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    with_member(path, "no-http.json", "builtins", |builtins| {
        let name = |b: &Value| b.get("name").and_then(Value::as_str).map(str::to_owned);
        let all = builtins.as_array().unwrap().iter();
        all.filter(|b| name(b).as_deref() != Some("http.send")).cloned().collect()
    });
    let without = |feature: &'static str| {
        move |features: &Value| -> Value {
            features.as_array().unwrap().iter().filter(|f| f.as_str() != Some(feature)).cloned().collect()
        }
    };
    with_member(path, "no-v1.json", "features", without("rego_v1"));
    with_member(path, "no-templates.json", "features", without("template_strings"));
    with_member(path, "no-keyword-refs.json", "features", without("keywords_in_refs"));
    with_member(path, "no-keywords.json", "future_keywords", |_| Value::from(Vec::new()));
    for (name, policy) in [
        ("send.rego", "package a\nr := http.send({\"method\": \"get\", \"url\": \"http://x\"})\n"),
        ("template.rego", "package a\nr := $\"x{input.a}\"\n"),
        ("keyword.rego", "package a\nr := input.if\n"),
        ("future.rego", "package a\nimport future.keywords.not\nr := 1\n"),
    ] {
        fs::write(path.join(name), policy).unwrap();
        let all = writ(path, &["check", "--capabilities", "v1.22.0", name]);
        assert!(all.status.success(), "{}", text(&all.stderr));
    }
    for (file, policy, wanted) in [
        ("no-http.json", "send.rego", "rego_type_error: undefined function http.send"),
        (
            "no-v1.json",
            "send.rego",
            "rego_parse_error: illegal capabilities: rego_v1 feature required for parsing v1 Rego",
        ),
        ("no-templates.json", "template.rego", "template strings are not supported by current capabilities"),
        ("no-keyword-refs.json", "keyword.rego", "unexpected if keyword: expected identifier"),
        ("no-keywords.json", "future.rego", "unexpected keyword, must be one of [contains every if in]"),
    ] {
        let build = writ(path, &["build", "-e", "a/r", "--capabilities", file, policy]);
        let check = writ(path, &["check", "--capabilities", file, policy]);
        let eval = writ(path, &["eval", "-d", policy, "--capabilities", file, "--format", "pretty", "data.a.r"]);
        for output in [build, check, eval] {
            let message = text(&output.stderr) + &text(&output.stdout);
            assert_eq!(output.status.code(), Some(1), "{file}: {message}");
            let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>().join(" ");
            assert!(
                words(&message).contains(wanted) || message.contains(wanted.split(": ").last().unwrap()),
                "{file}: {message}"
            );
        }
    }
    let none = writ(path, &["check", "--capabilities", "nowhere", "send.rego"]);
    assert_eq!(none.status.code(), Some(2));
    assert!(text(&none.stderr).contains("no such file or capabilities version found: nowhere"));
}

#[test]
fn the_network_is_granted_by_host_and_left_by_capabilities() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let query = "net.lookup_ip_addr(\"localhost\")";
    let off = writ(path, &["eval", query]);
    assert!(text(&off.stdout).contains("network access was not granted"), "{}", text(&off.stdout));
    let on = writ(path, &["eval", "--allow-net", "localhost", query]);
    assert!(text(&on.stdout).contains("127.0.0.1") || text(&on.stdout).contains("::1"), "{}", text(&on.stdout));
    let other = writ(path, &["eval", "--allow-net", "elsewhere.test", query]);
    assert_eq!(text(&other.stdout), "{}\n");
    let list = |host: &'static str| move |_: &Value| Value::from(vec![Value::from(host)]);
    with_member(path, "other.json", "allow_net", list("elsewhere.test"));
    with_member(path, "same.json", "allow_net", list("localhost"));
    let limited = writ(path, &["eval", "--allow-net", "*", "--capabilities", "other.json", query]);
    assert_eq!(text(&limited.stdout), "{}\n");
    let left = writ(path, &["eval", "--allow-net", "*", "--capabilities", "same.json", query]);
    assert_eq!(left.stdout, on.stdout);
}

#[test]
fn modules_are_parsed_for_policies() {
    let folder = tempfile::tempdir().unwrap();
    let eval = writ(
        folder.path(),
        &["eval", "--format", "raw", "rego.parse_module(\"a.rego\", \"package a.b\").package.path[2].value"],
    );
    assert_eq!(text(&eval.stdout), "b\n", "{}", text(&eval.stderr));
}

/// What OPA 1.22 itself prints, and what the `opa` at hand prints, if there is one.
#[test]
fn the_file_of_a_release_of_opa_is_taken_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    fs::write(path.join("opa.json"), include_str!("../../compiler/tests/data/opa-capabilities-1.22.0.json")).unwrap();
    let mut files = vec!["opa.json"];
    if let Ok(own) = Command::new("opa").args(["capabilities", "--current"]).output() {
        fs::write(path.join("own.json"), own.stdout).unwrap();
        files.push("own.json");
    }
    fs::write(path.join("p.rego"), "package p\nr := regex.match(`^a`, input.x)\nunknown := acme.f(1)\n").unwrap();
    fs::write(path.join("q.rego"), "package q\nr := crypto.sha256(input.x)\n").unwrap();
    for file in files {
        let good = writ(path, &["check", "--capabilities", file, "q.rego"]);
        assert!(good.status.success(), "{file}: {}", text(&good.stderr));
        let bad = writ(path, &["check", "--capabilities", file, "p.rego"]);
        assert_eq!(bad.status.code(), Some(1), "{file}");
        let message = text(&bad.stderr) + &text(&bad.stdout);
        assert!(message.contains("undefined function acme.f"), "{file}: {message}");
    }
}
