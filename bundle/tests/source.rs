//! Watched paths: what is delivered, what is not, and when it ends.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that fails panics")]

use std::fs;
use std::path::Path;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use writ_bundle::{Bundle, BundleError, Manifest, Source, WatchOptions};

fn archive(revision: &str) -> Vec<u8> {
    let mut out = Vec::new();
    let manifest = Manifest { revision: revision.to_owned(), ..Manifest::default() };
    Bundle { manifest, ..Bundle::default() }.write(&mut out).unwrap();
    out
}

fn options() -> WatchOptions {
    WatchOptions { interval: Duration::from_millis(15), settle: Duration::from_millis(60), ..WatchOptions::default() }
}

struct Watched {
    source: Option<Source>,
    seen: Receiver<Result<Bundle, BundleError>>,
}

impl Watched {
    fn new(path: &Path) -> Self {
        let (send, seen) = channel();
        let source = Source::watch(path, options(), move |outcome| send.send(outcome).unwrap()).unwrap();
        Self { source: Some(source), seen }
    }

    /// The next that is delivered: the revision, or `!` and the error's code.
    fn next(&self) -> String {
        match self.seen.recv_timeout(Duration::from_secs(20)).expect("nothing was delivered") {
            Ok(bundle) => bundle.manifest.revision,
            Err(e) => format!("!{}", e.code()),
        }
    }

    fn nothing_for(&self, time: Duration) {
        if let Ok(outcome) = self.seen.recv_timeout(time) {
            panic!("delivered again: {outcome:?}");
        }
    }
}

fn replace(path: &Path, bytes: &[u8]) {
    let beside = path.with_extension("new");
    fs::write(&beside, bytes).unwrap();
    fs::rename(&beside, path).unwrap();
}

#[test]
fn a_file_that_is_replaced_or_written_anew_is_delivered() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("b.tar.gz");
    fs::write(&path, archive("1")).unwrap();
    let watched = Watched::new(&path);
    assert_eq!(watched.next(), "1");
    replace(&path, &archive("2"));
    assert_eq!(watched.next(), "2");
    fs::write(&path, archive("3")).unwrap();
    assert_eq!(watched.next(), "3");
    fs::write(&path, archive("3")).unwrap();
    watched.nothing_for(Duration::from_millis(400));
}

#[test]
fn what_is_broken_or_gone_is_an_error_once_and_then_mended() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("b.tar.gz");
    let watched = Watched::new(&path);
    assert_eq!(watched.next(), "!bundle_io");
    replace(&path, &archive("1"));
    assert_eq!(watched.next(), "1");
    replace(&path, b"no bundle");
    assert_eq!(watched.next(), "!bundle_not_an_archive");
    replace(&path, &archive("1"));
    assert_eq!(watched.next(), "1");
    fs::remove_file(&path).unwrap();
    assert_eq!(watched.next(), "!bundle_io");
    watched.nothing_for(Duration::from_millis(300));
}

#[test]
fn a_file_that_grows_slowly_is_never_half_a_success() {
    use std::io::Write;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("b.tar.gz");
    fs::write(&path, archive("1")).unwrap();
    let watched = Watched::new(&path);
    assert_eq!(watched.next(), "1");
    let bytes = archive("2");
    let mut file = fs::File::create(&path).unwrap();
    for piece in bytes.chunks(10) {
        file.write_all(piece).unwrap();
        std::thread::sleep(Duration::from_millis(10));
    }
    drop(file);
    // On a busy machine the writer may pause for longer than the settling time: then the half is delivered as an error, never as a success.
    let mut last = watched.next();
    while last == "!bundle_not_an_archive" {
        last = watched.next();
    }
    assert_eq!(last, "2");
}

#[cfg(unix)]
#[test]
fn a_mounted_config_map_is_swapped_as_a_whole() {
    use std::os::unix::fs::symlink;
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    let version = |name: &str, revision: &str| {
        let version = root.join(name);
        fs::create_dir(&version).unwrap();
        fs::write(version.join(".manifest"), format!("{{\"revision\": \"{revision}\"}}")).unwrap();
        fs::write(version.join("policy.rego"), format!("package p\n# {revision}\n")).unwrap();
    };
    version("..1", "1");
    symlink("..1", root.join("..data")).unwrap();
    symlink("..data/.manifest", root.join(".manifest")).unwrap();
    symlink("..data/policy.rego", root.join("policy.rego")).unwrap();
    let watched = Watched::new(root);
    let first = watched.seen.recv_timeout(Duration::from_secs(20)).unwrap().unwrap();
    assert_eq!((first.manifest.revision.as_str(), first.modules.len()), ("1", 1));
    for n in 2..5 {
        version(&format!("..{n}"), &n.to_string());
        symlink(format!("..{n}"), root.join("..data_tmp")).unwrap();
        fs::rename(root.join("..data_tmp"), root.join("..data")).unwrap();
        fs::remove_dir_all(root.join(format!("..{}", n - 1))).unwrap();
        let next = watched.seen.recv_timeout(Duration::from_secs(20)).unwrap().unwrap();
        let text = String::from_utf8(next.modules[0].bytes.clone()).unwrap();
        assert_eq!(next.manifest.revision, n.to_string());
        assert_eq!(text, format!("package p\n# {n}\n"), "files of two versions");
    }
    // The watched path itself may be such a link as well.
    let link = folder.path().parent().unwrap().join(format!("{}-link", root.file_name().unwrap().to_str().unwrap()));
    symlink(root.join("..4"), &link).unwrap();
    let watched = Watched::new(&link);
    assert_eq!(watched.next(), "4");
    version("..5", "5");
    symlink(root.join("..5"), link.with_extension("new")).unwrap();
    fs::rename(link.with_extension("new"), &link).unwrap();
    let next = watched.next();
    fs::remove_file(&link).unwrap();
    assert_eq!(next, "5");
}

#[test]
fn dropping_ends_it_and_a_panic_does_not() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("b.tar.gz");
    fs::write(&path, archive("1")).unwrap();
    let (send, seen) = channel();
    let (first, source) = Source::open(&path, options(), move |outcome| {
        let revision = outcome.map(|b| b.manifest.revision);
        let panics = revision.as_deref() == Ok("2");
        let _ = send.send(revision);
        assert!(!panics, "wanted");
    })
    .unwrap();
    assert_eq!(first.manifest.revision, "1");
    for n in ["2", "3"] {
        replace(&path, &archive(n));
        source.poke();
        assert_eq!(seen.recv_timeout(Duration::from_secs(20)).unwrap().unwrap(), n, "1 came already, 2 panicked");
    }
    drop(source);
    replace(&path, &archive("4"));
    assert!(seen.recv_timeout(Duration::from_secs(5)).is_err(), "the sender is gone with the watcher");
    assert!(Source::open(folder.path().join("none"), options(), |_| {}).is_err());
}

#[test]
fn a_source_may_be_dropped_within_its_own_call() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("module.wasm");
    fs::write(&path, b"bytes").unwrap();
    let (give, take) = channel::<Source>();
    let (done, seen) = channel();
    let source = Source::watch_bytes(&path, options(), move |bytes| {
        drop(take.recv().unwrap());
        done.send(bytes.unwrap()).unwrap();
    })
    .unwrap();
    give.send(source).unwrap();
    assert_eq!(seen.recv_timeout(Duration::from_secs(20)).unwrap(), b"bytes");
}

#[test]
fn the_second_look_delivers_nothing_that_is_known() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("data.json"), "{\"a\": 1}").unwrap();
    let mut watched = Watched::new(folder.path());
    watched.next();
    watched.nothing_for(Duration::from_millis(3500));
    drop(watched.source.take());
}
