//! Every call in `data/*.jsonl` gives what OPA 1.22 gave: value, undefined, or error of the same class and text.
//!
//! A line holds `n` (name), `a` (arguments), then `r.v` (result), `u` (undefined), or `k` and `e` (class and text of the
//! error), and `t` where the call depends on the time. Values that JSON lacks are tagged: `$set`, `$obj`, `$bytes`.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use writ_builtins::{Caches, Context, ErrorKind, HttpRequest, HttpResponse, Network, NetworkError, lookup};
use writ_value::{Object, Set, Value, json};

/// The time that OPA was told when it recorded.
const NOW_NS: i64 = 1_700_000_000_123_456_789;

fn untag(v: &Value) -> Value {
    match v {
        Value::Array(a) => a.iter().map(untag).collect(),
        Value::Object(o) if o.len() == 1 => {
            if let Some(Value::Array(a)) = v.get("$set") {
                return Value::from(a.iter().map(untag).collect::<Set>());
            }
            if let Some(Value::Array(a)) = v.get("$obj") {
                let pair = |p: &Value| {
                    let [k, v] = p.as_array().expect("pair") else { unreachable!("pair") };
                    (untag(k), untag(v))
                };
                return Value::from(a.iter().map(pair).collect::<Object>());
            }
            if let Some(Value::String(s)) = v.get("$bytes") {
                return Value::String(unbase64(s.as_bytes()).into());
            }
            Value::from(o.iter().map(|(k, v)| (k.clone(), untag(v))).collect::<Object>())
        }
        Value::Object(o) => Value::from(o.iter().map(|(k, v)| (k.clone(), untag(v))).collect::<Object>()),
        other => other.clone(),
    }
}

fn unbase64(text: &[u8]) -> Vec<u8> {
    let digit = |c: u8| match c {
        b'A'..=b'Z' => c - b'A',
        b'a'..=b'z' => c - b'a' + 26,
        b'0'..=b'9' => c - b'0' + 52,
        b'+' => 62,
        _ => 63,
    };
    let (mut bits, mut n, mut out) = (0u32, 0, Vec::new());
    for &c in text.iter().filter(|&&c| c != b'=') {
        bits = bits << 6 | u32::from(digit(c));
        n += 6;
        if n >= 8 {
            n -= 8;
            out.push(u8::try_from(bits >> n & 0xff).expect("masked"));
        }
    }
    out
}

/// The network as OPA found it when it recorded.
struct NobodyListens;

impl Network for NobodyListens {
    fn send(&self, _: &HttpRequest) -> Result<HttpResponse, NetworkError> {
        Err(NetworkError::Failed("dial tcp 127.0.0.1:1: connect: connection refused".to_owned()))
    }

    fn lookup(&self, host: &str, _: Duration) -> Result<Vec<IpAddr>, String> {
        Err(format!("lookup {host}: no such host"))
    }
}

#[derive(Debug, PartialEq)]
enum Outcome {
    Value(Value),
    Undefined,
    Error(ErrorKind, String),
}

fn expected(case: &Value) -> Outcome {
    if let Some(r) = case.get("r") {
        return Outcome::Value(untag(r.get("v").expect("v")));
    }
    let text = |k: &str| case.get(k).and_then(Value::as_str).unwrap_or_default().to_owned();
    match text("k").as_str() {
        "" => Outcome::Undefined,
        "type" => Outcome::Error(ErrorKind::Type, text("e")),
        "builtin" => Outcome::Error(ErrorKind::Builtin, text("e")),
        _ => Outcome::Error(ErrorKind::Halt, text("e")),
    }
}

fn actual(case: &Value, name: &str, caches: &Arc<Caches>) -> Outcome {
    let args: Vec<Value> = case.get("a").and_then(Value::as_array).expect("arguments").iter().map(untag).collect();
    let now = case.get("t").and_then(Value::as_number).and_then(|n| n.to_i64()).unwrap_or(NOW_NS);
    let mut context = Context::new(caches.clone(), now);
    context.seed = Some(1);
    context.network = Some(Arc::new(NobodyListens));
    match lookup(name).expect("looked up before").call(&mut context, &args) {
        Ok(Some(v)) => Outcome::Value(v),
        Ok(None) => Outcome::Undefined,
        Err(e) => {
            let message = e.message().strip_prefix(name).and_then(|m| m.strip_prefix(": ")).unwrap_or(e.message());
            Outcome::Error(e.kind(), message.to_owned())
        }
    }
}

/// A value's text also tells `1` from `1.0`, which are equal.
fn same(a: &Outcome, b: &Outcome) -> bool {
    a == b
        && match (a, b) {
            (Outcome::Value(a), Outcome::Value(b)) => json::to_string(a) == json::to_string(b),
            _ => true,
        }
}

#[test]
fn calls_give_what_opa_gives() {
    let only = std::env::var("ONLY").ok();
    let dir = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data");
    let mut files: Vec<_> = std::fs::read_dir(dir).expect("fixtures").map(|e| e.expect("entry").path()).collect();
    files.sort();
    let (mut n_cases, mut wrong) = (0, Vec::new());
    for file in files.iter().filter(|f| f.extension().is_some_and(|e| e == "jsonl")) {
        let caches = Caches::new();
        for (i, line) in std::fs::read_to_string(file).expect("fixture").lines().enumerate() {
            let case = json::parse(line.as_bytes()).expect("fixture is JSON");
            let name = case.get("n").and_then(Value::as_str).expect("name");
            if only.as_ref().is_some_and(|o| !name.starts_with(o.as_str())) {
                continue;
            }
            if lookup(name).is_none() {
                wrong.push(format!("{}:{}: no built-in {name}", file.display(), i + 1));
                continue;
            }
            n_cases += 1;
            let (want, got) = (expected(&case), actual(&case, name, &caches));
            if !same(&want, &got) {
                let place = format!("{}:{}", file.file_name().unwrap_or_default().display(), i + 1);
                wrong.push(format!(
                    "{place}: {name}({})\n  want {want:?}\n  got  {got:?}",
                    case.get("a").unwrap_or(&Value::Null)
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {n_cases} differ:\n{}", wrong.len(), wrong[..wrong.len().min(80)].join("\n"));
    assert!(only.is_some() || n_cases > 0);
}
