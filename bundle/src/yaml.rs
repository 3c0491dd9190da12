//! YAML documents as values, with OPA's rules for keys.

use writ_value::{Number, Object, Value};
use yaml_serde::Value as Yaml;

use crate::error::Place;

/// The value of a YAML document; the error has a message and a place. An empty document is null. Scalars are read by YAML 1.2's core schema,
/// so `yes` is a string; aliases are expanded up to the parser's own bound.
pub(crate) fn parse(text: &[u8]) -> Result<Value, (String, Option<Place>)> {
    let mut document: Yaml = yaml_serde::from_slice(text).map_err(|e| {
        let place = e.location().map(|l| Place { row: l.line(), col: l.column() });
        (without_place(&e.to_string()), place)
    })?;
    document.apply_merge().map_err(|e| (e.to_string(), None))?;
    value(document).map_err(|message| (message, None))
}

/// The parser's text without ` at line 2 column 3`, which stands apart.
fn without_place(message: &str) -> String {
    message.split(" at line ").next().unwrap_or(message).to_owned()
}

/// Recursion is bounded by the parser's limit on nesting.
fn value(yaml: Yaml) -> Result<Value, String> {
    Ok(match yaml {
        Yaml::Null => Value::Null,
        Yaml::Bool(b) => Value::Bool(b),
        Yaml::Number(n) => number(&n)?,
        Yaml::String(s) => Value::from(s),
        Yaml::Sequence(items) => Value::from(items.into_iter().map(value).collect::<Result<Vec<_>, _>>()?),
        Yaml::Mapping(entries) => {
            let mut object = Object::new();
            for (k, v) in entries {
                if object.insert(Value::from(key(k)?), value(v)?).is_some() {
                    return Err("a key comes twice".to_owned());
                }
            }
            Value::from(object)
        }
        Yaml::Tagged(tagged) => value(tagged.value)?,
    })
}

/// Keys are strings in JSON; booleans and numbers become their text.
fn key(yaml: Yaml) -> Result<String, String> {
    match yaml {
        Yaml::String(s) => Ok(s),
        Yaml::Bool(b) => Ok(b.to_string()),
        Yaml::Number(n) => Ok(number(&n)?.to_string()),
        Yaml::Null => Err("a key is null".to_owned()),
        Yaml::Tagged(tagged) => key(tagged.value),
        Yaml::Sequence(_) | Yaml::Mapping(_) => Err("a key is no scalar".to_owned()),
    }
}

fn number(n: &yaml_serde::Number) -> Result<Value, String> {
    let number = match (n.as_i64(), n.as_u64(), n.as_f64()) {
        (Some(i), ..) => Some(Number::Int(i)),
        (_, Some(u), _) => Number::parse(&u.to_string()).ok(),
        (.., Some(f)) => Number::from_f64(f),
        _ => None,
    };
    number.map(Value::from).ok_or_else(|| format!("the number {n} is not finite"))
}
