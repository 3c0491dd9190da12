//! What hosts see: built-ins and entrypoints, queries, strictness, names and sections.

use super::build::*;
use super::host::Host;
use crate::builtins::Varies;
use crate::codegen::{EmitOptions, emit};
use crate::plan::ir::{CompareOp, EntrypointKind, Local, Stmt};
use crate::source::SourceMap;

#[test]
fn built_ins_of_the_host_get_boxes_and_may_be_undefined() {
    let mut b = Build::default();
    let (a, c) = (b.json("[\"a\"]"), b.json("7"));
    let nothing = block(vec![builtin(0, "test.nothing", vec![]), push(1, local(0))]);
    let plan = b.main(
        2,
        vec![
            array(1, vec![]),
            nothing,
            builtin(0, "test.two", vec![a, c]),
            push(1, local(0)),
            builtin(0, "test.one", vec![c]),
            push(1, local(0)),
            builtin(0, "test.two", vec![c, a]),
            push(1, local(0)),
            Stmt::Builtin { dst: None, name: "test.nothing".to_owned(), args: vec![], span: SPAN },
            ret(local(1)),
        ],
    );
    let mut host = Host::new(&wasm(&plan));
    assert_eq!(host.table("builtins").replace(' ', ""), r#"{"test.nothing":0,"test.one":2,"test.two":1}"#);
    assert_eq!(host.fast(0, None, None).map(|t| t.replace(' ', "")).as_deref(), Ok(r#"[["a"],7,7]"#));
    assert_eq!(host.store.data().calls, [(0, 0), (1, 2), (2, 1), (1, 2), (0, 0)]);
}

#[test]
fn a_query_gives_its_rows_or_the_set_of_their_bindings() {
    let mut b = Build::default();
    let (x, yes) = (b.json("\"x\""), b.json("true"));
    let xs = b.input(0, &["xs"]);
    let row = vec![
        Stmt::MakeObject { dst: Local(3), pairs: vec![(x, local(2))] },
        array(4, vec![yes]),
        array(5, vec![local(3), local(4)]),
        push(1, local(5)),
    ];
    let func = b.func(
        "query",
        0,
        6,
        vec![array(1, vec![]), block(vec![xs, scan(local(0), None, Some(2), row)]), ret(local(1))],
    );
    let document = b.func("data.p", 0, 0, vec![ret(yes)]);
    b.entrypoint("p", document, EntrypointKind::Document);
    b.entrypoint("q := 1", func, EntrypointKind::Query);
    let mut host = Host::new(&wasm(&b.plan));
    let plain = |outcome: Result<String, String>| outcome.map(|text| text.replace(' ', "")).expect("no abort");
    let input = Some(r#"{"xs":[2,1,2]}"#);
    assert_eq!(plain(host.fast(1, input, None)), r#"[[{"x":2},[true]],[{"x":1},[true]],[{"x":2},[true]]]"#);
    assert_eq!(plain(host.in_steps(1, input, None)), r#"{{"x":1},{"x":2}}"#);
    assert_eq!(plain(host.one_shot(1, input, None)), r#"{{"x":1},{"x":2}}"#);
    assert_eq!(plain(host.in_steps(1, None, None)), "set()");
    assert_eq!(plain(host.in_steps(0, input, None)), r#"{{"result":true}}"#);
    assert_eq!(host.table("entrypoints").replace(' ', ""), r#"{"p":0,"q:=1":1}"#);
}

fn custom_section<'w>(wasm: &'w [u8], name: &str) -> &'w [u8] {
    let sections = wasmparser::Parser::new(0).parse_all(wasm).filter_map(|payload| match payload.expect("parses") {
        wasmparser::Payload::CustomSection(section) if section.name() == name => Some(section.data()),
        _ => None,
    });
    sections.last().expect("section is there")
}

#[test]
fn the_meta_section_tells_what_a_host_must_give() {
    let mut b = Build::default();
    let one = b.json("1");
    let body = vec![builtin(0, "time.now_ns", vec![]), builtin(0, "glob.match", vec![one; 3]), ret(one)];
    let func = b.func("data.p", 0, 1, body);
    b.entrypoint("a/\"b\"\n", func, EntrypointKind::Document);
    b.entrypoint("q", func, EntrypointKind::Query);
    b.plan.entrypoints[1].effects.varying.insert("time.now_ns".to_owned(), Varies::Clock);
    b.plan.entrypoints[1].effects.varying.insert("http.send".to_owned(), Varies::World);
    let wasm = wasm(&b.plan);
    let meta: serde_json::Value = serde_json::from_slice(custom_section(&wasm, "writ.meta")).expect("JSON");
    let expected = serde_json::json!({
        "version": 1,
        "entrypoints": [{"name": "a/\"b\"\n", "kind": "document", "varies": {}, "data": []},
            {"name": "q", "kind": "query", "varies": {"http.send": "world", "time.now_ns": "clock"}, "data": []}],
        "builtins": [{"name": "time.now_ns", "id": 0, "arity": 0}, {"name": "glob.match", "id": 1, "arity": 3}],
    });
    assert_eq!(meta, expected);
}

/// Reads the section as its documentation says: offset of the opcode, file, row, column.
fn locations(wasm: &[u8]) -> Vec<(usize, String, u64, u64)> {
    let mut rest = custom_section(wasm, "writ.locations");
    let mut number = || {
        let (mut value, mut shift) = (0u64, 0);
        loop {
            let (byte, tail) = rest.split_first().expect("complete");
            rest = tail;
            value |= u64::from(byte & 0x7f) << shift;
            shift += 7;
            if byte & 0x80 == 0 {
                return value;
            }
        }
    };
    assert_eq!(number(), 1);
    let mut files = Vec::new();
    for _ in 0..number() {
        let name: Vec<u8> = (0..number()).map(|_| number() as u8).collect();
        files.push(String::from_utf8(name).expect("ASCII"));
    }
    let mut offset = 0;
    (0..number())
        .map(|_| {
            offset += number() as usize;
            (offset, files[number() as usize].clone(), number(), number())
        })
        .collect()
}

#[test]
fn locations_point_at_calls() {
    let mut b = Build::default();
    let xs = b.input(0, &["x"]);
    let plan = b.main(
        2,
        vec![
            builtin(0, "test.one", vec![]),
            xs,
            builtin(1, "test.two", vec![local(0)]),
            compare(local(1), CompareOp::Eq, local(0)),
            ret(local(0)),
        ],
    );
    let wasm = wasm(&plan);
    let locations = locations(&wasm);
    assert_eq!(locations.len(), 2);
    for (offset, file, row, col) in locations {
        assert_eq!(wasm[offset], 0x10, "a call stands there");
        assert_eq!((file.as_str(), row, col), ("p.rego", 2, 1));
    }
}

#[test]
fn names_are_written_unless_they_are_not_wanted() {
    let mut b = Build::default();
    let one = b.json("1");
    let long = "ü".repeat(60_000);
    let func = b.func(&long, 0, 0, vec![ret(one)]);
    b.entrypoint("p", func, EntrypointKind::Document);
    let contains = |wasm: &[u8], name: &[u8]| wasm.windows(name.len()).any(|w| w == name);
    let with = emit(&b.plan, &SourceMap::new(), &EmitOptions::default()).expect("fits");
    super::host::validate(&with);
    assert!(contains(&with, "ü".repeat(100).as_bytes()) && !contains(&with, "ü".repeat(101).as_bytes()));
    let without = emit(&b.plan, &SourceMap::new(), &EmitOptions { names: false }).expect("fits");
    assert!(!contains(&without, "ü".as_bytes()));
}
