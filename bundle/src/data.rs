//! Data documents: parsed from files, put at their paths, merged.

use std::sync::Arc;

use writ_value::{MAX_DEPTH, Object, Value, json};

use crate::error::{BundleError, Place};
use crate::yaml;

/// The format of a data file, by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// `.json`
    Json,
    /// `.yaml`, `.yml`
    Yaml,
}

impl Format {
    /// The format that the ending of `path` says.
    pub fn of(path: &str) -> Option<Self> {
        match path.rsplit_once('.')?.1 {
            "json" => Some(Self::Json),
            "yaml" | "yml" => Some(Self::Yaml),
            _ => None,
        }
    }
}

/// Parses a data file. Numbers of JSON keep their text.
///
/// # Errors
/// [`BundleError::Malformed`] with the place.
pub fn parse_document(path: &str, text: &[u8], format: Format) -> Result<Value, BundleError> {
    let malformed = |message, place| BundleError::Malformed { path: path.to_owned(), message, place };
    match format {
        Format::Json => json::parse(text).map_err(|e| {
            let place = Place { row: e.line(), col: e.column() };
            malformed(e.to_string(), Some(place))
        }),
        Format::Yaml => yaml::parse(text).map_err(|(message, place)| malformed(message, place)),
    }
}

/// Data under construction: one object into which documents are merged.
#[derive(Debug, Clone)]
pub struct Documents {
    root: Value,
}

impl Default for Documents {
    fn default() -> Self {
        Self { root: Value::empty_object() }
    }
}

impl Documents {
    /// Puts `document` of the file `file` at `path` below `data`. Objects are merged with what is there; anything else must be the first.
    ///
    /// # Errors
    /// [`BundleError::Conflict`], and [`BundleError::Malformed`] when a document for the root is no object.
    pub fn insert(&mut self, path: &[String], document: Value, file: &str) -> Result<(), BundleError> {
        let mut at = vec!["data".to_owned()];
        if !path.is_empty() && !document.is_within_depth(MAX_DEPTH.saturating_sub(path.len())) {
            let (path, message) = (file.to_owned(), "nested too deeply".to_owned());
            return Err(BundleError::Malformed { path, message, place: None });
        }
        let nested = path.iter().rev().fold(document, |inner, key| Value::object([(key.as_str(), inner)]));
        if nested.as_object().is_none() {
            return Err(BundleError::Malformed {
                path: file.to_owned(),
                message: "document must be of type object".to_owned(),
                place: None,
            });
        }
        if merge(&mut self.root, nested, &mut at) {
            return Ok(());
        }
        Err(BundleError::Conflict { path: file.to_owned(), at: reference(&at) })
    }

    /// The merged document.
    pub fn into_value(self) -> Value {
        self.root
    }
}

/// False on a conflict, with its path in `at`. A part that conflicts leaves what was merged before it; the caller gives the whole up.
fn merge(into: &mut Value, from: Value, at: &mut Vec<String>) -> bool {
    let (Value::Object(into), Value::Object(from)) = (into, from) else { return false };
    let into: &mut Object = Arc::make_mut(into);
    for (key, value) in Arc::unwrap_or_clone(from) {
        match into.get_mut(&key) {
            None => {
                into.insert(key, value);
            }
            Some(existing) => {
                at.push(key.as_str().unwrap_or_default().to_owned());
                if !merge(existing, value, at) {
                    return false;
                }
                at.pop();
            }
        }
    }
    true
}

/// `data.a["b c"]`, as Rego writes it.
fn reference(parts: &[String]) -> String {
    let mut out = String::new();
    for (i, part) in parts.iter().enumerate() {
        let plain =
            part.chars().enumerate().all(|(i, c)| c == '_' || c.is_ascii_alphabetic() || i > 0 && c.is_ascii_digit());
        match (i, plain && !part.is_empty()) {
            (0, _) => out.push_str(part),
            (_, true) => {
                out.push('.');
                out.push_str(part);
            }
            (_, false) => {
                out.push('[');
                json::write_string(part.as_bytes(), &mut out);
                out.push(']');
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Value {
        json::parse(text.as_bytes()).unwrap()
    }

    fn path(text: &str) -> Vec<String> {
        text.split('/').filter(|p| !p.is_empty()).map(str::to_owned).collect()
    }

    #[test]
    fn documents_are_merged_by_path() {
        let mut documents = Documents::default();
        documents.insert(&path(""), parse(r#"{"a": {"x": 1}}"#), "1").unwrap();
        documents.insert(&path("a/y"), parse("[2]"), "2").unwrap();
        documents.insert(&path("b"), parse("null"), "3").unwrap();
        assert_eq!(documents.into_value(), parse(r#"{"a": {"x": 1, "y": [2]}, "b": null}"#));
    }

    #[test]
    fn two_values_for_one_path_are_a_conflict_with_its_place() {
        let mut documents = Documents::default();
        documents.insert(&path("a"), parse(r#"{"x y": 1}"#), "1").unwrap();
        let error = documents.insert(&path(""), parse(r#"{"a": {"x y": 1}}"#), "2.json").unwrap_err();
        assert_eq!(
            error.to_string(),
            "2.json: merge error: conflicting values at data.a[\"x y\"], data from multiple files must not overlap"
        );
    }

    #[test]
    fn the_root_must_be_an_object() {
        assert!(Documents::default().insert(&[], parse("[1]"), "f").is_err());
    }

    #[test]
    fn yaml_gives_json_values() {
        let yaml = b"a: yes\n1: {x: 0x10, y: ~, z: 1.5}\nbase: &b {k: 1}\nd:\n  <<: *b\n  true: [two]\n";
        let value = parse_document("f.yaml", yaml, Format::Yaml).unwrap();
        let expected = r#"{"1":{"x":16,"y":null,"z":1.5},"a":"yes","base":{"k":1},"d":{"k":1,"true":["two"]}}"#;
        assert_eq!(json::to_string(&value), expected);
    }

    #[test]
    fn malformed_text_is_reported_with_its_place() {
        let text = |error: BundleError| error.to_string();
        let json = text(parse_document("d.json", b"{\n  \"a\": }", Format::Json).unwrap_err());
        assert!(json.starts_with("d.json:2:8: "), "{json}");
        let yaml = text(parse_document("d.yaml", b"a: b\nc: [\n", Format::Yaml).unwrap_err());
        assert!(yaml.starts_with("d.yaml:"), "{yaml}");
        assert!(parse_document("d.yaml", b"~: 1", Format::Yaml).is_err());
    }

    #[test]
    fn a_yaml_bomb_is_refused() {
        let mut text = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
        for i in 1..12 {
            let alias = format!("*a{}, ", i - 1).repeat(9);
            text.push_str(&format!("a{i}: &a{i} [{alias}]\n"));
        }
        assert!(parse_document("d.yaml", text.as_bytes(), Format::Yaml).is_err());
        assert!(parse_document("d.yaml", "[".repeat(100_000).as_bytes(), Format::Yaml).is_err());
    }
}
