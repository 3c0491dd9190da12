//! The fuzzer's corpus, each file whole, cut off at places, and with bytes changed.
#![allow(clippy::unwrap_used, reason = "a test that fails panics")]

use std::fs;
use std::path::Path;

use writ_bundle::fuzz::fuzz_read;

#[test]
fn the_corpus_holds() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/corpus/bundle");
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
    files.sort();
    assert!(files.len() >= 15, "the corpus is gone");
    for path in files {
        let bytes = fs::read(&path).unwrap();
        fuzz_read(&bytes);
        let step = bytes.len() / 40 + 1;
        for at in (0..bytes.len()).step_by(step) {
            fuzz_read(&bytes[..at]);
            for change in [1, 0x20, 0x80] {
                let mut changed = bytes.clone();
                changed[at] ^= change;
                fuzz_read(&changed);
            }
        }
    }
}
