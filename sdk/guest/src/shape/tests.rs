//! What the shape of a type says that an input of it can hold.

use std::collections::{BTreeMap, HashMap};

use serde::Deserialize;

use super::*;

#[derive(Deserialize)]
#[allow(dead_code, reason = "read by the probe")]
struct Request<'a> {
    amount: u64,
    #[serde(rename = "user-name", alias = "user")]
    user: &'a str,
    cart: Vec<Item>,
    limits: Option<BTreeMap<String, Item>>,
    #[serde(default)]
    method: Method,
    #[serde(skip)]
    scratch: u8,
    pair: (u8, u8),
}

#[derive(Deserialize)]
#[allow(dead_code, reason = "read by the probe")]
struct Item {
    price: f64,
    wrapped: Wrapped,
}

#[derive(Deserialize)]
#[allow(dead_code, reason = "read by the probe")]
struct Wrapped(String);

#[derive(Deserialize, Default)]
#[allow(dead_code, reason = "read by the probe")]
enum Method {
    #[default]
    Card,
    Cash {
        currency: String,
    },
}

fn item() -> Shape {
    Shape::Struct(vec![("price", Shape::Scalar), ("wrapped", Shape::Scalar)])
}

#[test]
fn fields_are_found_wherever_they_stand() {
    let each = || Shape::Each(Box::new(item()));
    let expected = vec![
        ("amount", Shape::Scalar),
        ("user-name", Shape::Scalar),
        ("user", Shape::Scalar),
        ("cart", each()),
        ("limits", each()),
        ("method", Shape::Whole),
        ("pair", Shape::Whole),
    ];
    let Shape::Struct(mut found) = Shape::of::<Request<'_>>() else { panic!("a struct") };
    let mut expected = expected;
    found.sort_by_key(|(name, _)| *name);
    expected.sort_by_key(|(name, _)| *name);
    assert_eq!(found, expected);
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "read by the probe")]
struct Strict {
    a: u8,
}

#[derive(Deserialize)]
#[allow(dead_code, reason = "read by the probe")]
struct Flat {
    a: u8,
    #[serde(flatten)]
    rest: HashMap<String, u8>,
}

#[derive(Deserialize)]
#[allow(dead_code, reason = "read by the probe")]
struct Tree {
    name: String,
    children: Vec<Tree>,
}

#[derive(Deserialize)]
#[serde(untagged)]
#[allow(dead_code, reason = "read by the probe")]
enum Untagged {
    A { a: u8 },
    B { b: u8 },
}

#[test]
fn what_cannot_be_told_is_kept_whole() {
    assert_eq!(Shape::of::<Strict>(), Shape::Whole);
    assert_eq!(Shape::of::<Untagged>(), Shape::Whole);
    assert_eq!(Shape::of::<Flat>(), Shape::Each(Box::new(Shape::Whole)));
    let tree = Shape::Struct(vec![("name", Shape::Scalar), ("children", Shape::Each(Box::new(Shape::Whole)))]);
    assert_eq!(Shape::of::<Tree>(), tree);
}

#[test]
fn other_roots_than_structs() {
    assert_eq!(Shape::of::<u8>(), Shape::Scalar);
    assert_eq!(Shape::of::<Option<Item>>(), item());
    assert_eq!(Shape::of::<Vec<Item>>(), Shape::Each(Box::new(item())));
    assert_eq!(Shape::of::<HashMap<String, u8>>(), Shape::Each(Box::new(Shape::Scalar)));
    assert_eq!(Shape::of::<serde::de::IgnoredAny>(), Shape::Nothing);
}

#[test]
fn a_struct_gets_a_slot_per_field() {
    let (slots, text) = projection(&item());
    assert_eq!(slots, 3);
    assert_eq!(text, r#"{"s":0,"f":{"price":{"s":1},"wrapped":{"s":2}}}"#);
    let (slots, text) = projection(&Shape::Each(Box::new(item())));
    assert_eq!(slots, 1);
    assert_eq!(text, r#"{"s":0,"e":{"k":1,"f":{"price":{"k":1},"wrapped":{"k":1}}}}"#);
    assert_eq!(projection(&Shape::Whole).1, r#"{"s":0,"w":1}"#);
}
