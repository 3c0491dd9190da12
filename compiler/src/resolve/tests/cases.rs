//! Files of cases: `== name`, input lines, `--`, expected lines. `BLESS=1` writes what comes out.

use std::fmt::Write as _;
use std::path::PathBuf;

/// Runs all cases of a file below `src/resolve/tests` and compares what `run(name, input)` gives.
pub(super) fn check(file: &str, run: impl Fn(&str, &str) -> String) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src/resolve/tests").join(file);
    let text = std::fs::read_to_string(&path).unwrap();
    let mut blessed = text.split("== ").next().unwrap_or_default().to_owned();
    let mut failures = Vec::new();
    let mut cases = 0;
    for part in text.split("\n== ").skip(1) {
        cases += 1;
        let (name, rest) = part.split_once('\n').unwrap_or((part, ""));
        let (input, expected) = rest.split_once("\n--\n").unwrap_or((rest.trim_end(), ""));
        let input = format!("{input}\n");
        let found = run(name, &input);
        if found.trim_end() != expected.trim_end() {
            failures.push(format!("== {name}\n-- expected\n{}\n-- found\n{}", expected.trim_end(), found.trim_end()));
        }
        let _ = write!(blessed, "== {name}\n{input}--\n{}\n\n", found.trim_end());
    }
    assert!(cases > 0, "{file} has no cases");
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(&path, blessed.trim_end().to_owned() + "\n").unwrap();
    } else {
        assert!(failures.is_empty(), "{} of {cases} cases differ:\n{}", failures.len(), failures.join("\n\n"));
    }
}
