//! JSON text and types that are read where a value lies are the same as those that are read from the value.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Debug;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use writ_abi::{Tag, Word, layout};
use writ_value::{Object, Str, Value, json};

use super::{Layout, deserialize, read, write_json};
use crate::error::{EvalError, LimitKind};
use crate::limits::Limits;

/// A memory that holds the value, its tables in order or, as the guest makes them, not.
fn laid_out(value: &Value, in_order: bool) -> (Vec<u8>, Word) {
    let limits = Limits::default();
    let layout = Layout::of(value, limits.input_bytes, limits.depth).unwrap();
    let mut memory = vec![0; layout.malloc_size().unwrap() as usize + 8];
    let word = layout.write(&mut memory, 8).unwrap();
    if !in_order {
        turn(&mut memory, word);
    }
    (memory, word)
}

fn u32_at(memory: &[u8], at: u32) -> u32 {
    u32::from_le_bytes(memory[at as usize..at as usize + 4].try_into().unwrap())
}

/// Turns the entries of all tables around.
fn turn(memory: &mut Vec<u8>, word: Word) {
    let (width, table) = match word.tag() {
        Tag::Array => (1, false),
        Tag::Set => (1, true),
        Tag::Object => (2, true),
        _ => return,
    };
    let (len, data) = (u32_at(memory, word.addr()), u32_at(memory, word.addr() + layout::DATA));
    let size = width as usize * 8;
    let range = data as usize..data as usize + len as usize * size;
    if table {
        let turned: Vec<u8> = memory[range.clone()].chunks(size).rev().flatten().copied().collect();
        memory[range.clone()].copy_from_slice(&turned);
        let flags = (word.addr() + layout::FLAGS) as usize;
        memory[flags..flags + 4].fill(0);
    }
    for at in range.step_by(8) {
        let below = u64::from_le_bytes(memory[at..at + 8].try_into().unwrap());
        turn(memory, Word(below));
    }
}

struct Random(u64);

impl Random {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }

    fn value(&mut self, depth: u32) -> Value {
        match self.below(if depth == 0 { 6 } else { 10 }) {
            0 => Value::Null,
            1 => Value::Bool(self.below(2) == 0),
            2 => Value::from(self.below(2000) as i64 - 1000),
            3 => self.number(),
            4 | 5 => self.string(),
            6 | 7 => (0..self.below(5)).map(|_| self.value(depth - 1)).collect::<Vec<_>>().into(),
            8 => Value::set((0..self.below(6)).map(|_| self.value(depth - 1)).collect::<Vec<_>>()),
            _ => {
                let odd = self.below(4) == 0;
                let entry = |this: &mut Self| {
                    let key = if odd { this.value(depth - 1) } else { this.string() };
                    (key, this.value(depth - 1))
                };
                Value::from((0..self.below(6)).map(|_| entry(self)).collect::<Object>())
            }
        }
    }

    fn number(&mut self) -> Value {
        let texts = [
            "1.50",
            "-0",
            "1e3",
            "0.1",
            "4611686018427387904",
            "9223372036854775807",
            "18446744073709551615",
            "-9223372036854775808",
            "18446744073709551616",
            "123456789012345678901234567890",
            "1.0",
            "1e400",
        ];
        json::parse(texts[self.below(texts.len() as u64) as usize].as_bytes()).unwrap()
    }

    fn string(&mut self) -> Value {
        let texts: [&[u8]; 9] =
            [b"", b"a", b"b", b"\xff\xfea", b"</\"\\\n\x01>", "日本".as_bytes(), b"0123456789abcdef", b"12", b"true"];
        Value::String(Str::from_bytes(texts[self.below(texts.len() as u64) as usize]))
    }
}

fn values() -> impl Iterator<Item = (Value, Vec<u8>, Word)> {
    let mut random = Random(3);
    (0..4000).map(move |n| {
        let value = random.value(4);
        let (memory, word) = laid_out(&value, n % 2 == 0);
        (value, memory, word)
    })
}

#[test]
fn text_is_that_of_the_value() {
    let limits = Limits::default();
    for (value, memory, word) in values() {
        let mut out = "before ".to_owned();
        assert!(write_json(&memory, word, &limits, &mut out).unwrap());
        assert_eq!(out, format!("before {}", json::to_string(&value)));
    }
    let mut out = String::new();
    assert!(!write_json(&[], Word::UNDEFINED, &limits, &mut out).unwrap());
}

/// Both ways give the same, or neither gives anything.
fn same<T: DeserializeOwned + Debug>(value: &Value, memory: &[u8], word: Word) -> bool {
    let text = json::to_string(value);
    let here: Result<Option<T>, _> = deserialize(memory, word, &Limits::default());
    match (serde_json::from_str::<T>(&text), here) {
        // Debug text, since a NaN is not equal to itself.
        (Ok(expected), Ok(Some(found))) => assert_eq!(format!("{found:?}"), format!("{expected:?}"), "{text}"),
        (Err(_), Err(EvalError::Artifact(_))) => return false,
        (expected, found) => panic!("{text}: {found:?} instead of {expected:?}"),
    }
    true
}

#[derive(Debug, Deserialize)]
#[expect(dead_code, reason = "what is read is printed")]
enum Choice {
    #[serde(rename = "a")]
    A,
    #[serde(rename = "b")]
    B(serde_json::Value),
    #[serde(rename = "12")]
    C { a: Option<i64> },
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
#[expect(dead_code, reason = "what is read is printed")]
enum Untagged {
    Number(f64),
    Text(String),
    Pair(i8, Option<Box<Untagged>>),
    Rest(BTreeMap<String, Untagged>),
}

#[derive(Debug, Deserialize)]
#[expect(dead_code, reason = "what is read is printed")]
struct Record {
    #[serde(default)]
    a: Option<serde_json::Value>,
    #[serde(default)]
    b: Option<u64>,
}

#[derive(Debug, Deserialize)]
#[expect(dead_code, reason = "what is read is printed")]
struct Wrapped(Record);

#[test]
fn types_are_those_that_the_text_gives() {
    let mut fits = [0; 24];
    for (value, memory, word) in values() {
        let results = [
            same::<serde_json::Value>(&value, &memory, word),
            same::<Option<bool>>(&value, &memory, word),
            same::<i8>(&value, &memory, word),
            same::<u32>(&value, &memory, word),
            same::<i64>(&value, &memory, word),
            same::<u64>(&value, &memory, word),
            same::<i128>(&value, &memory, word),
            same::<f32>(&value, &memory, word),
            same::<f64>(&value, &memory, word),
            same::<String>(&value, &memory, word),
            same::<char>(&value, &memory, word),
            same::<()>(&value, &memory, word),
            same::<Vec<serde_json::Value>>(&value, &memory, word),
            same::<(serde_json::Value, serde_json::Value)>(&value, &memory, word),
            same::<BTreeMap<String, serde_json::Value>>(&value, &memory, word),
            same::<BTreeMap<u32, serde_json::Value>>(&value, &memory, word),
            same::<BTreeMap<bool, serde_json::Value>>(&value, &memory, word),
            same::<BTreeMap<Option<String>, serde::de::IgnoredAny>>(&value, &memory, word),
            same::<Choice>(&value, &memory, word),
            same::<Vec<Choice>>(&value, &memory, word),
            same::<Untagged>(&value, &memory, word),
            same::<Record>(&value, &memory, word),
            same::<Wrapped>(&value, &memory, word),
            same::<Box<serde_json::value::Number>>(&value, &memory, word),
        ];
        for (count, fit) in fits.iter_mut().zip(results) {
            *count += i32::from(fit);
        }
    }
    // A comparison of errors only would show nothing.
    assert!(fits.iter().all(|n| *n > 3), "{fits:?}");
}

#[test]
fn undefined_is_nothing_of_any_type() {
    let limits = Limits::default();
    assert_eq!(deserialize::<Option<u8>>(&[], Word::UNDEFINED, &limits).unwrap(), None);
    assert_eq!(deserialize::<Option<u8>>(&[], Word::NULL, &limits).unwrap(), Some(None));
    assert_eq!(deserialize::<HashMap<String, u8>>(&[], Word::UNDEFINED, &limits).unwrap(), None);
}

#[test]
fn limits_and_lies_are_errors_in_every_form() {
    let value = json::parse(br#"{"a": [[["0123456789"]]], "b": 1e5}"#).unwrap();
    let (memory, word) = laid_out(&value, true);
    let small = Limits { result_bytes: 64, ..Limits::default() };
    let flat = Limits { depth: 2, ..Limits::default() };
    for (limits, kind) in [(small, LimitKind::ResultSize), (flat, LimitKind::Depth)] {
        let mut out = String::from("kept");
        let errors = [
            read(&memory, word, &limits).map(drop),
            write_json(&memory, word, &limits, &mut out).map(drop),
            deserialize::<serde_json::Value>(&memory, word, &limits).map(drop),
        ];
        assert_eq!(out, "kept");
        for error in errors {
            let Err(EvalError::Limit(error)) = error else { panic!("{error:?}") };
            assert_eq!(error.which, kind);
        }
    }
    // Memory of which something was changed: nothing but errors and other values.
    let mut random = Random(9);
    let (memory, word) = laid_out(&random.value(4), false);
    for _ in 0..20_000 {
        let mut memory = memory.clone();
        if memory.is_empty() {
            break;
        }
        let at = random.below(memory.len() as u64) as usize;
        memory[at] = random.below(256) as u8;
        let _ = deserialize::<serde_json::Value>(&memory, word, &Limits::default());
        let _ = write_json(&memory, word, &Limits::default(), &mut String::new());
    }
}
