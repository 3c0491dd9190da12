//! What a decision's context decides: one answer within it, nothing without a grant.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use writ_builtins::{
    Arg, Caches, Clock, Context, ErrorKind, HttpRequest, HttpResponse, Network, NetworkError, Output, all, lookup,
};
use writ_value::{Value, json};

fn value(text: &str) -> Value {
    json::parse(text.as_bytes()).expect("test values are JSON")
}

fn call(context: &mut Context, name: &str, args: &[Value]) -> Value {
    lookup(name).expect(name).call(context, args).expect(name).expect("defined")
}

#[test]
fn names_are_unique_and_arities_checked() {
    let mut names: Vec<_> = all().map(|b| b.name).collect();
    names.sort_unstable();
    assert!(names.windows(2).all(|w| w[0] != w[1]));
    let mut context = Context::new(Caches::new(), 0);
    for b in all() {
        assert!(b.arity <= 4, "{}: as many as calls have room for", b.name);
        let args = vec![Value::Null; b.arity + 1];
        let e = b.call(&mut context, &args).expect_err("too many arguments");
        assert_eq!(e.kind(), ErrorKind::Halt);
    }
}

#[test]
fn operands_of_any_type_never_panic() {
    let odd = [
        "null",
        "true",
        "0",
        "-1",
        "1e400",
        "\"\"",
        "\"a\"",
        "\"{{\"",
        "[]",
        "[1]",
        "[\"a\"]",
        "[[]]",
        "{}",
        "{\"a\":1}",
        "{\"op\":\"add\",\"path\":\"\"}",
    ]
    .map(value);
    for b in all() {
        let mut context = Context::new(Caches::new(), 0);
        let mut indexes = vec![0; b.arity];
        loop {
            let args: Vec<Value> = indexes.iter().map(|&i| odd[i].clone()).collect();
            if let Err(e) = b.call(&mut context, &args) {
                assert!(e.message().starts_with(b.name), "{e}");
            }
            // Steps that share no factor with the number of values visit enough combinations of wide signatures.
            let step = if b.arity > 2 { 4 } else { 1 };
            let Some(at) = indexes.iter().position(|&i| i + step < odd.len()) else { break };
            indexes[at] += step;
            indexes[..at].iter_mut().enumerate().for_each(|(i, x)| *x = i % 2);
        }
    }
}

#[test]
fn random_answers_hold_within_a_decision_and_differ_between() {
    let key = [Value::from("k")];
    let mut a = Context::new(Caches::new(), 0);
    let first = call(&mut a, "uuid.rfc4122", &key);
    assert_eq!(first, call(&mut a, "uuid.rfc4122", &key));
    assert_ne!(first, call(&mut a, "uuid.rfc4122", &[Value::from("other")]));
    assert_ne!(first, call(&mut Context::new(Caches::new(), 0), "uuid.rfc4122", &key));

    let args = [Value::from("k"), Value::from(1_000_000)];
    let n = call(&mut a, "rand.intn", &args);
    assert_eq!(n, call(&mut a, "rand.intn", &args));
    assert!(n >= Value::from(0) && n < Value::from(1_000_000));
    let negative = call(&mut a, "rand.intn", &[Value::from("k"), Value::from(-3)]);
    assert!(negative >= Value::from(0) && negative < Value::from(3));

    let seeded = || {
        let mut c = Context::new(Caches::new(), 0);
        c.seed = Some(7);
        call(&mut c, "uuid.rfc4122", &key)
    };
    assert_eq!(seeded(), seeded());
}

#[test]
fn the_clock_stands_still() {
    let mut c = Context::new(Caches::new(), 42);
    assert_eq!(call(&mut c, "time.now_ns", &[]), Value::from(42));
}

#[test]
fn the_runtime_hides_credentials() {
    let mut c = Context::new(Caches::new(), 0);
    assert_eq!(call(&mut c, "opa.runtime", &[]), value("{}"));
    c.runtime = value(
        r#"{"env":{"A":"1"},"config":{"services":[{"url":"u","credentials":{"x":1}}],"keys":{"k":{"key":"s","scope":"r"}}}}"#,
    );
    let want = r#"{"env":{"A":"1"},"config":{"services":[{"url":"u"}],"keys":{"k":{"scope":"r"}}}}"#;
    assert_eq!(call(&mut c, "opa.runtime", &[]), value(want));
}

struct Fake;

impl Network for Fake {
    fn send(&self, _: &HttpRequest) -> Result<HttpResponse, NetworkError> {
        Err(NetworkError::Failed("unused".to_owned()))
    }

    fn lookup(&self, host: &str, _: Duration) -> Result<Vec<IpAddr>, String> {
        if host == "localhost" { Ok(vec![Ipv4Addr::LOCALHOST.into()]) } else { Err("no such host".to_owned()) }
    }

    fn allows(&self, host: &str) -> bool {
        host != "forbidden"
    }
}

#[test]
fn names_resolve_only_with_a_grant() {
    let lookup_ip = lookup("net.lookup_ip_addr").expect("there");
    let mut c = Context::new(Caches::new(), 0);
    let e = lookup_ip.call(&mut c, &["localhost".into()]).expect_err("no grant");
    assert_eq!((e.kind(), e.message()), (ErrorKind::Halt, "net.lookup_ip_addr: network access was not granted"));
    assert_eq!(call(&mut c, "net.lookup_ip_addr", &["::".into()]), Value::set(["::".into()]));
    c.network = Some(Arc::new(Fake));
    assert_eq!(call(&mut c, "net.lookup_ip_addr", &["localhost".into()]), Value::set(["127.0.0.1".into()]));
    let e = lookup_ip.call(&mut c, &["forbidden".into()]).expect_err("not allowed");
    assert_eq!((e.kind(), e.message()), (ErrorKind::Builtin, "net.lookup_ip_addr: unallowed host: forbidden"));
}

#[test]
fn print_shows_every_combination() {
    let lines = Arc::new(Mutex::new(Vec::new()));
    let sink = lines.clone();
    let mut c = Context::new(Caches::new(), 0);
    c.sink = Some(Box::new(move |o| sink.lock().expect("unpoisoned").push(o)));
    let set = |items: &[Value]| Value::set(items.iter().cloned());
    let operands = Value::from(vec![set(&["a".into()]), set(&[]), set(&[Value::from(1), value(r#"["x"]"#)])]);
    assert_eq!(lookup("internal.print").expect("there").call(&mut c, &[operands]), Ok(None));
    call(&mut c, "trace", &["note".into()]);
    let print = |s: &str| Output::Print(s.to_owned());
    let want = vec![print("a <undefined> 1"), print("a <undefined> [\"x\"]"), Output::Trace("note".to_owned())];
    assert_eq!(*lines.lock().expect("unpoisoned"), want);
}

#[test]
fn modules_are_parsed_by_what_the_host_gave() {
    let parse = lookup("rego.parse_module").expect("there");
    let args = ["x.rego".into(), "package x".into()];
    let mut c = Context::new(Caches::new(), 0);
    assert_eq!(parse.call(&mut c, &args).expect_err("no parser").kind(), ErrorKind::Halt);
    c.parse_module = Some(Arc::new(|file, source| Ok(Value::from(format!("{file}: {source}")))));
    assert_eq!(parse.call(&mut c, &args), Ok(Some("x.rego: package x".into())));
}

#[test]
fn a_context_serves_decision_after_decision() {
    static READ: AtomicI64 = AtomicI64::new(0);
    let mut context = Context::with_clock(Caches::new(), Clock::Reading(|| READ.fetch_add(1, Ordering::Relaxed)));
    context.seed = Some(7);
    let decision = |context: &mut Context| {
        let now = [call(context, "time.now_ns", &[]), call(context, "time.now_ns", &[])];
        let random =
            ["a", "b", "a"].map(|key| call(context, "rand.intn", &[Value::from(key), Value::from(1_i64 << 40)]));
        (now, random)
    };
    let (first_now, first_random) = decision(&mut context);
    assert_eq!(first_now, [Value::from(0), Value::from(0)], "the clock is read once");
    assert_eq!(first_random[0], first_random[2]);
    assert_ne!(first_random[0], first_random[1]);
    context.begin();
    let (now, random) = decision(&mut context);
    assert_eq!(now, [Value::from(1), Value::from(1)]);
    assert_eq!(random, first_random, "the seed begins anew");
}

#[test]
fn arguments_are_the_same_as_texts_and_as_values() {
    let value = |text: &str| Value::from(text);
    let list = Value::from(vec![value(".")]);
    for (name, args) in [
        ("regex.match", vec![value("^a.c$"), value("abc")]),
        ("regex.match", vec![value("("), value("abc")]),
        ("regex.split", vec![value(","), value("a,b")]),
        ("glob.match", vec![value("*.b"), list.clone(), value("a.b")]),
        ("glob.match", vec![value("*.b"), value("x"), value("a.b")]),
        ("crypto.sha256", vec![value("abc")]),
        ("crypto.sha256", vec![Value::from(1)]),
        ("net.cidr_contains", vec![value("10.0.0.0/8"), value("10.1.2.3")]),
        ("time.parse_rfc3339_ns", vec![value("2024-01-02T03:04:05Z")]),
        ("json.patch", vec![Value::empty_object(), Value::from(Vec::new())]),
        ("yaml.unmarshal", vec![value("a: 1")]),
    ] {
        let builtin = lookup(name).expect(name);
        let mut context = Context::new(Caches::new(), 0);
        let borrowed: Vec<Arg<'_>> =
            args.iter().map(|v| v.as_str().map_or(Arg::Value(v), |text| Arg::Text(text.as_bytes()))).collect();
        assert_eq!(builtin.call(&mut context, &args), builtin.call_args(&mut context, &borrowed), "{name}");
    }
}
