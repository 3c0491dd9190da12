//! `with`: what it replaces, and that everything is as before behind it, however it is left.

use super::build::*;
use super::host::Host;
use crate::plan::ir::{Block, CompareOp, Conflict, Document, Local, Operand, Plan, Replace, Stmt};
use writ_value::Value;

fn with(replace: Vec<Replace>, cells: Vec<(u32, Operand)>, body: Vec<Stmt>) -> Stmt {
    Stmt::With { replace, cells, body: Block(body) }
}

impl Build {
    fn replace(&mut self, document: Document, path: &[&str], value: Operand) -> Replace {
        Replace { document, path: path.iter().map(|key| self.id(Value::from(*key))).collect(), value }
    }
}

fn document(dst: u32, document: Document) -> Stmt {
    Stmt::Document { dst: Local(dst), document }
}

#[test]
fn documents_are_replaced_for_the_block_only() {
    let mut b = Build::default();
    let (nine, whole) = (b.json("9"), b.json(r#"{"w":1}"#));
    let replaced = vec![
        b.replace(Document::Input, &["a", "b"], nine),
        b.replace(Document::Input, &["c"], nine),
        b.replace(Document::Data, &[], whole),
    ];
    let plan = b.main(
        4,
        vec![
            array(0, vec![]),
            with(
                replaced,
                vec![],
                vec![document(1, Document::Input), push(0, local(1)), document(2, Document::Data), push(0, local(2))],
            ),
            document(1, Document::Input),
            push(0, local(1)),
            document(2, Document::Data),
            push(0, local(2)),
            ret(local(0)),
        ],
    );
    let outcome = eval(&plan, Some(r#"{"a":{"x":1},"c":{"y":2}}"#), Some(r#"{"d":1}"#)).expect("no abort");
    let expected = r#"[{"a":{"b":9,"x":1},"c":9},{"w":1},{"a":{"x":1},"c":{"y":2}},{"d":1}]"#;
    assert_eq!(outcome.replace(' ', ""), expected);
}

#[test]
fn an_undefined_document_becomes_an_object() {
    let mut b = Build::default();
    let nine = b.json("9");
    let replaced = vec![b.replace(Document::Input, &["a"], nine)];
    let plan = b.main(
        1,
        vec![
            Stmt::Reset { dst: Local(0) },
            with(replaced, vec![], vec![document(0, Document::Input)]),
            Stmt::ReturnIfDefined { local: Local(0) },
        ],
    );
    assert_eq!(eval(&plan, None, None).map(|t| t.replace(' ', "")).as_deref(), Ok(r#"{"a":9}"#));
}

/// The ways to leave a `with`, each followed by a look at the input.
#[test]
fn every_way_out_puts_documents_back() {
    let ways: [fn(&mut Build) -> Vec<Stmt>; 5] = [
        |_| vec![],
        |_| vec![Stmt::Fail],
        |_| vec![Stmt::Break { levels: 0 }],
        |_| vec![block(vec![Stmt::Break { levels: 2 }])],
        |b| {
            let one = b.json("1");
            vec![block(vec![compare(one, CompareOp::Eq, one), Stmt::Break { levels: 1 }])]
        },
    ];
    for (i, way) in ways.into_iter().enumerate() {
        let mut b = Build::default();
        let nine = b.json("9");
        let body = way(&mut b);
        let replaced = vec![b.replace(Document::Input, &[], nine)];
        let plan = b.main(
            1,
            vec![block(vec![with(replaced, vec![(0, nine)], body)]), document(0, Document::Input), ret(local(0))],
        );
        let plan = Plan { cells: 1, ..plan };
        assert_eq!(answer(&plan, "\"input\""), "\"input\"", "way {i}");
    }
}

#[test]
fn returning_out_of_nested_scopes_puts_everything_back() {
    let mut b = Build::default();
    let (one, two) = (b.json("1"), b.json("2"));
    let (outer, inner) = (b.replace(Document::Input, &[], one), b.replace(Document::Input, &[], two));
    let leave = vec![document(0, Document::Input), ret(local(0))];
    let f = b.func("data.f", 0, 1, vec![with(vec![outer], vec![], vec![with(vec![inner], vec![], leave)])]);
    let plan = b.main(
        3,
        vec![call(0, f, vec![]), document(1, Document::Input), array(2, vec![local(0), local(1)]), ret(local(2))],
    );
    assert_eq!(answer(&plan, "\"input\"").replace(' ', ""), r#"[2,"input"]"#);
}

#[test]
fn a_returned_cell_is_read_before_it_is_put_back() {
    let mut b = Build::default();
    let one = b.json("1");
    let f = b.func("data.f", 0, 0, vec![with(vec![], vec![(0, one)], vec![ret(Operand::Cell(0))])]);
    let plan = Plan { cells: 1, ..b.main(1, vec![call(0, f, vec![]), ret(local(0))]) };
    assert_eq!(answer(&plan, "null"), "1");
}

#[test]
fn cells_are_seen_by_callees_and_nest() {
    let mut b = Build::default();
    let (one, two) = (b.json("1"), b.json("2"));
    let read = b.func("data.read", 0, 0, vec![ret(Operand::Cell(0))]);
    let look = |dst| vec![call(dst, read, vec![]), push(0, local(dst))];
    let mut body = look(1);
    // Both values are read before either cell changes.
    body.push(with(
        vec![],
        vec![(0, Operand::Cell(1)), (1, Operand::Cell(0))],
        [look(2), vec![push(0, Operand::Cell(1))]].concat(),
    ));
    body.extend(look(3));
    let plan = b.main(4, vec![array(0, vec![]), with(vec![], vec![(0, one), (1, two)], body), ret(local(0))]);
    let plan = Plan { cells: 2, ..plan };
    assert_eq!(answer(&plan, "null").replace(' ', ""), "[1,2,1,1]");
}

#[test]
fn memo_slots_are_empty_inside_and_untouched_outside() {
    let mut b = Build::default();
    let (x, marker) = (b.input(0, &["x"]), b.json("\"mark\""));
    let f = b.memo_func("data.f", 2, vec![x, builtin(1, "test.count_me", vec![marker]), ret(local(0))]);
    let two = b.json("2");
    let replaced = vec![b.replace(Document::Input, &["x"], two)];
    let twice = |a, b| vec![call(a, f, vec![]), push(0, local(a)), call(b, f, vec![]), push(0, local(b))];
    let plan = b.main(
        7,
        [
            vec![array(0, vec![])],
            twice(1, 2),
            vec![with(replaced, vec![], twice(3, 4))],
            twice(5, 6),
            vec![ret(local(0))],
        ]
        .concat(),
    );
    let mut host = Host::new(&wasm(&plan));
    let outcome = host.fast(0, Some(r#"{"x":1}"#), None).expect("no abort");
    assert_eq!(outcome.replace(' ', ""), "[1,1,2,2,1,1]");
    assert_eq!(host.store.data().calls.len(), 2);
}

#[test]
fn scopes_in_a_loop_need_no_more_memory_than_one() {
    let plan = |rounds: usize| {
        let mut b = Build::default();
        let (rounds, one) = (b.json(&format!("[{}0]", "0,".repeat(rounds))), b.json("1"));
        let x = b.input(0, &["x"]);
        let f = b.memo_func("data.f", 1, vec![x, ret(local(0))]);
        // A table of 1,000 slots, so that one for each round would show.
        b.plan.memo_slots = 1000;
        let scope = |replaced, body| with(vec![replaced], vec![], body);
        let (outer, inner) = (b.replace(Document::Input, &[], one), b.replace(Document::Input, &[], one));
        let look = |dst| block(vec![call(dst, f, vec![]), ret(local(dst))]);
        let round = vec![scope(outer, vec![look(0), scope(inner, vec![look(1)])])];
        b.main(3, vec![scan(rounds, None, Some(2), round), look(0)])
    };
    let used = |rounds| {
        let mut host = Host::new(&wasm(&plan(rounds)));
        let before: i32 = host.call("opa_heap_ptr_get", ());
        for _ in 0..2 {
            assert_eq!(host.fast(0, Some(r#"{"x":7}"#), None).as_deref(), Ok("7"));
        }
        host.call::<_, i32>("opa_heap_ptr_get", ()) - before
    };
    assert_eq!(used(500), used(1));
}

#[test]
fn a_failed_evaluation_leaves_no_trace_in_the_next() {
    let mut b = Build::default();
    let (nine, key) = (b.json("9"), b.json("\"k\""));
    let replaced = vec![b.replace(Document::Input, &[], nine)];
    let made = Stmt::MakeObject { dst: Local(1), pairs: vec![(key, nine)] };
    let conflict = Conflict::ObjectKey;
    let conflict = Stmt::InsertOnce { object: Local(1), key, value: key, conflict, span: SPAN };
    let plan = b.main(
        2,
        vec![
            document(0, Document::Input),
            block(vec![Stmt::Holds { value: local(0) }, with(replaced, vec![], vec![made, conflict])]),
            document(0, Document::Input),
            ret(local(0)),
        ],
    );
    let mut host = Host::new(&wasm(&plan));
    assert!(host.fast(0, Some("true"), None).is_err());
    assert_eq!(host.fast(0, Some("false"), None).as_deref(), Ok("false"));
    assert_eq!(host.in_steps(0, Some("false"), None).as_deref(), Ok("{{\"result\": false}}"));
}

#[test]
fn data_paths_read_base_data() {
    let mut b = Build::default();
    let path = vec![b.id(Value::from("a")), b.id(Value::from("b"))];
    let plan = b.main(1, vec![Stmt::DataPath { dst: Local(0), path }, ret(local(0))]);
    assert_eq!(eval(&plan, None, Some(r#"{"a":{"b":[1]}}"#)).as_deref(), Ok("[1]"));
    assert_eq!(eval(&plan, None, Some(r#"{"a":1}"#)).as_deref(), Ok("undefined"));
    assert_eq!(eval(&plan, None, None).as_deref(), Ok("undefined"));
}

#[test]
fn a_path_of_data_is_found_once_per_data_and_walked_under_a_with() {
    let mut b = Build::default();
    let key = |b: &mut Build, text: &str| b.id(writ_value::Value::from(text));
    let path = vec![key(&mut b, "a"), key(&mut b, "b")];
    let (zero, nothing) = (b.json("0"), b.json("\"nothing\""));
    let read = |dst| Stmt::DataPath { dst: Local(dst), path: path.clone() };
    let found = |dst| vec![read(dst), push(0, local(dst))];
    let replace = vec![Replace { document: Document::Data, path: path.clone(), value: zero }];
    let plan = b.main(
        4,
        vec![
            array(0, vec![]),
            block(found(1)),
            Stmt::With { replace, cells: vec![], body: Block(found(2)) },
            block(found(3)),
            push(0, nothing),
            ret(local(0)),
        ],
    );
    let mut host = Host::new(&wasm(&plan));
    // Data of one layout take the same place.
    let cases = [
        (Some("{\"a\":{\"b\":1}}"), "[1,0,1,\"nothing\"]"),
        (Some("{\"a\":{\"b\":2}}"), "[2,0,2,\"nothing\"]"),
        (Some("{\"a\":{\"c\":2}}"), "[0,\"nothing\"]"),
        (None, "[0,\"nothing\"]"),
    ];
    for indexes in [true, false, true] {
        for (data, expected) in cases {
            // What was found for the data before must not be taken for these.
            host.indexes = true;
            let plain = |outcome: Result<String, String>| outcome.map(|text| text.replace(' ', ""));
            assert_eq!(plain(host.fast(0, None, data)).as_deref(), Ok(expected));
            host.indexes = indexes;
            assert_eq!(plain(host.in_steps(0, None, data)), Ok(format!("{{{{\"result\":{expected}}}}}")));
            assert_eq!(plain(host.one_shot(0, None, data)), Ok(format!("{{{{\"result\":{expected}}}}}")));
            assert_eq!(plain(host.fast(0, None, data)).as_deref(), Ok(expected));
        }
    }
}
