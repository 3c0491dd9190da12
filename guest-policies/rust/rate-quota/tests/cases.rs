//! The cases of `cases.json`, natively. `tests/tests/rust_policies.rs` runs them through the module.

use writ_guest_sdk::testing::{Test, Value};

#[test]
fn cases_decide_as_expected() {
    let cases: Vec<Value> = serde_json::from_str(include_str!("../cases.json")).expect("cases are JSON");
    let test = Test::of(&rate_quota::POLICY).data_text(include_str!("../data.json")).expect("data are JSON");
    for case in cases {
        let entrypoint = case["entrypoint"].as_str().expect("an entrypoint");
        let found = test.decide(entrypoint, case["input"].clone());
        match case.get("error") {
            Some(error) => {
                let found = found.expect_err("an error");
                assert_eq!(
                    (&error["code"], &error["message"]),
                    (&found.code().into(), &found.message().into()),
                    "{case}"
                );
            }
            None => assert_eq!(found.as_ref(), Ok(&case.get("expected").cloned()), "{case}"),
        }
    }
}
