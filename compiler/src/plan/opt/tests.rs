//! What each pass makes of a small policy.

use super::{
    OptLevel, PASSES, Pass, early, exists, factor, fuse, hoist, index, inline, join, memo, prune, simplify, tail, unite,
};
use crate::plan::{print, verify};
use crate::{Options, Source, plan_sources};

/// The plan of a package `p` with the document `p/r`, after the passes.
fn after(passes: &[Pass], rules: &str) -> String {
    let sources =
        [Source { name: "p.rego".to_owned(), text: format!("package p\n{rules}").into_bytes(), rego_version: None }];
    let options = Options { entrypoints: vec!["p/r".to_owned()], opt_level: OptLevel::O0, ..Options::default() };
    let (mut plan, _) = plan_sources(&sources, &options).unwrap_or_else(|output| panic!("{:?}", output.diagnostics));
    let mut notes = Vec::new();
    for pass in passes {
        pass(&mut plan, &mut notes);
        verify(&plan).expect("a pass keeps the rules of plans");
    }
    let notes: String = notes.iter().map(|note| format!("{note:?}\n")).collect();
    format!("{}{notes}", print::print(&plan))
}

fn all(rules: &str) -> String {
    let passes: Vec<Pass> = PASSES.iter().map(|(_, pass)| *pass).collect();
    after(&passes, rules)
}

#[test]
fn early_returns_the_only_value() {
    insta::assert_snapshot!(after(&[early::run], "r := input.user.role"));
}

#[test]
fn early_keeps_values_that_must_agree() {
    insta::assert_snapshot!(after(&[early::run], "r := input.a\nr := input.b"));
}

#[test]
fn exists_asks_sets_instead_of_making_them() {
    let rules = "s contains x if some x in input.list\ns contains \"b\" if input.b\nt contains 1 if input.c\nr if { s[input.a]; count(t) == 0 }";
    insta::assert_snapshot!(after(&[exists::run], rules));
}

#[test]
fn exists_leaves_sets_that_are_wanted_twice() {
    let rules = "s contains x if some x in input.list\nr if { s[input.a]; s[input.b] }";
    assert!(!after(&[exists::run], rules).contains("has"));
}

#[test]
fn inline_copies_small_functions() {
    let rules = "role := input.user.role\nis_admin(x) if x == \"admin\"\nr if { is_admin(role); input.on }";
    insta::assert_snapshot!(after(&[early::run, inline::run, prune::run], rules));
}

#[test]
fn simplify_reads_a_path_once() {
    let rules = "r if { input.a == 1; some x in input.list; x == input.a; 1 < 2; input.a == 2 }";
    insta::assert_snapshot!(after(&[simplify::run], rules));
}

#[test]
fn hoist_moves_reads_out_of_loops() {
    let rules =
        "r contains x.id if { some x in input.list; some y in x.items; y.owner == input.user; input.on == true }";
    insta::assert_snapshot!(after(&[hoist::run], rules));
}

#[test]
fn hoist_leaves_calls_alone() {
    let rules = "f(x) := x\nf(x) := 1 if x == 1\nr contains x if { some x in input.list; f(input.a) == x }";
    insta::assert_snapshot!(after(&[hoist::run], rules));
}

#[test]
fn switch_over_rules_of_several_shapes() {
    let rules = "
r if { input.kind == \"a\"; input.n > 1 }
r if { input.x; input.kind == \"b\" }
r if { input.kind in {\"a\", \"c\"}; not input.off }
r if input.open";
    insta::assert_snapshot!(after(&[index::run, simplify::run], rules));
}

#[test]
fn switch_keeps_the_order_of_an_else_chain() {
    let rules = "r := 1 if input.a == 1 else := 2 if input.a == 2 else := 3 if input.b else := 4 if input.a == 3 else := 5 if input.a == 4 else := 6 if input.a == 1";
    insta::assert_snapshot!(after(&[index::run, simplify::run], rules));
}

/// Rules from a template in which `$` is the number of the rule.
fn many(template: &str, n: usize) -> String {
    (0..n).map(|i| format!("{}\n", template.replace('$', &i.to_string()))).collect()
}

#[test]
fn table_for_rules_of_one_shape() {
    let rules = many("r if { input.user == \"u$\"; input.action == \"read\"; input.level > $ }", 9);
    insta::assert_snapshot!(after(&[index::run, simplify::run], &rules));
}

#[test]
fn table_with_several_rows_for_a_key() {
    let rules = many("r contains \"x$\" if { input.user == \"u\"; input.n == $ }", 4)
        + &many("r contains \"y$\" if { input.user == \"v\"; input.n == $ }", 4);
    insta::assert_snapshot!(after(&[index::run, simplify::run], &rules));
}

#[test]
fn table_for_membership_and_prefixes() {
    let rules =
        many("r if { input.a in {\"x$\", \"all\"}; input.b }", 8) + &many("r if startswith(input.path, \"/$/\")", 8);
    insta::assert_snapshot!(after(&[index::run, simplify::run], &rules));
}

#[test]
fn table_for_arguments_of_a_function() {
    let rules = many("f(\"k$\", x) := x + $", 8) + "r := f(input.a, input.b)";
    insta::assert_snapshot!(all(&rules));
}

#[test]
fn join_with_base_data() {
    let rules = "r contains b.role if { some b in data.bindings; b.user.id == input.user; b.on }";
    insta::assert_snapshot!(after(&[hoist::run, memo::drop_needless, join::run], rules));
}

#[test]
fn join_needs_a_key_from_outside_the_loop() {
    let rules = "r if { some b in data.bindings; b.user == b.owner; some c in input.list; b.x == c }";
    assert!(!after(&[hoist::run, memo::drop_needless, join::run], rules).contains("lookup"));
}

#[test]
fn fuse_makes_only_the_part_that_is_wanted() {
    let rules = "r := split(input.mail, \"@\")[1]";
    insta::assert_snapshot!(after(&[fuse::run], rules));
}

#[test]
fn fuse_leaves_parts_that_are_wanted_twice_and_other_positions() {
    let rules = "r contains p if { parts := split(input.mail, \"@\"); p := parts[0]; count(parts) == 2 }
r contains p if p := split(input.mail, \"@\")[input.n]";
    assert!(!after(&[fuse::run], rules).contains("split_at"));
}

#[test]
fn factor_reads_and_tests_once_what_rules_begin_with() {
    let rules = "
r contains 1 if { input.path[0] == \"a\"; input.user == \"x\" }
r contains 2 if { input.path = [\"users\", id, \"orders\"]; id == input.sub }
r contains 3 if { input.path = [\"users\", id, \"orders\"]; id in data.reports[input.sub] }
r contains 4 if not input.path";
    insta::assert_snapshot!(after(&[simplify::run, factor::run], rules));
}

#[test]
fn factor_stops_where_a_rule_does_more_than_read_and_test() {
    let rules = "
r contains 1 if { startswith(input.path, \"/\"); input.user == \"x\" }
r contains 2 if { input.user == \"x\"; startswith(input.path, \"/\") }
r contains 3 if { some x in input.list; input.user == \"y\"; x == 1 }
r contains 4 if { input.on; input.user == \"y\" }";
    insta::assert_snapshot!(after(&[simplify::run, factor::run], rules));
}

#[test]
fn select_asks_an_index_again() {
    let rules = "r contains [a.id, roles] if {
	some a in input.users
	roles := {r | some b in input.bindings; b.on; b.user.id == a.id; r := b.role}
}";
    insta::assert_snapshot!(all(rules));
}

#[test]
fn select_from_rules_comprehensions_and_by_keys() {
    let rules = "ports contains p if some p in input.ports
r contains [h, xs, ys, zs] if {
	made := [x | some x in input.list; x.on]
	some h in input.hosts
	xs := [p | some p in ports; p.host == h]
	ys := [y | some y in made; y == h]
	zs := [z | some k, z in input.object; k == h.key]
}";
    insta::assert_snapshot!(all(rules));
}

#[test]
fn select_in_a_function_that_is_called_in_a_loop() {
    let rules =
        "has(a) if { some b in input.list; b.id == a.id }\nr contains a if { some a in input.list; not has(a) }";
    insta::assert_snapshot!(all(rules));
}

#[test]
fn select_by_the_value_that_changes_most() {
    let rules = "r contains b if {
	some a in input.a
	some b in input.b
	b.kind == \"role\"
	b.owner == input.owner
	b.user == a.user
}";
    insta::assert_snapshot!(all(rules));
}

#[test]
fn what_became_of_loops_is_explained() {
    let rules = "made contains b if some b in input.b
r contains a if {
	some a in input.a
	some x in input.b
	x.id == a.id
	some y in made
	y == a.y
	some z in a.list
	z == input.z
	some v in input.v
	v != a.v
	some i, w in input.w
	i == a.i
	a.kind in input.kinds
	some d in data.d
	d.id == a.d
}";
    let text = format!("package p\n{rules}");
    let sources = [Source { name: "p.rego".to_owned(), text: text.into_bytes(), rego_version: None }];
    let options = Options { entrypoints: vec!["p/r".to_owned()], ..Options::default() };
    let text = crate::explain(&sources, &options).unwrap_or_else(|output| panic!("{:?}", output.diagnostics));
    insta::assert_snapshot!(text);
}

#[test]
fn select_leaves_other_scans_alone() {
    // Done once; another collection in each round; no test for equality; a test behind a call.
    for rules in [
        "r if { some b in input.b; b.x == input.y }",
        "r if { some a in input.a; some b in a.b; b.x == input.y }",
        "r if { some a in input.a; some b in input.b; b.x != a.x; b.y == b.z }",
        "r if { some a in input.a; some b in input.b; io.jwt.decode(b.x); b.y == a.y }",
    ] {
        let plan = all(rules);
        assert!(!plan.contains("select"), "{plan}");
    }
}

#[test]
fn early_returns_from_each_branch_of_a_chain() {
    let rules = "r := input.x if input.a else := input.y if { some x in input.list; x == 1; false } else := input.z";
    assert!(after(&[early::run], rules).contains("once"), "a branch that ends in a loop may give several values");
    insta::assert_snapshot!(after(&[early::run], "r := input.x if input.a else := input.y if not input.b else := 1"));
}

#[test]
fn tail_goes_on_with_what_is_called_once() {
    let rules = "r := x if input.r else := f(input.b)\nx := y\ny := [input.a]\nf(n) := m if m := n + 1";
    insta::assert_snapshot!(after(&[early::run, memo::drop_needless, tail::run, prune::run, simplify::run], rules));
}

#[test]
fn tail_leaves_what_is_called_twice_or_may_be_no_object() {
    let rules = "r := [a, b]\na := x\nb := x\nx := [input.x]";
    assert!(after(&[early::run, memo::drop_needless, tail::run], rules).contains("call data.p.x()"));
    let rules = "r := object.union({\"a\": 1}, x)\nx := {\"b\": input.b} if input.a else := input.c";
    assert!(after(&[early::run, memo::drop_needless, tail::run], rules).contains("call data.p.x()"));
}

const UNITE: &[Pass] = &[early::run, memo::drop_needless, tail::run, prune::run, simplify::run, unite::run];

#[test]
fn unite_makes_one_object_of_two() {
    let rules = "r := object.union({\"id\": 7, \"n\": {\"k\": 1}}, x)
x := {\"seen\": input.a} if input.a else := {\"seen\": null, \"id\": [1]} if input.b else := object.union({\"u\": 1}, {\"v\": x | x := input.c})";
    insta::assert_snapshot!(after(UNITE, rules));
}

#[test]
fn unite_leaves_objects_within_objects() {
    let united = |rules: &str| !after(UNITE, rules).contains("object.union");
    assert!(united("r := object.union({\"a\": {\"b\": 1}}, {\"a\": [input.x]})"));
    assert!(!united("r := object.union({\"a\": {\"b\": 1}}, {\"a\": input.x})"));
    assert!(united("r := object.union({\"a\": 1}, {\"a\": input.x})"));
    assert!(!united("r := object.union({\"a\": 1}, {input.k: input.x})"));
    assert!(!united("r := object.union({1: 1}, {1.0: input.x})"));
}
