//! Rust values to words in the heap. They mean what their JSON text (as `serde_json` writes it) would mean.

use serde::ser::{
    Serialize, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple,
    SerializeTupleStruct, SerializeTupleVariant, Serializer,
};
use writ_abi::Word;
use writ_guest::{number, table, value};

use super::Error;
use super::key::to_key;

/// The word of a value.
pub(crate) fn to_word<T: Serialize + ?Sized>(value: &T) -> Result<Word, Error> {
    value.serialize(Writer)
}

struct Writer;

fn member(name: &str, word: Word) -> Word {
    let object = table::object(1);
    table::insert(object, value::string(name.as_bytes()), word);
    object
}

macro_rules! integers {
    ($($name:ident: $type:ty;)*) => {$(
        #[inline]
        fn $name(self, n: $type) -> Result<Word, Error> {
            Ok(match i64::try_from(n) {
                Ok(n) => value::int(n),
                Err(_) => number::from_text(n.to_string().as_bytes()),
            })
        }
    )*};
}

impl Serializer for Writer {
    type Ok = Word;
    type Error = Error;
    type SerializeSeq = Array;
    type SerializeTuple = Array;
    type SerializeTupleStruct = Array;
    type SerializeTupleVariant = Array;
    type SerializeMap = Object;
    type SerializeStruct = Object;
    type SerializeStructVariant = Object;

    integers! {
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
    }

    #[inline]
    fn serialize_bool(self, b: bool) -> Result<Word, Error> {
        Ok(Word::bool(b))
    }

    fn serialize_f32(self, x: f32) -> Result<Word, Error> {
        Ok(if x.is_finite() { number::from_text(format!("{x:?}").as_bytes()) } else { Word::NULL })
    }

    fn serialize_f64(self, x: f64) -> Result<Word, Error> {
        Ok(if x.is_finite() { number::from_text(format!("{x:?}").as_bytes()) } else { Word::NULL })
    }

    fn serialize_char(self, c: char) -> Result<Word, Error> {
        self.serialize_str(c.encode_utf8(&mut [0; 4]))
    }

    #[inline]
    fn serialize_str(self, text: &str) -> Result<Word, Error> {
        Ok(value::string(text.as_bytes()))
    }

    fn serialize_bytes(self, bytes: &[u8]) -> Result<Word, Error> {
        bytes.serialize(self)
    }

    fn serialize_none(self) -> Result<Word, Error> {
        Ok(Word::NULL)
    }

    #[inline]
    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<Word, Error> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<Word, Error> {
        Ok(Word::NULL)
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<Word, Error> {
        Ok(Word::NULL)
    }

    #[inline]
    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Result<Word, Error> {
        self.serialize_str(variant)
    }

    #[inline]
    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Result<Word, Error> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<Word, Error> {
        Ok(member(variant, to_word(value)?))
    }

    fn serialize_seq(self, len: Option<usize>) -> Result<Array, Error> {
        // The hint may be any number; what it asks for in vain is bounded.
        Ok(Array { array: value::array(len.unwrap_or(0).min(4096) as u32), variant: None })
    }

    fn serialize_tuple(self, len: usize) -> Result<Array, Error> {
        self.serialize_seq(Some(len))
    }

    fn serialize_tuple_struct(self, _: &'static str, len: usize) -> Result<Array, Error> {
        self.serialize_seq(Some(len))
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        len: usize,
    ) -> Result<Array, Error> {
        Ok(Array { variant: Some(variant), ..self.serialize_seq(Some(len))? })
    }

    fn serialize_map(self, len: Option<usize>) -> Result<Object, Error> {
        let object = table::object(len.unwrap_or(0).min(4096) as u32);
        Ok(Object { object, key: Word::UNDEFINED, variant: None })
    }

    #[inline]
    fn serialize_struct(self, _: &'static str, len: usize) -> Result<Object, Error> {
        self.serialize_map(Some(len))
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        len: usize,
    ) -> Result<Object, Error> {
        Ok(Object { variant: Some(variant), ..self.serialize_map(Some(len))? })
    }
}

struct Array {
    array: Word,
    variant: Option<&'static str>,
}

impl Array {
    fn push<T: Serialize + ?Sized>(&mut self, item: &T) -> Result<(), Error> {
        value::push(self.array, to_word(item)?);
        Ok(())
    }

    fn done(self) -> Word {
        self.variant.map_or(self.array, |variant| member(variant, self.array))
    }
}

macro_rules! arrays {
    ($($trait:ident $push:ident;)*) => {$(
        impl $trait for Array {
            type Ok = Word;
            type Error = Error;

            #[inline]
            fn $push<T: Serialize + ?Sized>(&mut self, item: &T) -> Result<(), Error> {
                self.push(item)
            }

            fn end(self) -> Result<Word, Error> {
                Ok(self.done())
            }
        }
    )*};
}

arrays! {
    SerializeSeq serialize_element;
    SerializeTuple serialize_element;
    SerializeTupleStruct serialize_field;
    SerializeTupleVariant serialize_field;
}

struct Object {
    object: Word,
    /// Of a map: the key whose value comes next.
    key: Word,
    variant: Option<&'static str>,
}

impl Object {
    #[inline]
    fn field<T: Serialize + ?Sized>(&mut self, name: &str, content: &T) -> Result<(), Error> {
        let key = value::string(name.as_bytes());
        let content = to_word(content)?;
        table::insert(self.object, key, content);
        Ok(())
    }

    fn done(self) -> Word {
        self.variant.map_or(self.object, |variant| member(variant, self.object))
    }
}

impl SerializeMap for Object {
    type Ok = Word;
    type Error = Error;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Error> {
        self.key = to_key(key)?;
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, content: &T) -> Result<(), Error> {
        let content = to_word(content)?;
        table::insert(self.object, self.key, content);
        Ok(())
    }

    fn end(self) -> Result<Word, Error> {
        Ok(self.done())
    }
}

macro_rules! objects {
    ($($trait:ident)*) => {$(
        impl $trait for Object {
            type Ok = Word;
            type Error = Error;

            #[inline]
            fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, content: &T) -> Result<(), Error> {
                self.field(name, content)
            }

            fn end(self) -> Result<Word, Error> {
                Ok(self.done())
            }
        }
    )*};
}

objects!(SerializeStruct SerializeStructVariant);
