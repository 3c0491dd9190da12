//! Comparisons and arithmetic give what `writ_value` gives, whichever operand is a constant.

use writ_value::{Value, json};

use super::build::*;
use super::host::Host;
use crate::plan::ir::{CompareOp, EntrypointKind, Stmt, TypeTest};

const VALUES: [&str; 22] = [
    "null",
    "false",
    "true",
    "0",
    "1",
    "-1",
    "1.0",
    "1e0",
    "1.5",
    "4611686018427387903",
    "4611686018427387904",
    "-4611686018427387904",
    "9223372036854775808",
    "\"\"",
    "\"a\"",
    "\"b\"",
    "[]",
    "[1]",
    "[1.0]",
    "{}",
    r#"{"a":1}"#,
    r#"{"a":1.0}"#,
];

const OPS: [(CompareOp, &str); 6] = [
    (CompareOp::Eq, "equal"),
    (CompareOp::Ne, "neq"),
    (CompareOp::Lt, "lt"),
    (CompareOp::Le, "lte"),
    (CompareOp::Gt, "gt"),
    (CompareOp::Ge, "gte"),
];

fn expected(op: CompareOp, a: &Value, b: &Value) -> bool {
    match op {
        CompareOp::Eq => a == b,
        CompareOp::Ne => a != b,
        CompareOp::Lt => a < b,
        CompareOp::Le => a <= b,
        CompareOp::Gt => a > b,
        CompareOp::Ge => a >= b,
    }
}

/// One function per right-hand constant gives the outcomes of all comparisons with `input.x` as a list.
#[test]
fn all_pairs_of_values_compare_as_values_do() {
    let mut b = Build::default();
    let (yes, no) = (b.json("true"), b.json("false"));
    for right in VALUES {
        let constant = b.json(right);
        let x = b.input(0, &["x"]);
        let y = b.input(4, &["y"]);
        let mut body = vec![x, y, array(1, vec![])];
        for (op, name) in OPS {
            for (l, r) in [(local(0), constant), (constant, local(0)), (local(0), local(4))] {
                body.push(Stmt::Reset { dst: crate::plan::ir::Local(2) });
                body.push(Stmt::Assign { dst: crate::plan::ir::Local(2), source: no });
                body.push(block(vec![compare(l, op, r), Stmt::Assign { dst: crate::plan::ir::Local(2), source: yes }]));
                body.push(push(1, local(2)));
                body.push(builtin(3, name, vec![l, r]));
                body.push(push(1, local(3)));
            }
        }
        body.push(ret(local(1)));
        let func = b.func(right, 0, 5, body);
        b.entrypoint(right, func, EntrypointKind::Document);
    }
    let mut host = Host::new(&wasm(&b.plan));
    let value = |text: &str| json::parse(text.as_bytes()).expect("JSON");
    for left in VALUES {
        for (id, right) in VALUES.iter().enumerate() {
            let input = format!(r#"{{"x":{left},"y":{right}}}"#);
            let (l, r) = (value(left), value(right));
            let mut outcomes = Vec::new();
            for (op, _) in OPS {
                for (l, r) in [(&l, &r), (&r, &l), (&l, &r)] {
                    outcomes.extend([expected(op, l, r); 2].map(|b| b.to_string()));
                }
            }
            let got = host.fast(id as i32, Some(&input), None).map(|text| text.replace(' ', ""));
            assert_eq!(got, Ok(format!("[{}]", outcomes.join(","))), "{left} with {right}");
        }
    }
}

#[test]
fn constants_are_compared_when_the_module_is_made() {
    let mut b = Build::default();
    let (one, decimal) = (b.json("1"), b.json("1.0"));
    let plan = b.main(0, vec![compare(one, CompareOp::Eq, decimal), ret(decimal)]);
    assert_eq!(answer(&plan, "null"), "1.0");
    let mut b = Build::default();
    let (one, two) = (b.json("1"), b.json("2"));
    assert_eq!(answer(&b.main(0, vec![compare(one, CompareOp::Gt, two), ret(two)]), "null"), "undefined");
}

/// Strings from a constant carry their mark, so that bits decide; strings of the input do not.
#[test]
fn marked_and_unmarked_strings_are_equal_by_their_bytes() {
    let mut b = Build::default();
    let list = b.json(r#"["a","b","c"]"#);
    let wanted = b.json("\"b\"");
    let xs = b.input(0, &["xs"]);
    let from_constant = scan(list, Some(1), Some(2), vec![compare(local(2), CompareOp::Eq, wanted), push(3, local(1))]);
    let against_input = scan(
        list,
        None,
        Some(4),
        vec![scan(local(0), None, Some(5), vec![compare(local(4), CompareOp::Eq, local(5)), push(3, local(5))])],
    );
    let plan = b.main(6, vec![xs, array(3, vec![]), from_constant, against_input, ret(local(3))]);
    assert_eq!(answer(&plan, r#"{"xs":["c","d","a"]}"#).replace(' ', ""), r#"[1,"a","c"]"#);
}

#[test]
fn sums_and_differences_are_exact_beyond_small_integers() {
    let numbers = ["0", "1", "-1", "7", "4611686018427387903", "-4611686018427387904", "9223372036854775807", "1e3"];
    let mut b = Build::default();
    let (x, y) = (b.input(0, &["x"]), b.input(1, &["y"]));
    let mut body = vec![x, y, array(2, vec![])];
    for name in ["plus", "minus"] {
        body.push(builtin(3, name, vec![local(0), local(1)]));
        body.push(push(2, local(3)));
    }
    body.push(ret(local(2)));
    let func = b.func("locals", 0, 4, body);
    b.entrypoint("locals", func, EntrypointKind::Document);
    for number in numbers {
        let constant = b.json(number);
        let x = b.input(0, &["x"]);
        let mut body = vec![x, array(2, vec![])];
        for (name, args) in [
            ("plus", vec![local(0), constant]),
            ("minus", vec![local(0), constant]),
            ("minus", vec![constant, local(0)]),
        ] {
            body.push(builtin(3, name, args));
            body.push(push(2, local(3)));
        }
        body.push(ret(local(2)));
        let func = b.func(number, 0, 4, body);
        b.entrypoint(number, func, EntrypointKind::Document);
    }
    let mut host = Host::new(&wasm(&b.plan));
    let number = |text: &str| writ_value::Number::parse(text).expect("number");
    for x in numbers {
        for (i, y) in numbers.iter().enumerate() {
            let (a, b) = (number(x), number(y));
            use writ_value::number::{add, sub};
            let sum = add(a.as_num(), b.as_num()).expect("sum").to_string();
            let difference = sub(a.as_num(), b.as_num()).expect("difference").to_string();
            let reverse = sub(b.as_num(), a.as_num()).expect("difference").to_string();
            let input = format!(r#"{{"x":{x},"y":{y}}}"#);
            let mut result = |id| host.fast(id, Some(&input), None).map(|text| text.replace(' ', ""));
            assert_eq!(result(0), Ok(format!("[{sum},{difference}]")), "{x}, {y}");
            assert_eq!(result(i as i32 + 1), Ok(format!("[{sum},{difference},{reverse}]")), "{x}, constant {y}");
        }
    }
}

#[test]
fn type_tests_and_lengths_never_misread_other_words() {
    let tests = [TypeTest::Array, TypeTest::Object, TypeTest::Set, TypeTest::Collection];
    let mut b = Build::default();
    let one = b.json("1");
    let x = b.input(0, &["x"]);
    let mut body = vec![x, array(1, vec![])];
    for (i, test) in tests.into_iter().enumerate() {
        let position = b.json(&i.to_string());
        body.push(block(vec![Stmt::IsType { value: local(0), test }, push(1, position)]));
    }
    let has_len = b.json("\"len 1\"");
    body.push(block(vec![Stmt::LenIs { value: local(0), len: 1 }, push(1, has_len)]));
    body.push(block(vec![Stmt::Holds { value: local(0) }, push(1, one)]));
    body.push(ret(local(1)));
    let plan = b.main(2, body);
    let cases = [
        ("[7]", r#"[0,3,"len1",1]"#),
        ("[]", "[0,3,1]"),
        (r#"{"a":1}"#, r#"[1,3,"len1",1]"#),
        ("{1,2}", "[2,3,1]"),
        ("4", "[1]"),
        ("-1", "[1]"),
        ("1.5", "[1]"),
        ("\"x\"", "[1]"),
        ("null", "[1]"),
        ("false", "[]"),
        ("true", "[1]"),
    ];
    for (value, expected) in cases {
        assert_eq!(answer(&plan, &format!(r#"{{"x":{value}}}"#)).replace(' ', ""), expected, "{value}");
    }
}
