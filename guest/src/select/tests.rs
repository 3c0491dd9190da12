//! A selection gives the positions that a scan finds.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::*;
use crate::json::{Dialect, parse};

fn read(text: &str) -> Word {
    parse(text.as_bytes(), Dialect::Value).expect("a value")
}

fn slot() -> u32 {
    let slot = heap::alloc(8);
    mem::store64(slot, 0);
    slot
}

/// All positions as generated code goes through them, and whether an index gave them.
fn positions(slot: u32, source: Word, part: Word, wanted: Word) -> (Vec<i32>, bool) {
    let mut found = Vec::new();
    let mut at = begin(slot, source, part, wanted);
    let indexed = at != BY_SCAN;
    if at == NOTHING {
        return (found, indexed);
    }
    let mut position = -1;
    loop {
        position = if indexed {
            at += 4;
            mem::load32(at - 4) as i32
        } else {
            next(slot, source, part, wanted, (position + 1) as u32)
        };
        if position < 0 {
            return (found, indexed);
        }
        found.push(position);
    }
}

fn expected(source: Word, part: Word, wanted: Word) -> Vec<i32> {
    let value = |at: u32| match part.tag() {
        Tag::Array => (0..value::len(part)).fold(iter::val(source, at), |at, n| lookup::dot(at, value::item(part, n))),
        Tag::String => lookup::dot(iter::val(source, at), part),
        _ => iter::key(source, at),
    };
    let is_wanted = |at: &u32| value(*at) != Word::UNDEFINED && compare::eq(value(*at), wanted);
    (0..iter::begin(source)).filter(is_wanted).map(|at| at as i32).collect()
}

fn row(i: usize) -> String {
    match i % 7 {
        3 => String::from("{\"other\": 1}"),
        4 => format!("{}", i % 5),
        5 => format!("{{\"a\": {{\"b\": {}.0}}, \"f\": [\"x\"]}}", i % 10),
        _ => format!("{{\"a\": {{\"b\": {}}}, \"f\": \"{}\"}}", i % 10, i % 3),
    }
}

#[test]
fn positions_are_those_of_a_scan() {
    for n in [0, 1, 16, 17, 40, 300] {
        let rows: Vec<String> = (0..n).map(row).collect();
        let entries: Vec<String> = (0..n).map(|i| format!("\"k{:03}\": {}", i * 7 % 500, row(i))).collect();
        let array = read(&format!("[{}]", rows.join(",")));
        let object = read(&format!("{{{}}}", entries.join(",")));
        let set = read(&if n == 0 { String::from("set()") } else { format!("{{{}}}", rows.join(",")) });
        for source in [array, object, set] {
            for part in ["null", "[]", "\"f\"", "[\"f\"]", "[\"a\", \"b\"]", "[\"a\"]", "[1]"] {
                let (part, slot) = (read(part), slot());
                for wanted in ["0", "3", "9.0", "5", "5.0", "\"1\"", "[\"x\"]", "null", "{\"b\": 5}", "\"k007\"", "299"]
                {
                    let wanted = read(wanted);
                    assert_eq!(positions(slot, source, part, wanted).0, expected(source, part, wanted));
                }
            }
        }
    }
}

#[test]
fn membership_is_that_of_a_scan() {
    for n in [0, 1, 16, 17, 100] {
        let items: Vec<String> = (0..n).map(|i| format!("{}", i * 3 % 50)).collect();
        let entries: Vec<String> = (0..n).map(|i| format!("\"k{i}\": {}", i * 3 % 50)).collect();
        let set = if n == 0 { String::from("set()") } else { format!("{{{}}}", items.join(",")) };
        for text in [format!("[{}]", items.join(",")), format!("{{{}}}", entries.join(",")), set, String::from("7")] {
            let (source, slot) = (read(&text), slot());
            for wanted in ["0", "3.0", "4", "\"k0\"", "48", "150", "[0]"] {
                let wanted = read(wanted);
                assert_eq!(has(slot, source, wanted), !expected(source, read("[]"), wanted).is_empty());
            }
        }
    }
}

#[test]
fn collections_that_come_and_go_use_the_same_room() {
    let (part, slot) = (read("\"f\""), slot());
    let source = |n: usize| {
        let rows: Vec<String> = (0..n).map(|i| format!("{{\"f\": {}}}", i % 7)).collect();
        read(&format!("[{}]", rows.join(",")))
    };
    let mut used = 0;
    for n in 0..200 {
        let source = source(30 + n * 13 % 50);
        let before = mem::heap_ptr();
        for _ in 0..3 {
            assert_eq!(positions(slot, source, part, read("3")).0, expected(source, part, read("3")));
        }
        used += mem::heap_ptr() - before;
    }
    assert!(used < 4 * 3 * 80 * 44, "{used}");
}

#[test]
fn an_index_is_made_when_as_much_was_gone_through() {
    let rows: Vec<String> = (0..100).map(|i| format!("{{\"f\": {i}}}")).collect();
    let (source, part, slot) = (read(&format!("[{}]", rows.join(","))), read("\"f\""), slot());
    // A loop that is left at once costs little.
    for _ in 0..50 {
        assert_eq!(begin(slot, source, part, read("0")), BY_SCAN);
        assert_eq!(next(slot, source, part, read("0"), 0), 0);
    }
    assert!(!positions(slot, source, part, read("7")).1);
    assert!(positions(slot, source, part, read("7")).1);
    assert_eq!(positions(slot, source, part, read("100")), (Vec::new(), true));
}

#[test]
fn several_collections_share_a_slot() {
    let (part, slot) = (read("\"f\""), slot());
    let sources: Vec<Word> = (0..6)
        .map(|n| {
            let rows: Vec<String> = (0..40).map(|i| format!("{{\"f\": {}}}", i % (n + 2))).collect();
            read(&format!("[{}]", rows.join(",")))
        })
        .collect();
    for used in [1, 4, 6] {
        for round in 0..5 {
            for source in &sources[..used] {
                let (found, indexed) = positions(slot, *source, part, read("1"));
                assert_eq!(found, expected(*source, part, read("1")));
                // With more than a slot remembers, nothing is asked again in time.
                if round > 0 {
                    assert_eq!(indexed, used <= 4, "{used} {round}");
                }
            }
        }
    }
}

#[test]
fn values_whose_hashes_agree_get_no_index() {
    // Collections hash by their first elements.
    let rows: Vec<String> = (0..400).map(|i| format!("[{}{i}]", "0,".repeat(16))).collect();
    let (source, part, slot) = (read(&format!("[{}]", rows.join(","))), read("[]"), slot());
    for _ in 0..4 {
        let wanted = read(&rows[77]);
        assert_eq!(positions(slot, source, part, wanted), (alloc::vec![77], false));
    }
}
