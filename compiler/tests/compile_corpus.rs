//! Replays the fuzz corpora through the whole compiler: no panic, and every module valid and the same twice.

use std::path::Path;

fn replay(folder: &str, at_least: usize) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/corpus").join(folder);
    let mut files = 0;
    for entry in std::fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        println!("{}", path.display());
        writ_compiler::fuzz::fuzz_compile(&std::fs::read(&path).unwrap());
        files += 1;
    }
    assert!(files >= at_least, "only {files} files in {}", folder.display());
}

#[test]
fn the_compilers_corpus() {
    replay("compiler", 20);
}

#[test]
fn the_parsers_corpus() {
    replay("parser", 10);
}
