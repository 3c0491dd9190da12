//! The conformance suite, and the project's own cases in its format.

use writ_compiler::plan::OptLevel;
use writ_tests::conformance::known::Known;
use writ_tests::conformance::run::{Summary, run};
use writ_tests::conformance::{case, default_suite, own_cases};

fn check(path: &std::path::Path, level: OptLevel) -> Summary {
    let cases = case::load(path).unwrap();
    let known = Known::load(&Known::default_path()).unwrap();
    let reports = run(&cases, 2, level);
    assert_eq!(reports.len(), cases.len());
    let summary = Summary::new(&reports, &known);
    assert!(
        summary.unexpected.is_empty(),
        "{} unexpected failures: {:#?}",
        summary.unexpected.len(),
        summary.unexpected
    );
    assert!(summary.fixed.is_empty(), "take off the list of known failures: {:#?}", summary.fixed);
    summary
}

#[test]
fn the_suite_passes_but_for_known_failures() {
    let Some(suite) = default_suite() else {
        println!("SKIPPED: no conformance suite beside the project");
        return;
    };
    let summary = check(&suite, OptLevel::default());
    println!("{} passed, {} failed", summary.passed, summary.failed);
}

#[test]
fn own_cases_pass() {
    let summary = check(&own_cases(), OptLevel::default());
    assert_eq!(summary.failed, 0);
}
