//! Known failures: cases that fail for a stated reason. They run too; one that passes is reported, so that the list can only shrink.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use writ_value::{Value, json};

/// Known failures by file and note.
#[derive(Debug, Default)]
pub struct Known {
    reasons: BTreeMap<(String, String), String>,
}

impl Known {
    /// Where the project keeps its list.
    pub fn default_path() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("conformance/known-failures.json")
    }

    /// Reads a list: `[{"file": …, "note": …, "reason": …}]`.
    ///
    /// # Errors
    /// A message when it cannot be read or an entry lacks a part.
    pub fn load(path: &Path) -> Result<Self, String> {
        let text = std::fs::read(path).map_err(|e| format!("cannot read {}: {e}", path.display()))?;
        let value = json::parse(&text).map_err(|e| format!("{}: {e}", path.display()))?;
        let mut reasons = BTreeMap::new();
        for entry in value.as_array().unwrap_or_default() {
            let part = |key: &str| entry.get(key).and_then(Value::as_str).filter(|s| !s.is_empty()).map(str::to_owned);
            let (Some(file), Some(note), Some(reason)) = (part("file"), part("note"), part("reason")) else {
                return Err(format!("{}: an entry lacks `file`, `note` or `reason`", path.display()));
            };
            reasons.insert((file, note), reason);
        }
        Ok(Self { reasons })
    }

    /// Why the case is known to fail.
    pub fn reason(&self, file: &str, note: &str) -> Option<&str> {
        self.reasons.get(&(file.to_owned(), note.to_owned())).map(String::as_str)
    }

    /// Number of entries.
    pub fn len(&self) -> usize {
        self.reasons.len()
    }

    /// True when nothing is known to fail.
    pub fn is_empty(&self) -> bool {
        self.reasons.is_empty()
    }
}
