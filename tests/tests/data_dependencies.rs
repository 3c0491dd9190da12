//! Which places of base data an entrypoint reads is known when the module is loaded, so a change elsewhere leaves its decisions right.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that fails panics")]

use writ_runtime::{Candidate, DataChange, EvalOptions, FrameBuffer, Module, Policy, PolicyConfig, RevisionId};
use writ_tests::host::{compile, engine, value};
use writ_value::Value;

const POLICY: &str = r#"package p

plain := input.x + 1
flag := data.flags.beta
roles contains r if some r in data.roles[input.user]
user := data.users[i] if data.users[i].id == input.id
indirect := helper(input.x)
helper(x) := data.limits.low + x
all := count(data.tree)
computed := data.tree[input.place].leaf
under_with := x if x := data.flags.beta with data.flags as {"beta": 1}
config.one := data.config.a
config.two := 2
"#;

const NAMES: [&str; 9] = ["plain", "flag", "roles", "user", "indirect", "all", "computed", "under_with", "config"];

fn wasm() -> Vec<u8> {
    let names: Vec<String> = NAMES.iter().map(|name| format!("p/{name}")).collect();
    compile(POLICY, &names.iter().map(String::as_str).collect::<Vec<_>>())
}

#[test]
fn entrypoints_tell_what_data_they_read() {
    let module = Module::new(&engine(), &wasm()).unwrap();
    let reads = |name: &str| {
        let info = module.entrypoint_info(module.entrypoint(&format!("p/{name}")).unwrap()).unwrap();
        info.data.unwrap().iter().map(|path| path.join("/")).collect::<Vec<_>>()
    };
    assert_eq!(reads("plain"), [""; 0]);
    assert_eq!(reads("flag"), ["flags/beta"]);
    assert_eq!(reads("roles"), ["roles"]);
    assert_eq!(reads("user"), ["users"]);
    assert_eq!(reads("indirect"), ["limits/low"]);
    assert_eq!(reads("all"), ["tree"]);
    assert_eq!(reads("computed"), ["tree"]);
    assert!(reads("config").iter().any(|path| path.starts_with("config")), "rules and data of one name are merged");
}

#[test]
fn a_change_elsewhere_leaves_an_entrypoint_unchanged() {
    let data = value(r#"{"flags":{"beta":true},"roles":{"ann":["a"]},"users":[],"limits":{"low":1},"config":{"a":1}}"#);
    let candidate = Candidate::from_module("", wasm()).with_data(data);
    let policy = Policy::new(&engine(), candidate, PolicyConfig::default()).unwrap();
    let since = |name: &str| policy.revision().unchanged_since(&format!("p/{name}")).unwrap().0;
    let change = |path: &[&str], to: Value| {
        let path = path.iter().map(|&key| key.to_owned()).collect();
        policy.patch_data(&[DataChange { path, value: Some(to) }]).unwrap()
    };
    assert_eq!(change(&["roles", "bob"], value(r#"["b"]"#)), RevisionId(2));
    assert_eq!(NAMES.map(since), [1, 1, 2, 1, 1, 1, 1, 1, 1]);
    // Above what is read, at it, below it.
    change(&["flags"], value(r#"{"beta":false}"#));
    assert_eq!((since("flag"), since("roles")), (3, 2));
    let path = ["flags", "beta", "deeper"].map(str::to_owned).to_vec();
    assert!(policy.patch_data(&[DataChange { path, value: Some(Value::Null) }]).is_err(), "through a boolean");
    assert_eq!(since("flag"), 3);
}

#[test]
fn a_preparer_serves_the_instances_of_its_data_and_no_others() {
    let candidate = Candidate::from_module("", wasm()).with_data(value(r#"{"flags":{"beta":true}}"#));
    let policy = Policy::new(&engine(), candidate, PolicyConfig::default()).unwrap();
    let resolved = policy.resolve("p/plain").unwrap();
    assert_eq!((resolved.revision(), policy.live_id()), (RevisionId(1), Some(RevisionId(1))));
    let preparer = policy.with_resolved(&resolved, |instance, id| instance.preparer(id)).unwrap().flatten().unwrap();
    let mut buffer = FrameBuffer::new(8);
    buffer.head_mut().fill(7);
    preparer.json(br#"{"x": 41, "request": "a"}"#, &mut buffer).unwrap();
    let first = buffer.bytes().to_vec();
    assert_eq!(first[..8], [7; 8]);
    let decide = |buffer: &FrameBuffer, options: EvalOptions| {
        let decided = policy.with_resolved(&policy.resolve("p/plain").unwrap(), |instance, _| {
            instance.decide_frame(&preparer, buffer, options, |answer| answer.value())
        });
        decided.unwrap().expect("its revision is live")
    };
    assert_eq!(decide(&buffer, EvalOptions::default()).unwrap(), Some(Value::from(42)));
    preparer.value(&value_of_serde(r#"{"x": 41, "request": "b"}"#), &mut buffer).unwrap();
    assert_eq!(buffer.bytes(), first, "what nobody reads leaves no trace");
    // An input larger than the buffer, then one larger than the limit.
    let long = format!(r#"{{"x": "{}"}}"#, "y".repeat(3 << 20));
    preparer.json(long.as_bytes(), &mut buffer).unwrap();
    assert!(buffer.frame().len() > 3 << 20);
    let longer = format!(r#"{{"x": "{}"}}"#, "y".repeat(17 << 20));
    assert!(preparer.json(longer.as_bytes(), &mut buffer).is_err());
    preparer.json(br#"{"x": 1}"#, &mut buffer).unwrap();
    assert_eq!(decide(&buffer, EvalOptions::default()).unwrap(), Some(Value::from(2)));
    // Other data that begin the heap elsewhere.
    policy.set_data(value(&format!(r#"{{"long": "{}"}}"#, "z".repeat(20_000)))).unwrap();
    assert!(decide(&buffer, EvalOptions::default()).is_err(), "another place in memory");
    assert_eq!(policy.with_resolved(&resolved, |_, _| ()).unwrap(), None, "its revision is not live any more");
}

fn value_of_serde(text: &str) -> std::collections::BTreeMap<String, Scalar> {
    // Numbers and strings are all that the test's inputs have.
    let Value::Object(entries) = value(text) else { panic!("an object") };
    let scalar = |value: &Value| match value {
        Value::Number(n) => Scalar::Number(n.to_i64().unwrap()),
        other => Scalar::Text(other.as_str().unwrap().to_owned()),
    };
    entries.iter().map(|(key, value)| (key.as_str().unwrap().to_owned(), scalar(value))).collect()
}

#[derive(serde::Serialize)]
#[serde(untagged)]
enum Scalar {
    Number(i64),
    Text(String),
}

/// Bytes of the largest image of base data that is mapped into the process.
#[cfg(target_os = "linux")]
fn largest_image() -> u64 {
    let size = |line: &str| {
        let (from, to) = line.split_once(' ')?.0.split_once('-')?;
        Some(u64::from_str_radix(to, 16).ok()? - u64::from_str_radix(from, 16).ok()?)
    };
    let maps = std::fs::read_to_string("/proc/self/maps").unwrap();
    maps.lines().filter(|line| line.contains("memfd:writ-data")).filter_map(size).max().unwrap_or_default()
}

#[cfg(target_os = "linux")]
#[test]
fn an_entrypoint_that_was_found_keeps_no_data_alive() {
    const BYTES: usize = 16 << 20;
    let small = || value(r#"{"flags": {"beta": true}}"#);
    let candidate = Candidate::from_module("", wasm()).with_data(small());
    let policy = Policy::new(&engine(), candidate, PolicyConfig::default()).unwrap();
    policy.set_data(Value::object([("long", Value::from("z".repeat(BYTES)))])).unwrap();
    let resolved = policy.resolve("p/flag").unwrap();
    assert!(policy.with_resolved(&resolved, |_, _| ()).unwrap().is_some());
    assert!(largest_image() >= BYTES as u64);
    // The revision before the live one is kept for a rollback.
    policy.set_data(small()).unwrap();
    policy.set_data(small()).unwrap();
    assert!(largest_image() < BYTES as u64, "{}", largest_image());
    assert_eq!(policy.with_resolved(&resolved, |_, _| ()).unwrap(), None);
}
