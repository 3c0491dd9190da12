//! What a policy may use: built-ins, keywords and features, in the format of OPA's capabilities files.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Write};
use std::sync::Arc;

use writ_value::{Value, json};

use crate::builtins::{self, Custom, Vocabulary};
use crate::types::{Function, Parameter, Type};

/// Keywords that need an import in Rego v1.
const FUTURE_KEYWORDS: [&str; 3] = ["and", "not", "or"];
/// Parts of the language that capabilities name.
const FEATURES: [&str; 5] = ["keywords_in_refs", "rego_v1", "rego_v2", "rego_v2_import", "template_strings"];
/// Versions of OPA's Wasm interface that modules of this compiler serve.
const WASM_ABI_VERSIONS: [(i64, i64); 3] = [(1, 1), (1, 2), (1, 3)];

/// A set of capabilities.
#[derive(Debug, Clone, Default)]
pub struct Capabilities {
    builtins: BTreeMap<String, Declaration>,
    /// Keywords that may be imported.
    pub future_keywords: BTreeSet<String>,
    /// Features of the language.
    pub features: BTreeSet<String>,
    /// Hosts that built-ins may contact; `None` means all.
    pub allow_net: Option<Vec<String>>,
    /// Versions of OPA's Wasm interface, major and minor; empty means all.
    pub wasm_abi_versions: Vec<(i64, i64)>,
}

/// A built-in as capabilities declare it.
#[derive(Debug, Clone)]
struct Declaration {
    function: Arc<Function>,
    infix: Option<String>,
    relation: bool,
    nondeterministic: bool,
    deprecated: bool,
    entrypoint: Option<Arc<str>>,
}

/// A capabilities file that does not say what it should.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CapabilitiesError {
    message: String,
}

impl fmt::Display for CapabilitiesError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for CapabilitiesError {}

fn fail<T>(message: impl Into<String>) -> Result<T, CapabilitiesError> {
    Err(CapabilitiesError { message: message.into() })
}

impl Capabilities {
    /// Everything that this compiler offers.
    pub fn current() -> Capabilities {
        let declare = |b: &builtins::Builtin| {
            let function = match builtins::type_of(b.name) {
                Some(Type::Function(f)) => f,
                _ => Arc::default(),
            };
            let declaration = Declaration {
                function,
                infix: b.infix.map(str::to_owned),
                relation: b.relation,
                nondeterministic: b.nondeterministic,
                deprecated: b.deprecated,
                entrypoint: None,
            };
            (b.name.to_owned(), declaration)
        };
        Capabilities {
            builtins: builtins::all().iter().map(declare).collect(),
            future_keywords: FUTURE_KEYWORDS.map(str::to_owned).into(),
            features: FEATURES.map(str::to_owned).into(),
            allow_net: None,
            wasm_abi_versions: WASM_ABI_VERSIONS.to_vec(),
        }
    }

    /// Reads a capabilities file. Unknown fields are skipped.
    ///
    /// # Errors
    /// The text is not JSON, or a field has the wrong form.
    pub fn parse(text: &[u8]) -> Result<Capabilities, CapabilitiesError> {
        let file = json::parse(text).map_err(|e| CapabilitiesError { message: e.to_string() })?;
        if file.as_object().is_none() {
            return fail("capabilities must be an object");
        }
        let mut capabilities = Capabilities {
            future_keywords: strings(&file, "future_keywords")?.unwrap_or_default().into_iter().collect(),
            features: strings(&file, "features")?.unwrap_or_default().into_iter().collect(),
            allow_net: strings(&file, "allow_net")?,
            ..Capabilities::default()
        };
        for builtin in list(&file, "builtins")? {
            capabilities.add(builtin)?;
        }
        for version in list(&file, "wasm_abi_versions")? {
            let number = |key: &str| version.get(key).and_then(Value::as_number).and_then(writ_value::Number::to_i64);
            let (Some(major), Some(minor)) = (number("version"), number("minor_version")) else {
                return fail("wasm_abi_versions: numbers expected");
            };
            capabilities.wasm_abi_versions.push((major, minor));
        }
        Ok(capabilities)
    }

    /// Adds a built-in, or changes the signature of one.
    pub fn declare(&mut self, name: &str, function: Function) {
        let known = builtins::lookup(name);
        let declaration = Declaration {
            function: Arc::new(function),
            infix: known.and_then(|b| b.infix).map(str::to_owned),
            relation: known.is_some_and(|b| b.relation),
            nondeterministic: known.is_some_and(|b| b.nondeterministic),
            deprecated: known.is_some_and(|b| b.deprecated),
            entrypoint: None,
        };
        self.builtins.insert(name.to_owned(), declaration);
    }

    /// The type of a built-in, if it may be used.
    pub fn builtin(&self, name: &str) -> Option<Type> {
        self.builtins.get(name).map(|b| Type::Function(b.function.clone()))
    }

    /// Names of all built-ins, sorted.
    pub fn builtin_names(&self) -> impl Iterator<Item = &str> {
        self.builtins.keys().map(String::as_str)
    }

    /// Adds one built-in, given as an entry of `builtins` in a capabilities file. Hosts describe their own built-ins so.
    ///
    /// A field `entrypoint`, which OPA's files do not have, says that the built-in is that entrypoint of another module of the same bundle.
    ///
    /// # Errors
    /// The entry lacks a part, or a part has the wrong form.
    pub fn add(&mut self, entry: &Value) -> Result<(), CapabilitiesError> {
        let Some(name) = entry.get("name").and_then(Value::as_str) else {
            return fail("built-in without a name");
        };
        let Some(declaration) = entry.get("decl") else { return fail(format!("{name}: missing declaration")) };
        let flag = |key: &str| entry.get(key).and_then(Value::as_bool).unwrap_or(false);
        let function = function(declaration).map_err(|e| CapabilitiesError { message: format!("{name}: {e}") })?;
        let declaration = Declaration {
            function: Arc::new(function),
            infix: entry.get("infix").and_then(Value::as_str).map(str::to_owned),
            relation: flag("relation"),
            nondeterministic: flag("nondeterministic"),
            deprecated: flag("deprecated"),
            entrypoint: entry.get("entrypoint").and_then(Value::as_str).map(Arc::from),
        };
        self.builtins.insert(name.to_owned(), declaration);
        Ok(())
    }

    /// What names may mean under these capabilities: what this compiler knows, and the built-ins that are declared here besides.
    pub(crate) fn vocabulary(&self) -> Vocabulary {
        let added = self.builtins.iter().filter(|(name, _)| builtins::lookup(name).is_none());
        let custom = |(name, b): (&String, &Declaration)| {
            let custom = Custom {
                function: b.function.clone(),
                relation: b.relation,
                nondeterministic: b.nondeterministic,
                entrypoint: b.entrypoint.clone(),
            };
            (name.clone(), custom)
        };
        Vocabulary::new(added.map(custom).collect())
    }

    /// True if a feature may be used.
    pub fn has_feature(&self, name: &str) -> bool {
        self.features.contains(name)
    }

    /// The file that [`Capabilities::parse`] reads, without white space.
    pub fn to_json(&self) -> String {
        let mut out = String::from("{");
        if let Some(hosts) = &self.allow_net {
            let _ = write!(out, "\"allow_net\":{},", quoted(hosts.iter()));
        }
        out.push_str("\"builtins\":[");
        for (i, (name, b)) in self.builtins.iter().enumerate() {
            let _ = write!(
                out,
                "{}{{\"name\":{},\"decl\":{}",
                if i == 0 { "" } else { "," },
                quote(name),
                b.function.to_json()
            );
            for (field, text) in [("infix", b.infix.as_deref()), ("entrypoint", b.entrypoint.as_deref())] {
                if let Some(text) = text {
                    let _ = write!(out, ",\"{field}\":{}", quote(text));
                }
            }
            for (flag, set) in
                [("relation", b.relation), ("nondeterministic", b.nondeterministic), ("deprecated", b.deprecated)]
            {
                if set {
                    let _ = write!(out, ",\"{flag}\":true");
                }
            }
            out.push('}');
        }
        let _ = write!(out, "],\"future_keywords\":{}", quoted(self.future_keywords.iter()));
        if !self.wasm_abi_versions.is_empty() {
            let version = |(major, minor): &(i64, i64)| format!("{{\"version\":{major},\"minor_version\":{minor}}}");
            let versions: Vec<String> = self.wasm_abi_versions.iter().map(version).collect();
            let _ = write!(out, ",\"wasm_abi_versions\":[{}]", versions.join(","));
        }
        let _ = write!(out, ",\"features\":{}}}", quoted(self.features.iter()));
        out
    }
}

fn quote(text: &str) -> String {
    let mut out = String::new();
    json::write_string(text.as_bytes(), &mut out);
    out
}

fn quoted<'a>(texts: impl Iterator<Item = &'a String>) -> String {
    let all: Vec<String> = texts.map(|t| quote(t)).collect();
    format!("[{}]", all.join(","))
}

fn list<'v>(value: &'v Value, key: &str) -> Result<&'v [Value], CapabilitiesError> {
    match value.get(key) {
        None | Some(Value::Null) => Ok(&[]),
        Some(list) => list.as_array().map_or_else(|| fail(format!("{key}: array expected")), Ok),
    }
}

fn strings(value: &Value, key: &str) -> Result<Option<Vec<String>>, CapabilitiesError> {
    if value.get(key).is_none_or(|v| *v == Value::Null) {
        return Ok(None);
    }
    let text = |v: &Value| v.as_str().map(str::to_owned);
    match list(value, key)?.iter().map(text).collect::<Option<Vec<_>>>() {
        Some(texts) => Ok(Some(texts)),
        None => fail(format!("{key}: strings expected")),
    }
}

fn function(json: &Value) -> Result<Function, CapabilitiesError> {
    Ok(Function {
        params: list(json, "args")?.iter().map(parameter).collect::<Result<_, _>>()?,
        variadic: json.get("variadic").map(ty).transpose()?,
        result: json.get("result").map(parameter).transpose()?.unwrap_or_default(),
    })
}

fn parameter(json: &Value) -> Result<Parameter, CapabilitiesError> {
    Ok(Parameter { name: json.get("name").and_then(Value::as_str).map(Arc::from), ty: ty(json)? })
}

/// A type from JSON. Recursion is bounded by the depth of a JSON value.
fn ty(json: &Value) -> Result<Type, CapabilitiesError> {
    let optional = |key: &str| json.get(key).map(ty).transpose();
    let types = |key: &str| list(json, key)?.iter().map(ty).collect::<Result<Vec<_>, _>>();
    Ok(match json.get("type").and_then(Value::as_str) {
        Some("null") => Type::Null,
        Some("boolean") => Type::Boolean,
        Some("number") => Type::Number,
        Some("string") => Type::String,
        Some("any") => Type::union(types("of")?),
        Some("set") => Type::set(optional("of")?.unwrap_or_default()),
        Some("array") => Type::array(types("static")?, optional("dynamic")?),
        Some("object") => {
            let mut fixed = Vec::new();
            for property in list(json, "static")? {
                let (Some(key), Some(value)) = (property.get("key"), property.get("value")) else {
                    return fail("static: key and value expected");
                };
                fixed.push((key.clone(), ty(value)?));
            }
            let rest = match json.get("dynamic") {
                None => None,
                Some(d) => match (d.get("key"), d.get("value")) {
                    (Some(key), Some(value)) => Some((ty(key)?, ty(value)?)),
                    _ => return fail("dynamic: key and value expected"),
                },
            };
            Type::object(fixed, rest)
        }
        Some(other) => return fail(format!("unknown type {other:?}")),
        None => return fail("type expected"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_survives_print_and_parse() {
        let ours = Capabilities::current();
        let read = Capabilities::parse(ours.to_json().as_bytes()).unwrap();
        assert_eq!(read.to_json(), ours.to_json());
        assert_eq!(read.builtin("plus"), ours.builtin("plus"));
        assert!(read.has_feature("template_strings"));
    }

    #[test]
    fn opas_file_is_read() {
        let text = include_bytes!("../tests/data/opa-capabilities-1.22.0.json");
        let theirs = Capabilities::parse(text).unwrap();
        let ours = Capabilities::current();
        assert!(theirs.builtin_names().eq(ours.builtin_names()));
        for name in ours.builtin_names() {
            assert_eq!(theirs.builtin(name), ours.builtin(name), "{name}");
        }
        assert_eq!((&theirs.features, &theirs.future_keywords), (&ours.features, &ours.future_keywords));
    }

    #[test]
    fn wrong_files_are_refused() {
        for text in ["", "[]", "{\"builtins\": 1}", "{\"builtins\": [{\"name\": \"f\"}]}", "{\"features\": [1]}"] {
            assert!(Capabilities::parse(text.as_bytes()).is_err(), "{text}");
        }
    }
}
