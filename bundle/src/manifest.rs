//! `.manifest`: what a bundle says about itself.

use std::collections::BTreeMap;

use writ_value::{Number, Object, Value, json};

use crate::error::BundleError;
use crate::pattern;
use crate::roots::covers;

/// The manifest. [`Manifest::default`] is what a bundle without one has.
#[derive(Debug, Clone, PartialEq)]
pub struct Manifest {
    /// Reported with decisions; empty if none.
    pub revision: String,
    /// Prefixes of the data tree that the bundle owns, without `/` at the ends; `""` is everything.
    pub roots: Vec<String>,
    /// Entrypoints that a Wasm module of the bundle answers.
    pub wasm: Vec<WasmEntrypoint>,
    /// Rego version (0 or 1) of all modules; `None` is the reader's choice.
    pub rego_version: Option<u8>,
    /// Rego version by pattern of absolute paths, such as `/foo/*.rego`.
    pub file_rego_versions: BTreeMap<String, u8>,
    /// Anything.
    pub metadata: Option<Value>,
}

/// An entrypoint and the module that answers it.
#[derive(Debug, Clone, PartialEq)]
pub struct WasmEntrypoint {
    /// Such as `authz/allow`.
    pub entrypoint: String,
    /// Such as `/policy.wasm`.
    pub module: String,
    /// Annotations of the entrypoint's rule, in OPA's JSON form.
    pub annotations: Option<Value>,
}

impl Default for Manifest {
    fn default() -> Self {
        Self {
            revision: String::new(),
            roots: vec![String::new()],
            wasm: Vec::new(),
            rego_version: None,
            file_rego_versions: BTreeMap::new(),
            metadata: None,
        }
    }
}

impl Manifest {
    /// Reads and checks the text. Unknown fields are ignored.
    ///
    /// # Errors
    /// [`BundleError::Manifest`] when a field has the wrong type or roots overlap.
    pub fn parse(text: &[u8]) -> Result<Self, BundleError> {
        let value = json::parse(text)
            .map_err(|e| BundleError::manifest(format!("line {}, column {}: {e}", e.line(), e.column())))?;
        if value.as_object().is_none() {
            return Err(BundleError::manifest("not an object"));
        }
        let mut manifest = Self::default();
        if let Some(revision) = field(&value, "revision") {
            manifest.revision = string(revision, "revision")?;
        }
        if let Some(roots) = field(&value, "roots") {
            let roots = array(roots, "roots")?.iter().map(|r| string(r, "roots"));
            manifest.roots = roots.map(|r| r.map(|r| r.trim_matches('/').to_owned())).collect::<Result<_, _>>()?;
            manifest.check_roots()?;
        }
        if let Some(wasm) = field(&value, "wasm") {
            manifest.wasm = array(wasm, "wasm")?.iter().map(WasmEntrypoint::parse).collect::<Result<_, _>>()?;
        }
        if let Some(version) = field(&value, "rego_version") {
            manifest.rego_version = Some(rego_version(version)?);
        }
        if let Some(versions) = field(&value, "file_rego_versions") {
            let wrong = || BundleError::manifest("`file_rego_versions` must be an object");
            for (pattern, version) in versions.as_object().ok_or_else(wrong)? {
                manifest.file_rego_versions.insert(string(pattern, "file_rego_versions")?, rego_version(version)?);
            }
        }
        if let Some(metadata) = field(&value, "metadata") {
            if metadata.as_object().is_none() {
                return Err(BundleError::manifest("`metadata` must be an object"));
            }
            manifest.metadata = Some(metadata.clone());
        }
        Ok(manifest)
    }

    /// The text that OPA writes: one line, its order of fields.
    pub fn to_json(&self) -> String {
        let mut out = String::from("{\"revision\":");
        json::write_string(self.revision.as_bytes(), &mut out);
        out.push_str(",\"roots\":");
        json::write(&self.roots.iter().map(|r| Value::from(r.as_str())).collect(), &mut out);
        for (i, entry) in self.wasm.iter().enumerate() {
            out.push_str(if i == 0 { ",\"wasm\":[" } else { "," });
            entry.write(&mut out);
        }
        if !self.wasm.is_empty() {
            out.push(']');
        }
        if let Some(version) = self.rego_version {
            out.push_str(&format!(",\"rego_version\":{version}"));
        }
        if !self.file_rego_versions.is_empty() {
            let versions = self.file_rego_versions.iter();
            let versions: Object = versions.map(|(p, &v)| (p.as_str().into(), i64::from(v).into())).collect();
            out.push_str(",\"file_rego_versions\":");
            json::write(&Value::from(versions), &mut out);
        }
        if let Some(metadata) = &self.metadata {
            out.push_str(",\"metadata\":");
            json::write(metadata, &mut out);
        }
        out.push('}');
        out
    }

    /// The Rego version of the module at `path` (with or without `/` in front), if the manifest says. Of several patterns the first
    /// in alphabetical order counts, as in OPA.
    pub fn rego_version_of(&self, path: &str) -> Option<u8> {
        let path = format!("/{}", path.trim_start_matches('/'));
        let by_file = self.file_rego_versions.iter().find(|(pattern, _)| pattern::matches(pattern, &path));
        by_file.map(|(_, &version)| version).or(self.rego_version)
    }

    /// True when a root covers the path (parts with `/` between them).
    pub fn owns(&self, path: &str) -> bool {
        self.roots.iter().any(|root| covers(root, path))
    }

    fn check_roots(&self) -> Result<(), BundleError> {
        for (i, a) in self.roots.iter().enumerate() {
            for b in &self.roots[i + 1..] {
                if covers(a, b) || covers(b, a) {
                    return Err(BundleError::manifest(format!("overlapped roots: '{a}' and '{b}'")));
                }
            }
        }
        Ok(())
    }
}

impl WasmEntrypoint {
    fn parse(value: &Value) -> Result<Self, BundleError> {
        let text = |name| match field(value, name) {
            Some(value) => string(value, name),
            None => Err(BundleError::manifest(format!("an entry of `wasm` has no `{name}`"))),
        };
        Ok(Self {
            entrypoint: text("entrypoint")?,
            module: text("module")?,
            annotations: field(value, "annotations").cloned(),
        })
    }

    fn write(&self, out: &mut String) {
        out.push_str("{\"entrypoint\":");
        json::write_string(self.entrypoint.as_bytes(), out);
        out.push_str(",\"module\":");
        json::write_string(self.module.as_bytes(), out);
        if let Some(annotations) = &self.annotations {
            out.push_str(",\"annotations\":");
            json::write(annotations, out);
        }
        out.push('}');
    }
}

/// A field that is there and not null.
fn field<'a>(value: &'a Value, name: &str) -> Option<&'a Value> {
    value.get(name).filter(|v| **v != Value::Null)
}

fn string(value: &Value, name: &str) -> Result<String, BundleError> {
    let text = value.as_str().ok_or_else(|| BundleError::manifest(format!("`{name}` must hold strings")))?;
    Ok(text.to_owned())
}

fn array<'a>(value: &'a Value, name: &str) -> Result<&'a [Value], BundleError> {
    value.as_array().ok_or_else(|| BundleError::manifest(format!("`{name}` must be an array")))
}

fn rego_version(value: &Value) -> Result<u8, BundleError> {
    match value.as_number().and_then(Number::to_i64) {
        Some(0) => Ok(0),
        Some(1) => Ok(1),
        _ => Err(BundleError::manifest(format!("unknown Rego version {value}"))),
    }
}
