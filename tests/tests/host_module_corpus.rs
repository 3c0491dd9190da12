//! The fuzzer's corpus of modules, and our own module cut off and with bytes changed, section by section.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test that fails panics, one that takes minutes says what it saw"
)]

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use writ_runtime::fuzz::fuzz_load;
use writ_tests::host::compile;

fn base() -> Vec<u8> {
    let text = "package p\nallow if input.user in data.admins\nwords := {w: x | some w, x in input.a}\n";
    compile(text, &["p/allow", "p/words"])
}

/// Start and length of the content of each custom section.
fn custom_sections(wasm: &[u8]) -> Vec<(usize, usize)> {
    let leb = |at: &mut usize| {
        let (mut value, mut shift) = (0usize, 0);
        loop {
            let byte = wasm[*at];
            *at += 1;
            value |= usize::from(byte & 0x7f) << shift;
            shift += 7;
            if byte & 0x80 == 0 {
                return value;
            }
        }
    };
    let (mut at, mut found) = (8, Vec::new());
    while at < wasm.len() {
        let id = wasm[at];
        at += 1;
        let size = leb(&mut at);
        if id == 0 {
            found.push((at, size));
        }
        at += size;
    }
    found
}

fn edit(at: usize, change: u8) -> [u8; 4] {
    let [a, b, c, _] = (at as u32).to_le_bytes();
    [a, b, c, change]
}

#[test]
fn the_corpus_holds() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/corpus/module");
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
    files.sort();
    assert!(files.len() >= 15, "the corpus is gone");
    let base = base();
    for path in files {
        let bytes = fs::read(&path).unwrap();
        fuzz_load(&base, &bytes);
        let step = bytes.len() / 8 + 1;
        for at in (0..bytes.len()).step_by(step) {
            fuzz_load(&base, &bytes[..at]);
            let mut changed = bytes.clone();
            changed[at] ^= 0x21;
            fuzz_load(&base, &changed);
        }
    }
}

#[test]
fn our_module_cut_off_at_every_byte_is_refused() {
    let base = base();
    // Custom sections at the end may be missing whole: the module then counts as a foreign one.
    let step = if base.len() > 4000 { base.len() / 2000 } else { 1 };
    for n in (0..base.len()).step_by(step) {
        fuzz_load(&[], &base[..n]);
    }
}

#[test]
fn sections_that_our_host_reads_may_hold_anything() {
    let base = base();
    let sections = custom_sections(&base);
    assert!(sections.len() >= 3, "the module has sections of ours");
    for (start, len) in sections {
        for at in (start..start + len).step_by(len / 24 + 1) {
            for change in [0x01, 0x80] {
                fuzz_load(&base, &edit(at, change));
            }
        }
    }
}

#[test]
#[ignore = "takes minutes: random edits of our module and of the corpus, a fuzzer without coverage"]
fn random_edits_for_five_minutes() {
    let base = base();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/corpus/module");
    let corpus: Vec<Vec<u8>> = fs::read_dir(folder).unwrap().map(|e| fs::read(e.unwrap().path()).unwrap()).collect();
    let mut state = 0x9e37_79b9_7f4a_7c15_u64 ^ u64::from(std::process::id());
    let mut random = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % below as u64) as usize
    };
    let sections = custom_sections(&base);
    let (started, mut runs) = (Instant::now(), 0);
    while started.elapsed() < Duration::from_secs(300) {
        runs += 1;
        let edits = 1 + random(3);
        if runs % 3 == 0 {
            let mut bytes = corpus[random(corpus.len())].clone();
            for _ in 0..edits {
                let at = random(bytes.len().max(1));
                if let Some(byte) = bytes.get_mut(at) {
                    *byte ^= 1 << random(8);
                }
            }
            fuzz_load(&base, &bytes);
            continue;
        }
        let mut bytes = Vec::new();
        for _ in 0..edits {
            let at = if runs % 3 == 1 {
                let (start, len) = sections[random(sections.len())];
                start + random(len.max(1))
            } else {
                random(base.len())
            };
            bytes.extend(edit(at, 1 << random(8)));
        }
        fuzz_load(&base, &bytes);
    }
    eprintln!("{runs} modules");
}
