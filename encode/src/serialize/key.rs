//! Keys of maps: strings, and what `serde_json` makes strings of.

use serde::ser::{Error, Impossible, Serialize, Serializer};

use super::Failure;

/// Puts a key's text into a buffer.
pub(super) struct Key<'b>(pub(super) &'b mut Vec<u8>);

macro_rules! printed {
    ($($name:ident: $type:ty),*) => {$(
        fn $name(self, key: $type) -> Result<(), Failure> {
            self.serialize_str(&key.to_string())
        }
    )*};
}

macro_rules! refused {
    ($($name:ident($($arg:ty),*) -> $result:ty;)*) => {$(
        fn $name(self, $(_: $arg),*) -> Result<$result, Failure> {
            Err(no_string())
        }
    )*};
}

type Never = Impossible<(), Failure>;

impl Serializer for Key<'_> {
    type Ok = ();
    type Error = Failure;
    type SerializeSeq = Never;
    type SerializeTuple = Never;
    type SerializeTupleStruct = Never;
    type SerializeTupleVariant = Never;
    type SerializeMap = Never;
    type SerializeStruct = Never;
    type SerializeStructVariant = Never;

    printed!(serialize_bool: bool, serialize_i8: i8, serialize_i16: i16, serialize_i32: i32, serialize_i64: i64,
             serialize_i128: i128, serialize_u8: u8, serialize_u16: u16, serialize_u32: u32, serialize_u64: u64,
             serialize_u128: u128, serialize_char: char);

    refused! {
        serialize_bytes(&[u8]) -> ();
        serialize_none() -> ();
        serialize_unit() -> ();
        serialize_unit_struct(&'static str) -> ();
        serialize_seq(Option<usize>) -> Never;
        serialize_tuple(usize) -> Never;
        serialize_tuple_struct(&'static str, usize) -> Never;
        serialize_tuple_variant(&'static str, u32, &'static str, usize) -> Never;
        serialize_map(Option<usize>) -> Never;
        serialize_struct(&'static str, usize) -> Never;
        serialize_struct_variant(&'static str, u32, &'static str, usize) -> Never;
    }

    fn serialize_f32(self, key: f32) -> Result<(), Failure> {
        self.serialize_str(&serde_json::to_string(&key).map_err(Failure::custom)?)
    }

    fn serialize_f64(self, key: f64) -> Result<(), Failure> {
        self.serialize_str(&serde_json::to_string(&key).map_err(Failure::custom)?)
    }

    fn serialize_str(self, key: &str) -> Result<(), Failure> {
        self.0.clear();
        self.0.extend_from_slice(key.as_bytes());
        Ok(())
    }

    fn serialize_some<T: Serialize + ?Sized>(self, key: &T) -> Result<(), Failure> {
        key.serialize(self)
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Result<(), Failure> {
        self.serialize_str(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, key: &T) -> Result<(), Failure> {
        key.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Result<(), Failure> {
        Err(no_string())
    }
}

fn no_string() -> Failure {
    Failure::custom("a key of the input is no string; JSON has no other keys")
}
