//! JSON: messages as OPA words them, printing as OPA prints.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec;

use super::*;
use crate::value::Value;

fn message(text: &str) -> String {
    match parse(text.as_bytes()) {
        Ok(v) => alloc::format!("parsed {v}"),
        Err(e) => e.to_string(),
    }
}

#[test]
fn errors_are_worded_as_in_opa() {
    for (text, want) in [
        ("", "EOF"),
        ("  ", "EOF"),
        ("{", "unexpected EOF"),
        ("[1", "unexpected EOF"),
        ("nul", "unexpected EOF"),
        ("-", "unexpected EOF"),
        ("1.", "unexpected EOF"),
        ("\"abc", "unexpected EOF"),
        ("{}x", "invalid character 'x' looking for beginning of value"),
        ("1 2", "error: invalid character '2' after top-level value"),
        ("01", "error: invalid character '1' after top-level value"),
        ("{}}", "invalid character '}' looking for beginning of value"),
        ("[1,]", "invalid character ']' looking for beginning of value"),
        ("{\"a\":1,}", "invalid character '}' looking for beginning of object key string"),
        ("{a:1}", "invalid character 'a' looking for beginning of object key string"),
        ("{\"a\" 1}", "invalid character '1' after object key"),
        ("[1 2]", "invalid character '2' after array element"),
        ("{\"a\":1 2}", "invalid character '2' after object key:value pair"),
        ("\"\\x\"", "invalid character 'x' in string escape code"),
        ("\"\\u00zz\"", "invalid character 'z' in \\u hexadecimal character escape"),
        ("\"a\nb\"", "invalid character '\\n' in string literal"),
        ("-x", "invalid character 'x' in numeric literal"),
        ("1.x", "invalid character 'x' after decimal point in numeric literal"),
        ("1e+x", "invalid character 'x' in exponent of numeric literal"),
        ("trux", "invalid character 'x' in literal true (expecting 'e')"),
        ("é", "invalid character 'Ã' looking for beginning of value"),
        ("'", "invalid character '\\'' looking for beginning of value"),
        ("[[[1e40000]]]", "invalid number: number too big"),
    ] {
        assert_eq!(message(text), want, "{text}");
    }
}

#[test]
fn errors_know_their_place() {
    let e = parse(b"{\n  \"a\": [1,\n   x]}").expect_err("bad value");
    assert_eq!((e.line(), e.column(), e.offset()), (3, 4, 16));
}

#[test]
fn surrogates_and_bad_bytes_become_replacement_characters() {
    assert_eq!(parse(br#""\ud83d\ude00 \udc00""#).expect("valid"), Value::from("😀 \u{fffd}"));
    assert_eq!(parse(br#""\ud800\u0041""#).expect("valid"), Value::from("\u{fffd}A"));
    assert_eq!(parse(b"\"\xff\xfe\xf0\x9f\"").expect("valid"), Value::from("\u{fffd}\u{fffd}\u{fffd}\u{fffd}"));
}

#[test]
fn the_last_of_duplicate_keys_wins() {
    assert_eq!(message(r#"{"a":1,"b":2,"a":3}"#), r#"parsed {"a": 3, "b": 2}"#);
}

#[test]
fn depth_is_bounded_without_recursion() {
    let deep = "[".repeat(100_000);
    assert_eq!(message(&deep), "exceeded max depth of 1000");
    let fits = "[".repeat(1000) + &"]".repeat(1000);
    assert_eq!(to_string(&parse(fits.as_bytes()).expect("fits")), fits);
}

#[test]
fn each_character_is_escaped_or_plain_wherever_it_stands() {
    let escaped = |c: char| c < ' ' || "\"\\<>&\u{2028}\u{2029}".contains(c);
    for c in ('\0'..='\u{2fff}').chain(['\u{ffff}', '\u{10ffff}']) {
        for text in [format!("{c}"), format!("plain {c}"), format!("{c}é☃")] {
            let printed = to_string(&Value::from(text.as_str()));
            assert_eq!(printed.contains('\\'), escaped(c), "{c:?}");
            assert_eq!(parse(printed.as_bytes()).unwrap(), Value::from(text));
        }
    }
}

#[test]
fn printing_escapes_as_go_does() {
    let v = Value::from("<a>&\u{2028}\u{7f}\u{1}\u{8}\u{c}é");
    assert_eq!(to_string(&v), "\"\\u003ca\\u003e\\u0026\\u2028\u{7f}\\u0001\\b\\fé\"");
    assert_eq!(to_string(&Value::String(vec![b'a', 0xff].into())), "\"a\\ufffd\"");
}

#[test]
fn keys_are_sorted_by_their_text() {
    let n = |t: &str| Value::from(crate::number::Number::parse(t).expect("number"));
    let o = Value::from(crate::Object::from([
        (n("1.0"), n("2")),
        (n("1e400"), n("3")),
        (Value::set([n("3")]), n("4")),
        (Value::from("0"), Value::Null),
    ]));
    assert_eq!(to_string(&o), r#"{"0":null,"1.0":2,"1e400":3,"[3]":4}"#);
}

#[test]
fn indented_output_keeps_empty_collections_short() {
    let v = parse(br#"{"a":[],"b":{},"c":[1,{"x":2}]}"#).expect("valid");
    assert_eq!(
        to_string_indented(&v, ">>", "--"),
        "{\n>>--\"a\": [],\n>>--\"b\": {},\n>>--\"c\": [\n>>----1,\n>>----{\n>>------\"x\": 2\n>>----}\n>>--]\n>>}"
    );
}
