//! What documents mean, as far as reading them decides it.

use super::super::document::{ConditionKind, Level, Missing, Mode};
use super::super::{Path, Step, is_document_name, rego_name, to_rego};
use super::{read, with_test};
use crate::{Options, Source, compile};

const YAML: &str = r#"
id: gate/one
version: "2"
mode: first_error
missing: skip
domain: tests
rules:
  - {id: late, level: INFO, message: later, param: action.a, operator: exists}
  - id: first
    level: WARNING
    severity_score: 9.5
    message: "näher \u0041"
    missing: violation
    domain: mine
    any:
      - {param: 'state."odd ""key"[2].z', operator: "==", value: {constant: {k: [1, null]}}}
      - not: {param: action.size, operator: <, value: 1 KiB, param_unit: B}
  - {id: last, level: INFO, message: later, param: action.b, operator: not_exists}
"#;

#[test]
fn rules_are_ordered_by_severity_and_then_as_written() {
    let (document, found) = read("x.rules.yaml", YAML);
    assert_eq!(found, Vec::<String>::new());
    let document = document.unwrap();
    let ids: Vec<&str> = document.rules.iter().map(|rule| rule.id.as_str()).collect();
    assert_eq!(ids, ["first", "late", "last"]);
    assert_eq!((document.id.as_str(), document.mode), ("gate/one", Mode::FirstError));
    let first = &document.rules[0];
    assert_eq!((first.level, first.missing, first.message.as_str()), (Level::Warning, Missing::Violation, "näher A"));
    assert_eq!(first.notes, [("domain", "mine".to_owned())]);
    assert_eq!(document.rules[1].missing, Missing::Skip);
    assert!(matches!(&first.condition.kind, ConditionKind::Any(parts) if parts.len() == 2));
    assert_eq!(first.condition.tests().iter().map(|(n, _)| *n).collect::<Vec<_>>(), [1, 3]);
}

#[test]
fn json_and_yaml_of_one_document_amount_to_the_same_rego() {
    let json = r#"{"id": "gate/one", "version": "2", "mode": "first_error", "missing": "skip", "domain": "tests", "rules": [
        {"id": "late", "level": "INFO", "message": "later", "param": "action.a", "operator": "exists"},
        {"id": "first", "level": "WARNING", "severity_score": 9.5, "message": "n\u00e4her A", "missing": "violation", "domain": "mine",
         "any": [{"param": "state.\"odd \"\"key\"[2].z", "operator": "==", "value": {"constant": {"k": [1, null]}}},
                 {"not": {"param": "action.size", "operator": "<", "value": "1 KiB", "param_unit": "B"}}]},
        {"id": "last", "level": "INFO", "message": "later", "param": "action.b", "operator": "not_exists"}]}"#;
    let [from_yaml, from_json] = [("x.rules.yaml", YAML), ("x.rules.json", json)].map(|(name, text)| {
        let (document, found) = read(name, text);
        to_rego(&document.unwrap_or_else(|| panic!("{found:#?}")))
    });
    assert_eq!(from_yaml, from_json);
    assert!(from_yaml.contains(r#"input.state["odd \"key"][2].z == {"k": [1, null]}"#), "{from_yaml}");
    assert!(from_yaml.contains("input.action.size >= 1024"), "{from_yaml}");
}

#[test]
fn paths_have_keys_and_indexes() {
    let steps = |text: &str| Path::parse(text).unwrap().steps().to_vec();
    let key = |k: &str| Step::Key(k.to_owned());
    assert_eq!(steps("action"), [key("action")]);
    assert_eq!(
        steps("state.a-b.ü[0][12].c"),
        [key("state"), key("a-b"), key("ü"), Step::Index(0), Step::Index(12), key("c")]
    );
    assert_eq!(steps("state.\"\".\"a.b\""), [key("state"), key(""), key("a.b")]);
    for wrong in ["", "action.", ".action", "action[", "action[x]", "action.\"a", "action]", "input.x", "action.a'b"] {
        assert!(Path::parse(wrong).is_err(), "{wrong}");
    }
    let long = format!("action{}", ".x".repeat(super::super::limits::MAX_PATH_STEPS));
    assert!(Path::parse(&long).is_err());
}

#[test]
fn documents_stand_beside_rego_and_each_has_its_entrypoints() {
    let source = |name: &str, text: &str| Source { name: name.to_owned(), text: text.into(), rego_version: None };
    let rego = "package p\n\nok if data.rules[\"gate/x\"].valid\n\nok if data.rules.d.decision.valid\n";
    let document = with_test("param: action.x\noperator: exists");
    let sources = [source("p.rego", rego), source("d.rules.yaml", &document), source("e.rules.yaml", YAML)];
    let options = Options { entrypoints: vec!["p/ok".to_owned()], strict: true, ..Options::default() };
    let output = compile(&sources, &options);
    assert!(output.diagnostics.is_empty(), "{:?}", output.diagnostics);
    let mut names = output.entrypoints;
    names.sort();
    assert_eq!(names, ["p/ok", "rules/d/decision", "rules/d/valid", "rules/gate/one/decision", "rules/gate/one/valid"]);
    let twice = compile(&[source("a.rules.yaml", &document), source("b.rules.yaml", &document)], &options);
    assert!(twice.wasm.is_none());
    assert_eq!(twice.diagnostics[0].code.as_str(), "rules_duplicate_error");
    assert!(is_document_name("a/b.rules.yml") && !is_document_name("rules.yaml") && !is_document_name("b.rules.rego"));
    assert_eq!(rego_name("a/b.rules.yml"), "a/b.rules.rego");
}

#[test]
fn strings_reach_the_rego_unharmed() {
    let message = "\u{0}\u{7}\u{7f}\u{feff}\u{2028}\"\\\u{1f600}{}`\r\n\t";
    let text = format!(
        "{{\"id\": \"d\", \"version\": 1, \"rules\": [{{\"id\": \"r\", \"level\": \"INFO\", \"param\": \"action.x\", \"operator\": \"==\",\
         \"value\": {quoted}, \"message\": {quoted}}}]}}",
        quoted = writ_value::json::to_string(&writ_value::Value::from(message))
    );
    let (document, found) = read("d.rules.json", &text);
    let document = document.unwrap_or_else(|| panic!("{found:?}"));
    assert_eq!(document.rules[0].message, message);
    let rego = to_rego(&document);
    let mut sources = crate::source::SourceMap::default();
    let file = sources.add("x", rego.as_str());
    let (module, found) =
        crate::syntax::parse_module_bytes(file, rego.as_bytes(), &crate::syntax::ParseOptions::default());
    assert!(found.is_empty(), "{found:?}");
    assert!(format!("{module:?}").contains(&format!("{message:?}")), "{rego}");
}
