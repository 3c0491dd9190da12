//! Recorded calls, from which draws start.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use writ_guest::heap;
use writ_guest::json::{Dialect, parse};
use writ_value::{Value, json};

use crate::case::{Case, Outcome};
use crate::subject::words;

/// Calls by the built-in's name.
#[derive(Debug, Default)]
pub struct Seeds {
    calls: BTreeMap<String, Vec<Vec<Value>>>,
}

impl Seeds {
    /// All calls that the project's tests have recorded.
    #[must_use]
    pub fn load() -> Seeds {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let mut seeds = Seeds::default();
        for (case, _) in files(&root.join("builtins/tests/data"), "jsonl").iter().flat_map(|p| read(p)) {
            seeds.add(case);
        }
        for (case, _) in recorded().into_iter().map(|(_, case, outcome)| (case, outcome)) {
            seeds.add(case);
        }
        for path in files(&root.join("guest/tests/cases"), "txt") {
            let text = fs::read(path).unwrap_or_default();
            for line in String::from_utf8_lossy(&text).lines().filter(|l| !l.is_empty() && !l.starts_with('#')) {
                seeds.add_guest_line(line);
            }
        }
        seeds
    }

    fn add(&mut self, case: Case) {
        self.calls.entry(case.name).or_default().push(case.args);
    }

    /// A line `name TAB operand TAB … => …`, operands in Rego notation.
    fn add_guest_line(&mut self, line: &str) {
        let call = line.split("\t=>").next().unwrap_or_default();
        let mut parts = call.split('\t');
        let name = parts.next().unwrap_or_default().to_owned();
        let mark = heap::mark();
        let args = parts.map(|p| parse(p.as_bytes(), Dialect::Value).map(words::value)).collect();
        heap::release(mark);
        if let Some(args) = args {
            self.add(Case { name, args });
        }
    }

    /// Recorded argument lists of a built-in.
    #[must_use]
    pub fn of(&self, name: &str) -> &[Vec<Value>] {
        self.calls.get(name).map_or(&[], Vec::as_slice)
    }
}

fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten().map(|e| e.path());
    let mut files: Vec<_> = entries.filter(|p| p.extension().is_some_and(|e| e == extension)).collect();
    files.sort();
    files
}

fn read(path: &Path) -> Vec<(Case, Outcome)> {
    let text = fs::read_to_string(path).unwrap_or_default();
    let lines = text.lines().filter_map(|l| json::parse(l.as_bytes()).ok());
    // Lines with a time of their own are left to the tests of the built-ins.
    let lines = lines.filter(|l| l.get("t").is_none());
    lines.filter_map(|l| Some((Case::read(&l)?, Outcome::read(&l)))).collect()
}

/// The cases that were kept, with OPA's outcome, by file.
#[must_use]
pub fn recorded() -> Vec<(String, Case, Outcome)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("cases");
    let with_name = |path: PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        read(&path).into_iter().enumerate().map(move |(i, (c, o))| (format!("{name}:{}", i + 1), c, o))
    };
    files(&folder, "jsonl").into_iter().flat_map(with_name).collect()
}
