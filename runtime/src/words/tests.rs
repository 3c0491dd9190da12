//! Documents survive the way into memory and back; memory that lies gives errors.

use writ_abi::{Tag, Word, layout};
use writ_value::{Object, Str, Value, json};

use super::{Layout, read, take_box, write_boxed};
use crate::error::{EvalError, LimitKind};
use crate::limits::Limits;

fn there_and_back(value: &Value) -> Value {
    let limits = Limits::default();
    let layout = Layout::of(value, limits.input_bytes, limits.depth).unwrap();
    let mut memory = vec![0xaa; layout.malloc_size().unwrap() as usize + 13];
    let word = layout.write(&mut memory, 13).unwrap();
    read(&memory, word, &limits).unwrap().unwrap()
}

#[test]
fn every_kind_of_value_survives() {
    let mut values: Vec<Value> = [
        "null",
        "[true, false]",
        "[0, -1, 4611686018427387903, 4611686018427387904, -4611686018427387904, -4611686018427387905]",
        "[1.50, 1e400, -0, 123456789012345678901234567890]",
        r#"["", "a", "日本\u0000", "0123456789"]"#,
        r#"{"a": {"b": [[], {}]}, "": 1}"#,
    ]
    .iter()
    .map(|text| json::parse(text.as_bytes()).unwrap())
    .collect();
    values.push(Value::set([Value::from(2), Value::set([]), Value::from("x")]));
    values.push(Value::from(Object::from([(Value::from(1), Value::Null), (Value::set([]), Value::from("y"))])));
    values.push(Value::String(Str::from_bytes(b"\xff\xfe")));
    let printed = |v: &Value| format!("{v:?}");
    for value in values {
        assert_eq!(printed(&there_and_back(&value)), printed(&value));
    }
}

#[test]
fn a_box_holds_the_word() {
    let limits = Limits::default();
    let value = json::parse(b"[1, \"two\"]").unwrap();
    let layout = Layout::of(&value, limits.input_bytes, limits.depth).unwrap();
    let mut memory = vec![0; layout.malloc_size().unwrap() as usize + 5];
    let addr = write_boxed(&layout, &mut memory, 5).unwrap();
    let word = take_box(&mut memory, addr as i32).unwrap();
    assert_eq!(read(&memory, word, &limits).unwrap(), Some(value));
    assert_eq!(take_box(&mut memory, addr as i32).unwrap(), Word::UNDEFINED, "it was taken out");
    assert_eq!(take_box(&mut memory, 0).unwrap(), Word::UNDEFINED);
}

#[test]
fn a_document_that_does_not_fit_is_a_limit() {
    let value = json::parse(b"[\"0123456789\", [[[]]]]").unwrap();
    let which = |r: Result<Layout<'_>, EvalError>| match r {
        Err(EvalError::Limit(e)) => e.which,
        _ => panic!("no limit"),
    };
    assert_eq!(which(Layout::of(&value, 16, 100)), LimitKind::InputSize);
    assert_eq!(which(Layout::of(&value, 1000, 2)), LimitKind::Depth);
    let layout = Layout::of(&value, 1000, 100).unwrap();
    for addr in [0, 1000, u32::MAX, u32::MAX - 7] {
        assert!(matches!(layout.write(&mut [0; 64], addr), Err(EvalError::Artifact(_))), "{addr}");
    }
}

/// An array header at 8 with one element at 32.
fn memory_with_array(len: u32, data: u32, element: u64) -> Vec<u8> {
    let mut memory = vec![0u8; 64];
    memory[8..12].copy_from_slice(&len.to_le_bytes());
    let at = 8 + layout::DATA as usize;
    memory[at..at + 4].copy_from_slice(&data.to_le_bytes());
    memory[32..40].copy_from_slice(&element.to_le_bytes());
    memory
}

#[test]
fn wild_addresses_and_lengths_are_refused() {
    let limits = Limits::default();
    let array = Word::pointer(Tag::Array, 8);
    for (len, data) in [(1, 60), (1, u32::MAX), (u32::MAX, 32), (u32::MAX / 8, 0), (5, 32)] {
        let memory = memory_with_array(len, data, Word::TRUE.0);
        assert!(matches!(read(&memory, array, &limits), Err(EvalError::Artifact(_))), "{len} {data}");
    }
    let memory = memory_with_array(1, 32, Word::UNDEFINED.0);
    assert!(read(&memory, array, &limits).is_err());
    for tag in [Tag::Number, Tag::String, Tag::Array, Tag::Object, Tag::Set] {
        for addr in [60, 64, u32::MAX, u32::MAX - 15] {
            assert!(read(&[0; 64], Word::pointer(tag, addr), &limits).is_err());
        }
    }
    assert!(read(&[0; 64], Word::pointer(Tag::Number, 8), &limits).is_err(), "a number without text");
    assert!(read(&[0; 64], Word::MEMO_UNDEFINED, &limits).is_err());
    assert!(take_box(&mut [0; 64], 60).is_err());
    assert!(take_box(&mut [0; 64], -1).is_err());
}

#[test]
fn cycles_and_sharing_end_at_a_limit() {
    let limits = Limits::default();
    let array = Word::pointer(Tag::Array, 8);
    let cycle = memory_with_array(1, 32, array.0);
    let Err(EvalError::Limit(e)) = read(&cycle, array, &limits) else { panic!() };
    assert_eq!(e.which, LimitKind::Depth);

    // Forty arrays of two elements, each twice the next one: 2^40 values.
    let mut memory = vec![0u8; 40 * 32 + 64];
    for i in 0..40u32 {
        let at = (8 + 32 * i) as usize;
        memory[at..at + 4].copy_from_slice(&2u32.to_le_bytes());
        memory[at + 8..at + 12].copy_from_slice(&(at as u32 + 16).to_le_bytes());
        let next = Word::pointer(Tag::Array, 8 + 32 * (i + 1)).0.to_le_bytes();
        memory[at + 16..at + 24].copy_from_slice(&next);
        memory[at + 24..at + 32].copy_from_slice(&next);
    }
    let Err(EvalError::Limit(e)) = read(&memory, array, &limits) else { panic!() };
    assert_eq!(e.which, LimitKind::ResultSize);
}
