//! `builtincheck [--draws N] [--seed N] [--record] [--keep N] [--known] [NAMESPACE…]`: compares random calls of built-ins with OPA.
//!
//! `--known` also shows one of each kind of the differences that are documented.
//! `builtincheck --once` reads a call from standard input and tells how long it takes and how much memory.
//! With `--record`, what differed and `--keep` calls per built-in that agreed are added to `cases/`, with OPA's outcomes.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command talks")]

use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::io::{Read, Write};
use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use writ_builtincheck::hunt::{Report, hunt};
use writ_builtincheck::measure::Meter;
use writ_builtincheck::oracle::{self, Oracle};
use writ_builtincheck::{case::Case, namespace, seeds::Seeds, subject};
use writ_builtins::Caches;

struct Options {
    draws: usize,
    seed: u64,
    record: bool,
    keep: usize,
    known: bool,
    namespaces: Vec<String>,
}

fn options() -> Option<Options> {
    let mut options = Options { draws: 10_000, seed: 1, record: false, keep: 0, known: false, namespaces: Vec::new() };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        match word.as_str() {
            "--draws" => options.draws = words.next()?.parse().ok()?,
            "--seed" => options.seed = words.next()?.parse().ok()?,
            "--keep" => options.keep = words.next()?.parse().ok()?,
            "--record" => options.record = true,
            "--known" => options.known = true,
            name => options.namespaces.push(name.to_owned()),
        }
    }
    Some(options)
}

/// Answers one call: `MICROSECONDS KIBIBYTES SIDE OUTCOME`, a line for each side.
fn once() -> Option<()> {
    let mut line = Vec::new();
    std::io::stdin().read_to_end(&mut line).ok()?;
    let case = Case::read(&writ_value::json::parse(line.trim_ascii()).ok()?)?;
    let only_host = std::env::args().nth(2).as_deref() == Some("host");
    for side in subject::sides(&case.name).into_iter().filter(|s| !only_host || *s == subject::Side::Host) {
        // What is set up once per thread or process does not count.
        let _ = subject::run(side, &Case { args: Vec::new(), ..case.clone() }, &Caches::new());
        let meter = Meter::start();
        let outcome = subject::run(side, &case, &Caches::new());
        let (micros, kib) = (meter.time().as_micros(), meter.kib());
        let text: String = outcome.to_string().chars().take(200).collect();
        println!("{micros} {kib} {side:?} {}", text.replace('\n', " "));
    }
    Some(())
}

fn main() -> ExitCode {
    if std::env::args().nth(1).as_deref() == Some("--once") {
        return if once().is_some() { ExitCode::SUCCESS } else { ExitCode::from(2) };
    }
    let Some(options) = options() else {
        eprintln!("usage: builtincheck [--draws N] [--seed N] [--record] [--keep N] [--known] [NAMESPACE…]");
        return ExitCode::from(2);
    };
    let Some(path) = oracle::build(&std::env::temp_dir()) else {
        eprintln!("the oracle cannot be built: is Go there?");
        return ExitCode::from(2);
    };
    match check(&options, &path) {
        Ok(0) => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(e) => {
            eprintln!("{e}");
            ExitCode::from(2)
        }
    }
}

fn check(options: &Options, path: &Path) -> std::io::Result<usize> {
    let seeds = Seeds::load();
    let mut total = 0;
    for (name, builtins) in namespace::all() {
        let only: Vec<_> = builtins
            .iter()
            .filter(|b| options.namespaces.is_empty() || options.namespaces.iter().any(|n| n == name || n == b.name))
            .copied()
            .collect();
        if only.is_empty() {
            continue;
        }
        let start = Instant::now();
        let mut oracle = Oracle::start(path)?;
        let report = hunt(&mut oracle, &only, &seeds, options.draws, options.seed)?;
        print(name, &report, start.elapsed().as_secs_f32(), options.known);
        total += report.n_different;
        if options.record {
            record(name, &report, options.keep)?;
        }
    }
    Ok(total)
}

fn print(name: &str, report: &Report, seconds: f32, known: bool) {
    let n_known: usize = report.known.values().sum();
    println!(
        "{name}: {} draws, {} with a result, {} known differences, {} unknown, {seconds:.1} s",
        report.n_draws, report.n_values, n_known, report.n_different
    );
    for (reason, n) in &report.known {
        println!("    {n} × {reason}");
        for (_, d) in report.excused.iter().filter(|(r, _)| known && r == reason) {
            println!("      {:?} {}\n        opa  {}\n        writ {}", d.side, d.case, d.theirs, d.ours);
        }
    }
    for d in &report.differences {
        println!("  {:?} {}\n    opa  {}\n    writ {}", d.side, d.case, d.theirs, d.ours);
    }
}

fn record(name: &str, report: &Report, keep: usize) -> std::io::Result<()> {
    let mut lines: Vec<_> = report.differences.iter().map(|d| d.case.record(&d.theirs)).collect();
    let mut kept = BTreeMap::<_, usize>::new();
    // The last draws, since the first are all edge cases.
    for (case, outcome) in report.agreed.iter().rev() {
        let line = case.record(outcome);
        let n = kept.entry(&case.name).or_default();
        if *n < keep && line.len() < 1500 {
            *n += 1;
            lines.push(line);
        }
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("cases/{name}.jsonl"));
    let mut file = OpenOptions::new().create(true).append(true).open(path)?;
    lines.iter().try_for_each(|l| writeln!(file, "{l}"))
}
