//! Policies with the errors that OPA reports for them, and a check that ours are the same.
//!
//! A fixture is a policy in a folder below `tests/`. An error stands on its line as `# error: CODE COL "MESSAGE"`; the lines that OPA
//! prints below a message follow at the end of the file, under `# details at ROW:COL`. The first line may say `# options: v0 strict`;
//! without it a fixture is strict Rego v1. With `BLESS=1` and OPA at `$OPA` the expectations are written anew from OPA's own output.

#![allow(clippy::unwrap_used, reason = "a test harness")]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use libtest_mimic::{Arguments, Failed, Trial};
use writ_compiler::check::{self, CheckOptions};
use writ_compiler::diag::{Details, Diagnostic};
use writ_compiler::resolve::{ResolveOptions, resolve};
use writ_compiler::source::SourceMap;
use writ_compiler::syntax::ast::RegoVersion;
use writ_compiler::syntax::{self, ParseOptions};

/// Folders of fixtures.
const FOLDERS: [&str; 1] = ["check"];

const ERROR: &str = "  # error: ";
const DETAILS: &str = "# details at ";

fn main() {
    let arguments = Arguments::from_args();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let mut trials = Vec::new();
    for folder in FOLDERS {
        for path in policies(&root.join(folder)) {
            let name = format!("{folder}/{}", path.file_stem().unwrap().to_string_lossy());
            trials.push(Trial::test(name, move || run(&path)));
        }
    }
    libtest_mimic::run(&arguments, trials).exit();
}

fn policies(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut paths: Vec<PathBuf> = entries.filter(|p| p.extension().is_some_and(|e| e == "rego")).collect();
    paths.sort();
    paths
}

/// How a fixture is checked.
#[derive(Debug, Clone, Copy)]
struct Options {
    v0: bool,
    strict: bool,
}

impl Options {
    fn of(text: &str) -> Options {
        match text.lines().next().and_then(|line| line.strip_prefix("# options:")) {
            Some(words) => Options {
                v0: words.split_whitespace().any(|w| w == "v0"),
                strict: words.split_whitespace().any(|w| w == "strict"),
            },
            None => Options { v0: false, strict: true },
        }
    }
}

/// An error as fixtures have it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Expected {
    row: u32,
    col: u32,
    code: String,
    message: String,
    details: Vec<String>,
}

fn run(path: &Path) -> Result<(), Failed> {
    let text = std::fs::read_to_string(path)?;
    let options = Options::of(&text);
    let source = without_expectations(&text);
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(path, with_expectations(&source, &ask_opa(&source, options)?))?;
        return Ok(());
    }
    let mut ours = check(&source, options);
    ours.sort();
    // Errors at one place may come in either order, so the file is compared with what it would be with ours.
    let expected = text.trim_end();
    let found = with_expectations(&source, &ours);
    if expected == found.trim_end() { Ok(()) } else { Err(format!("expected\n{expected}\n\nfound\n{found}").into()) }
}

/// The policy alone.
fn without_expectations(text: &str) -> String {
    let text = text.split(&format!("\n{DETAILS}")).next().unwrap_or("");
    let mut source: String = text.lines().map(|l| l.split(ERROR).next().unwrap_or("").to_owned() + "\n").collect();
    source.truncate(source.trim_end().len());
    source.push('\n');
    source
}

/// The policy with errors behind its lines and details below it.
fn with_expectations(source: &str, errors: &[Expected]) -> String {
    let mut out = String::new();
    for (row, line) in (1..).zip(source.lines()) {
        out.push_str(line);
        for e in errors.iter().filter(|e| e.row == row) {
            let _ = write!(out, "{ERROR}{} {} {:?}", e.code, e.col, e.message);
        }
        out.push('\n');
    }
    for e in errors.iter().filter(|e| !e.details.is_empty()) {
        let _ = writeln!(out, "\n{DETAILS}{}:{}", e.row, e.col);
        for line in &e.details {
            let _ = writeln!(out, "#   {line}");
        }
    }
    out
}

/// What our compiler finds.
fn check(source: &str, options: Options) -> Vec<Expected> {
    let version = if options.v0 { RegoVersion::V0 } else { RegoVersion::V1 };
    let (sources, diagnostics) = front_end("policy.rego", source, version, options.strict);
    diagnostics.iter().map(|d| expected(&sources, d)).collect()
}

fn front_end(name: &str, source: &str, version: RegoVersion, strict: bool) -> (SourceMap, Vec<Diagnostic>) {
    let mut sources = SourceMap::new();
    let file = sources.add(name, source);
    let (module, mut found) = syntax::parse_module(file, source, &ParseOptions { version, ..ParseOptions::default() });
    if let Some(module) = module.filter(|_| found.is_empty()) {
        let modules = [module];
        let (program, diagnostics) =
            resolve(&modules, &[], &sources, &ResolveOptions { strict, prints: true, ..ResolveOptions::default() });
        found.extend(diagnostics);
        found.extend(check::check(&program, &modules, &CheckOptions { strict, ..CheckOptions::default() }));
    }
    (sources, found)
}

fn expected(sources: &SourceMap, diagnostic: &Diagnostic) -> Expected {
    let position = diagnostic.span.map(|span| sources.position(span));
    let details = match &diagnostic.details {
        Some(Details::Lines(lines) | Details::Json { lines, .. }) => lines.iter().map(|l| made_up_names(l)).collect(),
        _ => Vec::new(),
    };
    Expected {
        row: position.map_or(0, |p| p.row),
        col: position.map_or(0, |p| p.col),
        code: diagnostic.code.as_str().to_owned(),
        message: made_up_names(&diagnostic.full_message()),
        details,
    }
}

/// Names that a compiler made up are `_` to us.
fn made_up_names(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("__local") {
        out.push_str(before);
        out.push('_');
        rest = after.split_once("__").map_or("", |(_, after)| after);
    }
    out + rest
}

/// What OPA finds. Its JSON has the columns, its text the lines below a message, both in the same order.
fn ask_opa(source: &str, options: Options) -> Result<Vec<Expected>, Failed> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("policy.rego");
    std::fs::write(&file, source)?;
    let opa = std::env::var("OPA").unwrap_or_else(|_| "opa".to_owned());
    let run = |format: &str| {
        let mut command = Command::new(&opa);
        command.args(["check", "--max-errors", "1000", "--format", format]).arg(&file);
        command.args(options.strict.then_some("--strict")).args(options.v0.then_some("--v0-compatible"));
        command.output()
    };
    let json = run("json")?;
    let report: serde_json::Value = match json.stdout.is_empty() && json.stderr.is_empty() {
        true => return Ok(Vec::new()),
        false => serde_json::from_slice(if json.stdout.is_empty() { &json.stderr } else { &json.stdout })?,
    };
    let text = run("pretty")?;
    let text = String::from_utf8(if text.stderr.is_empty() { text.stdout } else { text.stderr })?;
    let mut blocks: Vec<Vec<String>> = Vec::new();
    for line in text.lines() {
        match line.strip_prefix('\t') {
            Some(detail) => blocks.last_mut().unwrap().push(made_up_names(detail)),
            None if line.contains("policy.rego:") => blocks.push(Vec::new()),
            None => {}
        }
    }
    let errors = report["errors"].as_array().cloned().unwrap_or_default();
    let mut found: Vec<Expected> = (errors.iter().zip(blocks))
        .map(|(e, details)| Expected {
            row: e["location"]["row"].as_u64().unwrap() as u32,
            col: e["location"]["col"].as_u64().unwrap() as u32,
            code: e["code"].as_str().unwrap().to_owned(),
            message: made_up_names(e["message"].as_str().unwrap()),
            details,
        })
        .collect();
    found.sort();
    Ok(found)
}
