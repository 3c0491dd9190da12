//! Bundles that `opa build -t wasm` made of conformance cases run on the same pool as ours and give what the cases want. `fixtures/opa/README.md`
//! has the command that made them.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that fails panics")]

use std::fs;
use std::path::Path;

use writ_tests::conformance::case;
use writ_tests::opa_modules::check;

#[test]
fn cases_of_many_folders_compiled_by_opa_are_decided_as_they_want() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/opa");
    let mut folders: Vec<_> = fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).filter(|p| p.is_dir()).collect();
    folders.sort();
    assert!(folders.len() >= 10, "the fixtures are gone");
    for folder in folders {
        let cases = case::load(&folder.join("case.json")).unwrap();
        let [case] = &cases[..] else { panic!("{}: one case", folder.display()) };
        if let Err(why) = check(case, &folder.join("bundle.tar.gz")) {
            panic!("{}: {}: {why}", folder.display(), case.note);
        }
    }
}
