//! Bounds on patterns; results are checked against OPA in `tests/opa.rs`.

use super::Pattern;

#[test]
fn hostile_patterns_end_quickly() {
    for pattern in [
        "(".repeat(50_000),
        "(?:".repeat(5000) + &")".repeat(5000),
        "(((a{1000}){1000}){1000}){1000}".to_owned(),
        r"\pL{1000}\pL{1000}\pL{1000}\pL{1000}\pL{1000}\pL{1000}".repeat(50),
        "a".repeat(70_000),
        "[".repeat(60_000),
    ] {
        assert!(Pattern::new(pattern.as_bytes()).is_err(), "{}", &pattern[..20]);
    }
}

#[test]
fn boundaries_never_split_a_character() {
    let p = Pattern::new(br"\B").expect("valid");
    let text = "éa".as_bytes();
    assert!(p.matches(text, 10).all(|c| c.get(0).is_some_and(|m| m.start() != 1)));
}
