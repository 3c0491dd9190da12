//! The command's dependencies have the features that they have in the whole workspace, so that running it and testing build wasmtime once. What is
//! missing goes into `unify/Cargo.toml`.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that fails panics")]

use std::collections::BTreeSet;
use std::process::Command;

/// Packages of the registry with their features, as a selection of packages builds them.
fn packages(selection: &[&str]) -> BTreeSet<String> {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["tree", "--offline", "--prefix", "none", "--format", "{p} [{f}]"]).args(selection);
    let output = cargo.current_dir(env!("CARGO_MANIFEST_DIR")).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    // Ours have a path behind their version.
    let lines = text.lines().map(|line| line.trim_end_matches(" (*)"));
    lines.filter(|line| !line.is_empty() && !line.contains("(/")).map(str::to_owned).collect()
}

#[test]
fn the_command_and_the_tests_share_one_build() {
    let command = packages(&["--package", "writ-cli", "--edges", "normal,build"]);
    let tests = packages(&["--workspace", "--edges", "normal,build,dev"]);
    assert!(command.len() > 100, "{command:?}");
    let other: Vec<&String> = command.difference(&tests).collect();
    assert!(other.is_empty(), "built twice: {other:#?}");
}
