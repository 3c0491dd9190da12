//! Runs conformance cases through the whole of Writ and lists what fails.
//!
//! `conformance [-O0|-O1|-O2] [--failures] [--filter TEXT] [PATH…]`: cases below the given files and folders (default: the suite beside the project). `--failures`
//! lists known failures, too; `--filter` keeps cases whose file or note contains the text. Ends with `N passed, M failed`; exit code 0 if only
//! known failures failed and all of them did, 1 otherwise, 2 for wrong use.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command that reports to people")]

use std::path::PathBuf;
use std::process::ExitCode;

use writ_compiler::plan::OptLevel;
use writ_tests::conformance::known::Known;
use writ_tests::conformance::run::{Summary, Verdict, run};
use writ_tests::conformance::{case, default_suite};

fn main() -> ExitCode {
    match conformance() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(message) => {
            eprintln!("conformance: {message}");
            ExitCode::from(2)
        }
    }
}

fn conformance() -> Result<bool, String> {
    let mut all_failures = false;
    let mut filter = None;
    let mut level = OptLevel::default();
    let mut paths: Vec<PathBuf> = Vec::new();
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "-O0" => level = OptLevel::O0,
            "-O1" => level = OptLevel::O1,
            "-O2" => level = OptLevel::O2,
            "--failures" => all_failures = true,
            "--filter" => filter = Some(args.next().ok_or("`--filter` needs a text")?),
            flag if flag.starts_with('-') => return Err(format!("unknown option `{flag}`")),
            path => paths.push(path.into()),
        }
    }
    if paths.is_empty() {
        paths.push(default_suite().ok_or("no suite beside the project; name a file or folder of cases")?);
    }
    let known = Known::load(&Known::default_path())?;
    let mut cases = Vec::new();
    for path in &paths {
        cases.extend(case::load(path)?);
    }
    if let Some(text) = &filter {
        cases.retain(|case| case.note.contains(text.as_str()) || case.folder.contains(text.as_str()));
    }
    let threads = std::thread::available_parallelism().map_or(2, usize::from);
    // The panics of cases are part of their verdicts.
    std::panic::set_hook(Box::new(|_| {}));
    let reports = run(&cases, threads, level);
    let summary = Summary::new(&reports, &known);
    for report in &reports {
        let Verdict::Failed(why) = &report.verdict else { continue };
        match known.reason(&report.folder, &report.note) {
            Some(reason) if all_failures => {
                println!("known {}: {}: {reason}\n    {why}", report.folder, report.note);
            }
            Some(_) => {}
            None => println!("FAIL {}: {}\n    {why}", report.folder, report.note),
        }
    }
    for report in &summary.fixed {
        println!("PASS {}: {}: listed as a known failure; take it off the list", report.folder, report.note);
    }
    println!("{} passed, {} failed", summary.passed, summary.failed);
    Ok(summary.is_as_expected())
}
