//! Values at the edges: empty, huge, negative, Unicode, no text at all.

use writ_value::{Number, Str, Value};

const NUMBERS: &[&str] = &[
    "0",
    "-0",
    "1",
    "-1",
    "2",
    "7",
    "10",
    "64",
    "0.0",
    "1.0",
    "0.5",
    "-1.5",
    "2.5",
    "1e2",
    "1E-3",
    "0.1",
    "255",
    "256",
    "1024",
    "2147483647",
    "2147483648",
    "-2147483649",
    "4294967296",
    "9007199254740991",
    "9007199254740993",
    "9223372036854775807",
    "9223372036854775808",
    "-9223372036854775808",
    "-9223372036854775809",
    "18446744073709551615",
    "18446744073709551616",
    "123456789012345678901234567890",
    "1e18",
    "1e19",
    "1e20",
    "1.5e300",
    "1e308",
    "1e309",
    "-1e400",
    "5e-324",
    "1e-400",
    "3.141592653589793238462643383279",
    "1700000000123456789",
];

const TEXTS: &[&str] = &[
    "",
    " ",
    "a",
    "A",
    "abc",
    "0",
    "1",
    "-1",
    "1e5",
    "null",
    "true",
    "{}",
    "[]",
    "\"\"",
    "\0",
    "a\0b",
    "\n",
    "\r\n",
    "\t",
    "\u{7f}",
    "\u{85}",
    "\"",
    "\\",
    "'",
    "`",
    "%",
    "%s",
    "/",
    ".",
    "..",
    "-",
    "_",
    "*",
    "é",
    "e\u{301}",
    "ß",
    "İ",
    "ı",
    "ǅ",
    "ſ",
    "Σς",
    "日本語",
    "😀",
    "👨‍👩‍👧",
    "\u{feff}",
    "\u{2028}",
    "\u{a0}",
    "\u{fffd}",
    "\u{10ffff}",
    "ﬀ",
];

/// All of them.
pub(super) fn all() -> Vec<Value> {
    let mut out = vec![Value::Null, Value::Bool(true), Value::Bool(false)];
    out.extend(NUMBERS.iter().filter_map(|n| Number::parse(n).ok()).map(Value::Number));
    out.extend(TEXTS.iter().map(|t| Value::from(*t)));
    for bytes in [&b"\xff"[..], b"a\xc3", b"\xed\xa0\x80", b"\xf4\x90\x80\x80b"] {
        out.push(Value::String(Str::from_bytes(bytes)));
    }
    out.push(Value::from("a".repeat(3000).as_str()));
    out.push(Value::from("é,".repeat(500).as_str()));
    let (one, text) = (Value::from(1), Value::from("a"));
    let array = |items: &[&Value]| items.iter().map(|v| (*v).clone()).collect::<Value>();
    out.push(array(&[]));
    out.push(array(&[&one]));
    out.push(array(&[&text]));
    out.push(array(&[&text, &one, &Value::Null]));
    out.push((0..300).map(Value::from).collect());
    out.push((0..40).fold(array(&[]), |v, _| array(&[&v])));
    out.push(Value::set([]));
    out.push(Value::set([one.clone()]));
    out.push(Value::set([text.clone(), one.clone()]));
    out.push(Value::empty_object());
    out.push(Value::object([("a", one.clone())]));
    out.push(Value::object([("", text.clone()), ("b", Value::Null)]));
    out.push(Value::from([(one.clone(), text.clone()), (array(&[]), one)].into_iter().collect::<writ_value::Object>()));
    out.push((0..40).fold(Value::empty_object(), |v, _| Value::object([("a", v)])));
    out
}
