//! Base data whose strings are constants of the policy: comparing and looking up mean what they meant, and the document can be read back and patched.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that fails panics")]

use writ_runtime::{Candidate, CandidateModule, DataChange, Policy, PolicyConfig};
use writ_tests::host::{ask, compile, engine, value};
use writ_value::Value;

const POLICY: &str = r#"package p

admins := [u.name | some u in data.users; u.role == "admin"]
long := [u.name | some u in data.users; u["a key of more than sixteen bytes"] == "a constant of more than sixteen bytes"]
known := data.by_role[input.role]
same := [u.name | some u in data.users; u.role == input.role]
names := {k | some k, _ in data.by_role}
whole := data.users[0]
sorted := sort([r | some r in ["viewer", "admin", data.users[0].role, data.users[1].role]])
order if data.users[0].role < "viewer"
joined := concat("-", [u.role | some u in data.users])
"#;

const NAMES: [&str; 9] =
    ["p/admins", "p/long", "p/known", "p/same", "p/names", "p/whole", "p/sorted", "p/order", "p/joined"];

const DATA: &str = r#"{
    "users": [
        {"name": "ann", "role": "admin", "a key of more than sixteen bytes": "a constant of more than sixteen bytes"},
        {"name": "bob", "role": "editor", "a key of more than sixteen bytes": "a constant of more than sixteen bytez"},
        {"name": "viewer", "role": "viewer", "": "admin"}
    ],
    "by_role": {"admin": ["*"], "editor": ["write"], "viewer": [], "admi": 1, "a constant of more than sixteen bytes": 2}
}"#;

fn policy(data: Value) -> Policy {
    let candidate = Candidate::from_module("", compile(POLICY, &NAMES)).with_data(data);
    Policy::new(&engine(), candidate, PolicyConfig::default()).unwrap()
}

fn answers(policy: &Policy, role: &str) -> Vec<Option<Value>> {
    let input = Value::object([("role", Value::from(role))]);
    NAMES.iter().map(|name| ask(policy, name, Some(&input)).unwrap()).collect()
}

#[test]
fn constants_in_data_are_the_strings_that_they_are() {
    let policy = policy(value(DATA));
    let expect = |role: &str, known: &str, same: &str| {
        let expected = [
            r#"["ann"]"#,
            r#"["ann"]"#,
            known,
            same,
            "",
            r#"{"name": "ann", "role": "admin", "a key of more than sixteen bytes": "a constant of more than sixteen bytes"}"#,
            r#"["admin", "admin", "editor", "viewer"]"#,
            "true",
            r#""admin-editor-viewer""#,
        ];
        for ((name, answer), expected) in NAMES.iter().zip(answers(&policy, role)).zip(expected) {
            match *name {
                "p/names" => assert_eq!(answer.unwrap().as_set().unwrap().len(), 5),
                _ if expected.is_empty() => assert_eq!(answer, None, "{name} {role}"),
                _ => assert_eq!(answer, Some(value(expected)), "{name} {role}"),
            }
        }
    };
    expect("admin", r#"["*"]"#, r#"["ann"]"#);
    expect("editor", r#"["write"]"#, r#"["bob"]"#);
    expect("a constant of more than sixteen bytes", "2", "[]");
    expect("a constant of more than sixteen bytez", "", "[]");
    expect("none", "", "[]");
}

#[test]
fn the_document_is_read_back_and_patched() {
    // Large enough that the document itself is not kept.
    let user = |n: usize| {
        let (role, note) = (["admin", "editor", "viewer"][n % 3], "x".repeat(40));
        format!(r#"{{"name": "user-{n}", "role": "{role}", "a constant of more than sixteen bytes": "{note}"}}"#)
    };
    let users: Vec<String> = (0..40_000).map(user).collect();
    let data = value(&format!(r#"{{"users": [{}], "by_role": {{"admin": 1}}}}"#, users.join(",")));
    let policy = policy(data.clone());
    assert_eq!(policy.revision().data().unwrap(), data);
    let path = ["by_role", "editor"].map(str::to_owned).to_vec();
    policy.patch_data(&[DataChange { path, value: Some(Value::from("viewer")) }]).unwrap();
    let patched = policy.revision().data().unwrap();
    assert_eq!(patched.get("users"), data.get("users"));
    assert_eq!(patched.get("by_role"), Some(&value(r#"{"admin": 1, "editor": "viewer"}"#)));
    let input = value(r#"{"role": "editor"}"#);
    assert_eq!(ask(&policy, "p/known", Some(&input)).unwrap(), Some(Value::from("viewer")));
    assert_eq!(ask(&policy, "p/same", Some(&input)).unwrap().unwrap().as_array().unwrap().len(), 13_333);
}

#[test]
fn modules_that_share_data_have_their_own_constants() {
    let other = compile("package q\nadmins := [u.name | some u in data.users; \"admin\" == u.role]", &["q/admins"]);
    let module =
        |name: &str, wasm: Vec<u8>| CandidateModule { name: name.to_owned(), wasm: wasm.into(), entrypoints: None };
    let mut candidate = Candidate::default();
    candidate.modules = vec![module("p", compile(POLICY, &NAMES)), module("q", other)];
    let policy = Policy::new(&engine(), candidate.with_data(value(DATA)), PolicyConfig::default()).unwrap();
    for name in ["p/admins", "q/admins"] {
        assert_eq!(ask(&policy, name, Some(&Value::empty_object())).unwrap(), Some(value(r#"["ann"]"#)), "{name}");
    }
}
