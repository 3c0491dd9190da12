//! Words to Rust values. What is read means what its JSON text would mean to `serde_json`; strings can be borrowed.

use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, Error as _, MapAccess, SeqAccess, Unexpected, VariantAccess, Visitor,
};
use serde::forward_to_deserialize_any;
use writ_abi::layout::{DATA, LEN};
use writ_abi::{Tag, Word};
use writ_guest::{mem, value};

use super::Error;

/// A value. The memory that it lies in is not written while what was read from it is in use.
#[derive(Clone, Copy)]
pub(crate) struct Value(pub(crate) Word);

/// The slots of an input, as the host lays them out along the [shape](crate::shape) of the type: slot 0 is the whole value, or the empty shell of a
/// struct whose fields lie in the slots behind it.
#[derive(Clone, Copy)]
pub(crate) struct Frame(pub(crate) u32);

impl Frame {
    fn root(self) -> Value {
        Value(Word(mem::load64(self.0)))
    }
}

fn text(word: Word) -> Result<&'static str, Error> {
    std::str::from_utf8(value::text(word)).map_err(|_| Error::text("a string that is not UTF-8"))
}

/// Elements of an array or set, entries of an object: address and number.
fn elements(word: Word) -> (u32, u32) {
    (mem::load32(word.addr() + DATA), mem::load32(word.addr() + LEN))
}

impl Value {
    fn unexpected(self) -> Unexpected<'static> {
        match self.0.tag() {
            Tag::Undefined => Unexpected::Other("undefined"),
            Tag::Atom if self.0 == Word::NULL => Unexpected::Unit,
            Tag::Atom => Unexpected::Bool(self.0 == Word::TRUE),
            Tag::Int => Unexpected::Signed(self.0.as_int().unwrap_or_default()),
            Tag::Number => Unexpected::Other("number"),
            Tag::String => text(self.0).map_or(Unexpected::Other("string"), Unexpected::Str),
            Tag::Array | Tag::Set => Unexpected::Seq,
            Tag::Object => Unexpected::Map,
        }
    }

    #[cold]
    fn mistyped<'de, V: Visitor<'de>>(self, visitor: &V) -> Error {
        Error::invalid_type(self.unexpected(), visitor)
    }

    fn number<'de, V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let text = text(self.0)?;
        if let Ok(n) = text.parse::<u64>() {
            return visitor.visit_u64(n);
        }
        if let Ok(n) = text.parse::<i64>() {
            return visitor.visit_i64(n);
        }
        match text.parse::<f64>() {
            Ok(x) if x.is_finite() => visitor.visit_f64(x),
            _ => Err(Error::text("number out of range")),
        }
    }
}

impl Deserializer<'static> for Value {
    type Error = Error;

    #[inline]
    fn deserialize_any<V: Visitor<'static>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.0.tag() {
            Tag::Int => match self.0.as_int().unwrap_or_default() {
                n if n >= 0 => visitor.visit_u64(n as u64),
                n => visitor.visit_i64(n),
            },
            Tag::String => visitor.visit_borrowed_str(text(self.0)?),
            Tag::Atom if self.0 == Word::NULL => visitor.visit_unit(),
            Tag::Atom => visitor.visit_bool(self.0 == Word::TRUE),
            Tag::Number => self.number(visitor),
            Tag::Array | Tag::Set => {
                let mut items = Items::of(self.0);
                let result = visitor.visit_seq(&mut items)?;
                // As serde_json has it: a tuple takes all elements or none.
                if items.left == 0 { Ok(result) } else { Err(Error::text("trailing elements")) }
            }
            Tag::Object => visitor.visit_map(Entries::of(self.0)),
            Tag::Undefined => Err(self.mistyped(&visitor)),
        }
    }

    #[inline]
    fn deserialize_option<V: Visitor<'static>>(self, visitor: V) -> Result<V::Value, Error> {
        if self.0 == Word::NULL || !self.0.is_defined() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    #[inline]
    fn deserialize_newtype_struct<V: Visitor<'static>>(self, _: &'static str, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_i128<V: Visitor<'static>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.0.tag() {
            Tag::Number => match text(self.0)?.parse() {
                Ok(n) => visitor.visit_i128(n),
                Err(_) => self.number(visitor),
            },
            _ => self.deserialize_any(visitor),
        }
    }

    fn deserialize_u128<V: Visitor<'static>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.0.tag() {
            Tag::Number => match text(self.0)?.parse() {
                Ok(n) => visitor.visit_u128(n),
                Err(_) => self.number(visitor),
            },
            _ => self.deserialize_any(visitor),
        }
    }

    fn deserialize_bytes<V: Visitor<'static>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.0.tag() {
            Tag::String => visitor.visit_borrowed_bytes(value::text(self.0)),
            _ => self.deserialize_any(visitor),
        }
    }

    fn deserialize_byte_buf<V: Visitor<'static>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_bytes(visitor)
    }

    fn deserialize_enum<V: Visitor<'static>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        match self.0.tag() {
            Tag::String => visitor.visit_enum(Variant { name: self.0, content: None }),
            Tag::Object => {
                let (entries, len) = elements(self.0);
                if len != 1 {
                    return Err(Error::text("a variant is an object with one key"));
                }
                let (name, content) = (Word(mem::load64(entries)), Word(mem::load64(entries + 8)));
                visitor.visit_enum(Variant { name, content: Some(Value(content)) })
            }
            _ => Err(Error::invalid_type(self.unexpected(), &"string or object with one key")),
        }
    }

    fn deserialize_ignored_any<V: Visitor<'static>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_unit()
    }

    forward_to_deserialize_any! {
        <V: Visitor<'static>>
        bool i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 char str string unit unit_struct seq tuple tuple_struct map struct identifier
    }
}

impl Deserializer<'static> for Frame {
    type Error = Error;

    fn deserialize_any<V: Visitor<'static>>(self, visitor: V) -> Result<V::Value, Error> {
        self.root().deserialize_any(visitor)
    }

    #[inline]
    fn deserialize_struct<V: Visitor<'static>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        let root = self.root();
        if root.0.tag() == Tag::Object && value::len(root.0) == 0 {
            // A shell, or an object without keys, which has no slots.
            return visitor.visit_map(Slots { at: self.0 + 8, fields, content: Word::UNDEFINED });
        }
        root.deserialize_struct(name, fields, visitor)
    }

    fn deserialize_option<V: Visitor<'static>>(self, visitor: V) -> Result<V::Value, Error> {
        let root = self.root().0;
        if root == Word::NULL || !root.is_defined() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    #[inline]
    fn deserialize_newtype_struct<V: Visitor<'static>>(self, _: &'static str, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_i128<V: Visitor<'static>>(self, visitor: V) -> Result<V::Value, Error> {
        self.root().deserialize_i128(visitor)
    }

    fn deserialize_u128<V: Visitor<'static>>(self, visitor: V) -> Result<V::Value, Error> {
        self.root().deserialize_u128(visitor)
    }

    fn deserialize_bytes<V: Visitor<'static>>(self, visitor: V) -> Result<V::Value, Error> {
        self.root().deserialize_bytes(visitor)
    }

    fn deserialize_byte_buf<V: Visitor<'static>>(self, visitor: V) -> Result<V::Value, Error> {
        self.root().deserialize_bytes(visitor)
    }

    fn deserialize_enum<V: Visitor<'static>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.root().deserialize_enum(name, variants, visitor)
    }

    forward_to_deserialize_any! {
        <V: Visitor<'static>>
        bool i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 char str string unit unit_struct seq tuple tuple_struct map identifier ignored_any
    }
}

/// The fields of a struct that have slots.
struct Slots {
    at: u32,
    fields: &'static [&'static str],
    content: Word,
}

impl MapAccess<'static> for Slots {
    type Error = Error;

    #[inline]
    fn next_key_seed<K: DeserializeSeed<'static>>(&mut self, seed: K) -> Result<Option<K::Value>, Error> {
        while let Some((field, rest)) = self.fields.split_first() {
            self.fields = rest;
            self.content = Word(mem::load64(self.at));
            self.at += 8;
            if self.content.is_defined() {
                return seed.deserialize(serde::de::value::BorrowedStrDeserializer::new(field)).map(Some);
            }
        }
        Ok(None)
    }

    #[inline]
    fn next_value_seed<T: DeserializeSeed<'static>>(&mut self, seed: T) -> Result<T::Value, Error> {
        seed.deserialize(Value(self.content))
    }
}

/// Elements of an array or set.
struct Items {
    at: u32,
    left: u32,
}

impl Items {
    fn of(word: Word) -> Self {
        let (at, left) = elements(word);
        Self { at, left }
    }
}

impl SeqAccess<'static> for Items {
    type Error = Error;

    #[inline]
    fn next_element_seed<T: DeserializeSeed<'static>>(&mut self, seed: T) -> Result<Option<T::Value>, Error> {
        if self.left == 0 {
            return Ok(None);
        }
        let item = Value(Word(mem::load64(self.at)));
        self.at += 8;
        self.left -= 1;
        seed.deserialize(item).map(Some)
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.left as usize)
    }
}

/// Entries of an object.
struct Entries {
    at: u32,
    left: u32,
}

impl Entries {
    fn of(word: Word) -> Self {
        let (at, left) = elements(word);
        Self { at, left }
    }
}

impl MapAccess<'static> for Entries {
    type Error = Error;

    #[inline]
    fn next_key_seed<K: DeserializeSeed<'static>>(&mut self, seed: K) -> Result<Option<K::Value>, Error> {
        if self.left == 0 {
            return Ok(None);
        }
        self.left -= 1;
        seed.deserialize(super::key::Key(Word(mem::load64(self.at)))).map(Some)
    }

    #[inline]
    fn next_value_seed<T: DeserializeSeed<'static>>(&mut self, seed: T) -> Result<T::Value, Error> {
        let content = Value(Word(mem::load64(self.at + 8)));
        self.at += 16;
        seed.deserialize(content)
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.left as usize)
    }
}

/// A variant of an enum: a string, or an object with one key.
struct Variant {
    name: Word,
    content: Option<Value>,
}

impl EnumAccess<'static> for Variant {
    type Error = Error;
    type Variant = Content;

    fn variant_seed<V: DeserializeSeed<'static>>(self, seed: V) -> Result<(V::Value, Content), Error> {
        Ok((seed.deserialize(Value(self.name))?, Content(self.content)))
    }
}

struct Content(Option<Value>);

impl Content {
    fn some(self, what: &'static str) -> Result<Value, Error> {
        self.0.ok_or_else(|| Error::invalid_type(Unexpected::UnitVariant, &what))
    }
}

impl VariantAccess<'static> for Content {
    type Error = Error;

    fn unit_variant(self) -> Result<(), Error> {
        match self.0 {
            None => Ok(()),
            Some(content) => serde::Deserialize::deserialize(content),
        }
    }

    fn newtype_variant_seed<T: DeserializeSeed<'static>>(self, seed: T) -> Result<T::Value, Error> {
        seed.deserialize(self.some("newtype variant")?)
    }

    fn tuple_variant<V: Visitor<'static>>(self, _: usize, visitor: V) -> Result<V::Value, Error> {
        let content = self.some("tuple variant")?;
        if content.0.tag() == Tag::Array { content.deserialize_any(visitor) } else { Err(content.mistyped(&visitor)) }
    }

    fn struct_variant<V: Visitor<'static>>(self, _: &'static [&'static str], visitor: V) -> Result<V::Value, Error> {
        self.some("struct variant")?.deserialize_any(visitor)
    }
}
