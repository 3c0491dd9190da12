//! `docs/builtins.md` is what the table and `docs/builtins-differences.md` make it.

#![allow(clippy::unwrap_used, reason = "a test that fails panics")]

use std::collections::BTreeMap;
use std::path::Path;

use writ_compiler::builtins;

/// The paragraphs of the list, each under every built-in (or `namespace.*`) that it names in code type.
fn differences(text: &str) -> BTreeMap<String, Vec<String>> {
    let mut items: Vec<String> = Vec::new();
    for line in text.lines() {
        match (line.strip_prefix("* "), line.strip_prefix("  "), items.last_mut()) {
            (Some(first), _, _) => items.push(first.to_owned()),
            (None, Some(more), Some(item)) => *item = format!("{item} {}", more.trim()),
            _ => {}
        }
    }
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for item in items {
        for code in item.split('`').skip(1).step_by(2) {
            let name = code.split('(').next().unwrap_or_default();
            let namespace = name.strip_suffix(".*");
            if builtins::lookup(name).is_some() || namespace.is_some_and(builtins::is_namespace) {
                let entries = found.entry(name.to_owned()).or_default();
                if !entries.contains(&item) {
                    entries.push(item.clone());
                }
            }
        }
    }
    found
}

#[test]
fn the_page_is_up_to_date() {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs");
    let differences = differences(&std::fs::read_to_string(docs.join("builtins-differences.md")).unwrap());
    assert!(differences["http.send"].len() > 1 && differences.contains_key("graphql.*"), "{differences:?}");
    let wanted = builtins::document(&differences);
    let page = docs.join("builtins.md");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&page, &wanted).unwrap();
    }
    let found = std::fs::read_to_string(&page).unwrap_or_default();
    assert!(
        found == wanted,
        "docs/builtins.md is out of date: UPDATE_DOCS=1 cargo test --release -p writ-tests --test builtins_document"
    );
    for builtin in builtins::all() {
        assert!(wanted.contains(&format!("| `{}`", builtin.name)), "{}", builtin.name);
    }
}
