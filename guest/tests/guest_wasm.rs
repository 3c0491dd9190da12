//! The checked-in module is what the sources build to.

use std::path::Path;
use std::process::Command;

#[test]
fn a_rebuild_gives_the_same_bytes() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let rustc = std::env::var("WRIT_WASM_RUSTC").unwrap_or_else(|_| "/usr/bin/rustc".to_owned());
    let targets = Command::new(&rustc).args(["--print", "sysroot"]).output();
    let sysroot = targets.map(|out| String::from_utf8_lossy(&out.stdout).trim().to_owned()).unwrap_or_default();
    if sysroot.is_empty() || !Path::new(&sysroot).join("lib/rustlib/src/rust/library/core").exists() {
        eprintln!("SKIPPED: no rustc with library source at {rustc}; see guest/README.md");
        return;
    }
    let output = std::env::temp_dir().join(format!("guest-{}.wasm", std::process::id()));
    let status = Command::new(here.join("build.sh")).arg(&output).status().expect("build.sh runs");
    assert!(status.success(), "build.sh failed");
    let built = std::fs::read(&output).expect("the build wrote its output");
    let _ = std::fs::remove_file(&output);
    let checked_in = std::fs::read(here.join("../compiler/src/link/guest.wasm")).expect("guest.wasm is checked in");
    assert!(built == checked_in, "compiler/src/link/guest.wasm is stale: run guest/build.sh and commit the result");
}
