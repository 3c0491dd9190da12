//! Compiles conformance cases with OPA and decides them on our host.
//!
//! `opa_modules [--opa PROGRAM] [--suite FOLDER] [--filter TEXT] [--keep FOLDER]`: every case of the suite that asks for one document is compiled by
//! `opa build -t wasm` and must be decided as the case wants. `--keep` writes the cases and bundles that fixtures are made of, one of each file of
//! cases in [`KEPT`], to `FOLDER`. Exit code 0 when nothing differs but what is listed in [`DIFFERENT`].
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command that reports to people")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use writ_tests::conformance::case::{self, Case};
use writ_tests::conformance::default_suite;
use writ_tests::opa_modules::{check, entrypoint};
use writ_value::{Value, json};

/// Files of which the first fitting case becomes a fixture.
const KEPT: [&str; 16] = [
    "aggregates",
    "completedoc",
    "comprehensions",
    "defaultkeyword",
    "elsekeyword",
    "every",
    "functions",
    "jsonbuiltins",
    "negation",
    "netcidrexpand",
    "partialobjectdoc",
    "partialsetdoc",
    "refheads",
    "sets",
    "virtualdocs",
    "withkeyword",
];

/// Cases that OPA's own modules decide otherwise than OPA's interpreter: file, part of the note, why.
const DIFFERENT: [(&str, &str, &str); 1] =
    [("dataderef", "integer", "the interpreter looks a number up as text in base data, OPA's modules do not")];

fn main() -> ExitCode {
    match run() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(message) => {
            eprintln!("opa_modules: {message}");
            ExitCode::from(2)
        }
    }
}

fn run() -> Result<bool, String> {
    let (mut opa, mut suite, mut filter, mut keep) = ("opa".to_owned(), default_suite(), None, None);
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        let mut value = || args.next().ok_or(format!("`{arg}` needs a value"));
        match arg.as_str() {
            "--opa" => opa = value()?,
            "--suite" => suite = Some(PathBuf::from(value()?)),
            "--filter" => filter = Some(value()?),
            "--keep" => keep = Some(PathBuf::from(value()?)),
            _ => return Err(format!("unknown option `{arg}`")),
        }
    }
    let suite = suite.ok_or("no suite beside the project; name one by `--suite`")?;
    let mut cases = case::load(&suite)?;
    if let Some(text) = &filter {
        cases.retain(|case| case.note.contains(text.as_str()) || case.folder.contains(text.as_str()));
    }
    let folder = std::env::temp_dir().join(format!("writ-opa-modules-{}", std::process::id()));
    let (mut passed, mut refused, mut differing, mut kept) = (0, 0, 0, Vec::new());
    for case in &cases {
        let Some((entrypoint, _)) = entrypoint(case) else { continue };
        let bundle = match build(&opa, case, &entrypoint, &folder) {
            Ok(bundle) => bundle,
            Err(why) => {
                refused += 1;
                println!("not compiled by OPA: {}: {}: {why}", case.folder, case.note);
                continue;
            }
        };
        match check(case, &bundle) {
            Ok(()) => passed += 1,
            Err(why) => match DIFFERENT.iter().find(|(file, note, _)| case.folder == *file && case.note.contains(note))
            {
                Some((_, _, reason)) => println!("known {}: {}: {reason}", case.folder, case.note),
                None => {
                    differing += 1;
                    println!("DIFFERS {}: {}\n    {why}", case.folder, case.note);
                    continue;
                }
            },
        }
        if let Some(keep) = &keep
            && KEPT.contains(&case.folder.as_str())
            && !kept.contains(&case.folder)
            && case.want.error.is_none()
        {
            keep_case(&suite, case, &bundle, keep)?;
            kept.push(case.folder.clone());
        }
    }
    let _ = fs::remove_dir_all(&folder);
    println!("{passed} passed, {differing} differ, {refused} not compiled by OPA, {} kept", kept.len());
    Ok(differing == 0)
}

/// `opa build` in a folder of its own.
fn build(opa: &str, case: &Case, entrypoint: &str, folder: &Path) -> Result<PathBuf, String> {
    let io = |e: std::io::Error| e.to_string();
    let _ = fs::remove_dir_all(folder);
    fs::create_dir_all(folder).map_err(io)?;
    let mut command = Command::new(opa);
    command.current_dir(folder).args(["build", "-t", "wasm", "-e", entrypoint, "-o", "bundle.tar.gz"]);
    if case.v0 {
        command.arg("--v0-compatible");
    }
    for (n, module) in case.modules.iter().enumerate() {
        let name = format!("{n}.rego");
        fs::write(folder.join(&name), module).map_err(io)?;
        command.arg(name);
    }
    if let Some(data) = &case.data {
        fs::write(folder.join("data.json"), json::to_string(data)).map_err(io)?;
        command.arg("data.json");
    }
    let output = command.output().map_err(|e| format!("{opa}: {e}"))?;
    if output.status.success() {
        return Ok(folder.join("bundle.tar.gz"));
    }
    Err(String::from_utf8_lossy(&output.stderr).lines().next().unwrap_or_default().to_owned())
}

/// The case as it stands in the suite, and its bundle.
fn keep_case(suite: &Path, case: &Case, bundle: &Path, keep: &Path) -> Result<(), String> {
    let io = |e: std::io::Error| e.to_string();
    let text = fs::read(suite.join(format!("rego-v1/{}.json", case.folder))).map_err(io)?;
    let cases = json::parse(&text).map_err(|e| e.to_string())?;
    let same = |value: &&Value| value.get("note").and_then(Value::as_str) == Some(case.note.as_str());
    let found = cases.as_array().unwrap_or_default().iter().find(same).ok_or("the case is gone")?;
    let target = keep.join(&case.folder);
    fs::create_dir_all(&target).map_err(io)?;
    fs::write(target.join("case.json"), json::to_string(&Value::from(vec![found.clone()])) + "\n").map_err(io)?;
    fs::copy(bundle, target.join("bundle.tar.gz")).map_err(io)?;
    Ok(())
}
