//! A policy that asks a system for everything that there is, for tests of hosts (`tests/tests/wasi.rs`): the module lies beside it as `policy.wasm`, made
//! by `writ build` for `wasm32-wasip1`, as `Cargo.toml` says.

use std::collections::HashMap;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use writ_guest_sdk::{PolicyError, module, policy};

/// Reads a file.
#[policy(entrypoint = "wasi/file")]
fn file(input: String) -> Result<String, PolicyError> {
    Ok(std::fs::read_to_string(input)?)
}

/// Writes a file.
#[policy(entrypoint = "wasi/write")]
fn write(input: String) -> Result<bool, PolicyError> {
    std::fs::write(input, "text")?;
    Ok(true)
}

/// Names in a folder.
#[policy(entrypoint = "wasi/folder")]
fn folder(input: String) -> Result<usize, PolicyError> {
    Ok(std::fs::read_dir(input)?.count())
}

/// Connects to an address.
#[policy(entrypoint = "wasi/network")]
fn network(input: String) -> Result<bool, PolicyError> {
    TcpStream::connect(input)?;
    Ok(true)
}

/// Numbers of arguments and of variables, and what can be read from the standard input.
#[policy(entrypoint = "wasi/surroundings")]
fn surroundings() -> Result<(usize, usize, String), PolicyError> {
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text)?;
    Ok((std::env::args().count(), std::env::vars().count(), text))
}

/// The time of day in nanoseconds, twice.
#[policy(entrypoint = "wasi/clock")]
fn clock() -> Result<(u64, u64), PolicyError> {
    let now = || SystemTime::now().duration_since(UNIX_EPOCH).map(|since| since.as_nanos() as u64);
    Ok((now()?, now()?))
}

/// Whether time passes.
#[policy(entrypoint = "wasi/instant")]
fn instant() -> bool {
    let started = Instant::now();
    while started.elapsed() < Duration::from_micros(200) {}
    true
}

/// A map of the standard library, which takes keys for its hash from the system.
#[policy(entrypoint = "wasi/map")]
fn map(input: String) -> usize {
    let mut map = HashMap::new();
    map.insert(input, 1);
    map.len()
}

/// A number by chance.
#[policy(entrypoint = "wasi/random")]
fn random() -> u64 {
    use std::hash::{BuildHasher, RandomState};
    RandomState::new().hash_one(1_u64)
}

/// Sleeps.
#[policy(entrypoint = "wasi/sleep")]
fn sleep() -> bool {
    std::thread::sleep(Duration::from_millis(1));
    true
}

/// Ends the process.
#[policy(entrypoint = "wasi/exit")]
fn exit(input: i32) -> bool {
    std::process::exit(input)
}

/// Writes to output and error.
#[policy(entrypoint = "wasi/print")]
#[allow(clippy::print_stdout, clippy::print_stderr, reason = "what the test is about")]
fn print(input: String) -> Result<bool, PolicyError> {
    println!("to output: {input}");
    eprintln!("to error: {input}");
    std::io::stdout().flush()?;
    Ok(true)
}

/// Panics.
#[policy(entrypoint = "wasi/panic")]
fn panics(input: String) -> bool {
    panic!("cannot decide on {input}")
}

static COUNT: AtomicU64 = AtomicU64::new(10);

/// What a static says after this decision; the same in each.
#[policy(entrypoint = "wasi/statics")]
fn statics() -> u64 {
    COUNT.fetch_add(1, Ordering::Relaxed)
}

/// Asks nothing of anybody.
#[policy(entrypoint = "wasi/plain")]
fn plain(input: u64) -> u64 {
    input + 1
}

module!(
    file,
    write,
    folder,
    network,
    surroundings,
    clock,
    instant,
    map,
    random,
    sleep,
    exit,
    print,
    panics,
    statics,
    plain
);
