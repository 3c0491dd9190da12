//! Every difference that the comparison lets pass is a line of the documentation.

const DOCUMENT: &str = include_str!("../../docs/builtins-differences.md");
const RULES: &str = include_str!("../src/known.rs");

#[test]
fn known_differences_are_documented() {
    let reasons: Vec<&str> = RULES.split("Some(\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    assert!(reasons.len() > 20, "the reasons are found in the source");
    for reason in reasons {
        assert!(DOCUMENT.lines().any(|l| l.strip_prefix("* ").is_some_and(|l| l.starts_with(reason))), "{reason}");
    }
}
