//! Rule documents decide alike everywhere: the plain evaluator, the compiled module, the Rego that they amount to in OPA.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that fails panics")]

use std::path::{Path, PathBuf};
use std::process::Command;

use writ_compiler::rules::{document::Document, to_rego};
use writ_tests::evaluate::{Request, evaluate};
use writ_tests::rules::generate::{self, ID};
use writ_tests::rules::random::Random;
use writ_tests::rules::{Loaded, parse, reference};
use writ_value::{Object, Value, json};

/// A random document with its text, and inputs for it.
fn case(seed: u64, rules: usize, inputs: usize) -> (String, Document, Vec<Value>) {
    let mut random = Random::new(seed);
    let text = json::to_string(&generate::document(&mut random, rules));
    let document = parse("random.rules.json", &text).unwrap_or_else(|e| panic!("seed {seed}: {text}\n{e}"));
    let inputs = (0..inputs).map(|_| generate::input(&mut random)).collect();
    (text, document, inputs)
}

/// OPA's command, by `OPA` or where `go install` puts it.
fn opa() -> Option<PathBuf> {
    let home = std::env::var_os("HOME").map(|home| Path::new(&home).join("go/bin/opa"));
    let found = std::env::var_os("OPA").map(PathBuf::from).or(home).filter(|path| path.is_file());
    if found.is_none() {
        println!("SKIPPED: no OPA at $OPA or ~/go/bin/opa");
    }
    found
}

#[test]
fn the_compiled_module_decides_as_the_plain_evaluator() {
    let (mut decided, mut violated, mut unchecked) = (0, 0, 0);
    for seed in 0..250 {
        let (text, document, inputs) = case(seed, 12, 40);
        let mut loaded =
            Loaded::new("random.rules.json", &text, ID).unwrap_or_else(|e| panic!("seed {seed}: {text}\n{e}"));
        for input in &inputs {
            let want = reference::decide(&document, input);
            let got = loaded.ask("decision", input).unwrap_or_else(|e| panic!("seed {seed}: {text}\n{input}\n{e}"));
            assert_eq!(
                json::to_string(&got),
                json::to_string(&want),
                "seed {seed}\n{text}\n{}",
                json::to_string(input)
            );
            let valid = loaded.ask("valid", input).unwrap();
            assert_eq!(valid, Value::Bool(reference::is_valid(&document, input)), "seed {seed}\n{text}");
            assert_eq!(got.get("valid"), Some(&valid), "seed {seed}\n{text}");
            decided += 1;
            violated += usize::from(!got.get("violations").unwrap().as_array().unwrap().is_empty());
            unchecked += usize::from(!got.get("unchecked").unwrap().as_array().unwrap().is_empty());
        }
    }
    // Both ways must occur often, or this says nothing.
    assert!(
        violated > decided / 4 && decided - violated > decided / 50 && unchecked > decided / 20,
        "{violated} {unchecked} of {decided}"
    );
}

#[test]
fn opa_decides_alike_on_the_rego_that_a_document_amounts_to() {
    let Some(opa) = opa() else { return };
    let folder = tempdir("rules-opa");
    for seed in 1000..1030 {
        let (text, document, inputs) = case(seed, 12, 60);
        let rego = folder.join("random.rego");
        std::fs::write(&rego, to_rego(&document)).unwrap();
        let data = Value::object([("inputs", Value::from(inputs.clone()))]);
        std::fs::write(folder.join("data.json"), json::to_string(&data)).unwrap();
        let checked = Command::new(&opa).args(["check", "--strict"]).arg(&rego).output().unwrap();
        assert!(checked.status.success(), "seed {seed}\n{}", String::from_utf8_lossy(&checked.stderr));
        let query = format!("[d | some x in data.inputs; d := data.rules.{ID}.decision with input as x]");
        let output = Command::new(&opa)
            .args(["eval", "--strict-builtin-errors", "--format", "raw", "-d"])
            .arg(&rego)
            .arg("-d")
            .arg(folder.join("data.json"))
            .arg(query)
            .output()
            .unwrap();
        let got = json::parse(&output.stdout).unwrap_or_else(|e| {
            panic!(
                "seed {seed}: {e}\n{}{}",
                String::from_utf8_lossy(&output.stdout),
                String::from_utf8_lossy(&output.stderr)
            )
        });
        let got = got.as_array().unwrap();
        assert_eq!(got.len(), inputs.len());
        for (input, got) in inputs.iter().zip(got) {
            let want = reference::decide(&document, input);
            assert_eq!(json::to_string(got), json::to_string(&want), "seed {seed}\n{text}\n{}", json::to_string(input));
        }
    }
}

#[test]
fn the_emitted_rego_is_what_a_document_compiles_to() {
    for seed in 2000..2020 {
        let (text, document, inputs) = case(seed, 12, 10);
        let mut from_document = Loaded::new("random.rules.json", &text, ID).unwrap();
        let mut from_rego = Loaded::new("random.rego", &to_rego(&document), ID).unwrap();
        for input in &inputs {
            let [a, b] = [&mut from_document, &mut from_rego].map(|loaded| loaded.ask("decision", input).unwrap());
            assert_eq!(a, b, "seed {seed}");
        }
    }
}

#[test]
fn documents_of_many_rules_are_cut_into_parts_and_decide_alike() {
    for (seed, mode) in [(1, "all"), (2, "first_error")] {
        let mut random = Random::new(seed);
        let mut rules = Vec::new();
        while rules.len() < 300 {
            let part = generate::document(&mut random, 20);
            for rule in part.get("rules").unwrap().as_array().unwrap() {
                let mut fields: Object = rule.as_object().unwrap().clone();
                fields.insert(Value::from("id"), Value::from(format!("r{}", rules.len()).as_str()));
                // Rare errors, so that the first one comes late.
                let level = if random.chance(2) { "ERROR" } else { "INFO" };
                fields.insert(Value::from("level"), Value::from(level));
                rules.push(Value::from(fields));
            }
        }
        let fields = [
            ("id", Value::from(ID)),
            ("version", Value::from("1")),
            ("mode", Value::from(mode)),
            ("missing", Value::from("skip")),
            ("rules", Value::from(rules)),
        ];
        let text = json::to_string(&Value::object(fields));
        let document = parse("random.rules.json", &text).unwrap();
        let mut loaded = Loaded::new("random.rules.json", &text, ID).unwrap();
        for _ in 0..50 {
            let input = generate::input(&mut random);
            let got = loaded.ask("decision", &input).unwrap();
            assert_eq!(json::to_string(&got), json::to_string(&reference::decide(&document, &input)), "{mode}");
        }
    }
}

/// What `json.match_schema` says about documents under the published schema.
fn match_schema(documents: Vec<Value>) -> Vec<bool> {
    let schema = read(&root().join("docs/rules.schema.json"));
    let schema = json::parse(schema.as_bytes()).unwrap();
    let data = Value::object([("schema", schema), ("documents", Value::from(documents))]);
    let query = "x := [ok | some d in data.documents; [ok, _] := json.match_schema(d, data.schema)]";
    let request = Request { query, data: Some(data), strict_builtin_errors: true, ..Request::default() };
    let writ_runtime::Outcome::Query(rows) = evaluate(&request).unwrap() else { panic!("not a query") };
    let (_, found) = rows[0].bindings.iter().find(|(name, _)| name == "x").unwrap();
    found.as_array().unwrap().iter().map(|ok| ok.as_bool().unwrap()).collect()
}

#[test]
fn the_schema_takes_what_the_parser_takes() {
    let mut documents = Vec::new();
    for seed in 3000..3200 {
        documents.push(generate::document(&mut Random::new(seed), 8));
    }
    let accepted = match_schema(documents.clone());
    for (document, accepted) in documents.iter().zip(&accepted) {
        assert!(accepted, "{}", json::to_string(document));
    }
    // Damaged in one place: whatever the parser still takes, the schema takes too; and what it refuses is refused by the parser.
    let mut random = Random::new(1);
    let damaged: Vec<Value> = documents.iter().map(|document| damage(document, &mut random)).collect();
    let accepted = match_schema(damaged.clone());
    let mut refused = 0;
    for (document, accepted) in damaged.iter().zip(accepted) {
        let text = json::to_string(document);
        let parsed = parse("x.rules.json", &text);
        assert!(accepted || parsed.is_err(), "the schema refuses what the parser takes: {text}");
        refused += usize::from(!accepted);
    }
    assert!(refused > 50, "only {refused} were refused");
}

/// Replaces, renames or removes something at a random place.
fn damage(value: &Value, random: &mut Random) -> Value {
    let junk = |random: &mut Random| {
        random
            .one_of(&[
                Value::Null,
                Value::from(""),
                Value::from(-1i64),
                Value::Bool(true),
                Value::from(Vec::<Value>::new()),
            ])
            .clone()
    };
    match value {
        Value::Object(fields) if !fields.is_empty() => {
            let keys: Vec<Value> = fields.keys().cloned().collect();
            let key = random.one_of(&keys).clone();
            let mut fields = Object::clone(fields);
            let old = fields.remove(&key).unwrap();
            match random.below(5) {
                0 => {}
                1 => _ = fields.insert(Value::from("nonsense"), old),
                2 => _ = fields.insert(key, junk(random)),
                _ => _ = fields.insert(key, damage(&old, random)),
            }
            Value::from(fields)
        }
        Value::Array(items) if !items.is_empty() => {
            let mut items: Vec<Value> = items.to_vec();
            let at = random.below(items.len());
            items[at] = damage(&items[at], random);
            Value::from(items)
        }
        _ => junk(random),
    }
}

#[test]
fn the_python_engine_decides_alike() {
    let script = root().join("benches/peers/rules_python/rules.py");
    let works = Command::new("python3").arg("--version").output().is_ok_and(|output| output.status.success());
    if !works {
        println!("SKIPPED: no python3");
        return;
    }
    let folder = tempdir("rules-python");
    for seed in 4000..4060 {
        let (text, document, inputs) = case(seed, 12, 60);
        std::fs::write(folder.join("document.json"), &text).unwrap();
        let lines: String = inputs.iter().map(|input| json::to_string(input) + "\n").collect();
        std::fs::write(folder.join("inputs.jsonl"), lines).unwrap();
        let output = Command::new("python3")
            .arg(&script)
            .arg(folder.join("document.json"))
            .arg(folder.join("inputs.jsonl"))
            .output()
            .unwrap();
        assert!(output.status.success(), "seed {seed}\n{text}\n{}", String::from_utf8_lossy(&output.stderr));
        let out = String::from_utf8(output.stdout).unwrap();
        assert_eq!(out.lines().count(), inputs.len());
        for (input, line) in inputs.iter().zip(out.lines()) {
            let got = json::parse(line.as_bytes()).unwrap();
            let want = reference::decide(&document, input);
            assert!(
                near(&got, &want),
                "seed {seed}\n{text}\n{}\n{line}\n{}",
                json::to_string(input),
                json::to_string(&want)
            );
        }
    }
}

/// Equal but for the last digits of numbers, which Python's floats do not share with Rego's.
fn near(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(x), Value::Number(y)) => {
            let (x, y) = (x.to_f64().unwrap(), y.to_f64().unwrap());
            (x - y).abs() <= 1e-9 * x.abs().max(y.abs())
        }
        (Value::Array(x), Value::Array(y)) => x.len() == y.len() && x.iter().zip(y.iter()).all(|(x, y)| near(x, y)),
        (Value::Object(x), Value::Object(y)) => {
            x.len() == y.len() && x.iter().zip(y.iter()).all(|((k, x), (l, y))| k == l && near(x, y))
        }
        _ => a == b,
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

fn tempdir(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}
