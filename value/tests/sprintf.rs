//! `sprintf` gives what OPA gives (`data/sprintf.jsonl`: format, arguments, result as printed by OPA 1.22).

use writ_value::{gofmt, json};

#[test]
fn results_equal_those_of_opa() {
    let mut wrong = Vec::new();
    let mut n_cases = 0;
    for line in include_str!("data/sprintf.jsonl").lines() {
        let case = json::parse(line.as_bytes()).expect("fixture is JSON");
        let [format, args, want] = case.as_array().expect("an array") else { unreachable!("three items") };
        let args: Vec<gofmt::Arg<'_>> = args.as_array().expect("arguments").iter().map(Into::into).collect();
        let format = format.as_string().expect("a string").as_bytes();
        let got = gofmt::sprintf(format, &args).expect("short");
        let got = String::from_utf8_lossy(&got);
        n_cases += 1;
        if Some(&*got) != want.as_str() {
            wrong.push(format!("{line}: got {got}"));
        }
    }
    assert!(n_cases > 5000, "only {n_cases} cases");
    assert!(wrong.is_empty(), "{} of {n_cases} differ:\n{}", wrong.len(), wrong[..wrong.len().min(40)].join("\n"));
}
