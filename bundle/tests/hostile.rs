//! Bundles made to do harm: each is refused with a code, none ends in a panic, none is believed in part.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that fails panics")]

use std::io::Write;
use std::sync::Arc;

use flate2::{Compression, write::GzEncoder};
use tar::EntryType;
use writ_bundle::{
    Bundle, BundleError, File, Limits, Manifest, Reader, Signer, Trust, Verification, VerificationKey, WasmEntrypoint,
};
use writ_value::json;

fn small() -> Bundle {
    Bundle {
        manifest: Manifest {
            revision: "r1".to_owned(),
            roots: vec!["a".to_owned(), "p".to_owned()],
            wasm: vec![WasmEntrypoint {
                entrypoint: "p/allow".to_owned(),
                module: "/policy.wasm".to_owned(),
                annotations: None,
            }],
            ..Manifest::default()
        },
        data: json::parse(b"{\"a\": {\"n\": 1.50}}").unwrap(),
        modules: vec![File { path: "p.rego".to_owned(), bytes: b"package p\n".to_vec() }],
        wasm: vec![File { path: "policy.wasm".to_owned(), bytes: b"\0asm".to_vec() }],
        ..Bundle::default()
    }
}

fn signed() -> (Vec<u8>, Reader) {
    let mut bytes = Vec::new();
    small().write_signed(&Signer::new("HS256", b"key").unwrap(), &mut bytes).unwrap();
    let key = VerificationKey::new("HS256", b"key").unwrap();
    let trust = Trust::Signed(Arc::new(Verification::with_key("k", key)));
    (bytes, Reader { trust, ..Reader::default() })
}

/// An archive of these entries; names, kinds and sizes go in unchecked.
fn archive(entries: &[(&[u8], EntryType, &[u8])]) -> Vec<u8> {
    let mut builder = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
    for (name, kind, content) in entries {
        let mut header = tar::Header::new_gnu();
        header.as_old_mut().name[..name.len()].copy_from_slice(name);
        header.set_entry_type(*kind);
        header.set_size(content.len() as u64);
        header.set_cksum();
        builder.append(&header, *content).unwrap();
    }
    builder.into_inner().unwrap().finish().unwrap()
}

fn plain(entries: &[(&str, &str)]) -> Vec<u8> {
    let entries: Vec<_> = entries.iter().map(|(n, c)| (n.as_bytes(), EntryType::Regular, c.as_bytes())).collect();
    archive(&entries)
}

fn refused(bytes: &[u8]) -> BundleError {
    Reader::default().read(bytes).map(|_| ()).unwrap_err()
}

#[test]
fn cut_off_at_any_byte() {
    let mut bytes = Vec::new();
    small().write(&mut bytes).unwrap();
    let (signed_bytes, signed_reader) = signed();
    for (bytes, reader) in [(bytes, Reader::default()), (signed_bytes, signed_reader)] {
        reader.read(&bytes[..]).unwrap();
        for n in 0..bytes.len() {
            let error = reader.read(&bytes[..n]).map(|_| ()).unwrap_err();
            assert!(!error.to_string().is_empty() && error.code() == "bundle_not_an_archive", "{n} bytes: {error}");
        }
    }
}

#[test]
fn any_bit_flipped() {
    let mut good = Vec::new();
    small().write(&mut good).unwrap();
    let (signed_good, signed_reader) = signed();
    for (good, reader, is_signed) in [(good, Reader::default(), false), (signed_good, signed_reader, true)] {
        let whole = reader.read(&good[..]).unwrap();
        for i in 0..good.len() {
            for bit in 0..8 {
                let mut bad = good.clone();
                bad[i] ^= 1 << bit;
                // Bits that carry nothing (times in gzip's header, codes that are not used) may differ: what comes out may not.
                if let Ok(bundle) = reader.read(&bad[..]) {
                    assert_eq!((bundle.data, bundle.manifest), (whole.data.clone(), whole.manifest.clone()));
                    assert_eq!(bundle.modules, whole.modules, "signed: {is_signed}");
                }
            }
        }
    }
}

#[test]
fn any_bit_flipped_behind_the_checksum() {
    // Whoever makes an archive makes its checksum as well: flip what is inside and pack it anew.
    let (bytes, reader) = signed();
    let mut tar = Vec::new();
    std::io::copy(&mut flate2::read::GzDecoder::new(&bytes[..]), &mut tar).unwrap();
    let whole = reader.read(&bytes[..]).unwrap();
    let unchecked = Reader { trust: Trust::Unchecked, ..Reader::default() };
    for i in 0..tar.len() {
        let mut bad = tar.clone();
        bad[i] ^= 1 << (i % 8);
        let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
        gzip.write_all(&bad).unwrap();
        let bad = gzip.finish().unwrap();
        let _ = unchecked.read(&bad[..]);
        if let Ok(bundle) = reader.read(&bad[..]) {
            assert_eq!((bundle.data, bundle.modules), (whole.data.clone(), whole.modules.clone()), "byte {i}");
            assert_eq!((bundle.manifest, bundle.wasm), (whole.manifest.clone(), whole.wasm.clone()), "byte {i}");
        }
    }
}

#[test]
fn names_that_lead_elsewhere() {
    for name in ["../x.rego", "a/../../x.rego", "/../x.rego", "/..", "a/.."] {
        assert_eq!(refused(&plain(&[(name, "x")])).code(), "bundle_path_escape", "{name}");
    }
    for name in ["..\\x.rego", "C:\\x.rego", "a\\b"] {
        assert_eq!(refused(&plain(&[(name, "x")])).code(), "bundle_path", "{name}");
    }
    let bad_text = archive(&[(b"a\xff.rego", EntryType::Regular, b"")]);
    assert_eq!(refused(&bad_text).code(), "bundle_path");
    // An absolute name is one below the root of the bundle, as OPA writes it.
    let bundle = Reader::default().read(&plain(&[("//etc//p.rego", "package p")])[..]).unwrap();
    assert_eq!(bundle.modules[0].path, "etc/p.rego");
    for kind in
        [EntryType::Symlink, EntryType::Link, EntryType::Char, EntryType::Block, EntryType::Fifo, EntryType::GNUSparse]
    {
        assert_eq!(refused(&archive(&[(b"x.rego", kind, b"")])).code(), "bundle_not_a_plain_file", "{kind:?}");
    }
}

#[test]
fn names_given_in_other_ways() {
    let long = |name: &[u8], text: &[u8]| {
        archive(&[(b"././@LongLink", EntryType::GNULongName, name), (b"short.rego", EntryType::Regular, text)])
    };
    let pax = |record: &[u8], text: &[u8]| {
        archive(&[(b"header", EntryType::XHeader, record), (b"short.rego", EntryType::Regular, text)])
    };
    let name = |bytes: &[u8]| Reader::default().read(bytes).map(|b| b.modules[0].path.clone());
    assert_eq!(name(&long(b"long/name.rego\0", b"package p")).unwrap(), "long/name.rego");
    assert_eq!(name(&pax(b"23 path=long/name.rego\n", b"package p")).unwrap(), "long/name.rego");
    assert_eq!(name(&long(b"../name.rego\0", b"")).unwrap_err().code(), "bundle_path_escape");
    assert_eq!(name(&pax(b"21 path=../name.rego\n", b"")).unwrap_err().code(), "bundle_path_escape");
    assert_eq!(name(&pax(b"9 size=1\n", b"package p")).unwrap_err().code(), "bundle_not_an_archive");
    assert_eq!(name(&long(&[b'a'; 100_000], b"")).unwrap_err().code(), "bundle_limit");
    assert_eq!(name(&pax(&[b'1'; 100_000], b"")).unwrap_err().code(), "bundle_limit");
}

#[test]
fn entries_that_come_twice() {
    for second in ["a/data.json", "/a/data.json", "./a//data.json"] {
        let error = refused(&plain(&[("a/data.json", "1"), (second, "2")]));
        assert_eq!((error.code(), error.path()), ("bundle_duplicate_entry", Some("a/data.json")));
    }
    assert_eq!(refused(&plain(&[(".manifest", "{}"), ("/.manifest", "{}")])).code(), "bundle_duplicate_entry");
    let error = refused(&plain(&[("data.json", "{\"a\": 1}"), ("a/data.json", "2")]));
    assert_eq!((error.code(), error.path()), ("bundle_data_conflict", Some("a/data.json")));
    assert_eq!(refused(&plain(&[("a/data.json", "1"), ("a/data.yaml", "2")])).code(), "bundle_data_conflict");
}

#[test]
fn bombs_end_at_a_limit() {
    let reader = |limits: Limits| Reader { limits, ..Reader::default() };
    let code = |bytes: &[u8], limits: Limits| reader(limits).read(bytes).map(|_| ()).unwrap_err().to_string();
    let zeros = vec![b'0'; 40 << 20];
    let tight = Limits { ratio: 100, ratio_floor_bytes: 1 << 20, ..Limits::default() };
    // In a file, in a file that is ignored, in an entry that is skipped, behind the end, in a name.
    for entry in
        [(&b"data.json"[..], EntryType::Regular), (b"README", EntryType::Regular), (b"d/", EntryType::Directory)]
    {
        let text = code(&archive(&[(entry.0, entry.1, &zeros)]), tight);
        assert!(text.contains("for each byte of the archive"), "{entry:?}: {text}");
    }
    let name = archive(&[(b"l", EntryType::GNULongName, &zeros)]);
    assert!(code(&name, Limits::default()).contains("bytes of a header"));
    let mut behind = GzEncoder::new(Vec::new(), Compression::fast());
    behind.write_all(&[0; 1024]).unwrap();
    behind.write_all(&zeros).unwrap();
    let text = code(&behind.finish().unwrap(), Limits { ratio: u64::MAX, ..Limits::default() });
    assert!(text.contains("bytes behind the archive"), "{text}");
    let many: Vec<_> = (0..50).map(|i| (format!("d{i}/"), EntryType::Directory, &b""[..])).collect();
    let many: Vec<_> = many.iter().map(|(n, k, c)| (n.as_bytes(), *k, *c)).collect();
    assert!(code(&archive(&many), Limits { files: 49, ..Limits::default() }).contains("files: at most 49"));
    let two = plain(&[("a.rego", "12345"), ("b.rego", "12345")]);
    assert!(code(&two, Limits { file_bytes: 4, ..Limits::default() }).starts_with("a.rego: bytes of a file"));
    assert!(code(&two, Limits { total_bytes: 9, ..Limits::default() }).starts_with("b.rego: bytes of all files"));
    let deep = plain(&[(&("a/".repeat(30) + "x.rego"), "")]);
    assert!(code(&deep, Limits { path_depth: 30, ..Limits::default() }).contains("too many folders"));
    let nested = "[".repeat(2000) + &"]".repeat(2000);
    assert_eq!(refused(&plain(&[("a/data.json", &nested)])).code(), "bundle_malformed");
    let nested = "[".repeat(995) + &"]".repeat(995);
    let path = "a/".repeat(10) + "data.json";
    assert_eq!(refused(&plain(&[(&path, &nested)])).code(), "bundle_malformed");
}

#[test]
fn a_folder_of_links_in_a_circle_ends() {
    #[cfg(unix)]
    {
        let folder = tempfile::tempdir().unwrap();
        std::os::unix::fs::symlink(".", folder.path().join("a")).unwrap();
        std::os::unix::fs::symlink(".", folder.path().join("b")).unwrap();
        let error = Reader::default().open(folder.path()).map(|_| ()).unwrap_err();
        assert!(matches!(error.code(), "bundle_path" | "bundle_limit" | "bundle_io"), "{error}");
    }
}

#[test]
fn roots_that_overlap_or_are_left() {
    let manifest =
        |roots: &[&str]| Manifest { roots: roots.iter().map(|r| (*r).to_owned()).collect(), ..Manifest::default() };
    let (a, b, c) = (manifest(&["x", "y/z"]), manifest(&["y"]), manifest(&["xy"]));
    let error = writ_bundle::check_roots([("one", &a), ("two", &b), ("three", &c)]).unwrap_err();
    assert_eq!(error.code(), "bundle_overlapping_roots");
    assert_eq!(
        error.to_string(),
        "detected overlapping roots in manifests for these bundles: [one, two] (y overlaps y/z)"
    );
    writ_bundle::check_roots([("one", &a), ("three", &c)]).unwrap();
    let error = refused(&plain(&[(".manifest", "{\"roots\": [\"a\"]}"), ("data.json", "{\"a\": 1, \"b\": 2}")]));
    assert_eq!((error.code(), error.path()), ("bundle_outside_roots", Some("/b")));
}

#[test]
fn deltas_that_reach_beyond() {
    let delta = |manifest: &str, patch: &str| {
        Reader::default()
            .read(&plain(&[(".manifest", manifest), ("patch.json", patch)])[..])
            .map(|_| ())
            .map_err(|e| e.code())
    };
    let roots = "{\"roots\": [\"a/b\"]}";
    assert_eq!(delta(roots, "{\"data\": [{\"op\": \"upsert\", \"path\": \"/a/b/c\", \"value\": 1}]}"), Ok(()));
    for path in ["/", "/a", "/a/bc", "/a/c", "/a~1b/c", "/a%2Fb/c"] {
        let patch = format!("{{\"data\": [{{\"op\": \"upsert\", \"path\": \"{path}\", \"value\": 1}}]}}");
        assert_eq!(delta(roots, &patch), Err("bundle_outside_roots"), "{path}");
    }
    for patch in ["[]", "{\"data\": {}}", "{\"data\": [1]}", "{\"data\": [{\"op\": \"copy\", \"path\": \"/a/b\"}]}"] {
        assert_eq!(delta(roots, patch), Err("bundle_delta"), "{patch}");
    }
    assert_eq!(delta(roots, "{"), Err("bundle_malformed"));
    let both =
        plain(&[("patch.json", "{\"data\": [{\"op\": \"remove\", \"path\": \"/a\"}]}"), ("p.rego", "package p")]);
    assert_eq!(refused(&both).code(), "bundle_delta");
}
