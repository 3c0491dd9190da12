//! Documents by reference: the schema itself, its parts with an id, and the drafts' meta-schemas.

use std::collections::BTreeMap;

use writ_value::{Object, Value, json};

use super::node::Draft;
use crate::url::{self, Uri};

const META_SCHEMAS: [(&str, Draft, &str); 3] = [
    ("http://json-schema.org/draft-04/schema", Draft::Draft4, include_str!("drafts/draft-04.json")),
    ("http://json-schema.org/draft-06/schema", Draft::Draft6, include_str!("drafts/draft-06.json")),
    ("http://json-schema.org/draft-07/schema", Draft::Draft7, include_str!("drafts/draft-07.json")),
];

/// A document and the draft that it names.
#[derive(Clone, Debug)]
pub(super) struct Document {
    pub(super) value: Value,
    pub(super) draft: Option<Draft>,
}

/// What references may lead to, by absolute reference.
#[derive(Debug, Default)]
pub(super) struct Pool(BTreeMap<String, Document>);

impl Pool {
    /// Adds a document with all its parts that have an id; gives it back with its references made absolute.
    pub(super) fn add(&mut self, value: &Value, reference: &Uri) -> Result<Document, String> {
        let key = reference.text();
        if self.0.contains_key(&key) {
            return Err(format!("Reference already exists: \"{key}\""));
        }
        let draft = draft_of(value)?;
        let value = self.absolute(value, reference, draft)?;
        let document = Document { value, draft };
        self.0.insert(key, document.clone());
        Ok(document)
    }

    /// The value with references made absolute. Recurses no deeper than the value.
    fn absolute(&mut self, value: &Value, base: &Uri, draft: Option<Draft>) -> Result<Value, String> {
        match value {
            Value::Array(a) => a.iter().map(|v| self.absolute(v, base, draft)).collect(),
            Value::Object(o) => self.absolute_object(o, base, draft),
            other => Ok(other.clone()),
        }
    }

    fn absolute_object(&mut self, o: &Object, base: &Uri, draft: Option<Draft>) -> Result<Value, String> {
        let field = |name: &str| o.get(&Value::from(name));
        let id_key = if field("id").is_some() { "id" } else { "$id" };
        let own = field(id_key)
            .and_then(Value::as_str)
            .and_then(|id| url::parse(id.as_bytes()).ok())
            .and_then(|id| base.resolve(&id).ok());
        let base = own.as_ref().unwrap_or(base);
        let key = own.as_ref().map(Uri::text);
        if let Some(key) = &key {
            if self.0.contains_key(key) {
                return Err(format!("Reference already exists: \"{key}\""));
            }
            // Reserved, so that a part with the same id is noticed; the value follows below.
            self.0.insert(key.clone(), Document { value: Value::Null, draft });
        }
        let mut out = Object::new();
        for (k, v) in o {
            let v = match k.as_str().unwrap_or_default() {
                "const" | "enum" => v.clone(),
                "$ref" => absolute_reference(v, base),
                "properties" | "dependencies" | "patternProperties" => match v {
                    // Here the keys are names of properties, not keywords.
                    Value::Object(children) => {
                        let one = |(k, v): (&Value, &Value)| Ok((k.clone(), self.absolute(v, base, draft)?));
                        Value::from(children.iter().map(one).collect::<Result<Object, String>>()?)
                    }
                    other => other.clone(),
                },
                _ => self.absolute(v, base, draft)?,
            };
            out.insert(k.clone(), v);
        }
        let value = Value::from(out);
        if let Some(key) = key {
            self.0.insert(key, Document { value: value.clone(), draft });
        }
        Ok(value)
    }

    /// The document that a reference leads to.
    pub(super) fn get(&mut self, reference: &Uri) -> Result<Document, String> {
        if let Some(d) = self.0.get(&reference.text()) {
            return Ok(d.clone());
        }
        let mut whole = reference.clone();
        whole.fragment.clear();
        whole.raw_fragment.clear();
        let key = whole.text();
        let document = match self.0.get(&key) {
            Some(d) => d.clone(),
            None => {
                let canonical = if reference.scheme == "file" {
                    reference.path.starts_with(b"/")
                } else {
                    !reference.scheme.is_empty() && !reference.host.is_empty()
                };
                if !canonical {
                    return Err(format!("Reference {} must be canonical", reference.text()));
                }
                let Some((_, _, text)) = META_SCHEMAS.iter().find(|(url, _, _)| *url == key) else {
                    return Err(format!("remote reference loading disabled: {}", reference.text()));
                };
                let value = json::parse(text.as_bytes()).map_err(|e| e.to_string())?;
                self.add(&value, &whole)?
            }
        };
        Ok(Document { value: pointed_at(&document.value, &reference.fragment)?, draft: document.draft })
    }
}

fn absolute_reference(v: &Value, base: &Uri) -> Value {
    let resolved = v
        .as_str()
        .and_then(|r| url::parse(r.as_bytes()).ok())
        .and_then(|r| base.resolve(&r).ok())
        .map(|r| Value::from(r.text()));
    resolved.unwrap_or_else(|| v.clone())
}

/// The draft that a document says it keeps to, if it is a known one.
pub(super) fn draft_of(document: &Value) -> Result<Option<Draft>, String> {
    match document {
        Value::Bool(_) => Ok(None),
        Value::Object(_) => match document.get("$schema") {
            None => Ok(None),
            Some(Value::String(s)) => {
                let url = url::parse(s.as_bytes())?.text();
                Ok(META_SCHEMAS.iter().find(|(u, _, _)| *u == url).map(|(_, draft, _)| *draft))
            }
            Some(_) => Err("$schema must be of type string".into()),
        },
        _ => Err("schema is invalid".into()),
    }
}

/// Follows a JSON pointer; a fragment that is none means the whole document.
fn pointed_at(document: &Value, fragment: &[u8]) -> Result<Value, String> {
    let Some(pointer) = fragment.strip_prefix(b"/") else { return Ok(document.clone()) };
    let mut node = document;
    for token in pointer.split(|&b| b == b'/') {
        let token = String::from_utf8_lossy(token);
        node = match node {
            Value::Object(o) => {
                let key = token.replace("~1", "/").replace("~0", "~");
                o.get(&Value::from(key.as_str())).ok_or_else(|| format!("Object has no key '{key}'"))?
            }
            Value::Array(a) => {
                let i: i64 = token.parse().map_err(|_| format!("Invalid array index '{token}'"))?;
                usize::try_from(i)
                    .ok()
                    .and_then(|i| a.get(i))
                    .ok_or_else(|| format!("Out of bound array[0,{}] index '{i}'", a.len()))?
            }
            _ => return Err(format!("Invalid token reference '{token}'")),
        };
    }
    Ok(node.clone())
}
