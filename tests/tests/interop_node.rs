//! The same modules in OPA's JavaScript SDK on Node give what the conformance cases want, and the samples in Rust what their files say.
//!
//! Needs `node` and `npm` (the project's own package.json names the SDK); says that it was skipped where they are missing.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use writ_tests::conformance::case::{self, Case};
use writ_tests::conformance::default_suite;
use writ_tests::evaluate::{Request, compile};
use writ_value::{Value, json};

/// Runs a command; its output if it ended well.
fn output(command: &mut Command) -> Option<Vec<u8>> {
    let output = command.stderr(Stdio::inherit()).output().ok()?;
    output.status.success().then_some(output.stdout)
}

/// The folder with the script and the SDK, installed outside of the source tree, once for all tests.
fn installed() -> Option<PathBuf> {
    static FOLDER: OnceLock<Option<PathBuf>> = OnceLock::new();
    let folder = || {
        let target = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("interop-node");
        install(&target).map(|()| target)
    };
    FOLDER.get_or_init(folder).clone()
}

fn install(target: &Path) -> Option<()> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("interop/node");
    std::fs::create_dir_all(target).ok()?;
    for file in ["package.json", "run.mjs"] {
        std::fs::copy(source.join(file), target.join(file)).ok()?;
    }
    output(Command::new("node").arg("--version"))?;
    if target.join("node_modules/@open-policy-agent/opa-wasm").is_dir() {
        return Some(());
    }
    output(Command::new("npm").args(["install", "--no-audit", "--no-fund", "--silent"]).current_dir(target)).map(drop)
}

/// What of a case the SDK can be asked: it has no strict mode, and takes input as JSON only.
fn is_askable(case: &Case) -> bool {
    !case.strict_error
        && case.input_term.is_none()
        && !case.v0
        && case.want.result.is_some() != case.want.error.is_some()
}

fn entry(case: &Case, wasm: &str) -> Value {
    let optional = |value: &Option<Value>| value.as_ref().map_or(Value::Null, |v| Value::from(json::to_string(v)));
    // The SDK reports an abort by its text; for conflicts that has the code in front.
    let error = case.want.error.as_ref().map_or(Value::Null, |error| Value::from(error.code.as_str()));
    Value::object([
        ("note", Value::from(case.note.as_str())),
        ("wasm", Value::from(wasm)),
        ("data", optional(&case.data)),
        ("input", optional(&case.input)),
        ("want", case.want.result.clone().map_or(Value::Null, Value::from)),
        ("wantsError", error),
        ("sorted", Value::Bool(case.sort_bindings)),
    ])
}

/// Says so on standard error itself, as the harness keeps what is printed to itself.
fn skipped(why: &str) {
    std::io::stderr()
        .write_all(format!("SKIPPED: modules were not run by OPA's JavaScript SDK: {why}\n").as_bytes())
        .unwrap();
}

const MISSING: &str = "node, npm or the SDK's package is not at hand";

/// What the script says.
struct Summary {
    passed: i64,
    failed: Vec<Value>,
    skipped: Vec<Value>,
}

/// Runs cases, which are written to a file of this name in the folder.
fn run(folder: &Path, file: &str, cases: Vec<Value>) -> Summary {
    std::fs::write(folder.join(file), json::to_string(&Value::from(cases))).unwrap();
    let script = output(Command::new("node").arg("run.mjs").arg(folder).arg(file).current_dir(folder));
    let summary = json::parse(&script.expect("the script failed")).unwrap();
    let list = |name| summary.get(name).and_then(Value::as_array).unwrap_or_default().to_vec();
    let passed = summary.get("passed").and_then(Value::as_number).and_then(writ_value::Number::to_i64).unwrap_or(0);
    Summary { passed, failed: list("failed"), skipped: list("skipped") }
}

#[test]
fn samples_in_rust_decide_alike_in_the_javascript_sdk() {
    let Some(target) = installed() else {
        return skipped(MISSING);
    };
    let mut cases = Vec::new();
    for name in ["access-graph", "fraud-score", "rate-quota"] {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../guest-policies/rust").join(name);
        let wasm = format!("{name}.wasm");
        std::fs::copy(folder.join("policy.wasm"), target.join(&wasm)).unwrap();
        let data = std::fs::read_to_string(folder.join("data.json")).unwrap();
        let samples = json::parse(&std::fs::read(folder.join("cases.json")).unwrap()).unwrap();
        for case in samples.as_array().unwrap() {
            let part = |name| case.get(name).cloned().unwrap_or(Value::Null);
            let error = case.get("error").map(|error| {
                let text = |name| error.get(name).and_then(Value::as_str).unwrap();
                format!("{}: {}", text("code"), text("message"))
            });
            // The SDK has no rows for what is undefined.
            let rows: Vec<Value> =
                case.get("expected").map(|value| Value::object([("result", value.clone())])).into_iter().collect();
            cases.push(Value::object([
                ("note", Value::from(format!("{name}: {}", json::to_string(&part("note"))))),
                ("wasm", Value::from(wasm.as_str())),
                ("entrypoint", part("entrypoint")),
                ("data", Value::from(data.as_str())),
                ("input", case.get("input").map_or(Value::Null, |input| Value::from(json::to_string(input)))),
                ("want", Value::from(rows)),
                ("wantsError", error.map_or(Value::Null, Value::from)),
                ("sorted", Value::Bool(false)),
            ]));
        }
    }
    let all = cases.len();
    let Summary { passed, failed, skipped } = run(&target, "rust.json", cases);
    assert!(failed.is_empty() && skipped.is_empty(), "{failed:#?} {skipped:#?}");
    assert_eq!(passed as usize, all);
}

#[test]
fn modules_decide_alike_in_the_javascript_sdk() {
    let Some(suite) = default_suite() else {
        return skipped("no conformance suite beside the project");
    };
    let Some(target) = installed() else {
        return skipped(MISSING);
    };
    let mut cases = Vec::new();
    for (n, case) in case::load(&suite).unwrap().iter().enumerate().filter(|(_, case)| is_askable(case)) {
        let names: Vec<String> = (0..case.modules.len()).map(|n| format!("test-{n}.rego")).collect();
        let request = Request {
            modules: names.iter().map(String::as_str).zip(case.modules.iter().map(String::as_str)).collect(),
            query: &case.query,
            ..Request::default()
        };
        // What does not compile is the conformance test's to report.
        let Ok(wasm) = compile(&request) else { continue };
        let file = format!("{n}.wasm");
        std::fs::write(target.join(&file), wasm).unwrap();
        cases.push(entry(case, &file));
    }
    let Summary { passed, failed, skipped } = run(&target, "cases.json", cases);
    let mut reasons: BTreeMap<&str, usize> = BTreeMap::new();
    for skip in &skipped {
        *reasons.entry(skip.get("why").and_then(Value::as_str).unwrap_or("?")).or_default() += 1;
    }
    println!("{passed} passed, {} failed, {} skipped", failed.len(), skipped.len());
    println!("skipped: {reasons:#?}");
    assert!(failed.is_empty(), "{failed:#?}");
    assert!(passed > 1000, "only {passed} cases could be asked");
}
