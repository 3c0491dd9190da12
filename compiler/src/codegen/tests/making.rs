//! Collections made by plans, and the conflicts that inserting may find.

use super::build::*;
use crate::plan::ir::{Conflict, Leaf, Local, Operand, Stmt};

fn object(dst: u32, pairs: Vec<(Operand, Operand)>) -> Stmt {
    Stmt::MakeObject { dst: Local(dst), pairs }
}

#[test]
fn arrays_sets_and_objects_of_operands() {
    let mut b = Build::default();
    let (a, z, one) = (b.json("\"a\""), b.json("\"z\""), b.json("1"));
    let (x, y) = (b.input(0, &["x"]), b.input(1, &["y"]));
    let plan = b.main(
        6,
        vec![
            x,
            y,
            array(2, vec![local(0), one, local(1)]),
            Stmt::MakeSet { dst: Local(3), items: vec![local(1), local(0), local(1), one] },
            object(4, vec![(z, local(0)), (a, local(1))]),
            object(5, vec![(local(0), one), (local(1), z)]),
            array(2, vec![local(2), local(3), local(4), local(5)]),
            ret(local(2)),
        ],
    );
    let expected = r#"[["x",1,"y"],{1,"x","y"},{"a":"y","z":"x"},{"x":1,"y":"z"}]"#;
    assert_eq!(answer(&plan, r#"{"x":"x","y":"y"}"#).replace(' ', ""), expected);
}

#[test]
fn a_collection_may_be_made_of_its_own_old_value() {
    let mut b = Build::default();
    let key = b.json("\"k\"");
    let x = b.input(0, &["x"]);
    let set = Stmt::MakeSet { dst: Local(0), items: vec![local(0)] };
    let plan = b.main(
        1,
        vec![
            x,
            array(0, vec![local(0)]),
            set,
            object(0, vec![(key, local(0))]),
            object(0, vec![(local(0), key)]),
            ret(local(0)),
        ],
    );
    assert_eq!(answer(&plan, r#"{"x":1}"#).replace(' ', ""), r#"{{"k":{[1]}}:"k"}"#);
}

#[test]
fn made_objects_can_be_looked_up_and_filled() {
    let mut b = Build::default();
    let keys: Vec<_> = (0..12).rev().map(|i| b.json(&format!("\"k{i:02}\""))).collect();
    let (more, seven) = (b.json("\"a\""), b.json("7"));
    let pairs = keys.iter().map(|k| (*k, *k)).collect();
    let plan = b.main(
        4,
        vec![
            object(0, pairs),
            Stmt::Insert { object: Local(0), key: more, value: seven },
            Stmt::Insert { object: Local(0), key: keys[3], value: seven },
            get(1, local(0), keys[3]),
            get(2, local(0), keys[0]),
            get(3, local(0), more),
            array(1, vec![local(1), local(2), local(3)]),
            ret(local(1)),
        ],
    );
    assert_eq!(answer(&plan, "null").replace(' ', ""), r#"[7,"k11",7]"#);
}

#[test]
fn sets_are_filled_without_doubles() {
    let mut b = Build::default();
    let xs = b.input(0, &["xs"]);
    let plan = b.main(
        3,
        vec![
            xs,
            Stmt::MakeSet { dst: Local(1), items: vec![] },
            scan(local(0), None, Some(2), vec![Stmt::Add { set: Local(1), value: local(2) }]),
            ret(local(1)),
        ],
    );
    assert_eq!(answer(&plan, r#"{"xs":[3,1,3,2,1.0]}"#).replace(' ', ""), "{1,2,3}");
    assert_eq!(answer(&plan, r#"{"xs":[]}"#), "set()");
}

#[test]
fn outputs_of_rules_must_agree() {
    let messages = [
        (Conflict::Rule, "complete rules must not produce multiple outputs"),
        (Conflict::Function, "functions must not produce multiple outputs for same inputs"),
        (Conflict::ObjectKey, "object keys must be unique"),
    ];
    for (conflict, message) in messages {
        let mut b = Build::default();
        let xs = b.input(0, &["xs"]);
        let once = Stmt::AssignOnce { dst: Local(1), source: local(2), conflict, span: SPAN };
        let plan = b.main(
            3,
            vec![
                xs,
                Stmt::Reset { dst: Local(1) },
                scan(local(0), None, Some(2), vec![once]),
                Stmt::ReturnIfDefined { local: Local(1) },
            ],
        );
        assert_eq!(answer(&plan, r#"{"xs":[]}"#), "undefined");
        assert_eq!(answer(&plan, r#"{"xs":[[1],[1.0],[1]]}"#), "[1]");
        let error = format!("eval_conflict_error: p.rego:2:1: {message}");
        assert_eq!(eval(&plan, Some(r#"{"xs":[[1],[1],[2]]}"#), None), Err(error));
    }
}

#[test]
fn keys_of_rules_must_agree() {
    let mut b = Build::default();
    let xs = b.input(0, &["xs"]);
    let insert = Stmt::InsertOnce {
        object: Local(1),
        key: local(2),
        value: local(3),
        conflict: Conflict::ObjectKey,
        span: SPAN,
    };
    let pair = {
        let (zero, one) = (b.json("0"), b.json("1"));
        vec![get(2, local(4), zero), get(3, local(4), one), insert]
    };
    let plan = b.main(5, vec![xs, object(1, vec![]), scan(local(0), None, Some(4), pair), ret(local(1))]);
    assert_eq!(answer(&plan, r#"{"xs":[["a",1],["b",2],["a",1]]}"#).replace(' ', ""), r#"{"a":1,"b":2}"#);
    assert!(eval(&plan, Some(r#"{"xs":[["a",1],["a",2]]}"#), None).is_err());
}

#[test]
fn merging_prefers_what_is_over() {
    let mut b = Build::default();
    let none = b.json("\"none\"");
    let (over, base) = (b.input(0, &["over"]), b.input(1, &["base"]));
    let plan = b.main(
        3,
        vec![
            Stmt::Reset { dst: Local(0) },
            Stmt::Reset { dst: Local(1) },
            block(vec![over]),
            block(vec![base]),
            Stmt::Merge { dst: Local(2), over: Local(0), base: Local(1) },
            Stmt::ReturnIfDefined { local: Local(2) },
            ret(none),
        ],
    );
    let cases = [
        (r#"{"over":{"a":{"b":1}},"base":{"a":{"b":2,"c":3},"d":4}}"#, r#"{"a":{"b":1,"c":3},"d":4}"#),
        (r#"{"over":{"a":1}}"#, r#"{"a":1}"#),
        (r#"{"base":{"a":1}}"#, r#"{"a":1}"#),
        (r#"{"over":1,"base":{"a":1}}"#, "1"),
        ("{}", "\"none\""),
    ];
    for (input, expected) in cases {
        assert_eq!(answer(&plan, input).replace(' ', ""), expected, "{input}");
    }
}

/// A partial rule with keys of several levels: `p[x][y] := z` over rows of the input.
fn paths(leaf: Leaf) -> crate::plan::ir::Plan {
    let mut b = Build::default();
    let rows = b.input(0, &["rows"]);
    let keys = [b.json("0"), b.json("1"), b.json("2")];
    let insert =
        Stmt::InsertPath { object: Local(5), path: vec![local(2), local(3)], value: local(4), leaf, span: SPAN };
    let round = vec![get(2, local(1), keys[0]), get(3, local(1), keys[1]), get(4, local(1), keys[2]), insert];
    let name = b.json("\"fixed\"");
    let fixed = Stmt::InsertPath { object: Local(5), path: vec![name, name], value: name, leaf, span: SPAN };
    b.main(6, vec![rows, object(5, vec![]), scan(local(0), None, Some(1), round), fixed, ret(local(5))])
}

#[test]
fn values_are_inserted_below_paths() {
    let plan = paths(Leaf::Value);
    let rows = r#"{"rows":[["a","x",1],["a","y",{"k":1}],["b","x",2],["a","x",1]]}"#;
    let expected = r#"{"a":{"x":1,"y":{"k":1}},"b":{"x":2},"fixed":{"fixed":"fixed"}}"#;
    assert_eq!(answer(&plan, rows).replace(' ', ""), expected);
    let conflict = Err("eval_conflict_error: p.rego:2:1: object keys must be unique".to_owned());
    assert_eq!(eval(&plan, Some(r#"{"rows":[["a","x",1],["a","x",2]]}"#), None), conflict);
}

#[test]
fn members_are_added_below_paths() {
    let plan = paths(Leaf::Member);
    let rows = r#"{"rows":[["a","x",1],["a","x",2],["a","x",1],["b","x",2]]}"#;
    let expected = r#"{"a":{"x":{1,2}},"b":{"x":{2}},"fixed":{"fixed":{"fixed"}}}"#;
    assert_eq!(answer(&plan, rows).replace(' ', ""), expected);
}

#[test]
fn of_equal_keys_in_an_object_the_last_wins() {
    let mut b = Build::default();
    let (one, key) = (b.json("1"), b.json("\"k\""));
    let x = b.input(0, &["x"]);
    let plan = b.main(2, vec![x, object(1, vec![(key, one), (local(0), local(0)), (key, local(0))]), ret(local(1))]);
    assert_eq!(answer(&plan, r#"{"x":"k"}"#), r#"{"k": "k"}"#);
}
