//! Rule documents at run time.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that fails panics")]

use std::sync::Arc;

use writ::{Error, Writ};

fn writ() -> Writ {
    Writ::builder().rego("p.rego", "package p\nallow := true").entrypoint("p/allow").build().unwrap()
}

fn document(bound: u32) -> String {
    format!(
        "id: gate\nversion: \"1\"\nrules:\n  - id: speed\n    param: action.speed\n    operator: \"<=\"\n    value: {bound}\n    \
         message: too fast\n    level: ERROR\n"
    )
}

#[test]
fn a_document_is_compiled_once_and_decides() {
    let writ = writ();
    let rules = writ.rules(&document(10)).unwrap();
    assert!(rules.is_valid(r#"{"action": {"speed": 9}, "state": {}}"#).unwrap());
    assert!(!rules.is_valid(r#"{"action": {"speed": 11}, "state": {}}"#).unwrap());
    assert!(!rules.is_valid("{}").unwrap(), "a missing parameter is a violation");
    let decision = rules.decide(r#"{"action": {"speed": 11}, "state": {}}"#).unwrap();
    assert_eq!(decision.get("violations").unwrap().as_array().unwrap().len(), 1);
    assert!(Arc::ptr_eq(&rules, &writ.rules(&document(10)).unwrap()));
    let stats = writ.rules_stats();
    assert_eq!((stats.entries, stats.hits, stats.misses), (1, 1, 1));
}

#[test]
fn the_least_recently_used_goes_first() {
    let writ = writ();
    for bound in 0..=100 {
        writ.rules(&document(bound)).unwrap();
        writ.rules(&document(0)).unwrap();
    }
    let stats = writ.rules_stats();
    assert_eq!((stats.entries, stats.evictions, stats.misses), (100, 1, 101));
    writ.rules(&document(1)).unwrap();
    assert_eq!(writ.rules_stats().misses, 102, "the second one had to go");
}

#[test]
fn mistakes_are_told_by_line_and_not_kept() {
    let writ = writ();
    for _ in 0..2 {
        let Err(Error::Compile(text)) = writ.rules(&document(1).replace("\"<=\"", "\"=<\"")) else {
            panic!("it is refused")
        };
        assert!(text.contains("document.rules.yaml"), "{text}");
    }
    assert_eq!(writ.rules_stats().failures, 2);
    let json = writ.rules(r#"{"id": "gate", "version": "1", "rules": [{"id": "a", "param": "b"}]}"#);
    assert!(matches!(json, Err(Error::Compile(text)) if text.contains("document.rules.json")));
    assert!(matches!(writ.rules(&"a".repeat(5 << 20)), Err(Error::Compile(_))));
    assert!(matches!(writ.rules(""), Err(Error::Compile(_))));
}

#[test]
fn inputs_that_are_none_are_errors() {
    let rules = writ().rules(&document(1)).unwrap();
    assert!(rules.is_valid("{").is_err());
    assert!(rules.decide("").is_err());
}

#[test]
fn both_kinds_of_code_decide_alike() {
    let writ = writ();
    let rules = writ.rules(&document(10)).unwrap();
    let inputs =
        [r#"{"action": {"speed": 9}}"#, r#"{"action": {"speed": 11.5}}"#, r#"{"action": {"speed": "x"}}"#, "{}", "{"];
    let ask = || inputs.map(|input| rules.decide(input).map_err(|e| e.to_string()));
    let first = ask();
    let since = std::time::Instant::now();
    while !rules.is_optimized() {
        assert_eq!(ask(), first);
        assert!(since.elapsed().as_secs() < 60, "the thread in the background is there");
    }
    assert_eq!(ask(), first);
}

#[test]
fn documents_that_went_need_no_better_code() {
    let writ = writ();
    for bound in 0..150 {
        let rules = writ.rules(&document(bound)).unwrap();
        assert!(rules.is_valid(format!(r#"{{"action": {{"speed": {bound}}}}}"#)).unwrap());
    }
    // More than wait, and the engine of the program is not held up by them.
    drop(writ);
}
