//! Case files: JSON arrays of cases, as `shared/conformance/README.md` describes them.

use std::fs;
use std::path::{Path, PathBuf};

use writ_value::{Value, json};

/// One case.
#[derive(Debug, Clone)]
pub struct Case {
    /// Name of the file, without its ending.
    pub folder: String,
    /// The case's name.
    pub note: String,
    /// The query.
    pub query: String,
    /// Rego sources.
    pub modules: Vec<String>,
    /// Base data.
    pub data: Option<Value>,
    /// The input.
    pub input: Option<Value>,
    /// The input as a Rego term.
    pub input_term: Option<String>,
    /// What is expected.
    pub want: Want,
    /// Arrays bound by the result are compared sorted.
    pub sort_bindings: bool,
    /// Built-in errors are errors.
    pub strict_error: bool,
    /// Generated variables are left out of the comparison.
    pub ignore_generated_vars: bool,
    /// Modules and query are Rego v0.
    pub v0: bool,
}

/// The expected outcome: the result or the error; a few cases allow either.
#[derive(Debug, Clone)]
pub struct Want {
    /// The set of bindings.
    pub result: Option<Vec<Value>>,
    /// An error.
    pub error: Option<WantError>,
}

/// An expected error.
#[derive(Debug, Clone)]
pub struct WantError {
    /// OPA's code; empty when any will do.
    pub code: String,
    /// Part of the message.
    pub text: String,
}

/// All cases below `path`, a file or a folder, in the order of the files' names.
///
/// # Errors
/// A message that names the file which cannot be read or is no case file.
pub fn load(path: &Path) -> Result<Vec<Case>, String> {
    let mut files = Vec::new();
    find(path, &mut files)?;
    files.sort();
    let mut cases = Vec::new();
    for file in files {
        let text = fs::read(&file).map_err(|e| format!("cannot read {}: {e}", file.display()))?;
        let value = json::parse(&text).map_err(|e| format!("{}: {e}", file.display()))?;
        let list = value.as_array().ok_or_else(|| format!("{}: not an array of cases", file.display()))?;
        let folder = file.file_stem().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default();
        for (n, case) in list.iter().enumerate() {
            let case = Case::from_value(case, &folder)
                .ok_or_else(|| format!("{}: case {n} lacks a note, a query or an expectation", file.display()))?;
            cases.push(case);
        }
    }
    Ok(cases)
}

fn find(path: &Path, files: &mut Vec<PathBuf>) -> Result<(), String> {
    let fail = |e: std::io::Error| format!("cannot read {}: {e}", path.display());
    if path.is_dir() {
        for entry in fs::read_dir(path).map_err(fail)? {
            let entry = entry.map_err(fail)?.path();
            if entry.is_dir() || entry.extension().is_some_and(|ext| ext == "json") {
                find(&entry, files)?;
            }
        }
        return Ok(());
    }
    fs::metadata(path).map_err(fail)?;
    files.push(path.to_owned());
    Ok(())
}

impl Case {
    fn from_value(value: &Value, folder: &str) -> Option<Self> {
        let text = |key: &str| value.get(key).and_then(Value::as_str).map(str::to_owned);
        let flag = |key: &str| value.get(key).and_then(Value::as_bool).unwrap_or(false);
        let present = |key: &str| value.get(key).filter(|v| **v != Value::Null).cloned();
        let code = text("want_error_code").unwrap_or_default();
        let error = (!code.is_empty() || !text("want_error").unwrap_or_default().is_empty())
            .then(|| WantError { code, text: text("want_error").unwrap_or_default() });
        let result = value.get("want_result").and_then(Value::as_array).map(<[Value]>::to_vec);
        let result = if result.is_none() && error.is_none() { Some(Vec::new()) } else { result };
        let want = Want { result, error };
        let modules = value.get("modules").and_then(Value::as_array).unwrap_or_default();
        Some(Self {
            folder: folder.to_owned(),
            note: text("note")?,
            query: text("query")?,
            modules: modules.iter().filter_map(|m| m.as_str().map(str::to_owned)).collect(),
            data: present("data"),
            input: value.get("input").cloned(),
            input_term: text("input_term"),
            want,
            sort_bindings: flag("sort_bindings"),
            strict_error: flag("strict_error"),
            ignore_generated_vars: flag("ignore_generated_vars"),
            v0: flag("v0"),
        })
    }
}
