//! Notation, unions and limits of types.

use super::*;

fn parse(text: &str) -> Type {
    Type::parse(text).unwrap()
}

#[test]
fn notation_survives_parse_and_print() {
    for text in [
        "???",
        "any",
        "any<string, array[string]>",
        "array",
        "array<number, string>",
        "array<number>[any]",
        "object",
        "object<a: number, b: set[string]>",
        "object<a: number>[string: any]",
        "object[any: any<array[any], set[any]>]",
        "set",
        "set[any<null, boolean>]",
    ] {
        assert_eq!(parse(text).to_string(), text);
    }
    for text in ["", "strin", "array<", "array<number", "set[any", "any<>", "object<a>", "number "] {
        assert!(Type::parse(text).is_err(), "{text}");
    }
}

#[test]
fn union_members_are_sorted_and_unique() {
    let t = parse("set[any]").or(&Type::String).or(&Type::Null).or(&Type::String);
    assert_eq!(t.to_string(), "any<null, string, set[any]>");
    assert_eq!(t.or(&parse("any<number, string>")).to_string(), "any<null, number, string, set[any]>");
    assert_eq!(t.or(&Type::Any), Type::Any);
    assert_eq!(Type::or_all(&[Type::Number, Type::Unknown, Type::Number]), Type::Number);
}

#[test]
fn keys_and_values_of_composites() {
    let object = parse("object<a: number, b: string>[number: boolean]");
    assert_eq!(object.keys().to_string(), "any<number, string>");
    assert_eq!(object.values().to_string(), "any<boolean, number, string>");
    assert_eq!(object.select(&Value::from("a")), Type::Number);
    assert_eq!(object.select(&Value::from("c")), Type::Unknown);
    assert_eq!(parse("any<number, array[string]>").values(), Type::String);
    assert_eq!(Type::Number.values(), Type::Unknown);
}

#[test]
fn oversized_types_widen_to_any() {
    let mut deep = Type::Number;
    for _ in 0..=MAX_DEPTH {
        deep = Type::array_of(deep);
    }
    assert_eq!(deep.to_string().matches("array").count() as u32, 1, "starts again from any");
    let mut wide = Type::Number;
    for _ in 0..64 {
        wide = Type::array(vec![wide.clone(), wide], None);
    }
    assert!(wide.to_string().len() < 1 << 26);
    let members: Vec<Type> = (0..=MAX_MEMBERS).map(|n| Type::array(vec![Type::Number; n], None)).collect();
    assert_eq!(Type::or_all(&members), Type::Any);
}
