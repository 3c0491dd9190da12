//! The OPA ABI as its hosts use it.

use alloc::string::String;
use alloc::vec::Vec;

use super::*;
use crate::mem;

fn put(text: &[u8]) -> (u32, u32) {
    let addr = malloc(text.len() as u32);
    mem::write(addr, text);
    (addr, text.len() as u32)
}

fn json(text: &str) -> u32 {
    let (addr, len) = put(text.as_bytes());
    parse(addr, len, Dialect::Json)
}

fn c_string(addr: u32) -> String {
    let bytes: Vec<u8> = (addr..).map(mem::load8).take_while(|&byte| byte != 0).collect();
    String::from_utf8(bytes).expect("UTF-8")
}

#[test]
fn values_survive_the_text_they_came_from() {
    let (addr, len) = put(b"{\"a\":[1,\"x\"]}\0");
    let value = parse(addr, len, Dialect::Json);
    mem::zero(addr, len);
    assert_eq!(c_string(dump(value, Dialect::Json)), "{\"a\":[1,\"x\"]}");
    assert_eq!(json("{\"a\":"), 0);
}

#[test]
fn data_is_changed_in_place() {
    let base = json("{\"b\":{\"c\":1}}");
    assert_eq!(add_path(base, json("[\"a\",\"x\"]"), json("7")), PathError::Ok);
    assert_eq!(add_path(base, json("[\"b\",\"c\"]"), json("[2]")), PathError::Ok);
    assert_eq!(c_string(dump(base, Dialect::Json)), "{\"a\":{\"x\":7},\"b\":{\"c\":[2]}}");
    assert_eq!(remove_path(base, json("[\"a\",\"x\"]")), PathError::Ok);
    assert_eq!(c_string(dump(base, Dialect::Json)), "{\"a\":{},\"b\":{\"c\":[2]}}");
}

#[test]
fn wrong_paths_change_nothing() {
    let base = json("{\"a\":1}");
    assert_eq!(add_path(base, json("[]"), json("1")), PathError::InvalidPath);
    assert_eq!(add_path(base, json("\"a\""), json("1")), PathError::InvalidType);
    assert_eq!(add_path(base, json("[\"n\",1]"), json("1")), PathError::InvalidType);
    assert_eq!(add_path(base, json("[\"a\",\"b\"]"), json("1")), PathError::InvalidType);
    assert_eq!(add_path(json("[]"), json("[\"a\"]"), json("1")), PathError::InvalidType);
    assert_eq!(remove_path(base, json("[\"z\"]")), PathError::InvalidPath);
    assert_eq!(remove_path(base, json("[\"a\",\"b\"]")), PathError::InvalidType);
    assert_eq!(c_string(dump(base, Dialect::Json)), "{\"a\":1}");
}

#[test]
fn the_result_set_prints_as_an_array_or_a_set() {
    let result = result_set(unboxed(json("{\"x\":true}")));
    assert_eq!(c_string(dump(result, Dialect::Json)), "[{\"result\":{\"x\":true}}]");
    assert_eq!(c_string(dump(result, Dialect::Value)), "{{\"result\": {\"x\": true}}}");
    let undefined = result_set(Word::UNDEFINED);
    assert_eq!(c_string(dump(undefined, Dialect::Json)), "[]");
    assert_eq!(c_string(dump(undefined, Dialect::Value)), "set()");
}

#[test]
fn the_heap_pointer_may_be_anything() {
    let start = mem::heap_ptr();
    mem::set_heap_ptr(start + 3);
    let odd = boxed(Word::TRUE);
    assert_eq!(odd % 8, 0);
    assert_eq!(unboxed(odd), Word::TRUE);
    mem::set_heap_ptr(start);
    assert_eq!(malloc(0), start.next_multiple_of(8));
}

#[test]
fn memory_grows_until_the_host_refuses() {
    let start = mem::heap_ptr();
    let addr = malloc(1 << 19);
    mem::store8(addr + (1 << 19) - 1, 1);
    let refused = std::panic::catch_unwind(|| malloc(u32::MAX - 1024));
    assert!(refused.is_err());
    mem::set_heap_ptr(start);
}
