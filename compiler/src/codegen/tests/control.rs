//! Blocks, loops, negation, early ends, memo slots, and locals that share a slot.

use super::build::*;
use crate::plan::ir::{CompareOp, Local, Plan, Stmt};

#[test]
fn a_failing_block_goes_on_behind_it() {
    let mut b = Build::default();
    let (one, two) = (b.json("1"), b.json("2"));
    let body =
        vec![block(vec![compare(one, CompareOp::Eq, two), ret(one)]), block(vec![Stmt::Fail, ret(one)]), ret(two)];
    assert_eq!(answer(&b.main(0, body), "null"), "2");
}

#[test]
fn falling_off_the_end_is_undefined() {
    assert_eq!(answer(&Build::default().main(0, vec![]), "null"), "undefined");
}

#[test]
fn not_fails_when_its_block_ends() {
    let mut b = Build::default();
    let (yes, no) = (b.json("\"holds\""), b.json("\"fails\""));
    let flag = b.input(0, &["flag"]);
    let body = vec![block(vec![not(vec![flag, Stmt::Holds { value: local(0) }]), ret(no)]), ret(yes)];
    let plan = b.main(1, body);
    assert_eq!(answer(&plan, r#"{"flag":true}"#), "\"holds\"");
    assert_eq!(answer(&plan, r#"{"flag":0}"#), "\"holds\"");
    assert_eq!(answer(&plan, r#"{"flag":false}"#), "\"fails\"");
    assert_eq!(answer(&plan, "{}"), "\"fails\"");
}

#[test]
fn a_break_out_of_not_goes_on_behind_it() {
    let mut b = Build::default();
    let one = b.json("1");
    let body = vec![not(vec![Stmt::Break { levels: 0 }]), ret(one)];
    assert_eq!(answer(&b.main(0, body), "null"), "1");
}

/// `[[k, v] | some k, v in input.xs]` for each kind of collection.
#[test]
fn a_scan_gives_keys_and_values_in_order() {
    let mut b = Build::default();
    let xs = b.input(0, &["xs"]);
    let body = vec![
        xs,
        array(1, vec![]),
        scan(local(0), Some(2), Some(3), vec![array(4, vec![local(2), local(3)]), push(1, local(4))]),
        ret(local(1)),
    ];
    let plan = b.main(5, body);
    let cases = [
        (r#"{"xs":["b","a"]}"#, r#"[[0,"b"],[1,"a"]]"#),
        (r#"{"xs":{"b":1,"a":2}}"#, r#"[["a",2],["b",1]]"#),
        (r#"{"xs":{2,1}}"#, "[[1,1],[2,2]]"),
        (r#"{"xs":[]}"#, "[]"),
        (r#"{"xs":{}}"#, "[]"),
        (r#"{"xs":set()}"#, "[]"),
        (r#"{"xs":"text"}"#, "[]"),
        (r#"{"xs":7}"#, "[]"),
        (r#"{"xs":1.5}"#, "[]"),
        (r#"{"xs":null}"#, "[]"),
    ];
    for (input, expected) in cases {
        assert_eq!(answer(&plan, input).replace(' ', ""), expected, "{input}");
    }
}

#[test]
fn a_scan_may_bind_only_one_side_or_none() {
    let mut b = Build::default();
    let one = b.json("1");
    let xs = b.input(0, &["xs"]);
    let keys = scan(local(0), Some(2), None, vec![push(1, local(2))]);
    let values = scan(local(0), None, Some(2), vec![push(1, local(2))]);
    let rounds = scan(local(0), None, None, vec![push(1, one)]);
    let plan = b.main(3, vec![xs, array(1, vec![]), keys, values, rounds, ret(local(1))]);
    assert_eq!(answer(&plan, r#"{"xs":{"a":"x","b":"y"}}"#).replace(' ', ""), r#"["a","b","x","y",1,1]"#);
    assert_eq!(answer(&plan, r#"{"xs":["x","y"]}"#).replace(' ', ""), r#"[0,1,"x","y",1,1]"#);
}

#[test]
fn failing_in_a_scan_is_the_next_round_and_breaking_leaves_it() {
    let mut b = Build::default();
    let (two, four) = (b.json("2"), b.json("4"));
    let xs = b.input(0, &["xs"]);
    let body = vec![
        xs,
        array(1, vec![]),
        scan(
            local(0),
            None,
            Some(2),
            vec![
                block(vec![compare(local(2), CompareOp::Eq, four), Stmt::Break { levels: 1 }]),
                compare(local(2), CompareOp::Ne, two),
                push(1, local(2)),
            ],
        ),
        ret(local(1)),
    ];
    assert_eq!(answer(&b.main(3, body), r#"{"xs":[1,2,3,4,5]}"#).replace(' ', ""), "[1,3]");
}

#[test]
fn breaking_out_of_nested_scans_goes_behind_the_outer_one() {
    let mut b = Build::default();
    let three = b.json("3");
    let xs = b.input(0, &["xs"]);
    let inner = scan(
        local(1),
        None,
        Some(2),
        vec![block(vec![compare(local(2), CompareOp::Eq, three), Stmt::Break { levels: 2 }]), push(3, local(2))],
    );
    let plan = b.main(4, vec![xs, array(3, vec![]), scan(local(0), None, Some(1), vec![inner]), ret(local(3))]);
    assert_eq!(answer(&plan, r#"{"xs":[[1,2],[3,4],[5]]}"#).replace(' ', ""), "[1,2]");
}

#[test]
fn returning_ends_the_function_from_within_a_loop() {
    let mut b = Build::default();
    let (two, none) = (b.json("2"), b.json("\"none\""));
    let xs = b.input(0, &["xs"]);
    let found = scan(local(0), Some(2), Some(1), vec![compare(local(1), CompareOp::Gt, two), ret(local(2))]);
    let plan = b.main(3, vec![xs, found, ret(none)]);
    assert_eq!(answer(&plan, r#"{"xs":[1,3,5]}"#), "1");
    assert_eq!(answer(&plan, r#"{"xs":[1]}"#), "\"none\"");
}

#[test]
fn functions_take_arguments_and_may_be_undefined() {
    let mut b = Build::default();
    let (zero, other) = (b.json("0"), b.json("\"other\""));
    let f = b.func("data.f", 2, 2, vec![compare(local(0), CompareOp::Ne, zero), ret(local(1))]);
    let (x, y) = (b.input(0, &["x"]), b.input(1, &["y"]));
    let body = vec![x, y, block(vec![call(2, f, vec![local(0), local(1)]), ret(local(2))]), ret(other)];
    let plan = b.main(3, body);
    assert_eq!(answer(&plan, r#"{"x":1,"y":"y"}"#), "\"y\"");
    assert_eq!(answer(&plan, r#"{"x":0,"y":"y"}"#), "\"other\"");
}

#[test]
fn return_if_defined_goes_on_otherwise() {
    let mut b = Build::default();
    let other = b.json("\"other\"");
    let x = b.input(1, &["x"]);
    let body = vec![
        Stmt::Reset { dst: Local(0) },
        block(vec![x, Stmt::Assign { dst: Local(0), source: local(1) }]),
        Stmt::ReturnIfDefined { local: Local(0) },
        ret(other),
    ];
    let plan = b.main(2, body);
    assert_eq!(answer(&plan, r#"{"x":false}"#), "false");
    assert_eq!(answer(&plan, "{}"), "\"other\"");
}

/// A statement that fails leaves an older value of its target alone.
#[test]
fn a_failing_statement_keeps_the_old_value() {
    let mut b = Build::default();
    let old = b.json("\"old\"");
    let x = b.input(0, &["x"]);
    let plan = b.main(1, vec![Stmt::Assign { dst: Local(0), source: old }, block(vec![x]), ret(local(0))]);
    assert_eq!(answer(&plan, "{}"), "\"old\"");
    assert_eq!(answer(&plan, r#"{"x":"new"}"#), "\"new\"");
}

#[test]
fn a_failing_statement_in_a_loop_keeps_the_value_of_an_earlier_round() {
    let mut b = Build::default();
    let (key, none) = (b.json("\"k\""), b.json("\"none\""));
    let xs = b.input(0, &["xs"]);
    let body = vec![
        xs,
        Stmt::Reset { dst: Local(1) },
        scan(local(0), None, Some(2), vec![get(1, local(2), key)]),
        Stmt::ReturnIfDefined { local: Local(1) },
        ret(none),
    ];
    let plan = b.main(3, body);
    assert_eq!(answer(&plan, r#"{"xs":[{"k":1},{"k":2},{}]}"#), "2");
    assert_eq!(answer(&plan, r#"{"xs":[{}]}"#), "\"none\"");
}

#[test]
fn is_defined_and_is_undefined_look_at_reset_locals() {
    let mut b = Build::default();
    let (yes, no) = (b.json("\"defined\""), b.json("\"undefined\""));
    let x = b.input(0, &["x"]);
    let body = vec![
        Stmt::Reset { dst: Local(0) },
        block(vec![x]),
        block(vec![Stmt::IsDefined { local: Local(0) }, ret(yes)]),
        block(vec![Stmt::IsUndefined { local: Local(0) }, ret(no)]),
    ];
    let plan = b.main(1, body);
    assert_eq!(answer(&plan, r#"{"x":null}"#), "\"defined\"");
    assert_eq!(answer(&plan, "{}"), "\"undefined\"");
}

/// Counts calls by the host's built-in `count_me`, which gives its argument back.
fn counted(memo: bool, argument: &str) -> (Plan, usize) {
    let mut b = Build::default();
    let one = b.json(argument);
    let body = vec![builtin(0, "test.count_me", vec![one]), compare(local(0), CompareOp::Ne, one), ret(local(0))];
    let f = if memo { b.memo_func("data.f", 1, body) } else { b.func("data.f", 0, 1, body) };
    let calls = |n| block(vec![call(n, f, vec![])]);
    let done = b.json("\"done\"");
    let plan = b.main(3, vec![calls(0), calls(1), calls(2), ret(done)]);
    let mut host = super::Host::new(&wasm(&plan));
    assert_eq!(host.fast(0, None, None).as_deref(), Ok("\"done\""));
    let calls = host.store.data().calls.len();
    assert_eq!(host.fast(0, None, None).as_deref(), Ok("\"done\""));
    assert_eq!(host.store.data().calls.len(), calls * 2, "nothing is remembered from one evaluation to the next");
    (plan, calls)
}

#[test]
fn a_memo_slot_remembers_undefined_too() {
    assert_eq!(counted(false, "1").1, 3);
    assert_eq!(counted(true, "1").1, 1);
}

#[test]
fn a_memo_slot_remembers_a_value() {
    let mut b = Build::default();
    let one = b.json("1");
    let f = b.memo_func("data.f", 1, vec![builtin(0, "test.count_me", vec![one]), ret(local(0))]);
    let plan =
        b.main(3, vec![call(0, f, vec![]), call(1, f, vec![]), array(2, vec![local(0), local(1)]), ret(local(2))]);
    let mut host = super::Host::new(&wasm(&plan));
    assert_eq!(host.fast(0, None, None).map(|t| t.replace(' ', "")).as_deref(), Ok("[1,1]"));
    assert_eq!(host.store.data().calls, [(0, 1)]);
}

/// A local that is set in a loop and read behind it must not share its slot with another one of the loop.
#[test]
fn locals_keep_apart_around_loops() {
    let mut b = Build::default();
    let (three, none) = (b.json("3"), b.json("\"none\""));
    let xs = b.input(0, &["xs"]);
    // block { scan { copy = v; twice = [v]; if v == 3 { found = twice; break to behind the block } }; return none }; return found
    let round = vec![
        array(2, vec![local(1)]),
        block(vec![
            compare(local(1), CompareOp::Eq, three),
            Stmt::Assign { dst: Local(3), source: local(2) },
            Stmt::Break { levels: 2 },
        ]),
        array(4, vec![local(1), local(1)]),
        Stmt::IsDefined { local: Local(4) },
    ];
    let plan = b.main(5, vec![xs, block(vec![scan(local(0), None, Some(1), round), ret(none)]), ret(local(3))]);
    assert_eq!(answer(&plan, r#"{"xs":[1,2,3,4]}"#), "[3]");
    assert_eq!(answer(&plan, r#"{"xs":[1,2]}"#), "\"none\"");
}

#[test]
fn a_value_from_before_a_loop_survives_all_rounds() {
    let mut b = Build::default();
    let (xs, y) = (b.input(0, &["xs"]), b.input(1, &["y"]));
    let round =
        vec![array(3, vec![local(1), local(2)]), push(4, local(3)), array(5, vec![local(2)]), push(4, local(5))];
    let plan = b.main(6, vec![xs, y, array(4, vec![]), scan(local(0), None, Some(2), round), ret(local(4))]);
    assert_eq!(answer(&plan, r#"{"xs":[1,2],"y":"y"}"#).replace(' ', ""), r#"[["y",1],[1],["y",2],[2]]"#);
}
