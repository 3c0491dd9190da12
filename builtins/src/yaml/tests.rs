//! Bounds of the reader; results are checked against OPA in `tests/opa.rs`.

use super::load::parse;

#[test]
fn alias_bombs_end_quickly() {
    let mut text = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
    for i in 1..30 {
        let refs = vec![format!("*a{}", i - 1); 9].join(", ");
        text.push_str(&format!("a{i}: &a{i} [{refs}]\n"));
    }
    assert_eq!(parse(&text), Err("yaml: document contains excessive aliasing".to_owned()));
}

#[test]
fn depth_is_bounded() {
    assert!(parse(&"[".repeat(100_000)).is_err());
    assert!(parse(&"- ".repeat(50_000)).is_err());
    let chain: String = (1..900).map(|i| format!("- &a{i} [[*a{}]]\n", i - 1)).collect();
    assert!(parse(&format!("- &a0 []\n{chain}")).is_err());
}

#[test]
fn a_document_cannot_contain_itself() {
    assert!(parse("&a [*a]").is_err());
    assert!(parse("*a").is_err());
}
