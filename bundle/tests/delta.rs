//! Delta bundles: read, written, applied to the bundle they are for.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that fails panics")]

use writ_bundle::patch::{Op, Operation, parse_path};
use writ_bundle::{Bundle, Manifest, Reader};
use writ_value::json;

fn manifest(revision: &str, roots: &[&str]) -> Manifest {
    Manifest {
        revision: revision.to_owned(),
        roots: roots.iter().map(|r| (*r).to_owned()).collect(),
        ..Manifest::default()
    }
}

fn loaded() -> Bundle {
    let data = json::parse(b"{\"a\": {\"users\": [\"x\"], \"n\": 1}}").unwrap();
    Bundle { manifest: manifest("r1", &["a", "b"]), data, ..Bundle::default() }
}

fn delta(operations: &[(&str, Op)]) -> Bundle {
    let patch =
        operations.iter().map(|(path, op)| Operation { path: parse_path(path).unwrap(), op: op.clone() }).collect();
    let bundle = Bundle { manifest: manifest("r2", &["b", "a"]), patch, ..Bundle::default() };
    let mut bytes = Vec::new();
    bundle.write(&mut bytes).unwrap();
    let again = Reader::default().read(&bytes[..]).unwrap();
    assert!(again.is_delta());
    assert_eq!(again.patch, bundle.patch);
    again
}

#[test]
fn a_delta_changes_data_and_revision() {
    let value = |text: &str| json::parse(text.as_bytes()).unwrap();
    let delta = delta(&[
        ("/a/users/-", Op::Upsert(value("\"y\""))),
        ("/a/n", Op::Replace(value("2"))),
        ("/b/x~1y/%25", Op::Upsert(value("{}"))),
        ("/a/users/0", Op::Remove),
    ]);
    let changed = loaded().with_delta(&delta).unwrap();
    assert_eq!(changed.manifest.revision, "r2");
    assert_eq!(json::to_string(&changed.data), "{\"a\":{\"n\":2,\"users\":[\"y\"]},\"b\":{\"x/y\":{\"%\":{}}}}");
    assert_eq!(json::to_string(&loaded().data), "{\"a\":{\"n\":1,\"users\":[\"x\"]}}");
}

#[test]
fn a_delta_that_does_not_fit_changes_nothing() {
    let code = |delta: &Bundle| loaded().with_delta(delta).map(|_| ()).unwrap_err().code();
    assert_eq!(code(&delta(&[("/a/n", Op::Remove), ("/a/n", Op::Remove)])), "bundle_patch");
    assert_eq!(code(&loaded()), "bundle_delta");
    let mut other = delta(&[("/a/n", Op::Remove)]);
    other.manifest.roots.pop();
    assert_eq!(code(&other), "bundle_delta");
    assert_eq!(other.with_delta(&other).map(|_| ()).unwrap_err().code(), "bundle_delta");
}

#[test]
fn an_empty_list_is_a_snapshot_of_nothing() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("patch.json"), "{\"data\": []}").unwrap();
    let bundle = Reader::default().open(folder.path()).unwrap();
    assert!(!bundle.is_delta());
    assert_eq!(json::to_string(&bundle.data), "{}");
}
