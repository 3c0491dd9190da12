//! Hostile arguments end soon, in little memory, and without a panic. Each call runs in a process of its own, which tells
//! its time and its highest use of memory.

use std::io::Write;
use std::process::{Command, Stdio};

use writ_builtincheck::hostile;

/// 100 ms of a processor that is not shared; on a busy machine the same work takes up to twice that. Builds without optimisation get more.
const MAX_MICROS: u64 = if cfg!(debug_assertions) { 3_000_000 } else { 200_000 };
/// 64 MiB beyond the arguments.
const MAX_KIB: u64 = 64 << 10;

/// The guest ran until its memory was used up: natively that is 256 MiB, in an instance what its limits say (64 MiB).
fn is_stopped(line: &str) -> bool {
    line.ends_with("Guest halt error: out of memory")
}

#[test]
fn hostile_arguments_end_soon_in_little_memory() {
    let only = std::env::var("ONLY").ok();
    let mut wrong = Vec::new();
    for case in hostile::calls() {
        if only.as_ref().is_some_and(|name| *name != case.name) {
            continue;
        }
        let shown: String = case.to_string().chars().take(100).collect();
        // Whoever fails must not take the machine along.
        let mut process = Command::new("sh")
            .args(["-c", "ulimit -v 2000000; exec timeout 20 \"$0\" --once $1", env!("CARGO_BIN_EXE_builtincheck")])
            // In the guest copies share their content, so that reading the result here would take for ever. The host that runs a
            // module bounds what it reads.
            .arg(if case.name == "json.patch" { "host" } else { "both" })
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary starts");
        // A process that has died does not read on; its status tells.
        let _ = process.stdin.take().expect("piped").write_all(case.request().as_bytes());
        let output = process.wait_with_output().expect("it ends");
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        if !output.status.success() || text.is_empty() {
            wrong.push(format!("{shown}: {} {}", output.status, String::from_utf8_lossy(&output.stderr)));
        }
        for line in text.lines() {
            if std::env::var("SHOW").is_ok() {
                eprintln!("{shown}: {line}");
            }
            let mut parts = line.splitn(4, ' ');
            let mut number = || parts.next().and_then(|p| p.parse::<u64>().ok()).expect("a number");
            let (micros, kib) = (number(), number());
            // Natively four times the memory has to be used up.
            let most = if is_stopped(line) { 3 * MAX_MICROS } else { MAX_MICROS };
            if only.is_some() {
                wrong.push(format!("{shown}: {line}"));
            } else if micros > most || line.contains(" panic: ") || (kib > MAX_KIB && !is_stopped(line)) {
                wrong.push(format!("{shown}: {} ms, {} MiB: {line}", micros / 1000, kib >> 10));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
