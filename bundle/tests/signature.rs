//! Signatures: those that OPA made hold, those that we make hold for OPA, and nothing else passes.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that fails panics")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use writ_bundle::patch::{Op, Operation};
use writ_bundle::{
    Bundle, BundleError, File, Part, Reader, Signer, Source, Trust, Verification, VerificationKey, WatchOptions,
};
use writ_value::json;

const ALGORITHMS: [&str; 13] = [
    "HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA",
];

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures")
}

/// The key for an algorithm: text of the private or public one.
fn key(algorithm: &str, public: bool) -> Vec<u8> {
    let name = match algorithm.split_at(2) {
        ("HS", _) => return b"secret".to_vec(),
        ("RS" | "PS", _) => "rsa",
        _ => algorithm,
    };
    let ending = if public { "pub.pem" } else { "pem" };
    fs::read(fixtures().join(format!("keys/{name}.{ending}"))).unwrap()
}

fn verification(algorithm: &str) -> Verification {
    Verification::with_key("default", VerificationKey::new(algorithm, &key(algorithm, true)).unwrap())
}

fn reader(verification: Verification) -> Reader {
    Reader { trust: Trust::Signed(Arc::new(verification)), ..Reader::default() }
}

fn signer(algorithm: &str) -> Signer {
    Signer::new(algorithm, &key(algorithm, false)).unwrap().with_key_id("default")
}

fn code(outcome: Result<Bundle, BundleError>) -> &'static str {
    outcome.map(|_| ()).unwrap_err().code()
}

fn fixture(name: &str) -> Vec<u8> {
    fs::read(fixtures().join(name)).unwrap()
}

fn source() -> Bundle {
    let unchecked = Reader { trust: Trust::Unchecked, ..Reader::default() };
    unchecked.open(&fixtures().join("source")).unwrap()
}

#[test]
fn signatures_of_opa_hold_with_the_right_key_only() {
    for algorithm in ALGORITHMS {
        let bytes = fixture(&format!("opa-{algorithm}.tar.gz"));
        let bundle = reader(verification(algorithm)).read(&bytes[..]).unwrap_or_else(|e| panic!("{algorithm}: {e}"));
        assert_eq!(bundle.manifest.revision, "r1");
        assert_eq!(bundle.data, source().data);
        let (other, expected) =
            if algorithm == "HS256" { ("HS512", "signature_invalid") } else { ("HS256", "signature_invalid") };
        assert_eq!(code(reader(verification(other)).read(&bytes[..])), expected, "{algorithm} with a key of {other}");
        assert_eq!(code(Reader::default().read(&bytes[..])), "signature_no_key");
    }
    let wrong = VerificationKey::new("HS256", b"other").unwrap();
    let wrong = reader(Verification::with_key("default", wrong));
    assert_eq!(code(wrong.read(&fixture("opa-HS256.tar.gz")[..])), "signature_invalid");
}

#[test]
fn a_public_key_is_no_secret() {
    // Whoever knows the public key could sign with it as a secret, if the token were asked for the algorithm.
    let public = key("RS256", true);
    let mut bytes = Vec::new();
    let forged = Signer::new("HS256", &public).unwrap().with_key_id("default");
    source().write_signed(&forged, &mut bytes).unwrap();
    assert_eq!(code(reader(verification("RS256")).read(&bytes[..])), "signature_invalid");
    assert!(VerificationKey::new("none", b"x").is_err());
    assert!(VerificationKey::new("HS256", b"").is_err());
    assert!(VerificationKey::new("ES256", &public).is_err());
    assert!(VerificationKey::new("RS256", b"no PEM").is_err());
}

#[test]
fn our_signatures_hold() {
    for algorithm in ALGORITHMS {
        let mut bytes = Vec::new();
        source().write_signed(&signer(algorithm), &mut bytes).unwrap();
        let again = reader(verification(algorithm)).read(&bytes[..]).unwrap_or_else(|e| panic!("{algorithm}: {e}"));
        assert_eq!(again.data, source().data);
    }
}

#[test]
fn scope_and_key_are_chosen_as_by_opa() {
    let bytes = fixture("opa-scope.tar.gz");
    let read = |verification: Verification| reader(verification).read(&bytes[..]);
    let with_scope = |scope: &str| Verification { scope: scope.to_owned(), ..verification("HS256") };
    assert_eq!(code(read(verification("HS256"))), "signature_scope");
    assert_eq!(code(read(with_scope("read"))), "signature_scope");
    read(with_scope("write")).unwrap();
    // The scope of the key counts where the bundle's is not given, and the claim names the key where nobody else does.
    let keyed = VerificationKey::new("HS256", b"secret").unwrap().with_scope("write");
    read(Verification { keys: [("other".to_owned(), keyed.clone())].into(), ..Verification::default() }).unwrap();
    let unknown = Verification { keys: [("third".to_owned(), keyed)].into(), ..Verification::default() };
    assert_eq!(code(read(unknown)), "signature_unknown_key");
}

#[test]
fn a_folder_is_signed_with_all_its_files() {
    let keys = || VerificationKey::new("HS256", b"secret").unwrap();
    let reader = reader(Verification::with_key("default", keys()));
    let copy = tempfile::tempdir().unwrap();
    let root = copy.path().join("source");
    copy_folder(&fixtures().join("source"), &root);
    // `opa sign` put the folder's name in front, as it was given; from elsewhere the names are those of other files.
    assert_eq!(code(reader.open(&root)), "signature_file_not_covered");
    let files = reader.files(&root).unwrap();
    assert!(files.iter().any(|f| f.path == "README") && files.iter().any(|f| f.path == "a/b/data.json"));
    let signature = signer("HS256").sign_file(&files, &writ_bundle::folder_name(&root)).unwrap();
    writ_bundle::write_signatures(&root, &signature).unwrap();
    reader.open(&root).unwrap();
    let plain = signer("HS256").sign_file(&files, "").unwrap();
    writ_bundle::write_signatures(&root, &plain).unwrap();
    reader.open(&root).unwrap();
    fs::write(root.join("README"), "other").unwrap();
    assert_eq!(code(reader.open(&root)), "signature_digest");
    fs::remove_file(root.join("README")).unwrap();
    assert_eq!(code(reader.open(&root)), "signature_file_absent");
    fs::write(root.join("README"), "text\n").unwrap();
    fs::write(root.join("more.rego"), "package more\n").unwrap();
    let error = reader.open(&root).map(|_| ()).unwrap_err();
    assert_eq!((error.code(), error.path()), ("signature_file_not_covered", Some("more.rego")));
    let excluding =
        Verification { exclude: vec!["mor[e-f].*".to_owned()], ..Verification::with_key("default", keys()) };
    Reader { trust: Trust::Signed(Arc::new(excluding)), ..Reader::default() }.open(&root).unwrap();
    fs::remove_file(root.join(".signatures.json")).unwrap();
    assert_eq!(code(reader.open(&root)), "signature_missing");
}

#[test]
fn data_are_hashed_by_content_and_everything_else_by_bytes() {
    let files = source().to_files();
    let reader = reader(verification("ES256"));
    let signature = signer("ES256").sign_file(&files, "").unwrap();
    let check = |change: &dyn Fn(&mut Vec<File>)| {
        let folder = tempfile::tempdir().unwrap();
        let mut files = files.clone();
        files.push(signature.clone());
        change(&mut files);
        for file in files {
            fs::write(folder.path().join(file.path), file.bytes).unwrap();
        }
        reader.open(folder.path()).map(|_| ()).map_err(|e| e.code())
    };
    let spaced = |file: &mut File| {
        let value = json::parse(&file.bytes).unwrap();
        file.bytes = json::to_string_pretty(&value).into_bytes();
    };
    assert_eq!(check(&|_| {}), Ok(()));
    assert_eq!(
        check(&|files| files.iter_mut().filter(|f| f.path != "p.rego" && !f.path.starts_with(".s")).for_each(spaced)),
        Ok(())
    );
    let at = |files: &[File], part: Part| files.iter().position(|f| Part::of(&f.path) == Some(part)).unwrap();
    assert_eq!(
        check(&|files| {
            let i = at(files, Part::Rego);
            files[i].bytes.push(b'\n');
        }),
        Err("signature_digest")
    );
    assert_eq!(
        check(&|files| {
            let i = at(files, Part::Manifest);
            files.remove(i);
        }),
        Err("signature_file_absent")
    );
    // Two files that change places keep their digests, but not under their names.
    let swapped = check(&|files| {
        let (i, j) = (at(files, Part::Rego), at(files, Part::Manifest));
        (files[i].path, files[j].path) = (files[j].path.clone(), files[i].path.clone());
    });
    assert!(matches!(swapped, Err("signature_digest" | "bundle_malformed")), "{swapped:?}");
}

#[test]
fn modules_that_change_places_are_noticed() {
    let module = |path: &str, text: &str| File { path: path.to_owned(), bytes: text.as_bytes().to_vec() };
    let mut bundle = Bundle { modules: vec![module("a.rego", "package a"), module("b.rego", "package b")], ..source() };
    let signature = signer("ES256").sign_file(&bundle.to_files(), "").unwrap();
    let (a, b) = bundle.modules.split_at_mut(1);
    std::mem::swap(&mut a[0].bytes, &mut b[0].bytes);
    let folder = tempfile::tempdir().unwrap();
    copy_files(&[bundle.to_files(), vec![signature]].concat(), folder.path());
    let error = reader(verification("ES256")).open(folder.path()).map(|_| ()).unwrap_err();
    assert_eq!((error.code(), error.path()), ("signature_digest", Some("a.rego")));
}

#[test]
fn a_delta_bundle_needs_the_signature_as_well() {
    let patch = vec![Operation { path: vec!["a".to_owned(), "n".to_owned()], op: Op::Remove }];
    let delta = Bundle { manifest: source().manifest, patch, ..Bundle::default() };
    let mut bytes = Vec::new();
    delta.write(&mut bytes).unwrap();
    assert_eq!(code(reader(verification("ES256")).read(&bytes[..])), "signature_missing");
    bytes.clear();
    delta.write_signed(&signer("ES256"), &mut bytes).unwrap();
    assert!(reader(verification("ES256")).read(&bytes[..]).unwrap().is_delta());
}

#[test]
fn a_watched_bundle_that_is_not_signed_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("b.tar.gz");
    source().write_file(&path, Some(&signer("ES256"))).unwrap();
    let options = WatchOptions { reader: reader(verification("ES256")), ..WatchOptions::default() };
    let (send, seen) = std::sync::mpsc::channel();
    let (_, source_handle) = Source::open(&path, options, move |outcome| send.send(outcome).unwrap()).unwrap();
    source().write_file(&path, None).unwrap();
    let outcome = seen.recv_timeout(std::time::Duration::from_secs(20)).unwrap();
    assert_eq!(code(outcome), "signature_missing");
    drop(source_handle);
}

#[test]
fn a_signature_file_that_is_none_is_refused() {
    let text = |tokens: &str| {
        let files = [File { path: ".signatures.json".to_owned(), bytes: tokens.as_bytes().to_vec() }];
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(&files[0].path), &files[0].bytes).unwrap();
        code(reader(verification("HS256")).open(folder.path()))
    };
    for malformed in [
        "",
        "[]",
        "{",
        "{\"signatures\": [1]}",
        "{\"signatures\": \"x\"}",
        "{\"signatures\": [\"a.b\"]}",
        "{\"signatures\": [\"a.b.c\", \"a.b.c\"]}",
        "{\"signatures\": [\"!.!.!\"]}",
        "{\"signatures\": [\"e30.W10.\"]}",
        "{\"signatures\": [\"e30.e30.\"], \"plugin\": \"mine\"}",
    ] {
        assert_eq!(text(malformed), "signature_malformed", "{malformed}");
    }
    assert_eq!(text("{}"), "signature_missing");
    assert_eq!(text("{\"signatures\": [\"e30.e30.\"]}"), "signature_invalid");
}

/// OPA itself, if it is on this machine; the fixtures stand in for it otherwise.
fn opa(folder: &Path, arguments: &[&str]) -> Option<(bool, String)> {
    let home = PathBuf::from(std::env::var_os("HOME")?).join("go/bin/opa");
    let program = if home.exists() { home } else { PathBuf::from("opa") };
    let output = Command::new(program).args(arguments).current_dir(folder).output().ok()?;
    Some((output.status.success(), String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned()))
}

#[test]
fn opa_accepts_what_we_sign() {
    let folder = tempfile::tempdir().unwrap();
    for algorithm in ALGORITHMS {
        source().write_file(&folder.path().join("b.tar.gz"), Some(&signer(algorithm))).unwrap();
        fs::write(folder.path().join("key"), key(algorithm, true)).unwrap();
        let verify = |file: &str| {
            opa(
                folder.path(),
                &["build", "-b", file, "-o", "out.tar.gz", "--verification-key", "key", "--signing-alg", algorithm],
            )
        };
        let Some((accepted, text)) = verify("b.tar.gz") else { return };
        assert!(accepted, "{algorithm}: {text}");
        let mut bundle = source();
        bundle.modules[0].bytes.extend(b"\nx := 1\n");
        let mut files = bundle.to_files();
        files.push(signer(algorithm).sign_file(&source().to_files(), "").unwrap());
        copy_files(&files, &folder.path().join("changed"));
        let (accepted, text) = verify("changed").unwrap();
        assert!(!accepted, "{algorithm}: {text}");
    }
    let root = folder.path().join("signed");
    copy_folder(&fixtures().join("source"), &root);
    let files = Reader { trust: Trust::Unchecked, ..Reader::default() }.files(&root).unwrap();
    let signature = signer("HS256").sign_file(&files, "signed").unwrap();
    writ_bundle::write_signatures(&root, &signature).unwrap();
    let arguments =
        ["build", "-b", "signed", "-o", "out.tar.gz", "--verification-key", "secret", "--signing-alg", "HS256"];
    let Some((accepted, text)) = opa(folder.path(), &arguments) else { return };
    assert!(accepted, "{text}");
}

fn copy_folder(from: &Path, to: &Path) {
    let files = Reader { trust: Trust::Unchecked, ..Reader::default() }.files(from).unwrap();
    copy_files(&files, to);
}

fn copy_files(files: &[File], to: &Path) {
    for file in files {
        let path = to.join(&file.path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, &file.bytes).unwrap();
    }
}
