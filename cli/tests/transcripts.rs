//! Runs command lines and compares what they print and their exit codes with what `transcripts/*.txt` say.
//!
//! `$ COMMAND` is run by a shell in a fresh copy of `transcripts/files`, where `writ` is the command under test. `| ` stands before a line of standard
//! output, `! ` before one of standard error, `? N` is an exit code other than 0. After `$=` OPA must print the same on standard output for the same
//! arguments, and the same on standard error but for its stack traces; that is checked where `opa` is at hand, in `$OPA`, the path or Go's folder.
//! With `BLESS=1` the files are written anew.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that fails panics")]

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// What a command printed, and its exit code.
#[derive(Debug, PartialEq, Eq)]
struct Run {
    out: String,
    err: String,
    code: i32,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/transcripts")
}

fn transcripts() -> Vec<PathBuf> {
    let entries = fs::read_dir(folder()).unwrap().map(|e| e.unwrap().path());
    let mut paths: Vec<_> = entries.filter(|p| p.extension().is_some_and(|e| e == "txt")).collect();
    paths.sort();
    assert!(paths.len() >= 5, "transcripts are gone");
    paths
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// A place to run commands in, where `writ` is `program`.
struct Shell {
    scratch: tempfile::TempDir,
}

impl Shell {
    fn new(program: &Path) -> Self {
        let scratch = tempfile::tempdir().unwrap();
        copy(&folder().join("files"), &scratch.path().join("files"));
        fs::create_dir(scratch.path().join("bin")).unwrap();
        std::os::unix::fs::symlink(program, scratch.path().join("bin/writ")).unwrap();
        Self { scratch }
    }

    fn run(&self, command: &str) -> Run {
        let path = std::env::var("PATH").unwrap_or_default();
        let output = Command::new("sh")
            .args(["-c", command])
            .current_dir(self.scratch.path().join("files"))
            .env("PATH", format!("{}:{path}", self.scratch.path().join("bin").display()))
            .env("NO_COLOR", "1")
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Run { out: text(&output.stdout), err: text(&output.stderr), code: output.status.code().unwrap_or(-1) }
    }
}

/// The transcript of a run, as the files have it.
fn show(run: &Run) -> String {
    let mut text = String::new();
    for (mark, lines) in [('|', &run.out), ('!', &run.err)] {
        for line in lines.lines() {
            let _ = writeln!(text, "{}", format!("{mark} {line}").trim_end());
        }
        if !lines.is_empty() && !lines.ends_with('\n') {
            text.push_str("(no end of line)\n");
        }
    }
    if run.code != 0 {
        let _ = writeln!(text, "? {}", run.code);
    }
    text
}

/// Commands of a transcript with the lines before them (comments) and after them (what is expected).
fn commands(text: &str) -> (String, Vec<(String, String, String)>) {
    let mut head = String::new();
    let mut all: Vec<(String, String, String)> = Vec::new();
    for line in text.lines() {
        let comment = line.is_empty() || line.starts_with('#');
        match all.last_mut() {
            _ if line.starts_with('$') => all.push((line.to_owned(), String::new(), String::new())),
            None => head += &format!("{line}\n"),
            Some((_, _, after)) if comment => *after += &format!("{line}\n"),
            Some((_, expected, _)) => *expected += &format!("{line}\n"),
        }
    }
    (head, all)
}

#[test]
fn commands_print_what_the_transcripts_say() {
    let bless = std::env::var_os("BLESS").is_some();
    let mut failed = String::new();
    for path in transcripts() {
        let shell = Shell::new(Path::new(env!("CARGO_BIN_EXE_writ")));
        let (mut written, all) = commands(&fs::read_to_string(&path).unwrap());
        for (line, expected, after) in all {
            let command = line.trim_start_matches(['$', '=']).trim();
            let found = show(&shell.run(command));
            if found != expected {
                let _ = writeln!(failed, "{}\n{line}\n--- expected\n{expected}--- found\n{found}", path.display());
            }
            let _ = write!(written, "{line}\n{found}{after}");
        }
        if bless {
            fs::write(&path, written).unwrap();
        }
    }
    assert!(bless || failed.is_empty(), "{failed}");
}

/// An `opa` of the version that the project follows.
fn opa() -> Result<PathBuf, String> {
    let home = std::env::var("HOME").unwrap_or_default();
    let named = std::env::var("OPA").ok().into_iter();
    for candidate in named.chain(["opa".to_owned(), format!("{home}/go/bin/opa")]) {
        let Ok(output) = Command::new(&candidate).arg("version").output() else { continue };
        let version = String::from_utf8_lossy(&output.stdout).lines().next().unwrap_or_default().to_owned();
        if !version.starts_with("Version: 1.22.") {
            return Err(format!("{candidate} is {version:?}, not 1.22"));
        }
        let found = Command::new("sh").args(["-c", &format!("command -v {candidate}")]).output().unwrap();
        return Ok(String::from_utf8_lossy(&found.stdout).trim().into());
    }
    Err("no opa".to_owned())
}

#[test]
fn opa_prints_the_same() {
    let opa = match opa() {
        Ok(opa) => opa,
        Err(why) => {
            // Not by a macro, whose text the test harness would keep to itself.
            std::io::stderr()
                .write_all(format!("SKIPPED: command lines were not compared with OPA's: {why}\n").as_bytes())
                .unwrap();
            return;
        }
    };
    let mut failed = String::new();
    for path in transcripts() {
        let shell = Shell::new(&opa);
        let (_, all) = commands(&fs::read_to_string(&path).unwrap());
        for (line, expected, _) in all {
            let Some(command) = line.strip_prefix("$=") else { continue };
            let mut run = shell.run(command.trim());
            if let Some((before, _)) = run.err.split_once("\n\nTraceback:") {
                run.err = format!("{before}\n");
            }
            // OPA ends with 2 where a policy is at fault.
            run.code = run.code.min(1);
            let found = show(&run);
            if found != expected {
                let _ = writeln!(failed, "{}\n{line}\n--- writ\n{expected}--- opa\n{found}", path.display());
            }
        }
    }
    assert!(failed.is_empty(), "{failed}");
}
