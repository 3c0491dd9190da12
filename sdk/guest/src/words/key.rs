//! Keys of objects. JSON has strings only; types that have numbers or booleans as keys get them from the text, and write them as text.

use serde::de::{Deserializer, Visitor};
use serde::forward_to_deserialize_any;
use serde::ser::{Impossible, Serialize, Serializer};
use writ_abi::{Tag, Word};
use writ_guest::value;

use super::{Error, Value};

/// A key that is read.
pub(crate) struct Key(pub(crate) Word);

impl Key {
    fn parsed<T: std::str::FromStr>(&self) -> Option<T> {
        std::str::from_utf8(value::as_string(self.0)?).ok()?.parse().ok()
    }
}

macro_rules! numbers {
    ($($name:ident => $visit:ident;)*) => {$(
        fn $name<V: Visitor<'static>>(self, visitor: V) -> Result<V::Value, Error> {
            match self.parsed() {
                Some(n) => visitor.$visit(n),
                None => Value(self.0).deserialize_any(visitor),
            }
        }
    )*};
}

impl Deserializer<'static> for Key {
    type Error = Error;

    #[inline]
    fn deserialize_any<V: Visitor<'static>>(self, visitor: V) -> Result<V::Value, Error> {
        if self.0.tag() != Tag::String {
            return Err(Error::text("a key that is no string"));
        }
        Value(self.0).deserialize_any(visitor)
    }

    numbers! {
        deserialize_i8 => visit_i8;
        deserialize_i16 => visit_i16;
        deserialize_i32 => visit_i32;
        deserialize_i64 => visit_i64;
        deserialize_i128 => visit_i128;
        deserialize_u8 => visit_u8;
        deserialize_u16 => visit_u16;
        deserialize_u32 => visit_u32;
        deserialize_u64 => visit_u64;
        deserialize_u128 => visit_u128;
        deserialize_f32 => visit_f32;
        deserialize_f64 => visit_f64;
        deserialize_bool => visit_bool;
    }

    fn deserialize_option<V: Visitor<'static>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'static>>(self, _: &'static str, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'static>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        Value(self.0).deserialize_enum(name, variants, visitor)
    }

    forward_to_deserialize_any! {
        <V: Visitor<'static>>
        char str string bytes byte_buf unit unit_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}

/// The key's string.
pub(super) fn to_key<T: Serialize + ?Sized>(key: &T) -> Result<Word, Error> {
    key.serialize(KeySerializer)
}

struct KeySerializer;

#[cold]
fn no_string<T>() -> Result<T, Error> {
    Err(Error::text("a key must be a string, a number or a boolean"))
}

macro_rules! displayed {
    ($($name:ident: $type:ty;)*) => {$(
        fn $name(self, key: $type) -> Result<Word, Error> {
            Ok(value::string(key.to_string().as_bytes()))
        }
    )*};
}

impl Serializer for KeySerializer {
    type Ok = Word;
    type Error = Error;
    type SerializeSeq = Impossible<Word, Error>;
    type SerializeTuple = Impossible<Word, Error>;
    type SerializeTupleStruct = Impossible<Word, Error>;
    type SerializeTupleVariant = Impossible<Word, Error>;
    type SerializeMap = Impossible<Word, Error>;
    type SerializeStruct = Impossible<Word, Error>;
    type SerializeStructVariant = Impossible<Word, Error>;

    displayed! {
        serialize_bool: bool;
        serialize_i8: i8;
        serialize_i16: i16;
        serialize_i32: i32;
        serialize_i64: i64;
        serialize_i128: i128;
        serialize_u8: u8;
        serialize_u16: u16;
        serialize_u32: u32;
        serialize_u64: u64;
        serialize_u128: u128;
        serialize_char: char;
    }

    fn serialize_str(self, key: &str) -> Result<Word, Error> {
        Ok(value::string(key.as_bytes()))
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Result<Word, Error> {
        self.serialize_str(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, key: &T) -> Result<Word, Error> {
        key.serialize(self)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, key: &T) -> Result<Word, Error> {
        key.serialize(self)
    }

    fn serialize_f32(self, x: f32) -> Result<Word, Error> {
        if x.is_finite() { self.serialize_str(&format!("{x:?}")) } else { no_string() }
    }

    fn serialize_f64(self, x: f64) -> Result<Word, Error> {
        if x.is_finite() { self.serialize_str(&format!("{x:?}")) } else { no_string() }
    }

    fn serialize_bytes(self, _: &[u8]) -> Result<Word, Error> {
        no_string()
    }

    fn serialize_none(self) -> Result<Word, Error> {
        no_string()
    }

    fn serialize_unit(self) -> Result<Word, Error> {
        no_string()
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<Word, Error> {
        no_string()
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Result<Word, Error> {
        no_string()
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Self::SerializeSeq, Error> {
        no_string()
    }

    fn serialize_tuple(self, _: usize) -> Result<Self::SerializeTuple, Error> {
        no_string()
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Self::SerializeTupleStruct, Error> {
        no_string()
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleVariant, Error> {
        no_string()
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Self::SerializeMap, Error> {
        no_string()
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Self::SerializeStruct, Error> {
        no_string()
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeStructVariant, Error> {
        no_string()
    }
}
