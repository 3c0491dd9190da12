//! Syntax fixtures: texts with the tree that they give, and texts with the errors that they give.
//!
//! `syntax/valid/NAME.rego` stands beside `NAME.ast`. In `syntax/invalid/NAME.rego` a comment at the end of a line,
//! `# error COLUMN: text`, expects an error on that line; `# error ROW:COLUMN: text` expects it elsewhere. The prefix of
//! the name is the dialect. `BLESS=1` writes the expectations anew; review what changes.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stderr, reason = "test helpers")]

use std::path::{Path, PathBuf};

use writ_compiler::source::SourceMap;
use writ_compiler::syntax::{ParseOptions, RegoVersion, fuzz, parse_module, print};

fn fixtures(kind: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/syntax").join(kind);
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
    paths.retain(|p| p.extension().is_some_and(|e| e == "rego"));
    paths.sort();
    assert!(!paths.is_empty());
    paths
}

fn options(path: &Path) -> ParseOptions {
    ParseOptions::new(match path.file_name().unwrap().to_str().unwrap().get(..3).unwrap() {
        "v0_" => RegoVersion::V0,
        "v1_" => RegoVersion::V1,
        "v2_" => RegoVersion::V2,
        other => panic!("{} begins with {other}, not with a dialect", path.display()),
    })
}

fn bless() -> bool {
    std::env::var("BLESS").is_ok_and(|v| v == "1")
}

#[test]
fn valid_texts_give_their_trees() {
    let mut failures = Vec::new();
    for path in fixtures("valid") {
        let text = std::fs::read_to_string(&path).unwrap();
        let mut sources = SourceMap::new();
        let file = sources.add(path.to_str().unwrap(), text.as_str());
        let (module, errors) = parse_module(file, &text, &options(&path));
        let Some(module) = module else {
            failures.push(writ_compiler::diag::render::render_all(&sources, &errors));
            continue;
        };
        fuzz::fuzz_parse(text.as_bytes());
        let tree = print::module(&module);
        let snapshot = path.with_extension("ast");
        if bless() {
            std::fs::write(&snapshot, &tree).unwrap();
        } else if std::fs::read_to_string(&snapshot).ok().as_deref() != Some(&tree) {
            failures.push(format!("{} differs; the tree is now\n{tree}", snapshot.display()));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// The expectations in a text, as `row:column: message`.
fn expected(text: &str) -> Vec<String> {
    let mut all = Vec::new();
    for (index, line) in text.lines().enumerate() {
        for part in line.split("# error ").skip(1) {
            let (place, message) = part.trim_end().split_once(": ").unwrap();
            let place = if place.contains(':') { place.to_owned() } else { format!("{}:{place}", index + 1) };
            all.push(format!("{place}: {message}"));
        }
    }
    all.sort();
    all
}

/// The text with its expectations replaced.
fn rewritten(text: &str, errors: &[String]) -> String {
    let mut lines: Vec<String> =
        text.lines().map(|l| l.split("# error ").next().unwrap().trim_end().to_owned()).collect();
    for error in errors {
        let (row, rest) = error.split_once(':').unwrap();
        let row: usize = row.parse().unwrap();
        match lines.get_mut(row - 1) {
            Some(line) => *line += &format!("  # error {rest}"),
            None => {
                if let Some(last) = lines.last_mut() {
                    *last += &format!("  # error {error}");
                }
            }
        }
    }
    lines.iter().map(|l| format!("{l}\n")).collect()
}

#[test]
fn invalid_texts_give_their_errors() {
    let mut failures = Vec::new();
    for path in fixtures("invalid") {
        let text = std::fs::read_to_string(&path).unwrap();
        let mut sources = SourceMap::new();
        let file = sources.add(path.to_str().unwrap(), text.as_str());
        let (module, errors) = parse_module(file, &text, &options(&path));
        assert!(module.is_none(), "{} parses", path.display());
        let mut found: Vec<String> = errors
            .iter()
            .map(|e| {
                let position = sources.position(e.span.unwrap());
                format!("{}:{}: {}", position.row, position.col, e.full_message())
            })
            .collect();
        if bless() {
            std::fs::write(&path, rewritten(&text, &found)).unwrap();
            continue;
        }
        found.sort();
        // A text without any line cannot say what it expects.
        let expected = if text.is_empty() { vec!["1:0: empty module".to_owned()] } else { expected(&text) };
        if found != expected {
            failures.push(format!("{}\nexpected {expected:#?}\nfound {found:#?}", path.display()));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}
