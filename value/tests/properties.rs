//! Laws that hold for all values: the order is total, agrees with equality and hash, and printing inverts parsing.

use std::cmp::Ordering;
use std::hash::{DefaultHasher, Hash, Hasher};

use proptest::prelude::*;
use writ_value::number::{self, Number};
use writ_value::{Value, json};

fn number() -> impl Strategy<Value = Number> {
    prop_oneof![
        any::<i64>().prop_map(Number::Int),
        (-3i64..4).prop_map(Number::Int),
        "-?(0|[1-9][0-9]{0,3})(\\.[0-9]{1,3})?(e[+-]?[0-9]{1,2})?"
            .prop_map(|t| Number::parse(&t).expect("pattern is JSON's grammar")),
        "-?[1-9][0-9]{18,30}(\\.0{1,2})?".prop_map(|t| Number::parse(&t).expect("pattern is JSON's grammar")),
    ]
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        number().prop_map(Value::from),
        "\\PC{0,4}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(inner.clone(), inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_set(inner, 0..4).prop_map(Value::from),
        ]
    })
}

fn json_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        number().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::btree_map(any::<String>().prop_map(Value::from), inner, 0..5).prop_map(Value::from),
        ]
    })
}

fn hash(v: &impl Hash) -> u64 {
    let mut h = DefaultHasher::new();
    v.hash(&mut h);
    h.finish()
}

proptest! {
    #[test]
    fn order_is_total(a in value(), b in value(), c in value()) {
        prop_assert_eq!(a.cmp(&b), b.cmp(&a).reverse());
        prop_assert_eq!(a == b, a.cmp(&b) == Ordering::Equal);
        if a <= b && b <= c {
            prop_assert!(a <= c);
        }
    }

    #[test]
    fn equal_numbers_hash_alike(a in number(), b in number()) {
        if a == b {
            prop_assert_eq!(hash(&a), hash(&b));
        }
        let text = a.to_string();
        let forms: &[&str] = if text.contains('e') { &[] } else if text.contains('.') { &["0", "e0"] } else { &[".0", "e0", "0e-1"] };
        for form in forms.iter().filter_map(|suffix| Number::parse(&format!("{text}{suffix}")).ok()) {
            prop_assert_eq!(&form, &a);
            prop_assert_eq!(hash(&form), hash(&a));
        }
    }

    #[test]
    fn comparing_agrees_with_subtracting(a in number(), b in number()) {
        let d = number::sub(a.as_num(), b.as_num()).expect("small");
        if a.is_integer() && b.is_integer() {
            prop_assert_eq!(d.cmp(&Number::Int(0)), a.cmp(&b));
        }
    }

    #[test]
    fn integers_are_exact(a in any::<i64>(), b in any::<i64>()) {
        let (x, y) = (Number::Int(a), Number::Int(b));
        let text = |i: i128| i.to_string();
        prop_assert_eq!(number::add(x.as_num(), y.as_num()).expect("fits").to_string(), text(i128::from(a) + i128::from(b)));
        prop_assert_eq!(number::mul(x.as_num(), y.as_num()).expect("fits").to_string(), text(i128::from(a) * i128::from(b)));
        if b != 0 {
            prop_assert_eq!(number::rem(x.as_num(), y.as_num()).expect("fits").to_string(), text(i128::from(a) % i128::from(b)));
        }
    }

    #[test]
    fn printing_then_parsing_gives_the_value(v in json_value()) {
        let text = json::to_string(&v);
        prop_assert_eq!(&json::parse(text.as_bytes()).expect("own output"), &v);
        prop_assert_eq!(&json::parse(json::to_string_pretty(&v).as_bytes()).expect("own output"), &v);
        prop_assert_eq!(json::to_string(&json::parse(text.as_bytes()).expect("own output")), text);
    }

    #[test]
    fn any_bytes_parse_or_fail_with_a_place(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
        if let Err(e) = json::parse(&bytes) {
            prop_assert!(e.offset() <= bytes.len() && e.line() >= 1 && e.column() >= 1);
        }
    }
}
