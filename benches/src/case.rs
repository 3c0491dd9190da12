//! A case: a policy, an input, perhaps data, and what is asked.

use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::Value;

use crate::generate::{self, Recipe};
use crate::types::Typed;

/// A policy below this size, with [`SMALL_INPUT`] and [`SMALL_DATA`], is a small one: those make up the geometric means.
pub const SMALL_POLICY: usize = 4 << 10;
/// Largest input of a small case in bytes.
pub const SMALL_INPUT: usize = 1 << 10;
/// Largest data of a small case in bytes.
pub const SMALL_DATA: usize = 64 << 10;

/// One case.
#[derive(Debug, Clone)]
pub struct Case {
    /// For tables.
    pub name: String,
    /// What it is about, in a phrase.
    pub about: String,
    /// Rego modules: names and texts.
    pub policy: Vec<(String, String)>,
    /// JSON text without white space around tokens, as clients send it.
    pub input: Vec<u8>,
    /// JSON text.
    pub data: Option<Vec<u8>>,
    /// The document that is asked for, such as `data.authz.allow`.
    pub query: String,
    /// The input as a Rust type.
    pub typed: Option<Typed>,
}

/// `case.json` in the folder of a case.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Description {
    query: String,
    #[serde(default)]
    about: String,
    #[serde(default)]
    r#type: Option<String>,
    #[serde(default)]
    generate: Option<Recipe>,
}

impl Case {
    /// Reads the folder of a case: `case.json` with the query; `policy.rego` (or several `*.rego`), `input.json`, perhaps `data.json`, as far as they
    /// are not generated.
    ///
    /// # Errors
    /// What is missing or malformed, with its path.
    pub fn open(folder: &Path) -> Result<Case, String> {
        let about = read(&folder.join("case.json"))?;
        let about: Description = serde_json::from_slice(&about).map_err(|e| format!("{}: {e}", folder.display()))?;
        let made = about.generate.as_ref().map(generate::make).unwrap_or_default();
        let policy = match made.policy {
            Some(text) => vec![("policy.rego".to_owned(), text)],
            None => modules(folder)?,
        };
        let input = made.input.map_or_else(|| read(&folder.join("input.json")), Ok)?;
        let data = match made.data {
            Some(data) => Some(data),
            None if folder.join("data.json").exists() => Some(read(&folder.join("data.json"))?),
            None => None,
        };
        let name = folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let mut case = Case::new(name, policy, input, data, &about.query)?;
        case.about = about.about;
        if let Some(name) = about.r#type {
            case.typed = Some(Typed::read(&name, &case.input).map_err(|e| format!("{}: {e}", folder.display()))?);
        }
        Ok(case)
    }

    /// Reads `NAME=POLICY.rego,INPUT.json[,DATA.json],QUERY`; the policy may be a folder of modules.
    ///
    /// # Errors
    /// What is missing or malformed.
    pub fn parse(text: &str) -> Result<Case, String> {
        let form = || format!("`{text}` is not NAME=POLICY.rego,INPUT.json[,DATA.json],QUERY");
        let (name, rest) = text.split_once('=').ok_or_else(form)?;
        let parts: Vec<&str> = rest.split(',').collect();
        let (policy, input, data, query) = match parts[..] {
            [policy, input, query] => (policy, input, None, query),
            [policy, input, data, query] => (policy, input, Some(data), query),
            _ => return Err(form()),
        };
        let policy = modules(Path::new(policy))?;
        let data = data.map(|data| read(Path::new(data))).transpose()?;
        Case::new(name.to_owned(), policy, read(Path::new(input))?, data, query)
    }

    fn new(
        name: String,
        policy: Vec<(String, String)>,
        input: Vec<u8>,
        data: Option<Vec<u8>>,
        query: &str,
    ) -> Result<Case, String> {
        let wrong = |what: &str, e: serde_json::Error| format!("{name}: the {what} is not JSON: {e}");
        let input: Value = serde_json::from_slice(&input).map_err(|e| wrong("input", e))?;
        let query = query.trim().replace('/', ".");
        let query = if query.starts_with("data.") { query } else { format!("data.{query}") };
        let input = input.to_string().into_bytes();
        Ok(Case { name, about: String::new(), policy, input, data, query, typed: None })
    }

    /// The document's path with `/`, without `data`: the name of the entrypoint.
    pub fn entrypoint(&self) -> String {
        self.query.trim_start_matches("data.").replace('.', "/")
    }

    /// Whether it counts among the small policies.
    pub fn is_small(&self) -> bool {
        let policy: usize = self.policy.iter().map(|(_, text)| text.len()).sum();
        let data = self.data.as_ref().map_or(0, Vec::len);
        policy <= SMALL_POLICY && self.input.len() <= SMALL_INPUT && data <= SMALL_DATA
    }
}

/// Reads all cases below a folder, by name; rules that differ in their number come in its order.
///
/// # Errors
/// Those of [`Case::open`].
pub fn open_all(folder: &Path) -> Result<Vec<Case>, String> {
    let list = std::fs::read_dir(folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    let mut folders: Vec<PathBuf> = list.filter_map(|entry| Some(entry.ok()?.path())).collect();
    folders.retain(|path| path.join("case.json").exists());
    let number = |path: &PathBuf| {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let digits = name.trim_start_matches(|c: char| !c.is_ascii_digit()).parse::<u64>().unwrap_or(0);
        (name.trim_end_matches(|c: char| c.is_ascii_digit()).to_owned(), digits, name)
    };
    folders.sort_by_key(number);
    if folders.is_empty() {
        return Err(format!("{}: no folder with a case.json in it", folder.display()));
    }
    folders.iter().map(|folder| Case::open(folder)).collect()
}

/// Cases of this repository.
pub fn own() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("cases")
}

fn read(path: &Path) -> Result<Vec<u8>, String> {
    std::fs::read(path).map_err(|e| format!("{}: {e}", path.display()))
}

fn modules(path: &Path) -> Result<Vec<(String, String)>, String> {
    let text = |path: &Path| {
        let text = String::from_utf8(read(path)?).map_err(|e| format!("{}: {e}", path.display()))?;
        Ok((path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default(), text))
    };
    if !path.is_dir() {
        return Ok(vec![text(path)?]);
    }
    let list = std::fs::read_dir(path).map_err(|e| format!("{}: {e}", path.display()))?;
    let mut files: Vec<PathBuf> = list.filter_map(|entry| Some(entry.ok()?.path())).collect();
    files.retain(|file| {
        file.extension().is_some_and(|e| e == "rego") && !file.to_string_lossy().ends_with("_test.rego")
    });
    files.sort();
    if files.is_empty() {
        return Err(format!("{}: no .rego file", path.display()));
    }
    files.iter().map(|file| text(file)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_cases_can_be_read() {
        let cases = open_all(&own()).expect("cases");
        let names: Vec<_> = cases.iter().map(|case| case.name.as_str()).collect();
        let rules: Vec<_> = names.iter().filter(|name| name.starts_with("rules-")).copied().collect();
        assert_eq!(rules, ["rules-10", "rules-100", "rules-1000", "rules-10000"]);
        let small: Vec<_> = cases.iter().filter(|case| case.is_small()).map(|case| case.name.as_str()).collect();
        assert_eq!(small, ["abac", "arithmetic", "http-api", "k8s-admission", "rbac", "rules-10", "strings"]);
        let of = |name: &str| cases.iter().find(|case| case.name == name).expect("a case");
        assert!(of("terraform-plan").input.len() > 900_000);
        assert!(of("role-graph").data.as_ref().is_some_and(|data| data.len() > 9_000_000));
        // What is generated is the same each time.
        let again = open_all(&own()).expect("cases");
        assert!(cases.iter().zip(&again).all(|(a, b)| a.input == b.input && a.data == b.data && a.policy == b.policy));
    }

    #[test]
    fn the_command_line_names_cases() {
        let folder = own().join("rbac");
        let at = |file: &str| folder.join(file).display().to_string();
        let text = format!("x={},{},{},rbac/allow", at("policy.rego"), at("input.json"), at("data.json"));
        let case = Case::parse(&text).expect("a case");
        assert_eq!((case.name.as_str(), case.query.as_str()), ("x", "data.rbac.allow"));
        assert_eq!(case.entrypoint(), "rbac/allow");
        assert!(case.data.is_some());
        assert!(Case::parse("x=policy.rego").is_err());
        assert!(Case::parse("x=no.rego,no.json,data.a").is_err());
    }
}
