//! Values go into words and come back the same.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde::{Deserialize, Serialize};
use writ_guest::text::Text;
use writ_guest::{json, mem};

use super::*;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct All {
    number: i64,
    large: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    maybe: Option<String>,
    list: Vec<(u8, String)>,
    map: BTreeMap<String, bool>,
    by_number: BTreeMap<u32, char>,
    kind: Kind,
    unit: (),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
enum Kind {
    Unit,
    New(i32),
    Tuple(u8, u8),
    Named { a: u8, b: Option<bool> },
}

fn kinds() -> impl Strategy<Value = Kind> {
    prop_oneof![
        Just(Kind::Unit),
        any::<i32>().prop_map(Kind::New),
        any::<(u8, u8)>().prop_map(|(a, b)| Kind::Tuple(a, b)),
        any::<(u8, Option<bool>)>().prop_map(|(a, b)| Kind::Named { a, b }),
    ]
}

prop_compose! {
    fn alls()(
        number in any::<i64>(),
        large in any::<u64>(),
        maybe in any::<Option<String>>(),
        list in any::<Vec<(u8, String)>>(),
        map in any::<BTreeMap<String, bool>>(),
        by_number in any::<BTreeMap<u32, char>>(),
        kind in kinds(),
    ) -> All {
        All { number, large, maybe, list, map, by_number, kind, unit: () }
    }
}

/// The JSON text of a word, as the module prints it.
fn printed(word: writ_abi::Word) -> serde_json::Value {
    let mut text = Text::new(64);
    json::dump(&mut text, word);
    serde_json::from_slice(text.bytes()).expect("the module prints JSON")
}

/// A word from JSON text, as the module reads it.
fn parsed(text: &str) -> writ_abi::Word {
    json::parse(text.as_bytes(), json::Dialect::Json).expect("it is JSON")
}

proptest! {
    #[test]
    fn words_mean_what_the_json_text_means(value in alls()) {
        let base = mem::heap_ptr();
        let word = to_word(&value).unwrap();
        prop_assert_eq!(printed(word), serde_json::to_value(&value).unwrap());
        prop_assert_eq!(&All::deserialize(Value(word)).unwrap(), &value);
        let text = serde_json::to_string(&value).unwrap();
        prop_assert_eq!(&All::deserialize(Value(parsed(&text))).unwrap(), &value);
        mem::set_heap_ptr(base);
    }

    #[test]
    fn floats_survive(x in any::<f64>().prop_filter("JSON has no others", |x| x.is_finite())) {
        let base = mem::heap_ptr();
        prop_assert_eq!(f64::deserialize(Value(to_word(&x).unwrap())).unwrap(), x);
        mem::set_heap_ptr(base);
    }
}

#[test]
fn what_does_not_fit_is_told_as_serde_json_tells_it() {
    for (text, of) in [
        (r#"{"number":"x"}"#, "invalid type: string \"x\", expected i64"),
        (r#"{"number":1}"#, "missing field `large`"),
        ("[1]", "invalid type: integer `1`, expected i64"),
        ("7", "invalid type: integer `7`, expected struct All"),
        ("null", "invalid type: unit value, expected struct All"),
    ] {
        let error = All::deserialize(Value(parsed(text))).expect_err(text).to_string();
        // A struct may come as an array, as in serde_json.
        assert!(error.starts_with(of) || text == "[1]", "{text}: {error}");
    }
    assert_eq!(
        u8::deserialize(Value(parsed("300"))).unwrap_err().to_string(),
        "invalid value: integer `300`, expected u8"
    );
    assert!(u8::deserialize(Value(writ_abi::Word::UNDEFINED)).unwrap_err().to_string().contains("undefined"));
}

#[test]
fn a_missing_document_is_none() {
    assert_eq!(Option::<u8>::deserialize(Value(writ_abi::Word::UNDEFINED)).unwrap(), None);
}

#[test]
fn strings_are_borrowed() {
    let text: &str = Deserialize::deserialize(Value(parsed(r#""a\u0062c""#))).unwrap();
    assert_eq!(text, "abc");
}

#[test]
fn keys_must_be_simple() {
    let map = BTreeMap::from([(vec![1], 2)]);
    assert!(to_word(&map).is_err());
}
