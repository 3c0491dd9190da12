//! A call, its outcome, and both as lines of JSON.
//!
//! A line holds `n` (name), `a` (arguments), then `r.v` (result), `u` (undefined), or `k` and `e` (class and text of the
//! error). Values that JSON lacks are tagged: `$set`, `$obj`, `$bytes` (base64).

use std::fmt;

use writ_value::{Object, Set, Str, Value, json};

/// A call of a built-in.
#[derive(Clone, Debug, PartialEq)]
pub struct Case {
    /// Its name.
    pub name: String,
    /// Its arguments.
    pub args: Vec<Value>,
}

/// What a call gives.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// A result.
    Value(Value),
    /// No result, and no error.
    Undefined,
    /// Class (`type`, `builtin`, `halt`) and text of an error, without the built-in's name.
    Error(String, String),
    /// A panic.
    Crash(String),
    /// It did not end in time.
    Slow,
}

impl Case {
    /// The line to ask the oracle.
    #[must_use]
    pub fn request(&self) -> String {
        json::to_string(&Value::object(self.fields()))
    }

    /// The line to keep, with the outcome.
    #[must_use]
    pub fn record(&self, outcome: &Outcome) -> String {
        let text = |s: &str| Value::from(s);
        let mut fields = self.fields();
        match outcome {
            Outcome::Value(v) => fields.push(("r", Value::object([("v", tag(v))]))),
            Outcome::Undefined => fields.push(("u", Value::Bool(true))),
            Outcome::Error(kind, message) => fields.extend([("k", text(kind)), ("e", text(message))]),
            Outcome::Crash(message) => fields.push(("crash", text(message))),
            Outcome::Slow => fields.push(("slow", Value::Bool(true))),
        }
        json::to_string(&Value::object(fields))
    }

    fn fields(&self) -> Vec<(&'static str, Value)> {
        vec![("n", Value::from(self.name.as_str())), ("a", self.args.iter().map(tag).collect())]
    }

    /// A kept line's call; `None` if it is none.
    #[must_use]
    pub fn read(line: &Value) -> Option<Case> {
        let name = line.get("n")?.as_str()?.to_owned();
        Some(Case { name, args: line.get("a")?.as_array()?.iter().map(untag).collect() })
    }
}

impl Outcome {
    /// The outcome on a line.
    #[must_use]
    pub fn read(line: &Value) -> Outcome {
        let text = |key: &str| line.get(key).and_then(Value::as_str).map(str::to_owned);
        if let Some(r) = line.get("r") {
            return Outcome::Value(r.get("v").map_or(Value::Null, untag));
        }
        match (text("k"), text("crash")) {
            (Some(kind), _) => Outcome::Error(kind, text("e").unwrap_or_default()),
            (None, Some(message)) => Outcome::Crash(message),
            (None, None) if line.get("slow").is_some() => Outcome::Slow,
            (None, None) => Outcome::Undefined,
        }
    }
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let args: Vec<_> = self.args.iter().map(|v| json::to_string(&tag(v))).collect();
        write!(f, "{}({})", self.name, args.join(", "))
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Outcome::Value(v) => write!(f, "= {}", json::to_string(&tag(v))),
            Outcome::Undefined => f.write_str("undefined"),
            Outcome::Error(kind, message) => write!(f, "{kind} error: {message}"),
            Outcome::Crash(message) => write!(f, "panic: {message}"),
            Outcome::Slow => f.write_str("too slow"),
        }
    }
}

/// The value with tags for what JSON lacks.
#[must_use]
pub fn tag(v: &Value) -> Value {
    let tagged = |name: &str, value: Value| Value::object([(name, value)]);
    match v {
        Value::String(s) if s.as_str().is_none() => tagged("$bytes", Value::from(base64(s.as_bytes()).as_str())),
        Value::Array(a) => a.iter().map(tag).collect(),
        Value::Set(s) => tagged("$set", s.iter().map(tag).collect()),
        Value::Object(o) if o.keys().all(|k| k.as_str().is_some_and(|k| !k.starts_with('$'))) => {
            Value::from(o.iter().map(|(k, v)| (k.clone(), tag(v))).collect::<Object>())
        }
        Value::Object(o) => tagged("$obj", o.iter().map(|(k, v)| Value::from(vec![tag(k), tag(v)])).collect()),
        other => other.clone(),
    }
}

fn untag(v: &Value) -> Value {
    match v {
        Value::Array(a) => a.iter().map(untag).collect(),
        Value::Object(o) => {
            if let Some(Value::Array(a)) = v.get("$set") {
                return Value::from(a.iter().map(untag).collect::<Set>());
            }
            if let Some(Value::Array(a)) = v.get("$obj") {
                let pairs = a.iter().filter_map(|p| match p.as_array()? {
                    [k, v] => Some((untag(k), untag(v))),
                    _ => None,
                });
                return Value::from(pairs.collect::<Object>());
            }
            if let Some(s) = v.get("$bytes").and_then(Value::as_str) {
                return Value::String(Str::from_bytes(&unbase64(s.as_bytes())));
            }
            Value::from(o.iter().map(|(k, v)| (k.clone(), untag(v))).collect::<Object>())
        }
        other => other.clone(),
    }
}

const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// The bytes in base64.
#[must_use]
pub fn base64(bytes: &[u8]) -> String {
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let bits = chunk.iter().fold(0, |n, &b| n << 8 | u32::from(b)) << (8 * (3 - chunk.len()));
        for i in 0..4 {
            let digit = DIGITS[(bits >> (18 - 6 * i) & 63) as usize];
            out.push(if i <= chunk.len() { char::from(digit) } else { '=' });
        }
    }
    out
}

/// The bytes of base64 text, of either alphabet; other characters are skipped.
#[must_use]
pub fn unbase64(text: &[u8]) -> Vec<u8> {
    let (mut bits, mut n, mut out) = (0u32, 0, Vec::new());
    for &c in text {
        let c = match c {
            b'-' => b'+',
            b'_' => b'/',
            c => c,
        };
        let Some(digit) = DIGITS.iter().position(|&d| d == c) else { continue };
        bits = bits << 6 | digit as u32;
        n += 6;
        if n >= 8 {
            n -= 8;
            out.push((bits >> n & 0xff) as u8);
        }
    }
    out
}
