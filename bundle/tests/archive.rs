//! Bundles there and back, and manifests that fit or not.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that fails panics")]

use std::io::Write;

use flate2::{Compression, write::GzEncoder};
use writ_bundle::{Bundle, BundleError, File, Limits, Manifest, WasmEntrypoint};
use writ_value::json;

fn file(path: &str, bytes: impl AsRef<[u8]>) -> File {
    File { path: path.to_owned(), bytes: bytes.as_ref().to_vec() }
}

fn sample() -> Bundle {
    Bundle {
        manifest: Manifest {
            revision: "r1".to_owned(),
            roots: vec!["a".to_owned(), "authz".to_owned()],
            wasm: vec![WasmEntrypoint {
                entrypoint: "authz/allow".to_owned(),
                module: "/policy.wasm".to_owned(),
                annotations: None,
            }],
            rego_version: Some(1),
            file_rego_versions: [("/old/*.rego".to_owned(), 0)].into(),
            metadata: Some(json::parse(b"{\"by\": \"me\"}").unwrap()),
        },
        data: json::parse(b"{\"a\": {\"n\": 1.50}}").unwrap(),
        modules: vec![
            file("p.rego", "package authz\n"),
            file(&format!("old/{}.rego", "x".repeat(150)), "package authz\n"),
        ],
        wasm: vec![file("policy.wasm", b"\0asm")],
        patch: Vec::new(),
    }
}

fn bytes(bundle: &Bundle) -> Vec<u8> {
    let mut out = Vec::new();
    bundle.write(&mut out).unwrap();
    out
}

fn read(bytes: &[u8]) -> Result<Bundle, BundleError> {
    Bundle::read(bytes, &Limits::default())
}

/// An archive of these entries; names go in unchecked.
fn archive(entries: &[(&str, tar::EntryType, &[u8])]) -> Vec<u8> {
    let mut builder = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
    for (name, kind, content) in entries {
        let mut header = tar::Header::new_gnu();
        header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
        header.set_entry_type(*kind);
        header.set_size(content.len() as u64);
        header.set_cksum();
        builder.append(&header, *content).unwrap();
    }
    builder.into_inner().unwrap().finish().unwrap()
}

fn plain(entries: &[(&str, &str)]) -> Vec<u8> {
    let entries: Vec<_> = entries.iter().map(|(n, c)| (*n, tar::EntryType::Regular, c.as_bytes())).collect();
    archive(&entries)
}

fn refused(bytes: &[u8]) -> String {
    read(bytes).map(|_| ()).unwrap_err().to_string()
}

fn code(bytes: &[u8]) -> &'static str {
    read(bytes).map(|_| ()).unwrap_err().code()
}

#[test]
fn what_is_written_is_read_back() {
    let bundle = sample();
    let again = read(&bytes(&bundle)).unwrap();
    assert_eq!(again.manifest, bundle.manifest);
    assert_eq!(json::to_string(&again.data), "{\"a\":{\"n\":1.50}}");
    assert_eq!((&again.modules, &again.wasm), (&bundle.modules, &bundle.wasm));
    assert_eq!(again.wasm_for("authz/allow"), Some(&bundle.wasm[0]));
    assert_eq!(again.manifest.rego_version_of("old/a.rego"), Some(0));
    assert_eq!(again.manifest.rego_version_of("p.rego"), Some(1));
}

#[test]
fn the_same_contents_give_the_same_bytes() {
    assert_eq!(bytes(&sample()), bytes(&sample()));
}

#[test]
fn names_in_the_archive_are_as_opa_writes_them() {
    let bytes = bytes(&sample());
    let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(&bytes[..]));
    let names: Vec<_> =
        archive.entries().unwrap().map(|e| String::from_utf8(e.unwrap().path_bytes().into_owned()).unwrap()).collect();
    assert_eq!(names[..2], ["/data.json", "/p.rego"]);
    assert_eq!(names[3..], ["/policy.wasm", "/.manifest"]);
}

#[test]
fn data_of_several_files_and_formats_is_merged_by_folder() {
    let bundle = read(&plain(&[
        ("./data.json", "{\"x\": 1}"),
        ("a/b/data.yaml", "k: [1]"),
        ("/a/data.yml", "c: 2"),
        ("a/ignored.json", "{"),
        ("README", "text"),
    ]))
    .unwrap();
    assert_eq!(json::to_string(&bundle.data), "{\"a\":{\"b\":{\"k\":[1]},\"c\":2},\"x\":1}");
}

#[test]
fn what_is_no_bundle_is_said_to_be_none() {
    assert!(refused(b"").starts_with("not a bundle"));
    assert!(refused(b"package a").starts_with("not a bundle: "));
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    gzip.write_all(&[7; 2000]).unwrap();
    assert!(refused(&gzip.finish().unwrap()).starts_with("not a bundle: "));
}

#[test]
fn manifests_that_contradict_are_refused() {
    let manifest = |text: &str| refused(&plain(&[(".manifest", text), ("data.json", "{\"a\": {\"b\": 1}}")]));
    assert!(manifest("{\"roots\": [\"a\", \"a/b\"]}").contains("overlapped roots: 'a' and 'a/b'"));
    assert!(manifest("{\"roots\": [\"a/c\"]}").contains("do not permit data at path '/a/b'"));
    assert!(manifest("{\"roots\": [\"b\"]}").contains("do not permit data at path '/a'"));
    assert!(manifest("{\"wasm\": [{\"entrypoint\": \"a\", \"module\": \"/x.wasm\"}]}").contains("does not exist"));
    assert!(manifest("{\"rego_version\": 7}").contains("Rego version"));
    assert!(manifest("{\"revision\": 7}").contains("`revision`"));
    assert!(manifest("{").contains("line 1, column"));
    assert!(manifest("[]").contains("not an object"));
    let mixed = plain(&[("data.json", "{\"a\": 1}"), ("a/data.json", "{\"b\": 1}")]);
    assert!(refused(&mixed).contains("conflicting values at data.a"));
    assert_eq!(code(&plain(&[(".signatures.json", "{\"signatures\": [\"x\"]}")])), "signature_no_key");
}

#[test]
fn a_manifest_counts_wherever_it_lies_and_only_once() {
    let bundle = read(&plain(&[("./b/.manifest", "{\"revision\": \"r\"}"), ("b/data.json", "1")])).unwrap();
    assert_eq!(bundle.manifest.revision, "r");
    let two = refused(&plain(&[(".manifest", "{}"), ("b/.manifest", "{}")]));
    assert_eq!(two, "manifest: bundle contains multiple manifest files: \".manifest\" and \"b/.manifest\"");
    assert!(refused(&plain(&[(".manifest.pb", "")])).contains("not supported"));
}

#[test]
fn a_file_is_written_as_a_whole_or_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("b.tar.gz");
    sample().write_file(&path, None).unwrap();
    let before = std::fs::read(&path).unwrap();
    assert_eq!(before, bytes(&sample()));
    let mut other = sample();
    // No reader takes this name, which shows only when everything before it is written.
    other.wasm.push(file(&format!("{}\0", "x".repeat(200)), ""));
    assert_eq!(other.write_file(&path, None).unwrap_err().code(), "bundle_io");
    std::fs::create_dir(folder.path().join("taken")).unwrap();
    assert_eq!(sample().write_file(&folder.path().join("taken"), None).unwrap_err().code(), "bundle_io");
    assert_eq!(sample().write_file(&folder.path().join("no/b.tar.gz"), None).unwrap_err().code(), "bundle_io");
    assert_eq!(std::fs::read(&path).unwrap(), before);
    let left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(left.len(), 2, "{left:?}");
}
