//! What loops over loops cost, in instructions: with selections twice as many elements are twice the work, not four times.

use std::fmt::Write;

use super::host::Host;
use crate::plan::OptLevel;
use crate::{Options, Source, compile};

/// Idioms that scan a collection for each element of another one.
const IDIOMS: &[(&str, &str)] = &[
    ("comprehension", "r := [x | some a in input.users; x := {b.role | some b in input.bindings; b.user == a.id}]"),
    ("every", "r if { every a in input.users { some b in input.bindings; b.user == a.id } }"),
    (
        "rule",
        "r := [x | some a in input.users; x := [b | some b in bindings; b.user == a.id]]\nbindings contains b if some b in input.bindings",
    ),
    ("nested", "r contains [a.id, b.role] if { some a in input.users; some b in input.bindings; b.user == a.id }"),
    ("self", "r contains [a.id, i] if { some a in input.users; some i, b in input.users; b.next == a.id }"),
    (
        "group by",
        "r := {k: v | some k in {b.user | some b in input.bindings}; v := {b | some b in input.bindings; b.user == k}}",
    ),
    (
        "made",
        "r := [x | s := [b | some b in input.bindings; b.role]; some a in input.users; x := [b | some b in s; b.user == a.id]]",
    ),
    ("variables", "r contains i if { x := input.users[i].id; input.bindings[j].user == x; input.bindings[j].role }"),
    ("positions", "r contains j if { some a in input.users; input.ids[j] == a.id }"),
    ("membership", "r contains a.id if { some a in input.users; a.next in input.ids; not a.n in input.ids }"),
    ("keys", "r contains v if { some a in input.users; some k, v in input.ids; k == a.n }"),
    (
        "negation",
        "r contains a.id if { some a in input.users; not has(a) }\nhas(a) if { some b in input.bindings; b.user == a.next }",
    ),
    (
        "argument",
        "r contains x if { some a in input.users; x := of(input.bindings, a.id) }\nof(xs, k) := [x | some x in xs; x.user == k]",
    ),
    (
        "constant first",
        "r contains [a.id, b.role] if { some a in input.users; some b in input.bindings; b.kind == 1; b.user == a.id }",
    ),
    (
        "with",
        "r contains a.id if { some a in input.users; ok with input.who as a.id }\nok if { some b in input.bindings; b.user == input.who }",
    ),
    (
        "level below",
        "r contains x.role if { some t in input.tenants; some a in t.users; some x in t.bindings; x.user == a.id }",
    ),
];

/// `n` users, `n` bindings and a tenant with the same.
fn input(n: usize) -> String {
    let (mut users, mut bindings, mut ids) = (String::new(), String::new(), String::new());
    for i in 0..n {
        let comma = if i == 0 { "" } else { ", " };
        let _ = write!(users, "{comma}{{\"id\": \"u{i}\", \"n\": {i}, \"next\": \"u{}\"}}", (i + 1) % n);
        let _ = write!(bindings, "{comma}{{\"user\": \"u{}\", \"role\": \"r{}\", \"kind\": 1}}", i * 7 % n, i % 5);
        let _ = write!(ids, "{comma}\"u{i}\"");
    }
    let lists = format!("\"users\": [{users}], \"bindings\": [{bindings}]");
    format!("{{{lists}, \"ids\": [{ids}], \"tenants\": [{{{lists}}}]}}")
}

fn work_of(host: &mut Host, n: usize) -> (u64, String) {
    let answer = host.fast(0, Some(&input(n)), None).expect("no abort");
    (host.work, answer)
}

#[test]
fn twice_as_many_elements_are_twice_the_work() {
    for (name, rules) in IDIOMS {
        let text = format!("package p\n{rules}\n");
        let [mut plain, mut indexed] = [OptLevel::O1, OptLevel::O2].map(|opt_level| {
            let sources = [Source { name: "p.rego".to_owned(), text: text.clone().into_bytes(), rego_version: None }];
            let options = Options { entrypoints: vec!["p/r".to_owned()], opt_level, ..Options::default() };
            let output = compile(&sources, &options);
            Host::new(&output.wasm.unwrap_or_else(|| panic!("{:?}", output.diagnostics)))
        });
        let [few, many] = [150, 300].map(|n| {
            let ((scans, expected), (work, answer)) = (work_of(&mut plain, n), work_of(&mut indexed, n));
            assert_eq!(answer, expected, "{name}");
            (scans, work)
        });
        let times = |few: u64, many: u64| many * 10 / few;
        assert!(times(few.0, many.0) > 30, "{name}: scans {few:?} {many:?}");
        assert!(times(few.1, many.1) < 24, "{name}: {few:?} {many:?}");
    }
}

#[test]
fn a_loop_that_is_left_early_costs_no_more() {
    // The first element is always the one: nothing but it is looked at, with and without selections.
    let text = "package p\nr if { every a in input.users { some b in input.bindings; b.kind == a.kind } }";
    let [mut plain, mut indexed] = [OptLevel::O1, OptLevel::O2].map(|opt_level| {
        let sources = [Source { name: "p.rego".to_owned(), text: text.into(), rego_version: None }];
        let options = Options { entrypoints: vec!["p/r".to_owned()], opt_level, ..Options::default() };
        Host::new(&compile(&sources, &options).wasm.expect("compiles"))
    });
    let input = input(2000).replace("\"id\": ", "\"kind\": 1, \"id\": ");
    for host in [&mut plain, &mut indexed] {
        assert_eq!(host.fast(0, Some(&input), None).as_deref(), Ok("true"));
    }
    assert!(indexed.work < plain.work * 3, "{} {}", indexed.work, plain.work);
}
