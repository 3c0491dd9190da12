//! A policy that follows a path: bundles and deltas go live as they are delivered, and what is missing or broken changes nothing.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that fails panics")]

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use writ_bundle::patch::{Op, Operation, parse_path};
use writ_bundle::{Bundle, File, Manifest, Reader, Signer, Trust, Verification, VerificationKey, WasmEntrypoint};
use writ_runtime::{
    Candidate, Delivery, EvalError, FollowConfig, FollowError, Follower, Policy, PolicyConfig, RevisionId, Sample,
};
use writ_tests::host::{ask, compile, engine, value};
use writ_value::Value;

/// A folder that goes when the test ends.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        static SERIAL: AtomicU64 = AtomicU64::new(0);
        let serial = SERIAL.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("writ-follow-{}-{serial}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

const SOURCE: &str = "package p\nanswer := {\"code\": CODE, \"data\": data.a.n}\n";

fn manifest(revision: &str) -> Manifest {
    let entrypoint =
        WasmEntrypoint { entrypoint: "p/answer".to_owned(), module: "/policy.wasm".to_owned(), annotations: None };
    let roots = ["a", "p"].map(str::to_owned).to_vec();
    Manifest { revision: revision.to_owned(), roots, wasm: vec![entrypoint], ..Manifest::default() }
}

fn bundle(code: i64, n: i64) -> Bundle {
    let source = SOURCE.replace("CODE", &code.to_string());
    Bundle {
        manifest: manifest(&format!("{code}.{n}")),
        data: value(&format!("{{\"a\": {{\"n\": {n}, \"m\": 1}}}}")),
        wasm: vec![File { path: "policy.wasm".to_owned(), bytes: compile(&source, &["p/answer"]) }],
        ..Bundle::default()
    }
}

fn delta(revision: &str, changes: &[(&str, Op)]) -> Bundle {
    let operation = |(path, op): &(&str, Op)| Operation { path: parse_path(path).unwrap(), op: op.clone() };
    Bundle { manifest: manifest(revision), patch: changes.iter().map(operation).collect(), ..Bundle::default() }
}

fn bytes(bundle: &Bundle) -> Vec<u8> {
    let mut bytes = Vec::new();
    bundle.write(&mut bytes).unwrap();
    bytes
}

fn replace(path: &Path, bytes: &[u8]) {
    let beside = path.with_extension("new");
    fs::write(&beside, bytes).unwrap();
    fs::rename(&beside, path).unwrap();
}

/// Code and data of the live revision, as one number each.
fn answer(policy: &Policy) -> (i64, i64) {
    let answer = ask(policy, "p/answer", None).unwrap().unwrap();
    let part = |key: &str| answer.get(key).and_then(Value::as_number).and_then(|n| n.to_i64()).unwrap();
    (part("code"), part("data"))
}

fn config() -> PolicyConfig {
    let mut config = PolicyConfig::default();
    config.limits.time = Duration::from_secs(5);
    config
}

fn follow() -> (FollowConfig, Receiver<Delivery>) {
    let (send, seen) = channel();
    let send = Mutex::new(send);
    let mut follow = FollowConfig::default();
    follow.watch.interval = Duration::from_millis(15);
    follow.watch.settle = Duration::from_millis(40);
    follow.on_delivery = Some(Arc::new(move |delivery| {
        let _ = send.lock().unwrap().send(delivery.clone());
    }));
    (follow, seen)
}

/// The next delivery: the live revision, or `!` and why it was refused.
fn next(seen: &Receiver<Delivery>) -> Result<RevisionId, String> {
    match seen.recv_timeout(Duration::from_secs(20)).expect("nothing was delivered") {
        Delivery::Live(id) => Ok(id),
        Delivery::Refused(FollowError::Bundle(e)) => Err(e.code().to_owned()),
        Delivery::Refused(FollowError::Candidate(EvalError::Artifact(e))) => Err(e.message),
        other => panic!("{other:?}"),
    }
}

#[test]
fn bundles_go_live_and_broken_or_missing_ones_change_nothing() {
    let folder = Folder::new();
    let path = folder.0.join("b.tar.gz");
    fs::write(&path, bytes(&bundle(1, 1))).unwrap();
    let (follow, seen) = follow();
    let mut config = config();
    config.samples = vec![Sample { entrypoint: "p/answer".to_owned(), input: None, expected: None }];
    let (policy, follower) = Policy::open(&engine(), &path, config, follow).unwrap();
    assert_eq!((answer(&policy), policy.revision().name()), ((1, 1), "1.1"));
    replace(&path, &bytes(&bundle(2, 1)));
    assert_eq!(next(&seen), Ok(RevisionId(2)));
    assert_eq!(answer(&policy), (2, 1));

    let good = bytes(&bundle(3, 1));
    replace(&path, &good[..good.len() / 2]);
    assert_eq!(next(&seen).unwrap_err(), "bundle_not_an_archive");
    assert!(matches!(follower.status().error, Some(FollowError::Bundle(_))));
    fs::remove_file(&path).unwrap();
    assert_eq!(next(&seen).unwrap_err(), "bundle_io");
    let mut no_module = bundle(3, 1);
    no_module.wasm[0].bytes.truncate(100);
    replace(&path, &bytes(&no_module));
    assert!(next(&seen).unwrap_err().starts_with("policy.wasm: "));
    // The sample is undefined without data, which is no error; an entrypoint that is gone is one.
    let mut other = bundle(3, 1);
    other.wasm[0].bytes = compile("package q\nx := 1", &["q/x"]);
    replace(&path, &bytes(&other));
    assert!(next(&seen).unwrap_err().contains("no entrypoint `p/answer`"));
    let rego = Bundle { modules: vec![File { path: "p.rego".to_owned(), bytes: SOURCE.into() }], ..Bundle::default() };
    replace(&path, &bytes(&rego));
    assert!(next(&seen).unwrap_err().contains("nothing here compiles Rego"));
    assert_eq!((answer(&policy), policy.revision().name()), ((2, 1), "2.1"), "none of these changed anything");

    replace(&path, &good);
    next(&seen).unwrap();
    assert_eq!(answer(&policy), (3, 1));
    let (status, stats) = (follower.status(), policy.stats());
    assert!(status.error.is_none());
    assert_eq!((status.live, status.refused, stats.swaps, stats.refused), (2, 5, 2, 5));
    policy.rollback().unwrap();
    assert_eq!(answer(&policy), (2, 1));
    drop(follower);
    replace(&path, &bytes(&bundle(4, 1)));
    assert!(seen.recv_timeout(Duration::from_millis(300)).is_err());
    assert_eq!(answer(&policy), (2, 1), "nobody follows any more");
}

#[test]
fn deltas_change_the_data_of_what_is_live_or_nothing() {
    let folder = Folder::new();
    let path = folder.0.join("b.tar.gz");
    fs::write(&path, bytes(&bundle(1, 1))).unwrap();
    let (follow, seen) = follow();
    let (policy, follower) = Policy::open(&engine(), &path, config(), follow).unwrap();
    let deliver = |bundle: &Bundle| {
        replace(&path, &bytes(bundle));
        next(&seen)
    };
    deliver(&delta("d1", &[("/a/n", Op::Replace(Value::from(2))), ("/a/x/y", Op::Upsert(value("[]")))])).unwrap();
    assert_eq!((answer(&policy), policy.revision().name()), ((1, 2), "d1"));
    deliver(&delta("d2", &[("/a/x/y/-", Op::Upsert(Value::from(5))), ("/a/n", Op::Upsert(Value::from(3)))])).unwrap();
    assert_eq!(policy.revision().data().unwrap(), value(r#"{"a": {"n": 3, "m": 1, "x": {"y": [5]}}}"#));

    // All or nothing.
    let half = delta("d3", &[("/a/n", Op::Replace(Value::from(9))), ("/a/none", Op::Remove)]);
    assert!(deliver(&half).unwrap_err().contains("/a/none"));
    let mut other = delta("d3", &[("/a/n", Op::Replace(Value::from(9)))]);
    other.manifest.roots.pop();
    assert!(deliver(&other).unwrap_err().contains("roots are different"));
    assert_eq!((answer(&policy), policy.revision().name()), ((1, 3), "d2"));
    policy.rollback().unwrap();
    assert_eq!((answer(&policy), policy.revision().name()), ((1, 2), "d1"));
    deliver(&bundle(2, 7)).unwrap();
    assert_eq!(answer(&policy), (2, 7));
    assert_eq!((follower.status().live, follower.status().refused), (3, 2));
    drop(follower);

    // A delta alone is no policy, and a policy that is no bundle takes none.
    fs::write(&path, bytes(&other)).unwrap();
    assert!(Policy::open(&engine(), &path, config(), FollowConfig::default()).is_err());
    let module = Candidate::from_module("m", compile("package p\nanswer := 1", &["p/answer"]));
    let policy = Policy::new(&engine(), module, config()).unwrap();
    assert!(policy.apply_delta(&other).is_err());
    assert!(policy.apply_delta(&bundle(1, 1)).is_err());
    assert_eq!(policy.stats().refused, 2);
}

#[cfg(unix)]
#[test]
fn a_mounted_config_map_with_rego_is_compiled_and_swapped_as_a_whole() {
    use std::os::unix::fs::symlink;
    let folder = Folder::new();
    let root = folder.0.join("mount");
    fs::create_dir(&root).unwrap();
    let version = |n: i64| {
        let version = root.join(format!("..{n}"));
        fs::create_dir(&version).unwrap();
        fs::write(version.join("p.rego"), SOURCE.replace("CODE", &n.to_string())).unwrap();
        fs::write(version.join("data.json"), format!("{{\"a\": {{\"n\": {n}}}}}")).unwrap();
    };
    version(1);
    symlink("..1", root.join("..data")).unwrap();
    for name in ["p.rego", "data.json"] {
        symlink(format!("..data/{name}"), root.join(name)).unwrap();
    }
    let (mut follow, seen) = follow();
    follow.compile = Some(Arc::new(|bundle| {
        let text = std::str::from_utf8(&bundle.modules[0].bytes).map_err(|e| e.to_string())?;
        assert!(!text.contains(":= 13"), "this compiler panics");
        Ok(compile(text, &["p/answer"]))
    }));
    let (policy, _follower) = Policy::open(&engine(), &root, config(), follow).unwrap();
    assert_eq!(answer(&policy), (1, 1));
    for n in 2..5 {
        version(n);
        symlink(format!("..{n}"), root.join("..data_tmp")).unwrap();
        fs::rename(root.join("..data_tmp"), root.join("..data")).unwrap();
        fs::remove_dir_all(root.join(format!("..{}", n - 1))).unwrap();
        next(&seen).unwrap();
        assert_eq!(answer(&policy), (n, n), "code and data of one version");
    }
    fs::write(root.join("..4/p.rego"), "package p\nanswer := 13").unwrap();
    assert!(next(&seen).unwrap_err().contains("the compiler panicked"));
    assert_eq!(answer(&policy), (4, 4));
}

#[test]
fn an_unsigned_bundle_is_refused_where_a_key_is_configured() {
    let folder = Folder::new();
    let path = folder.0.join("b.tar.gz");
    let signed = |bundle: &Bundle, key: &[u8]| {
        let mut bytes = Vec::new();
        bundle.write_signed(&Signer::new("HS256", key).unwrap(), &mut bytes).unwrap();
        bytes
    };
    fs::write(&path, signed(&bundle(1, 1), b"secret")).unwrap();
    let (mut follow, seen) = follow();
    let key = VerificationKey::new("HS256", b"secret").unwrap();
    let trust = Trust::Signed(Arc::new(Verification::with_key("k", key)));
    follow.watch.reader = Reader { trust, ..Reader::default() };
    let (policy, _follower) = Policy::open(&engine(), &path, config(), follow).unwrap();
    replace(&path, &bytes(&bundle(2, 2)));
    assert!(next(&seen).unwrap_err().starts_with("signature_"));
    replace(&path, &signed(&bundle(3, 3), b"other"));
    assert!(next(&seen).unwrap_err().starts_with("signature_"));
    assert_eq!(answer(&policy), (1, 1));
    replace(&path, &signed(&bundle(4, 4), b"secret"));
    next(&seen).unwrap();
    assert_eq!(answer(&policy), (4, 4));
}

#[test]
fn what_is_there_is_taken_by_a_policy_that_begins_to_follow() {
    let folder = Folder::new();
    let path = folder.0.join("b.tar.gz");
    let module = Candidate::from_module("m", compile(&SOURCE.replace("CODE", "0"), &["p/answer"]));
    let policy = Policy::new(&engine(), module.with_data(value(r#"{"a": {"n": 0}}"#)), config()).unwrap();
    let (follow, seen) = follow();
    let follower: Follower = policy.follow(&path, follow).unwrap();
    assert_eq!(next(&seen).unwrap_err(), "bundle_io");
    assert_eq!(answer(&policy), (0, 0));
    fs::write(&path, bytes(&bundle(1, 1))).unwrap();
    follower.poke();
    // It may be found half written first.
    while next(&seen).is_err() {}
    assert_eq!(answer(&policy), (1, 1));
}
