//! Who may change what.

use super::*;
use crate::json::{Dialect, dump, parse};
use crate::text::Text;

fn read(text: &str) -> Word {
    parse(text.as_bytes(), Dialect::Value).expect("a value")
}

fn print(w: Word) -> alloc::string::String {
    let mut text = Text::new(16);
    dump::rego(&mut text, w);
    alloc::string::String::from_utf8_lossy(value::text(text.finish())).into_owned()
}

#[test]
fn path_insertion_leaves_values_of_others_alone() {
    let (object, given) = (table::object(0), read("{\"x\": 1}"));
    assert!(insert_path(object, read("[\"a\", \"b\"]"), given, Leaf::Value));
    assert!(!insert_path(object, read("[\"a\", \"b\", \"y\"]"), read("2"), Leaf::Value));
    assert!(insert_path(object, read("[\"a\", \"c\"]"), read("2"), Leaf::Value));
    assert_eq!(print(object), "{\"a\": {\"b\": {\"x\": 1}, \"c\": 2}}");
    assert_eq!(print(given), "{\"x\": 1}");
}

#[test]
fn a_tree_that_became_a_leaf_is_no_longer_extended() {
    let (first, second) = (table::object(0), table::object(0));
    assert!(insert_path(first, read("[\"a\", \"x\"]"), read("1"), Leaf::Value));
    let inner = table::get(first, value::string(b"a"));
    assert!(insert_path(second, read("[\"p\"]"), inner, Leaf::Value));
    assert!(!insert_path(second, read("[\"p\", \"y\"]"), read("2"), Leaf::Value));
    assert!(insert_path(first, read("[\"a\", \"z\"]"), read("3"), Leaf::Value));
    assert_eq!(print(second), "{\"p\": {\"x\": 1}}");
}

#[test]
fn members_gather_in_a_set() {
    let object = table::object(0);
    for member in ["2", "1", "2"] {
        assert!(insert_path(object, read("[\"s\", \"t\"]"), read(member), Leaf::Member));
    }
    assert!(!insert_path(object, read("[\"s\"]"), read("1"), Leaf::Member));
    assert!(!insert_path(object, read("[\"s\", \"t\", \"u\"]"), read("1"), Leaf::Value));
    assert_eq!(print(object), "{\"s\": {\"t\": {1, 2}}}");
}

#[test]
fn merging_prefers_the_first_document() {
    let (a, b) = (read("{\"x\": {\"y\": 1}, \"z\": [1]}"), read("{\"x\": {\"y\": 2, \"w\": 3}, \"z\": {}, \"v\": 0}"));
    assert_eq!(print(merge(a, b)), "{\"v\": 0, \"x\": {\"w\": 3, \"y\": 1}, \"z\": [1]}");
    assert_eq!(print(a), "{\"x\": {\"y\": 1}, \"z\": [1]}");
    assert_eq!(print(merge(Word::UNDEFINED, b)), print(b));
    assert_eq!(print(merge(a, Word::UNDEFINED)), print(a));
    assert_eq!(merge(Word::FALSE, b), Word::FALSE);
}

#[test]
fn upsert_replaces_what_is_no_object() {
    assert_eq!(print(upsert(Word::UNDEFINED, read("[\"a\", \"b\"]"), read("1"))), "{\"a\": {\"b\": 1}}");
    assert_eq!(
        print(upsert(read("{\"a\": [1], \"c\": 2}"), read("[\"a\", \"b\"]"), read("1"))),
        "{\"a\": {\"b\": 1}, \"c\": 2}"
    );
    assert_eq!(print(upsert(read("{\"a\": 1}"), read("[]"), read("7"))), "7");
}
