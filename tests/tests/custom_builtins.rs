//! Built-ins of the host application: declared to the compiler, called by policies, refused where they are missing.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that fails panics")]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use writ_compiler::capabilities::Capabilities;
use writ_compiler::{Options, Query, Source, compile};
use writ_runtime::{
    CallError, CustomBuiltin, CustomBuiltins, Engine, EngineConfig, EvalError, EvalOptions, Instance, Limits, Module,
    Outcome, RegisterError, Varies,
};
use writ_value::{Value, json};

const NUMBER_TO_NUMBER: &str = r#"{"args": [{"type": "number"}], "result": {"type": "number"}}"#;

fn parse(text: &str) -> Value {
    json::parse(text.as_bytes()).unwrap()
}

fn set(builtins: impl IntoIterator<Item = CustomBuiltin>) -> CustomBuiltins {
    let mut set = CustomBuiltins::default();
    builtins.into_iter().for_each(|b| set.register(b).unwrap());
    set
}

fn double() -> CustomBuiltin {
    CustomBuiltin::pure("acme.double", NUMBER_TO_NUMBER, |_, args| {
        let n = args[0].as_number().and_then(|n| n.to_i64()).ok_or_else(|| CallError::operand("operand 1 is odd"))?;
        if n == 13 {
            return Err(CallError::new("bad luck"));
        }
        Ok((n != 0).then(|| Value::from(2 * n)))
    })
    .unwrap()
}

fn capabilities(builtins: &CustomBuiltins) -> Capabilities {
    let mut capabilities = Capabilities::current();
    builtins.capabilities().iter().for_each(|entry| capabilities.add(entry).unwrap());
    capabilities
}

fn output(builtins: &CustomBuiltins, policy: &str, query: &str) -> writ_compiler::Output {
    let options = Options {
        queries: vec![Query { name: "q".to_owned(), text: query.to_owned(), ..Query::default() }],
        capabilities: Some(capabilities(builtins)),
        ..Options::default()
    };
    let source = Source { name: "p.rego".to_owned(), text: policy.as_bytes().to_vec(), rego_version: None };
    compile(&[source], &options)
}

fn messages(builtins: &CustomBuiltins, policy: &str, query: &str) -> Vec<String> {
    output(builtins, policy, query).diagnostics.iter().map(|d| format!("{}: {}", d.code, d.full_message())).collect()
}

struct Setup {
    module: Module,
    instance: Instance,
}

fn setup(builtins: CustomBuiltins, policy: &str, query: &str) -> Setup {
    let output = output(&builtins, policy, query);
    let Some(wasm) = output.wasm else { panic!("{:#?}", output.diagnostics) };
    let engine = Engine::with_builtins(&EngineConfig::default(), builtins).unwrap();
    let module = Module::new(&engine, &wasm).unwrap();
    let limits = Limits { time: Duration::from_millis(500), ..Limits::default() };
    let instance = Instance::new(&module, limits).unwrap();
    Setup { module, instance }
}

impl Setup {
    fn run(&mut self, input: &str, strict: bool) -> Result<Vec<Value>, EvalError> {
        let id = self.module.entrypoint("q").unwrap();
        let options = EvalOptions::default().with_strict_builtin_errors(strict);
        match self.instance.evaluate(id, Some(&parse(input)), options)? {
            Outcome::Query(rows) => Ok(rows.into_iter().filter_map(|row| row.expressions.into_iter().next()).collect()),
            Outcome::Document(_) => panic!("a query was asked"),
        }
    }
}

const POLICY: &str =
    "package p\nquadruple(n) := acme.double(acme.double(n))\nr contains quadruple(n) if some n in input";

#[test]
fn a_policy_calls_a_builtin_of_the_application() {
    let mut setup = setup(set([double()]), POLICY, "data.p.r");
    assert_eq!(setup.module.host_builtins().collect::<Vec<_>>(), ["acme.double"]);
    // Undefined and failing calls drop out of the set.
    assert_eq!(setup.run("[1, 2, 0, 13]", false).unwrap(), [Value::set([Value::from(4), Value::from(8)])]);
    let Err(EvalError::Policy(error)) = setup.run("[13]", true) else { panic!() };
    assert_eq!((error.code.as_str(), error.message.as_str()), ("eval_builtin_error", "acme.double: bad luck"));
    assert_eq!(error.location.unwrap().row, 2);
}

#[test]
fn with_replaces_it_and_replaces_others_by_it() {
    let policy =
        "package p\na := x if x := acme.double(3) with acme.double as 5\nb := x if x := abs(4) with abs as acme.double";
    let mut setup = setup(set([double()]), policy, "[data.p.a, data.p.b]");
    assert_eq!(setup.run("{}", false).unwrap(), [parse("[5, 8]")]);
}

#[test]
fn calls_are_checked_against_the_declaration() {
    let builtins = set([double()]);
    for (query, wanted) in [
        ("acme.double(\"x\")", "rego_type_error: acme.double: invalid argument(s)"),
        ("acme.double(1, 2, 3)", "rego_type_error: acme.double: arity mismatch"),
        ("acme.triple(1)", "rego_type_error: undefined function acme.triple"),
        ("startswith(acme.double(1), \"x\")", "rego_type_error: startswith: invalid argument(s)"),
    ] {
        let found = messages(&builtins, "package p", query);
        assert!(found.iter().any(|m| m.starts_with(wanted)), "{query}: {found:?}");
    }
    let found = messages(&CustomBuiltins::default(), POLICY, "data.p.r");
    assert_eq!(found, ["rego_type_error: undefined function acme.double"; 2]);
}

#[test]
fn a_host_without_it_refuses_the_module_and_names_it() {
    let query = "acme.other(); acme.double(1)";
    let declaration = r#"{"result": {"type": "null"}}"#;
    let other = CustomBuiltin::pure("acme.other", declaration, |_, _| Ok(Some(Value::Null))).unwrap();
    let wasm = output(&set([double(), other.clone()]), "package p", query).wasm.unwrap();
    let refused = |builtins: CustomBuiltins| {
        let engine = Engine::with_builtins(&EngineConfig::default(), builtins).unwrap();
        match Module::new(&engine, &wasm) {
            Err(EvalError::Artifact(error)) => error.message,
            other => panic!("{other:?}"),
        }
    };
    let reason = "it needs built-ins that this host does not have: ";
    assert_eq!(refused(set([])), format!("{reason}`acme.double`, `acme.other`"));
    let declaration = r#"{"args": [{"type": "any"}, {"type": "any"}], "result": {"type": "any"}}"#;
    let wrong = CustomBuiltin::pure("acme.double", declaration, |_, _| Ok(None)).unwrap();
    assert_eq!(refused(set([wrong, other])), format!("{reason}`acme.double` with 1 arguments"));
}

#[test]
fn a_panic_is_an_error_and_ends_the_instance() {
    let panics = CustomBuiltin::pure("acme.fails", NUMBER_TO_NUMBER, |_, args| {
        assert!(args[0] != Value::from(1), "on purpose");
        Ok(Some(Value::from(0)))
    });
    let mut setup = setup(set([panics.unwrap()]), "package p", "acme.fails(input)");
    assert_eq!(setup.run("2", false).unwrap(), [Value::from(0)]);
    let Err(EvalError::Builtin(error)) = setup.run("1", false) else { panic!() };
    assert_eq!((error.name.as_str(), error.message.as_str()), ("acme.fails", "it panicked"));
    assert!(!setup.instance.is_usable());
    setup.instance = Instance::new(&setup.module, Limits::default()).unwrap();
    assert_eq!(setup.run("2", false).unwrap(), [Value::from(0)], "the module and the engine go on");
}

#[test]
fn a_nondeterministic_one_is_called_once_per_arguments_and_decision() {
    let calls = Arc::new(AtomicUsize::new(0));
    let counter = calls.clone();
    let count = CustomBuiltin::nondeterministic("acme.count", NUMBER_TO_NUMBER, move |_, _| {
        Ok(Some(Value::from(counter.fetch_add(1, Ordering::SeqCst) as i64)))
    });
    let policy = "package p\nr := [acme.count(x) | some x in [1, 2, 1, 2]]";
    let mut setup = setup(set([count.unwrap(), double()]), policy, "data.p.r");
    assert_eq!(setup.run("{}", false).unwrap(), [parse("[0, 1, 0, 1]")]);
    assert_eq!(setup.run("{}", false).unwrap(), [parse("[2, 3, 2, 3]")]);
    assert_eq!(calls.load(Ordering::SeqCst), 4);
    let info = setup.module.entrypoint_info(setup.module.entrypoint("q").unwrap()).unwrap();
    assert_eq!((info.varies, info.varying_builtins), (Varies::World, vec!["acme.count".to_owned()]));
}

#[test]
fn a_closure_sees_time_and_deadline() {
    let wait = CustomBuiltin::nondeterministic("acme.wait", NUMBER_TO_NUMBER, |invocation, _| {
        while !invocation.is_overdue() {
            std::thread::sleep(Duration::from_millis(1));
        }
        Err(CallError::halt("given up"))
    });
    let now = CustomBuiltin::nondeterministic("acme.now", NUMBER_TO_NUMBER, |invocation, _| {
        Ok(Some(Value::from(invocation.now_ns())))
    });
    let mut clock = setup(set([now.unwrap()]), "package p", "acme.now(1) - time.now_ns()");
    assert_eq!(clock.run("{}", false).unwrap(), [Value::from(0)]);
    let mut setup = setup(set([wait.unwrap()]), "package p", "acme.wait(1)");
    let Err(EvalError::Limit(error)) = setup.run("{}", false) else { panic!() };
    assert_eq!(error.limit, 500_000);
    assert!((500_000..5_000_000).contains(&error.reached), "{error:?}");
}

#[test]
fn values_of_every_kind_cross() {
    let declaration = r#"{"args": [{"type": "any"}], "result": {"type": "any"}}"#;
    let echo = CustomBuiltin::pure("acme.echo", declaration, |_, args| Ok(Some(args[0].clone()))).unwrap();
    let declaration =
        r#"{"args": [{"type": "any"}, {"type": "any"}, {"type": "any"}, {"type": "any"}], "result": {"type": "any"}}"#;
    let four = CustomBuiltin::pure("acme.four", declaration, |_, args| Ok(Some(Value::from(args.to_vec())))).unwrap();
    let policy = r#"package p
values := [null, true, false, 0, -1, 4611686018427387904, 1.5, 1e400, "", "日本", [], [1, ["x"]], {}, {"a": {"b": 1}}, set(), {1, "x"}]
r := [v | some v in values; not acme.echo(v) == v]
four := acme.four(1, "x", false, {2})
"#;
    let mut setup = setup(set([echo, four]), policy, "[data.p.r, data.p.four, acme.echo(input)]");
    let rows = setup.run(r#"{"k": [1.50]}"#, false).unwrap();
    let shown = format!("{}", writ_value::rego::to_string(&rows[0]));
    assert_eq!(shown, r#"[[], [1, "x", false, {2}], {"k": [1.50]}]"#);
}

#[test]
fn wrong_registrations_are_refused() {
    let f = |name: &str, declaration: &str| CustomBuiltin::pure(name, declaration, |_, _| Ok(None));
    for name in ["", "a.", "1a", "a b", "é", "a..b"] {
        assert_eq!(f(name, "{}").unwrap_err(), RegisterError::Name { name: name.to_owned() });
    }
    let five = format!(r#"{{"args": [{}]}}"#, vec![r#"{"type": "any"}"#; 5].join(","));
    for declaration in ["", "[]", r#"{"args": 1}"#, r#"{"variadic": {"type": "any"}}"#, &five] {
        assert!(matches!(f("a.b", declaration), Err(RegisterError::Declaration { .. })), "{declaration}");
    }
    let mut set = set([double()]);
    assert!(matches!(set.register(double()), Err(RegisterError::Taken { .. })));
    assert!(matches!(set.register(f("http.send", "{}").unwrap()), Err(RegisterError::Taken { .. })));
}
