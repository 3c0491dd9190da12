//! Schemas that lead in circles, cost too much or point elsewhere end with an error, and soon.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use writ_value::{Value, json};

use crate::{Caches, Context, lookup};

fn matches(document: &str, schema: &str) -> Result<Value, String> {
    let start = Instant::now();
    let mut context = Context::new(Caches::new(), 0);
    let args = [Value::from(document), Value::from(schema)];
    let answer = lookup("json.match_schema").unwrap().call(&mut context, &args);
    assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
    answer.map(Option::unwrap).map_err(|e| e.message().to_owned())
}

fn is_valid(document: &str, schema: &str) -> bool {
    matches(document, schema).unwrap().as_array().unwrap()[0] == Value::Bool(true)
}

#[test]
fn references_in_circles_end() {
    for schema in [
        r##"{"$ref": "#"}"##,
        r##"{"$ref": "#/definitions/a", "definitions": {"a": {"$ref": "#/definitions/b"}, "b": {"$ref": "#/definitions/a"}}}"##,
        r##"{"allOf": [{"$ref": "#"}]}"##,
        r##"{"not": {"$ref": "#"}}"##,
        r##"{"anyOf": [{"$ref": "#"}, {"$ref": "#"}]}"##,
    ] {
        assert!(matches("1", schema).unwrap_err().contains("without end"), "{schema}");
    }
    // Circles through the document are fine.
    assert!(is_valid(r#"{"a": {"a": {}}}"#, r##"{"properties": {"a": {"$ref": "#"}}}"##));
}

#[test]
fn work_that_doubles_at_each_step_ends() {
    let mut schema = r##"{"$ref": "#/definitions/d0", "definitions": {"##.to_owned();
    for i in 0..60 {
        let next = format!(r##"{{"$ref": "#/definitions/d{}"}}"##, i + 1);
        write!(schema, r#""d{i}": {{"allOf": [{next}, {next}]}},"#).unwrap();
    }
    schema += r#""d60": {"type": "string"}}}"#;
    assert!(matches("1", &schema).unwrap_err().contains("too many steps"));
}

#[test]
fn depth_is_bounded() {
    let deep = format!("{}1{}", "[".repeat(900), "]".repeat(900));
    assert!(matches(&deep, "{}").unwrap_err().contains("levels"));
    let nested = format!("{}{{}}{}", r#"{"not":"#.repeat(500), "}".repeat(500));
    assert!(matches("1", &nested).unwrap_err().contains("levels"));
    let chain = format!("{}1{}", "[".repeat(200), "]".repeat(200));
    assert!(is_valid(&chain, r##"{"items": {"$ref": "#"}}"##));
}

#[test]
fn a_long_chain_of_references_compiles() {
    let mut schema = r##"{"$ref": "#/definitions/d0", "definitions": {"##.to_owned();
    for i in 0..5_000 {
        write!(schema, r##""d{i}": {{"items": {{"$ref": "#/definitions/d{}"}}}},"##, i + 1).unwrap();
    }
    schema += r#""d5000": {"type": "string"}}}"#;
    assert!(is_valid("[[1]]", &schema));
}

#[test]
fn nothing_is_fetched() {
    for url in ["http://127.0.0.1:1/x.json", "https://example.com/s", "file:///etc/passwd", "ftp://x/y"] {
        let schema = format!(r#"{{"$ref": "{url}"}}"#);
        assert_eq!(
            matches("1", &schema).unwrap_err(),
            format!("json.match_schema: remote reference loading disabled: {url}")
        );
    }
    assert!(is_valid("{}", r#"{"$ref": "http://json-schema.org/draft-07/schema#"}"#));
    assert!(!is_valid(r#"{"type": 1}"#, r#"{"$ref": "http://json-schema.org/draft-07/schema#"}"#));
}

#[test]
fn numbers_far_apart_compare_exactly() {
    assert!(is_valid("1e9000", r#"{"multipleOf": 1e-9000}"#));
    assert!(!is_valid("1e-9000", r#"{"multipleOf": 1e9000}"#));
    assert!(is_valid("0", r#"{"multipleOf": 1e9000}"#));
    assert!(json::parse(b"1e9000").is_ok());
}
