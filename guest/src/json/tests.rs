//! JSON text at its limits.

use alloc::string::String;
use alloc::vec::Vec;

use writ_abi::layout::MAX_DEPTH;

use super::*;
use crate::text::Text;
use crate::{heap, mem, value};

fn print(text: &str, dialect: Dialect) -> Option<String> {
    let parsed = parse(text.as_bytes(), dialect)?;
    let mut out = Text::new(16);
    if dialect == Dialect::Value {
        dump::rego(&mut out, parsed)
    } else {
        dump::dump(&mut out, parsed)
    }
    Some(String::from_utf8_lossy(value::text(out.finish())).into_owned())
}

#[test]
fn depth_is_bounded() {
    let nested = |depth: u32| [b"[".repeat(depth as usize), b"]".repeat(depth as usize)].concat();
    assert!(parse(&nested(MAX_DEPTH), Dialect::Json).is_some());
    assert!(parse(&nested(MAX_DEPTH + 1), Dialect::Json).is_none());
    assert!(parse(&b"[".repeat(1_000_000), Dialect::Json).is_none());
    assert!(parse(&b"{".repeat(1_000_000), Dialect::Value).is_none());
}

#[test]
fn a_refused_text_leaves_nothing_behind() {
    let before = mem::heap_ptr();
    assert!(parse(b"[1, \"abc\", {\"a\": [1.5, 2", Dialect::Json).is_none());
    assert_eq!(mem::heap_ptr(), before);
}

#[test]
fn trailing_zeros_and_space_are_tolerated() {
    assert_eq!(print(" [1] \n\0", Dialect::Json).as_deref(), Some("[1]"));
    assert_eq!(print("1\0\0", Dialect::Json).as_deref(), Some("1"));
    assert_eq!(print("\0", Dialect::Json), None);
    assert_eq!(print("1\x002", Dialect::Json), None);
}

#[test]
fn of_equal_keys_the_last_value_wins() {
    assert_eq!(print(r#"{"b":1,"a":2,"b":3,"a":4}"#, Dialect::Json).as_deref(), Some(r#"{"a":4,"b":3}"#));
    assert_eq!(print("{1: 1, 1.0: 2}", Dialect::Value).as_deref(), Some("{1: 2}"));
    assert_eq!(print("{1.0, 1}", Dialect::Value).as_deref(), Some("{1.0}"));
}

#[test]
fn value_text_has_sets_and_any_keys() {
    assert_eq!(print("{ }", Dialect::Value).as_deref(), Some("{}"));
    assert_eq!(print("set( )", Dialect::Value).as_deref(), Some("set()"));
    assert_eq!(
        print("{{1}: [set()], \"a\": {2, 1}}", Dialect::Value).as_deref(),
        Some("{\"a\": {1, 2}, {1}: [set()]}")
    );
    for wrong in ["{1,, }", "{,}", "[,]", "set(1)", "set", "{1: 2, 3}", "{1, 2: 3}"] {
        assert_eq!(print(wrong, Dialect::Value), None, "{wrong}");
    }
    assert_eq!(print("[{1, }, {2: 3,}, [4 ,] ,]", Dialect::Value).as_deref(), Some("[{1}, {2: 3}, [4]]"));
    assert_eq!(print("[1,]", Dialect::Json), None);
    assert_eq!(print("{1}", Dialect::Json), None);
    assert_eq!(print("set()", Dialect::Json), None);
}

#[test]
fn go_escapes_belong_to_value_text() {
    assert_eq!(print(r#""\x41\u00e9\U0001f600\a\v""#, Dialect::Value).as_deref(), Some(r#""Aé😀\a\v""#));
    assert_eq!(print(r#""\x41""#, Dialect::Json), None);
    assert_eq!(print(r#""\xff""#, Dialect::Value).as_deref(), Some(r#""\xff""#));
}

#[test]
fn numbers_keep_their_text() {
    for text in ["1.0", "1e3", "-0", "0.10", "28857836529306024611913", "9223372036854775807", "1E+2"] {
        assert_eq!(print(text, Dialect::Json).as_deref(), Some(text));
    }
    assert!(parse(b"4611686018427387903", Dialect::Json).is_some_and(|w| w.as_int().is_some()));
    assert!(parse(b"4611686018427387904", Dialect::Json).is_some_and(|w| w.as_int().is_none()));
    for wrong in ["01", "1.", ".5", "+1", "1e", "--1", "1e30103", "NaN", "-"] {
        assert_eq!(print(wrong, Dialect::Json), None, "{wrong}");
    }
}

#[test]
fn long_arrays_grow_in_place() {
    let before = mem::heap_ptr();
    let text: Vec<u8> = [b"[0".to_vec(), b",1".repeat(10_000), b"]".to_vec()].concat();
    let array = parse(&text, Dialect::Json).expect("JSON");
    assert_eq!(value::len(array), 10_001);
    assert!(mem::heap_ptr() - before < 10_001 * 16 + 64, "the array was copied while it grew");
    heap::release(before);
}
