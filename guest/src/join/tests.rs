//! An index finds what a scan finds.

use super::*;
use crate::json::{Dialect, dump, parse};
use crate::text::Text;
use crate::{builtins, heap};

fn read(text: &str) -> Word {
    parse(text.as_bytes(), Dialect::Value).expect("a value")
}

fn print(w: Word) -> alloc::string::String {
    let mut text = Text::new(16);
    dump::rego(&mut text, w);
    alloc::string::String::from_utf8_lossy(value::text(text.finish())).into_owned()
}

fn rows(n: usize) -> alloc::string::String {
    let row = |i: usize| match i % 7 {
        3 => alloc::string::String::from("{\"other\": 1}"),
        5 => alloc::format!("{{\"a\": {{\"b\": {}.0}}}}", i % 10),
        _ => alloc::format!("{{\"a\": {{\"b\": {}}}, \"i\": {i}}}", i % 10),
    };
    (0..n).map(row).collect::<alloc::vec::Vec<_>>().join(",")
}

#[test]
fn an_index_gives_the_pairs_of_a_scan_in_their_order() {
    let path = read("[\"a\", \"b\"]");
    for n in [0, 1, 16, 17, 300] {
        let source = read(&alloc::format!("[{}]", rows(n)));
        let index = build(source, path);
        assert_eq!(index == Word::UNDEFINED, n <= 16);
        let slot = heap::alloc(8);
        mem::store64(slot, 0);
        for key in ["0", "3", "9", "9.0", "11", "\"3\"", "null", "{}"] {
            let key = read(key);
            let expected = scan(source, path, key);
            let expected = if expected == Word::UNDEFINED { None } else { Some(print(expected)) };
            let show = |w: Word| if w == Word::UNDEFINED { None } else { Some(print(w)) };
            assert_eq!(show(find(index, slot, source, path, key)), expected);
            // Without an index made before: a scan first, then one made on the way.
            assert_eq!(show(find(Word::UNDEFINED, slot, source, path, key)), expected);
        }
    }
}

#[test]
fn keys_of_objects_stand_in_the_pairs() {
    let text: alloc::vec::Vec<_> = (0..40).map(|i| alloc::format!("\"k{i:02}\": {{\"a\": {}}}", i % 20)).collect();
    let source = read(&alloc::format!("{{{}}}", text.join(",")));
    let index = build(source, read("[\"a\"]"));
    assert_eq!(
        print(find(index, 0, source, read("[\"a\"]"), read("7"))),
        "[[\"k07\", {\"a\": 7}], [\"k27\", {\"a\": 7}]]"
    );
}

#[test]
fn prefixes_are_those_that_startswith_finds() {
    let keys = r#"{"": 0, "/": 1, "/a": 2, "/a/": 3, "/a/b": 4, "/ab": 5, "/b": 6, "/a/b/c": 7, "zz": 8, "/aé": 9, "/a/a": 10}"#;
    let hashed = read(keys);
    table::sort(hashed);
    table::hash(hashed);
    let few = read(r#"{"": 0, "/": 1, "/a": 2, "/a/b": 3, "x": 4, "z": 5}"#);
    for (table, lengths) in [
        (read(keys), Word::NULL),
        (hashed, read("[0, 1, 2, 3, 4, 6]")),
        (hashed, Word::NULL),
        (few, read("[0, 1, 2, 4]")),
    ] {
        prefixes_agree_with_startswith(table, lengths);
    }
}

fn prefixes_agree_with_startswith(table: Word, lengths: Word) {
    for s in ["", "/", "/a", "/a/b", "/a/b/c/d", "/abc", "/a/c", "zzz", "z", "x", "/aéx", "/b", "/a/a"] {
        let s = value::string(s.as_bytes());
        let found = builtins::prefixes::prefixes(table, s, lengths).expect("a string");
        let expected = value::array(0);
        for (key, value) in table::entries(table) {
            if builtins::strings::startswith(s, key) == Some(Word::TRUE) {
                value::push(expected, value);
            }
        }
        assert_eq!(print(found), print(expected));
    }
    assert!(builtins::prefixes::prefixes(table, read("1"), lengths).is_none());
}
