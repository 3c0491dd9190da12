//! Modules made to do harm, foreign ones and ones that pretend to be ours: each ends in its own typed error, at load or in the decision, in time,
//! without a panic, and the engine goes on.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that fails panics")]

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use writ_runtime::{
    Candidate, CustomBuiltin, CustomBuiltins, DecisionKind, Engine, EngineConfig, EvalError, Limits, Policy,
    PolicyConfig, Recorder, Request,
};
use writ_tests::host::{ask, compile, engine, foreign, value};
use writ_value::Value;

fn limits() -> Limits {
    Limits { time: Duration::from_millis(50), memory_bytes: 8 << 20, result_bytes: 64 << 10, ..Limits::default() }
}

fn config() -> PolicyConfig {
    let mut config = PolicyConfig::default();
    config.limits = limits();
    config
}

fn kind(error: &EvalError) -> String {
    match error {
        EvalError::Limit(e) => format!("{:?}", e.which),
        EvalError::Policy(e) => e.code.clone(),
        EvalError::Artifact(_) => "artifact".to_owned(),
        EvalError::Internal(_) => "internal".to_owned(),
        EvalError::Builtin(_) => "builtin".to_owned(),
        EvalError::Input(_) => "input".to_owned(),
    }
}

fn load(engine: &Engine, text: &str) -> Result<Policy, EvalError> {
    let wasm = wat::parse_str(text).unwrap_or_else(|e| panic!("{e}\n{text}"));
    Policy::new(engine, Candidate::from_module("hostile", wasm), config())
}

/// What comes of it: the kind of the error at load (`load: …`) or of a decision, or the answer.
fn outcome(engine: &Engine, text: &str) -> String {
    let started = Instant::now();
    let outcome = match load(engine, text) {
        Err(error) => format!("load: {}", kind(&error)),
        Ok(policy) => {
            let answers: Vec<String> = (0..3)
                .map(|_| match ask(&policy, "a/b", Some(&value(r#"{"x": [1, 2]}"#))) {
                    Ok(value) => format!("{value:?}"),
                    Err(error) => kind(&error),
                })
                .collect();
            assert!(answers.iter().all(|a| *a == answers[0]), "{answers:?}");
            assert_eq!(policy.stats().pool.in_use, 0);
            answers[0].clone()
        }
    };
    // Twice the second that loading may take, or three decisions, and what a busy machine adds.
    assert!(started.elapsed() < Duration::from_secs(4), "{:?}: {text}", started.elapsed());
    outcome
}

/// A change to the text of a good foreign module, and what must come of it.
fn check_changes(changes: &[(&str, &str, &str)]) {
    let engine = engine();
    let good = foreign("i32.const 0");
    for (from, to, expected) in changes {
        assert!(good.contains(from), "{from}");
        assert_eq!(outcome(&engine, &good.replacen(from, to, 1)), *expected, "{from} -> {to}");
    }
    assert_eq!(outcome(&engine, &good), "Some(true)");
}

#[test]
fn exports_that_lie_about_their_kind_or_type() {
    check_changes(&[
        (
            "(func (export \"opa_malloc\") (param i32)",
            "(func (export \"opa_malloc\") (param i32 i32)",
            "load: artifact",
        ),
        (
            "(export \"opa_heap_ptr_get\") (result i32) global.get $heap",
            "(export \"opa_heap_ptr_get\")",
            "load: artifact",
        ),
        (
            "(export \"opa_eval_ctx_new\") (result i32) i32.const 512",
            "(export \"opa_eval_ctx_new\") (result i64) i64.const 1",
            "load: artifact",
        ),
        (
            "(func (export \"opa_eval_ctx_set_data\")",
            "(global (export \"opa_eval_ctx_set_data\") i32 (i32.const 0)) (func",
            "load: artifact",
        ),
        ("(func $eval (export \"eval\")", "(export \"eval\" (memory 0)) (func $eval", "load: artifact"),
        (
            "(func $eval (export \"eval\")",
            "(export \"memory\" (func $eval)) (func $eval (export \"eval\")",
            "load: artifact",
        ),
        (
            "(global (export \"opa_wasm_abi_version\") i32 (i32.const 1))",
            "(global (export \"opa_wasm_abi_version\") i64 (i64.const 1))",
            "load: artifact",
        ),
        (
            "(func $eval (export \"eval\")",
            "(table (export \"opa_value_dump\") 1 funcref) (func (export \"opa_value_parse\")) (func $eval (export \"eval\")",
            "load: artifact",
        ),
        (
            "(func $eval (export \"eval\")",
            "(global (export \"writ_cells\") i32 (i32.const 0)) (func (export \"writ_eval\")) (func (export \"writ_set_documents\")) (func $eval (export \"eval\")",
            "Some(true)",
        ),
    ]);
}

#[test]
fn imports_that_no_host_has_or_of_another_type() {
    let import = "(import \"env\" \"opa_abort\" (func $abort (param i32)))";
    check_changes(&[
        (import, "(import \"env\" \"opa_abort\" (func $abort (param i64)))", "load: artifact"),
        (
            import,
            "(import \"env\" \"opa_abort\" (func $abort (param i32))) (import \"env\" \"exit\" (func))",
            "load: artifact",
        ),
        (
            import,
            "(import \"env\" \"opa_abort\" (func $abort (param i32))) (import \"evn\" \"opa_println\" (func (param i32)))",
            "load: artifact",
        ),
        (
            import,
            "(import \"env\" \"opa_abort\" (func $abort (param i32))) (import \"env\" \"opa_println\" (global i32))",
            "load: artifact",
        ),
        (
            import,
            "(import \"env\" \"opa_abort\" (func $abort (param i32))) (import \"env\" \"table\" (table 1 funcref))",
            "load: artifact",
        ),
    ]);
}

#[test]
fn memories_and_tables_that_are_too_many_too_large_or_of_another_kind() {
    let memory = "(import \"env\" \"memory\" (memory 2))";
    let function = "(func $eval (export \"eval\")";
    check_changes(&[
        (memory, "(import \"env\" \"memory\" (memory 65536))", "load: Memory"),
        (memory, "(import \"env\" \"memory\" (memory 200))", "load: Memory"),
        (memory, "(import \"env\" \"memory\" (memory 2)) (import \"env\" \"memory\" (memory 2))", "load: artifact"),
        (memory, "(import \"env\" \"memory\" (memory 2)) (import \"x\" \"memory\" (memory 2))", "load: artifact"),
        (memory, "(import \"env\" \"memory\" (memory i64 2))", "load: artifact"),
        (memory, "(import \"env\" \"memory\" (memory 2 2 shared))", "load: artifact"),
        (function, "(table 10000000 funcref) (func $eval (export \"eval\")", "load: artifact"),
        (function, "(table 1 funcref) (table 1 funcref) (func $eval (export \"eval\")", "load: artifact"),
        (function, "(data (i32.const 131070) \"abcdef\") (func $eval (export \"eval\")", "load: internal"),
        (function, "(data (i32.const -4) \"abcdef\") (func $eval (export \"eval\")", "load: internal"),
    ]);
}

#[test]
fn features_that_policies_do_not_need() {
    let body = |code: &str| foreign(&format!("{code} i32.const 0"));
    let engine = engine();
    for code in [
        "(drop (i32x4.extract_lane 0 (v128.const i32x4 1 2 3 4)))",
        "(drop (i32.atomic.load (i32.const 0)))",
        "(return_call $eval (i32.const 0))",
        "(drop (struct.new_default 0))",
        "(block (try_table (catch_all 0)))",
        "(drop (memory.size 1))",
        "(i64.add128 (i64.const 0) (i64.const 0) (i64.const 0) (i64.const 0)) drop drop",
    ] {
        let text = body(code);
        // Whatever the text format makes of it, no engine of ours takes it.
        if let Ok(wasm) = wat::parse_str(&text) {
            match Policy::new(&engine, Candidate::from_module("f", wasm), config()) {
                Err(EvalError::Artifact(_)) => {}
                other => panic!("{code}: {other:?}"),
            }
        }
    }
}

#[test]
fn starts_that_loop_grow_trap_or_call() {
    let function = "(func $eval (export \"eval\")";
    let start = |code: &str| format!("(func $start {code}) (start $start) {function}");
    let engine = engine();
    for (code, expected) in [
        ("(loop br 0)", "load: Time"),
        ("(loop (drop (memory.grow (i32.const 10))) br 0)", "load: Memory"),
        ("(call $start)", "load: Stack"),
        ("unreachable", "load: internal"),
        ("(drop (call $call (i32.const 0) (i32.const 0) (i32.const 48)))", "load: artifact"),
        ("(call $abort (i32.const 80))", "load: eval_conflict_error"),
        ("(call $abort (i32.const -1))", "load: artifact"),
    ] {
        assert_eq!(outcome(&engine, &foreign("i32.const 0").replacen(function, &start(code), 1)), expected, "{code}");
    }
}

#[test]
fn tables_of_entrypoints_and_builtins_that_are_none() {
    let entrypoints = "(func (export \"entrypoints\") (result i32) i32.const 16)";
    let with = |code: &'static str| format!("(func (export \"entrypoints\") (result i32) {code})");
    let engine = engine();
    for (code, expected) in [
        ("(loop $l (br $l)) i32.const 16", "load: Time"),
        ("i32.const -1", "load: artifact"),
        ("i32.const 131071", "load: artifact"),
        ("(memory.fill (i32.const 0) (i32.const 91) (i32.const 131072)) i32.const 0", "load: artifact"),
        ("(memory.fill (i32.const 0) (i32.const 91) (i32.const 100000)) i32.const 0", "load: artifact"),
        ("i32.const 48", "load: artifact"),
        ("i32.const 192", "load: artifact"),
        ("unreachable", "load: internal"),
    ] {
        assert_eq!(outcome(&engine, &foreign("i32.const 0").replacen(entrypoints, &with(code), 1)), expected, "{code}");
    }
    check_changes(
        &[
            ("{\"time.weekday\": 0}", "{\"time.weekday\": \"0\"}", "load: artifact"),
            ("{\"time.weekday\": 0}", "{\"time.weekday\": 1e99}", "load: artifact"),
            ("{\"time.weekday\": 0}", "{\"time.weekdays\": 0}", "load: artifact"),
            ("{\"a/b\": 0}", "{\"a/b\": 9999999999}", "load: artifact"),
            ("{\"a/b\": 0}", "{\"a/b\": -5}", "Some(true)"),
        ]
        .map(|(from, to, expected)| {
            // As the text format has them.
            let quoted = |text: &str| -> &'static str { text.replace('"', "\\\"").leak() };
            (quoted(from), quoted(to), expected)
        }),
    );
}

#[test]
fn allocators_and_parsers_that_give_wild_addresses() {
    let malloc = "global.get $heap\n                (global.set $heap (i32.add (global.get $heap) (local.get 0))))";
    let parse = "(func (export \"opa_json_parse\") (param i32 i32) (result i32) local.get 0)";
    let with_parse = |code: &str| format!("(func (export \"opa_json_parse\") (param i32 i32) (result i32) {code})");
    let engine = engine();
    let good = foreign("i32.const 0");
    assert!(good.contains(malloc) && good.contains(parse));
    for (code, expected) in [("i32.const -16)", "load: artifact"), ("i32.const 131070)", "artifact")] {
        assert_eq!(outcome(&engine, &good.replacen(malloc, code, 1)), expected, "{code}");
    }
    for (code, expected) in [("i32.const 0", "load: input"), ("(loop br 0) i32.const 0", "load: Time")] {
        assert_eq!(outcome(&engine, &good.replacen(parse, &with_parse(code), 1)), expected, "{code}");
    }
    // A heap pointer that is not kept: the module harms itself alone.
    let forgets = good.replacen("(param i32) local.get 0 global.set $heap)", "(param i32))", 1);
    assert_eq!(outcome(&engine, &forgets), "Some(true)");
}

#[test]
fn code_that_is_nested_or_long_beyond_reason() {
    let engine = engine();
    let nested = format!("{} {} i32.const 0", "block ".repeat(50_000), "end ".repeat(50_000));
    let outcomes = ["Some(true)", "load: artifact"];
    assert!(outcomes.contains(&outcome(&engine, &foreign(&nested)).as_str()));
    let long = format!("{} i32.const 0", "(drop (i32.add (i32.const 1) (i32.const 2)))".repeat(20_000));
    assert!(outcomes.contains(&outcome(&engine, &foreign(&long)).as_str()));
}

/// A module that says that our compiler made it. `words` lie at 8192 of its memory; the heap begins at 65536.
fn pretender(words: &[u64], eval: &str, meta: &str, more: &str) -> String {
    let data: String = words.iter().flat_map(|w| w.to_le_bytes()).map(|b| format!("\\{b:02x}")).collect();
    format!(
        r#"(module
            (import "env" "memory" (memory 2))
            (@custom "writ.meta" "{meta}")
            {more}
            (global (export "opa_wasm_abi_version") i32 (i32.const 1))
            (global (export "writ_cells") i32 (i32.const 4096))
            (data (i32.const 4096) "\00\00\01\00\00\00\00\00\00\10\00\00\00\00\00\00")
            (data (i32.const 16) "\0a\00\00\00\20\00\00\00")
            (data (i32.const 32) "\01\00\00\00\01\00\00\00\40\00\00\00")
            (data (i32.const 64) "\06\00\00\00\60\00\00\00\01")
            (data (i32.const 96) "\03\00\00\00\00\00\00\00a/b")
            (data (i32.const 128) "\0a\00\00\00\a0\00\00\00")
            (data (i32.const 8192) "{data}")
            (func (export "opa_heap_ptr_get") (result i32) i32.const 0)
            (func (export "opa_heap_ptr_set") (param i32))
            (func (export "opa_malloc") (param i32) (result i32) i32.const 70000)
            (func (export "opa_json_dump") (param i32) (result i32) local.get 0)
            (func (export "entrypoints") (result i32) i32.const 16)
            (func (export "builtins") (result i32) i32.const 128)
            (func (export "writ_set_documents") (param i64 i64))
            (func $eval (export "writ_eval") (param i32) (result i64) {eval})
        )"#
    )
}

const META: &str = r#"{\"entrypoints\": [{\"kind\": \"document\", \"varies\": {}}], \"builtins\": []}"#;

fn pointer(tag: u64, addr: u64) -> u64 {
    addr << 32 | tag
}

const NUMBER: u64 = 4;
const STRING: u64 = 6;
const ARRAY: u64 = 8;
const OBJECT: u64 = 10;
const SET: u64 = 12;

/// The outcome of a module whose answer is `answer`, with `words` at 8192.
fn answer(engine: &Engine, words: &[u64], answer: u64) -> String {
    outcome(engine, &pretender(words, &format!("i64.const {}", answer as i64), META, ""))
}

#[test]
fn results_that_point_elsewhere_or_at_themselves() {
    let engine = engine();
    let pair = |low: u64, high: u64| high << 32 | low;
    assert_eq!(answer(&engine, &[], 0x22), "Some(true)");
    assert_eq!(answer(&engine, &[], 0), "None");
    for tag in [NUMBER, STRING, ARRAY, OBJECT, SET] {
        for addr in [0xffff_ffff, 0xffff_fff8, 131_072, 131_071, 131_068] {
            assert_eq!(answer(&engine, &[], pointer(tag, addr)), "artifact", "tag {tag} at {addr}");
        }
        // Longer than the memory, too long to multiply, too long for a result.
        for len in [131_072, 0x2000_0000, 0xffff_ffff] {
            let got = answer(&engine, &[pair(len, len), 0, 0], pointer(tag, 8192));
            assert!(["artifact", "ResultSize"].contains(&got.as_str()), "tag {tag} of {len}: {got}");
        }
    }
    // Elements outside, undefined ones, tags that mean nothing.
    assert_eq!(answer(&engine, &[pair(1, 1), pair(131_068, 0)], pointer(ARRAY, 8192)), "artifact");
    assert_eq!(answer(&engine, &[pair(1, 1), 8208, 0], pointer(ARRAY, 8192)), "artifact");
    for word in [0x42, 0x0e, 0x10, 0xffff_fff2] {
        assert_eq!(answer(&engine, &[], word), "artifact", "{word:#x}");
    }
    // Numbers that are none.
    let text = |t: &[u8; 8]| [8, u64::from_le_bytes(*t)];
    assert_eq!(answer(&engine, &text(b"12345678"), pointer(NUMBER, 8192)), "Some(12345678)");
    for bad in [b"abcdefgh", b"0x123456", b"1e1e1e1e", b"\xff\xff\xff\xff\xff\xff\xff\xff"] {
        assert_eq!(answer(&engine, &text(bad), pointer(NUMBER, 8192)), "artifact");
    }
    // An array that holds itself, as each kind of collection, as key and as value.
    for tag in [ARRAY, SET, OBJECT] {
        let words = [pair(1, 1), 8216, 0, pointer(tag, 8192), pointer(tag, 8192)];
        assert_eq!(answer(&engine, &words, pointer(tag, 8192)), "Depth", "tag {tag}");
    }
    // Forty arrays, each twice in the next: a trillion elements.
    let tower: Vec<u64> = (0..40u64)
        .flat_map(|n| {
            let at = 8192 + 32 * n;
            [pair(2, 2), at + 16, pointer(ARRAY, at + 32), pointer(ARRAY, at + 32)]
        })
        .chain([0, 0])
        .collect();
    assert_eq!(answer(&engine, &tower, pointer(ARRAY, 8192)), "ResultSize");
    // Many references to one long string.
    let mut aliases = vec![pair(100, 100), 8208];
    aliases.extend([pointer(STRING, 9008); 100]);
    aliases.extend([4000, 0]);
    assert_eq!(answer(&engine, &aliases, pointer(ARRAY, 8192)), "ResultSize");
}

#[test]
fn cells_and_sections_that_lie() {
    let engine = engine();
    let good = |more: &str| pretender(&[], "i64.const 0x22", META, more);
    let changed = |from: &str, to: &str| {
        let text = good("");
        assert!(text.contains(from), "{from}");
        outcome(&engine, &text.replacen(from, to, 1))
    };
    let cells = "(global (export \"writ_cells\") i32 (i32.const 4096))";
    for addr in [-1, -16, 131_072, 131_070] {
        let lie = format!("(global (export \"writ_cells\") i32 (i32.const {addr}))");
        assert_eq!(changed(cells, &lie), "load: artifact", "{addr}");
    }
    assert_eq!(changed(cells, "(global (export \"writ_cells\") i64 (i64.const 1))"), "load: artifact");
    // A heap that begins behind the memory, a stack above the cells.
    assert_eq!(changed("\\00\\00\\01\\00", "\\00\\00\\00\\ff"), "load: artifact");
    assert_eq!(changed("\\00\\10\\00\\00", "\\00\\00\\00\\ff"), "load: artifact");
    // Marks that are wild after each decision: what is wiped stays inside of the heap, and the instance is used again.
    let wild = "(i32.store (i32.const 4096) (i32.const -1)) (i32.store (i32.const 4100) (i32.const -1)) (i32.store (i32.const 4104) (i32.const 0)) i64.const 0x22";
    assert_eq!(outcome(&engine, &pretender(&[], wild, META, "")), "Some(true)");
    // Decisions that grow, loop, recurse and trap.
    for (code, expected) in [
        ("(loop (drop (memory.grow (i32.const 16))) br 0) i64.const 0", "Memory"),
        ("(loop br 0) i64.const 0", "Time"),
        ("(call $eval (i32.const 0))", "Stack"),
        ("unreachable", "internal"),
        ("(i64.load (i32.const -8))", "internal"),
    ] {
        assert_eq!(outcome(&engine, &pretender(&[], code, META, "")), expected, "{code}");
    }
    let loops = "(func (export \"writ_set_documents\") (param i64 i64) (loop br 0))";
    assert_eq!(changed("(func (export \"writ_set_documents\") (param i64 i64))", loops), "Time");
    // What the sections say.
    for meta in ["", "[]", "{}", "{\\\"entrypoints\\\": [{}], \\\"builtins\\\": []}", "\\ff", "[[[[[[[["] {
        assert_eq!(outcome(&engine, &pretender(&[], "i64.const 0x22", meta, "")), "load: artifact", "{meta}");
    }
    let decide = "(func (export \"writ_decide\") (param i32 i32 i32) (result i64) i64.const 0x22)";
    for (input, strings) in
        [("", ""), ("{}", ""), ("[]", "\\00"), ("\\ff\\ff", ""), ("{\\\"a\\\":", "\\ff\\ff\\ff\\ff")]
    {
        let more = format!("(@custom \"writ.input\" \"{input}\") (@custom \"writ.strings\" \"{strings}\")");
        let text =
            pretender(&[], "i64.const 0x22", META, &more).replacen("(func $eval", &format!("{decide} (func $eval"), 1);
        assert_eq!(outcome(&engine, &text), "load: artifact", "{input} {strings}");
    }
    let locations = "(@custom \"writ.locations\" \"\\ff\\ff\\ff\\ff\\ff\\ff\")";
    assert_eq!(outcome(&engine, &good(locations)), "Some(true)", "places are for errors only");
}

#[test]
fn data_beyond_what_a_module_has_room_for() {
    let engine = engine();
    let text = pretender(&[], "i64.const 0x22", META, "").replacen("(memory 2)", "(memory 2 4)", 1);
    let wasm = wat::parse_str(&text).unwrap();
    let with = |bytes: usize| {
        let data = Value::object([("a", Value::from("x".repeat(bytes)))]);
        Policy::new(&engine, Candidate::from_module("m", wasm.clone()).with_data(data), config())
    };
    assert_eq!(ask(&with(100_000).unwrap(), "a/b", None).unwrap(), Some(Value::Bool(true)));
    match with(1 << 20) {
        Err(EvalError::Limit(e)) => {
            assert_eq!((e.which, e.limit), (writ_runtime::LimitKind::Memory, 4 << 16));
            assert!(e.reached > 1 << 20);
        }
        other => panic!("{other:?}"),
    }
}

/// A recorder that breaks its promise.
struct Panics;

impl Recorder for Panics {
    fn decision(&self, _: &str, _: DecisionKind, _: Duration) {
        panic!("wanted")
    }
}

#[test]
fn whatever_panics_in_the_host_the_pool_heals() {
    let number = r#"{"args": [{"type": "number"}], "result": {"type": "number"}}"#;
    let mut builtins = CustomBuiltins::default();
    let panics = CustomBuiltin::pure("acme.fails", number, |_, args| {
        assert_ne!(args, [Value::from(13)], "wanted");
        Ok(Some(Value::from(1)))
    });
    builtins.register(panics.unwrap()).unwrap();
    let mut capabilities = writ_compiler::capabilities::Capabilities::current();
    builtins.capabilities().iter().for_each(|entry| capabilities.add(entry).unwrap());
    let source = b"package p\nx := acme.fails(input.n)".to_vec();
    let source = writ_compiler::Source { name: "p.rego".to_owned(), text: source, rego_version: None };
    let options = writ_compiler::Options {
        entrypoints: vec!["p/x".to_owned()],
        capabilities: Some(capabilities),
        ..writ_compiler::Options::default()
    };
    let wasm = writ_compiler::compile(&[source], &options).wasm.unwrap();
    let engine = Engine::with_builtins(&EngineConfig::default(), builtins).unwrap();
    let policy = Policy::new(&engine, Candidate::from_module("r", wasm), config()).unwrap();
    let ask_for = |n: i64| ask(&policy, "p/x", Some(&Value::object([("n", Value::from(n))])));
    std::panic::set_hook(Box::new(|_| {}));
    for round in 1..4 {
        assert!(matches!(ask_for(13), Err(EvalError::Builtin(e)) if e.name == "acme.fails"));
        assert_eq!(ask_for(1).unwrap(), Some(Value::from(1)));
        let request = Request { entrypoint: "p/x", ..Request::default() };
        let reader =
            AssertUnwindSafe(|| policy.decide_json(&request, b"{\"n\": 1}", |_| -> Result<(), _> { panic!("wanted") }));
        assert!(catch_unwind(reader).is_err());
        let borrower =
            AssertUnwindSafe(|| policy.with_instance("p/x", None, |_, _, _| -> Result<(), _> { panic!("wanted") }));
        assert!(catch_unwind(borrower).is_err());
        assert_eq!(ask_for(1).unwrap(), Some(Value::from(1)));
        assert_eq!(policy.stats().pool.in_use, 0, "round {round}");
    }
    let mut config = config();
    config.recorder = Some(Arc::new(Panics));
    let wasm = compile("package p\nx := 1", &["p/x"]);
    let policy = Policy::new(&engine, Candidate::from_module("r", wasm), config).unwrap();
    for _ in 0..20 {
        assert!(catch_unwind(AssertUnwindSafe(|| ask(&policy, "p/x", None))).is_err());
    }
    assert_eq!((policy.stats().defined, policy.stats().pool.in_use), (20, 0));
}
