//! `switch` finds the case of an equal constant among few and many, of one type and several.

use super::build::*;
use super::host::Host;
use crate::plan::ir::{Block, Local, Plan, Stmt};

/// `switch input.x` over constants; each case returns its position, the default −1.
fn switch(constants: &[String], source: Option<&str>) -> Plan {
    let mut b = Build::default();
    let on = match source {
        // Elements of a constant carry the mark of constants.
        Some(list) => {
            let (list, index) = (b.json(list), b.input(1, &["i"]));
            block(vec![index, get(0, list, local(1))])
        }
        None => b.input(0, &["x"]),
    };
    let cases = constants.iter().enumerate().map(|(i, text)| {
        let (crate::plan::ir::Operand::Const(id), position) = (b.json(text), b.json(&i.to_string())) else {
            unreachable!()
        };
        // Odd cases fail behind their result: control then goes on behind the switch.
        let assign = Stmt::Assign { dst: Local(2), source: position };
        (id, Block(if i % 2 == 1 { vec![assign, Stmt::Fail] } else { vec![assign] }))
    });
    let cases = cases.collect();
    let none = b.json("-1");
    let default = Block(vec![Stmt::Assign { dst: Local(2), source: none }]);
    let reset = Stmt::Reset { dst: Local(0) };
    let body = vec![
        reset,
        on,
        Stmt::IsDefined { local: Local(0) },
        Stmt::Switch { on: local(0), cases, default },
        ret(local(2)),
    ];
    b.main(3, body)
}

fn strings(n: usize) -> Vec<String> {
    (0..n).map(|i| format!("\"case {i}\"")).collect()
}

#[test]
fn strings_of_the_input_find_their_case() {
    for n in [0, 1, 3, 4, 5, 6, 100] {
        let mut host = Host::new(&wasm(&switch(&strings(n), None)));
        let mut find = |x: &str| host.fast(0, Some(&format!(r#"{{"x":{x}}}"#)), None).expect("no abort");
        for i in 0..n {
            assert_eq!(find(&format!("\"case {i}\"")), i.to_string());
        }
        for other in ["\"case\"", "\"\"", "1", "null", "true", "[]", "{}", "{1}", "1.5"] {
            assert_eq!(find(other), "-1", "{other}");
        }
    }
}

#[test]
fn marked_strings_find_their_case() {
    let n = 50;
    let list = format!("[{},\"other\",7,null]", strings(n).join(","));
    let mut host = Host::new(&wasm(&switch(&strings(n), Some(&list))));
    for i in 0..n + 3 {
        let expected = if i < n { i.to_string() } else { "-1".to_owned() };
        assert_eq!(host.fast(0, Some(&format!(r#"{{"i":{i}}}"#)), None), Ok(expected));
    }
}

#[test]
fn values_of_several_types_find_their_case() {
    let constants =
        ["\"a\"", "1", "1.5", "null", "true", "[1,{\"k\":2}]", "{}", "\"b\"", "9223372036854775807"].map(str::to_owned);
    let mut host = Host::new(&wasm(&switch(&constants, None)));
    let mut find = |x: &str| host.fast(0, Some(&format!(r#"{{"x":{x}}}"#)), None).expect("no abort");
    for (i, x) in constants.iter().enumerate() {
        assert_eq!(find(x), i.to_string());
    }
    assert_eq!(find("1.0"), "1");
    assert_eq!(find("[1.0,{\"k\":2}]"), "5");
    for other in ["false", "2", "\"c\"", "[1]", "{1}", "{\"a\":1}"] {
        assert_eq!(find(other), "-1", "{other}");
    }
}

#[test]
fn numbers_without_strings_find_their_case() {
    let constants: Vec<String> = (0..40).map(|i| (i * 3).to_string()).collect();
    let mut host = Host::new(&wasm(&switch(&constants, None)));
    for i in 0..130 {
        let expected = if i % 3 == 0 && i < 120 { i / 3 } else { -1 };
        assert_eq!(host.fast(0, Some(&format!(r#"{{"x":{i}}}"#)), None), Ok(expected.to_string()));
    }
    assert_eq!(host.fast(0, Some(r#"{"x":"3"}"#), None).as_deref(), Ok("-1"));
}

#[test]
fn ten_thousand_cases_are_fine() {
    let mut host = Host::new(&wasm(&switch(&strings(10_000), None)));
    for i in [0, 1, 4_999, 9_999] {
        assert_eq!(host.fast(0, Some(&format!(r#"{{"x":"case {i}"}}"#)), None), Ok(i.to_string()));
    }
}
