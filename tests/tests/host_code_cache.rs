//! Compiled code on disk: used when it is what this cache wrote, compiled again when it is anything else.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that fails panics")]

use std::fs;
use std::path::{Path, PathBuf};

use writ_runtime::faults::{self, Point};
use writ_runtime::{Candidate, CodeCacheConfig, Engine, EngineConfig, Policy, PolicyConfig};
use writ_tests::host::{ask, compile};
use writ_value::Value;

/// A folder that goes when the test ends.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("writ-cache-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        Self(path)
    }

    fn files(&self) -> Vec<PathBuf> {
        let mut files: Vec<_> = fs::read_dir(&self.0).unwrap().map(|e| e.unwrap().path()).collect();
        files.retain(|f| f.file_name().unwrap() != "key");
        files.sort();
        files
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn engine(folder: &Path, key: Option<[u8; 32]>) -> Engine {
    let mut cache = CodeCacheConfig::new(folder);
    cache.key = key;
    let mut config = EngineConfig::default();
    config.code_cache = Some(cache);
    Engine::new(&config).unwrap()
}

fn decide(engine: &Engine, n: i64) {
    let wasm = compile(&format!("package p\nx := {n}"), &["p/x"]);
    let policy = Policy::new(engine, Candidate::from_module("r", wasm), PolicyConfig::default()).unwrap();
    assert_eq!(ask(&policy, "p/x", None).unwrap(), Some(Value::from(n)));
}

fn modified(file: &Path) -> std::time::SystemTime {
    fs::metadata(file).unwrap().modified().unwrap()
}

#[test]
fn code_is_compiled_once_and_found_by_the_next_engine() {
    let folder = Folder::new("once");
    decide(&engine(&folder.0, None), 1);
    let files = folder.files();
    assert_eq!(files.len(), 1);
    let written = modified(&files[0]);
    decide(&engine(&folder.0, None), 1);
    assert_eq!(folder.files(), files);
    assert_eq!(modified(&files[0]), written, "it was not written again, so it was used");
    decide(&engine(&folder.0, None), 2);
    assert_eq!(folder.files().len(), 2);
    let mut unoptimized = EngineConfig::default();
    unoptimized.optimize = false;
    unoptimized.code_cache = Some(CodeCacheConfig::new(&folder.0));
    decide(&Engine::new(&unoptimized).unwrap(), 1);
    assert_eq!(folder.files().len(), 3, "other settings, other code");
}

#[test]
fn what_was_tampered_with_is_compiled_again() {
    let folder = Folder::new("tampered");
    decide(&engine(&folder.0, None), 1);
    let file = folder.files().remove(0);
    let good = fs::read(&file).unwrap();
    let spoil: [&dyn Fn(&mut Vec<u8>); 6] = [
        &|b| b[0] ^= 1,
        &|b| b[20] ^= 1,
        &|b| b[60] ^= 0x80,
        &|b| *b.last_mut().unwrap() ^= 1,
        &|b| b.truncate(b.len() / 2),
        &|b| b.clear(),
    ];
    for change in spoil {
        let mut bytes = good.clone();
        change(&mut bytes);
        fs::write(&file, &bytes).unwrap();
        decide(&engine(&folder.0, None), 1);
        assert_eq!(fs::read(&file).unwrap(), good, "the good code is back");
    }
}

#[test]
fn code_of_another_module_or_another_key_is_not_used() {
    let folder = Folder::new("swapped");
    let key = Some([7; 32]);
    decide(&engine(&folder.0, key), 1);
    let first = folder.files().remove(0);
    let code = fs::read(&first).unwrap();
    decide(&engine(&folder.0, key), 2);
    let second = folder.files().into_iter().find(|f| *f != first).unwrap();
    fs::write(&second, &code).unwrap();
    decide(&engine(&folder.0, key), 2);
    assert_ne!(fs::read(&second).unwrap(), code);
    decide(&engine(&folder.0, Some([8; 32])), 1);
    assert_ne!(fs::read(&first).unwrap(), code, "written again with the other key");
}

#[cfg(unix)]
#[test]
fn the_key_is_the_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    let folder = Folder::new("key");
    decide(&engine(&folder.0, None), 1);
    let key = folder.0.join("key");
    assert_eq!(fs::metadata(&key).unwrap().permissions().mode() & 0o777, 0o600);
    let (before, file) = (fs::read(&key).unwrap(), folder.files().remove(0));
    let code = fs::read(&file).unwrap();
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();
    decide(&engine(&folder.0, None), 1);
    assert_ne!(fs::read(&key).unwrap(), before, "a key that others could read is no secret");
    assert_ne!(fs::read(&file).unwrap(), code);
    assert_eq!(fs::metadata(&key).unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn a_write_that_fails_costs_time_only() {
    let folder = Folder::new("write");
    decide(&engine(&folder.0, None), 1);
    let good = folder.files();
    for n in 1..=4 {
        fs::remove_file(&good[0]).unwrap();
        faults::arm(Some((Point::FileWrite, n)));
        decide(&engine(&folder.0, None), 1);
        assert!(faults::is_spent(), "write {n}");
        assert_eq!(folder.files(), Vec::<PathBuf>::new(), "no half file stays");
        decide(&engine(&folder.0, None), 1);
        assert_eq!(folder.files(), good);
    }
    faults::arm(None);
}
