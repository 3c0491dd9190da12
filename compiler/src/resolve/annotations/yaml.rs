//! YAML as far as metadata needs it.

use std::collections::BTreeMap;

use writ_value::{Number, Value};
use yaml_serde::Value as Yaml;

/// Deepest nesting of a metadata value.
const MAX_DEPTH: usize = 64;

/// Text that is no YAML.
#[derive(Debug)]
pub(super) struct YamlError {
    /// Line in the block's text, from 1.
    pub(super) line: usize,
    /// What is wrong.
    pub(super) message: String,
}

/// Parses a block; a block that is no map has no fields.
pub(super) fn parse(text: &str) -> Result<Yaml, YamlError> {
    yaml_serde::from_str(text).map_err(|error| {
        let line = error.location().map_or(1, |l| l.line());
        let what = error.to_string();
        let what = what.split(" at line ").next().unwrap_or_default();
        YamlError { line, message: format!("yaml: line {line}: {what}") }
    })
}

/// A YAML value as a Rego value. Keys must be strings.
pub(super) fn to_value(yaml: &Yaml) -> Result<Value, String> {
    convert(yaml, MAX_DEPTH)
}

fn convert(yaml: &Yaml, depth: usize) -> Result<Value, String> {
    let Some(depth) = depth.checked_sub(1) else { return Err("metadata is nested too deeply".to_owned()) };
    Ok(match yaml {
        Yaml::Null => Value::Null,
        Yaml::Bool(b) => Value::Bool(*b),
        Yaml::Number(n) => number(n),
        Yaml::String(s) => Value::from(s.as_str()),
        Yaml::Sequence(items) => Value::from(items.iter().map(|i| convert(i, depth)).collect::<Result<Vec<_>, _>>()?),
        Yaml::Mapping(entries) => {
            let mut object = BTreeMap::new();
            for (key, value) in entries {
                let Yaml::String(key) = key else { return Err("invalid map key type(s): ".to_owned()) };
                object.insert(Value::from(key.as_str()), convert(value, depth)?);
            }
            Value::from(object)
        }
        Yaml::Tagged(tagged) => convert(&tagged.value, depth)?,
    })
}

fn number(n: &yaml_serde::Number) -> Value {
    let integer = n.as_i64().map(Value::from).or_else(|| n.as_u64().and_then(|u| text_number(&u.to_string())));
    integer.or_else(|| n.as_f64().and_then(Number::from_f64).map(Value::Number)).unwrap_or_default()
}

fn text_number(text: &str) -> Option<Value> {
    Number::parse(text).ok().map(Value::Number)
}

/// A value on one line, for messages; a string without quotes.
pub(super) fn show(yaml: &Yaml) -> String {
    if let Yaml::String(s) = yaml {
        return s.clone();
    }
    to_value(yaml).map_or_else(|_| "value".to_owned(), |v| v.to_string())
}
