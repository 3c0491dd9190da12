//! From a value to any type that derives `Deserialize`, without text in between. A type gets what it would get from the value's JSON text: sets are
//! sequences, keys of objects that are no strings are their JSON text.

use std::fmt;

use serde::de::value::StrDeserializer;
use serde::de::{self, DeserializeOwned, DeserializeSeed, IntoDeserializer, Visitor};
use serde::forward_to_deserialize_any;
use writ_value::{Number, Value, json};

use crate::error::Error;

/// A value as a type.
pub(crate) fn from_value<T: DeserializeOwned>(value: &Value) -> Result<T, Error> {
    T::deserialize(Of(value)).map_err(|wrong| Error::Form(wrong.0))
}

struct Of<'v>(&'v Value);

/// What does not fit.
#[derive(Debug)]
struct Wrong(String);

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Wrong {}

impl de::Error for Wrong {
    fn custom<T: fmt::Display>(text: T) -> Self {
        Wrong(text.to_string())
    }
}

impl<'de> de::Deserializer<'de> for Of<'_> {
    type Error = Wrong;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        match self.0 {
            Value::Null => visitor.visit_unit(),
            Value::Bool(truth) => visitor.visit_bool(*truth),
            Value::Number(number) => visit_number(number, visitor),
            Value::String(text) => match text.as_str() {
                Some(text) => visitor.visit_str(text),
                None => visitor.visit_str(&text.to_str_lossy()),
            },
            Value::Array(items) => visit_seq(items.iter(), visitor),
            Value::Set(members) => visit_seq(members.iter(), visitor),
            Value::Object(entries) => {
                let mut access = Entries { entries: entries.iter(), value: None };
                let made = visitor.visit_map(&mut access)?;
                match access.entries.len() {
                    0 => Ok(made),
                    n => Err(de::Error::invalid_length(entries.len(), &Expected(entries.len() - n))),
                }
            }
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        match self.0 {
            Value::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Wrong> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Wrong> {
        // A variant is its name, or an object with its name as the only key, as in JSON text.
        match self.0 {
            Value::String(text) => {
                let text = text.to_str_lossy();
                let variant: StrDeserializer<'_, Wrong> = (&*text).into_deserializer();
                de::Deserializer::deserialize_enum(variant, name, variants, visitor)
            }
            Value::Object(entries) if entries.len() == 1 => match entries.iter().next() {
                Some((key, value)) => visitor.visit_enum(Variant { name: key_text(key), value }),
                None => Err(de::Error::custom("an enum without a variant")),
            },
            other => {
                Err(de::Error::custom(format_args!("{} where a variant of `{name}` is expected", other.type_name())))
            }
        }
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple tuple_struct map struct
        identifier ignored_any
    }
}

fn visit_number<'de, V: Visitor<'de>>(number: &Number, visitor: V) -> Result<V::Value, Wrong> {
    if let Some(n) = number.to_i64() {
        return if n < 0 { visitor.visit_i64(n) } else { visitor.visit_u64(n.unsigned_abs()) };
    }
    let text = json::to_string(&Value::Number(number.clone()));
    if let Ok(n) = text.parse::<u64>() {
        return visitor.visit_u64(n);
    }
    if let Ok(n) = text.parse::<i128>() {
        return visitor.visit_i128(n);
    }
    match number.to_f64() {
        Some(n) if n.is_finite() => visitor.visit_f64(n),
        _ => Err(de::Error::custom("a number beyond all types")),
    }
}

fn visit_seq<'v, 'de, V: Visitor<'de>>(
    mut items: impl ExactSizeIterator<Item = &'v Value>,
    visitor: V,
) -> Result<V::Value, Wrong> {
    let len = items.len();
    let made = visitor.visit_seq(Items(&mut items))?;
    match items.len() {
        0 => Ok(made),
        n => Err(de::Error::invalid_length(len, &Expected(len - n))),
    }
}

struct Expected(usize);

impl de::Expected for Expected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} elements", self.0)
    }
}

struct Items<'i, I>(&'i mut I);

impl<'v, 'de, I: ExactSizeIterator<Item = &'v Value>> de::SeqAccess<'de> for Items<'_, I> {
    type Error = Wrong;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Wrong> {
        self.0.next().map(|item| seed.deserialize(Of(item))).transpose()
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.0.len())
    }
}

struct Entries<'v> {
    entries: std::collections::btree_map::Iter<'v, Value, Value>,
    value: Option<&'v Value>,
}

impl<'de> de::MapAccess<'de> for &mut Entries<'_> {
    type Error = Wrong;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Wrong> {
        let Some((key, value)) = self.entries.next() else { return Ok(None) };
        self.value = Some(value);
        seed.deserialize(Key(&key_text(key))).map(Some)
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, Wrong> {
        match self.value.take() {
            Some(value) => seed.deserialize(Of(value)),
            None => Err(de::Error::custom("a value before its key")),
        }
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.entries.len())
    }
}

fn key_text(key: &Value) -> std::borrow::Cow<'_, str> {
    match key {
        Value::String(text) => text.to_str_lossy(),
        other => json::to_string(other).into(),
    }
}

/// A key: text, or what the text is of, since maps may have numbers and booleans as keys.
struct Key<'k>(&'k str);

macro_rules! key_number {
    ($($method:ident $visit:ident $type:ty),*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
            match self.0.parse::<$type>() {
                Ok(n) => visitor.$visit(n),
                Err(_) => visitor.visit_str(self.0),
            }
        }
    )*};
}

impl<'de> de::Deserializer<'de> for Key<'_> {
    type Error = Wrong;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        visitor.visit_str(self.0)
    }

    key_number!(
        deserialize_i8 visit_i8 i8, deserialize_i16 visit_i16 i16, deserialize_i32 visit_i32 i32, deserialize_i64 visit_i64 i64,
        deserialize_u8 visit_u8 u8, deserialize_u16 visit_u16 u16, deserialize_u32 visit_u32 u32, deserialize_u64 visit_u64 u64,
        deserialize_f32 visit_f32 f32, deserialize_f64 visit_f64 f64, deserialize_bool visit_bool bool
    );

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Wrong> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Wrong> {
        let variant: StrDeserializer<'_, Wrong> = self.0.into_deserializer();
        de::Deserializer::deserialize_enum(variant, name, variants, visitor)
    }

    forward_to_deserialize_any! {
        i128 u128 char str string bytes byte_buf unit unit_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}

struct Variant<'v> {
    name: std::borrow::Cow<'v, str>,
    value: &'v Value,
}

impl<'v, 'de> de::EnumAccess<'de> for Variant<'v> {
    type Error = Wrong;
    type Variant = Of<'v>;

    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Of<'v>), Wrong> {
        let name = seed.deserialize(Key(&self.name))?;
        Ok((name, Of(self.value)))
    }
}

impl<'de> de::VariantAccess<'de> for Of<'_> {
    type Error = Wrong;

    fn unit_variant(self) -> Result<(), Wrong> {
        de::Deserialize::deserialize(self)
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, Wrong> {
        seed.deserialize(self)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Wrong> {
        de::Deserializer::deserialize_seq(self, visitor)
    }

    fn struct_variant<V: Visitor<'de>>(self, _: &'static [&'static str], visitor: V) -> Result<V::Value, Wrong> {
        de::Deserializer::deserialize_map(self, visitor)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use serde::Deserialize;

    use super::*;

    fn value(text: &str) -> Value {
        json::parse(text.as_bytes()).expect("JSON")
    }

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(rename_all = "lowercase")]
    enum Shape {
        Point,
        Circle(f64),
        Line(i32, i32),
        Box { w: u8, h: u8 },
    }

    #[derive(Debug, Deserialize, PartialEq)]
    struct Meters(u64);

    #[derive(Debug, Deserialize, PartialEq)]
    struct All {
        flag: bool,
        signed: i64,
        float: f32,
        text: String,
        letter: char,
        nothing: Option<u8>,
        something: Option<u8>,
        unit: (),
        pair: (u8, String),
        list: Vec<Shape>,
        map: BTreeMap<u32, bool>,
        distance: Meters,
        #[serde(default)]
        absent: u8,
    }

    const ALL: &str = r#"{"flag": true, "signed": -5, "float": 1.5, "text": "a\u0000b", "letter": "x", "nothing": null, "something": 7,
        "unit": null, "pair": [1, "two"], "list": ["point", {"circle": 2}, {"line": [1, 2]}, {"box": {"w": 1, "h": 2}}],
        "map": {"1": true, "20": false}, "distance": 18446744073709551615, "unknown": {"deep": [1]}}"#;

    #[test]
    fn types_get_what_they_would_get_from_text() {
        assert_eq!(from_value::<All>(&value(ALL)).expect("fits"), serde_json::from_str::<All>(ALL).expect("fits"));
        let tree: serde_json::Value = from_value(&value(ALL)).expect("fits");
        assert_eq!(tree, serde_json::from_str::<serde_json::Value>(ALL).expect("JSON"));
        assert_eq!(from_value::<i128>(&value("-9223372036854775809")).expect("fits"), -9_223_372_036_854_775_809);
        assert!((from_value::<f64>(&value("1e30")).expect("fits") - 1e30).abs() < 1e20);
    }

    #[test]
    fn sets_are_sequences_and_keys_are_text() {
        let set = Value::set([Value::from(2), Value::from(1)]);
        assert_eq!(from_value::<Vec<u8>>(&set).expect("fits"), [1, 2]);
        assert_eq!(from_value::<BTreeSet<u8>>(&set).expect("fits").len(), 2);
        let keys = Value::from(BTreeMap::from([(Value::from(1), Value::Null), (Value::Bool(true), Value::Null)]));
        let keys: BTreeMap<String, ()> = from_value(&keys).expect("fits");
        assert_eq!(keys.keys().collect::<Vec<_>>(), ["1", "true"]);
        let by_shape: BTreeMap<String, Option<bool>> = from_value(&value(r#"{"a": null}"#)).expect("fits");
        assert_eq!(by_shape["a"], None);
    }

    #[test]
    fn what_does_not_fit_is_an_error_that_says_why() {
        let wrong = |text: &str| from_value::<All>(&value(text)).expect_err("does not fit").to_string();
        assert!(wrong(r#"{"flag": 1}"#).contains("expected a boolean"), "{}", wrong(r#"{"flag": 1}"#));
        assert!(wrong("{}").contains("missing field"));
        assert!(from_value::<u8>(&value("300")).is_err());
        assert!(from_value::<u8>(&value("1.5")).is_err());
        assert!(from_value::<(u8, u8)>(&value("[1, 2, 3]")).is_err(), "elements left over");
        assert!(from_value::<Shape>(&value("1")).is_err());
        assert!(from_value::<Shape>(&value(r#""cube""#)).is_err());
        assert!(from_value::<f64>(&value("1e400")).is_err());
    }
}
