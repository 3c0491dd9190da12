//! From guest memory to any type that serde can deserialize, without text or a value in between.
//!
//! Everything means what the JSON text of the value would mean to `serde_json`: sets are sequences, keys that are no strings are their text, strings that are
//! not UTF-8 have U+FFFD for each bad byte. Numbers that are no small integers are handed to `serde_json` as text, which settles how many digits are kept.

use std::borrow::Cow;

use serde::de::{self, DeserializeOwned, DeserializeSeed, Deserializer, IntoDeserializer, Visitor};
use serde::forward_to_deserialize_any;
use writ_abi::{Tag, Word};
use writ_value::{json, utf8};

use super::read::{Entries, Reader, lie, u64_at};
use crate::error::EvalError;
use crate::limits::Limits;

/// The value of `word` as a `T`, `None` when it is undefined.
///
/// # Errors
/// As [`super::read`]; [`EvalError::Artifact`] when it is no `T`.
pub(crate) fn deserialize<T: DeserializeOwned>(
    memory: &[u8],
    word: Word,
    limits: &Limits,
) -> Result<Option<T>, EvalError> {
    if !word.is_defined() {
        return Ok(None);
    }
    let mut reader = Reader::new(memory, limits);
    match T::deserialize(At { reader: &mut reader, word, depth: 0 }) {
        Ok(value) => Ok(Some(value)),
        Err(Failure::Eval(error)) => Err(error),
        Err(Failure::Form(text)) => Err(wrong_form(&text)),
    }
}

/// The error for an answer that is no `T`.
pub(crate) fn wrong_form(why: &str) -> EvalError {
    EvalError::artifact(format!("its answer is of another form: {why}"))
}

#[derive(Debug)]
enum Failure {
    Eval(EvalError),
    Form(String),
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Failure::Eval(error) => error.fmt(f),
            Failure::Form(text) => f.write_str(text),
        }
    }
}

impl std::error::Error for Failure {}

impl de::Error for Failure {
    fn custom<T: std::fmt::Display>(message: T) -> Self {
        Failure::Form(message.to_string())
    }
}

impl From<EvalError> for Failure {
    fn from(error: EvalError) -> Self {
        Failure::Eval(error)
    }
}

impl From<serde_json::Error> for Failure {
    fn from(error: serde_json::Error) -> Self {
        Failure::Form(error.to_string())
    }
}

/// A value where it lies.
struct At<'r, 'a> {
    reader: &'r mut Reader<'a>,
    word: Word,
    depth: usize,
}

impl<'a> At<'_, 'a> {
    /// A table whose order or keys need values to compare: its text.
    fn as_text(&mut self) -> Result<String, Failure> {
        Ok(json::to_string(&self.reader.value(self.word, self.depth)?))
    }

    fn string(&mut self) -> Result<Cow<'a, str>, Failure> {
        let bytes = self.reader.text(self.word.addr())?;
        Ok(match std::str::from_utf8(bytes) {
            Ok(text) => Cow::Borrowed(text),
            Err(_) => utf8::to_str_lossy(bytes),
        })
    }

    fn is(&self, tag: Tag) -> bool {
        self.word.tag() == tag
    }
}

/// Types for which `serde_json` reads the text of a number in its own way.
macro_rules! numbers {
    ($($method:ident)*) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
            if !self.is(Tag::Number) {
                return self.deserialize_any(visitor);
            }
            self.reader.enter(self.depth)?;
            let mut text = serde_json::Deserializer::from_str(self.reader.number(self.word)?);
            let value = text.$method(visitor)?;
            text.end()?;
            Ok(value)
        })*
    };
}

impl<'de> Deserializer<'de> for At<'_, 'de> {
    type Error = Failure;

    fn deserialize_any<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, Failure> {
        self.reader.enter(self.depth)?;
        match self.word.tag() {
            Tag::Int => match self.word.as_int().unwrap_or_default() {
                n @ 0.. => visitor.visit_u64(n as u64),
                n => visitor.visit_i64(n),
            },
            Tag::Atom => match self.word {
                Word::NULL => visitor.visit_unit(),
                Word::TRUE => visitor.visit_bool(true),
                Word::FALSE => visitor.visit_bool(false),
                _ => Err(lie("an unknown atom").into()),
            },
            Tag::Number => {
                let text = self.reader.number(self.word)?;
                Ok(serde_json::Deserializer::from_str(text).deserialize_any(visitor)?)
            }
            Tag::String => match self.string()? {
                Cow::Borrowed(text) => visitor.visit_borrowed_str(text),
                Cow::Owned(text) => visitor.visit_string(text),
            },
            Tag::Array => {
                let (len, data) = self.reader.elements(self.word.addr(), 1)?;
                visit_items(self.reader, (0..len).map(|i| Word(u64_at(data, i))), self.depth + 1, visitor)
            }
            Tag::Set => match self.reader.table(self.word)? {
                Some(entries) => visit_items(self.reader, entries.map(|(element, _)| element), self.depth + 1, visitor),
                None => Ok(text_deserializer(&self.as_text()?).deserialize_any(visitor)?),
            },
            Tag::Object => match self.reader.table(self.word)? {
                Some(entries) => {
                    let mut fields =
                        Fields { reader: self.reader, entries, depth: self.depth + 1, value: Word::UNDEFINED };
                    let value = visitor.visit_map(&mut fields)?;
                    at_end(fields.entries.len())?;
                    Ok(value)
                }
                None => Ok(text_deserializer(&self.as_text()?).deserialize_any(visitor)?),
            },
            Tag::Undefined => Err(lie("undefined inside a collection").into()),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        if self.word == Word::NULL { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, name: &'static str, visitor: V) -> Result<V::Value, Failure> {
        // The name by which `serde_json` recognises text that is to be kept as it is.
        if name == "$serde_json::private::RawValue" {
            let mut this = self;
            return Ok(text_deserializer(&this.as_text()?).deserialize_newtype_struct(name, visitor)?);
        }
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        mut self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Failure> {
        match self.word.tag() {
            Tag::String => {
                self.reader.enter(self.depth)?;
                let text = self.string()?;
                let text: de::value::StrDeserializer<'_, Failure> = (*text).into_deserializer();
                text.deserialize_enum(name, variants, visitor)
            }
            Tag::Object => {
                self.reader.enter(self.depth)?;
                let Some(mut entries) = self.reader.table(self.word)? else {
                    return Ok(text_deserializer(&self.as_text()?).deserialize_enum(name, variants, visitor)?);
                };
                match (entries.next(), entries.next()) {
                    (Some((key, value)), None) => {
                        visitor.visit_enum(Variant { reader: self.reader, key, value, depth: self.depth + 1 })
                    }
                    _ => Err(de::Error::custom("expected an object with one key, the name of a variant")),
                }
            }
            // The error that tells what it is instead.
            _ => self.deserialize_any(visitor),
        }
    }

    fn deserialize_bytes<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, Failure> {
        if !self.is(Tag::String) {
            return self.deserialize_any(visitor);
        }
        self.reader.enter(self.depth)?;
        match self.string()? {
            Cow::Borrowed(text) => visitor.visit_borrowed_bytes(text.as_bytes()),
            Cow::Owned(text) => visitor.visit_byte_buf(text.into_bytes()),
        }
    }

    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        self.deserialize_bytes(visitor)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        visitor.visit_unit()
    }

    numbers! {
        deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_i128
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 deserialize_u128
        deserialize_f32 deserialize_f64
    }

    forward_to_deserialize_any! { bool char str string unit unit_struct seq tuple tuple_struct map struct identifier }
}

/// Reads text whose lifetime ends before that of the value.
fn text_deserializer(text: &str) -> serde_json::Deserializer<serde_json::de::IoRead<&[u8]>> {
    serde_json::Deserializer::from_reader(text.as_bytes())
}

fn at_end(left: usize) -> Result<(), Failure> {
    if left == 0 { Ok(()) } else { Err(de::Error::custom(format_args!("{left} more elements than expected"))) }
}

fn visit_items<'de, V: Visitor<'de>, I: ExactSizeIterator<Item = Word>>(
    reader: &mut Reader<'de>,
    items: I,
    depth: usize,
    visitor: V,
) -> Result<V::Value, Failure> {
    let mut items = Items { reader, items, depth };
    let value = visitor.visit_seq(&mut items)?;
    at_end(items.items.len())?;
    Ok(value)
}

struct Items<'r, 'a, I> {
    reader: &'r mut Reader<'a>,
    items: I,
    depth: usize,
}

impl<'de, I: ExactSizeIterator<Item = Word>> de::SeqAccess<'de> for Items<'_, 'de, I> {
    type Error = Failure;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Failure> {
        let Some(word) = self.items.next() else { return Ok(None) };
        seed.deserialize(At { reader: self.reader, word, depth: self.depth }).map(Some)
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.items.len())
    }
}

struct Fields<'r, 'a> {
    reader: &'r mut Reader<'a>,
    entries: Entries<'a>,
    depth: usize,
    value: Word,
}

impl<'de> de::MapAccess<'de> for Fields<'_, 'de> {
    type Error = Failure;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Failure> {
        let Some((word, value)) = self.entries.next() else { return Ok(None) };
        self.value = value;
        seed.deserialize(Key(At { reader: self.reader, word, depth: self.depth })).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Failure> {
        seed.deserialize(At { reader: self.reader, word: self.value, depth: self.depth })
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.entries.len())
    }
}

/// A key: a string, from which types other than strings are read as `serde_json` reads them.
struct Key<'r, 'a>(At<'r, 'a>);

/// Numbers and booleans are read from the text of the key.
macro_rules! from_text {
    ($($method:ident)*) => {
        $(fn $method<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, Failure> {
            self.0.reader.enter(self.0.depth)?;
            let text = self.0.string()?;
            if text.bytes().any(|b| b.is_ascii_whitespace()) {
                return Err(de::Error::invalid_type(de::Unexpected::Str(&text), &visitor));
            }
            let mut inner = text_deserializer(&text);
            let value = inner.$method(visitor)?;
            inner.end()?;
            Ok(value)
        })*
    };
}

impl<'de> Deserializer<'de> for Key<'_, 'de> {
    type Error = Failure;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        self.0.deserialize_any(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _name: &'static str, visitor: V) -> Result<V::Value, Failure> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Failure> {
        self.0.deserialize_enum(name, variants, visitor)
    }

    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        self.0.deserialize_bytes(visitor)
    }

    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        self.0.deserialize_bytes(visitor)
    }

    from_text! {
        deserialize_bool
        deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_i128
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 deserialize_u128
        deserialize_f32 deserialize_f64
    }

    forward_to_deserialize_any! {
        char str string unit unit_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}

/// `{"name of a variant": what it holds}`.
struct Variant<'r, 'a> {
    reader: &'r mut Reader<'a>,
    key: Word,
    value: Word,
    depth: usize,
}

impl<'de, 'r> de::EnumAccess<'de> for Variant<'r, 'de> {
    type Error = Failure;
    type Variant = At<'r, 'de>;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, At<'r, 'de>), Failure> {
        let Variant { reader, key, value, depth } = self;
        let name = seed.deserialize(Key(At { reader: &mut *reader, word: key, depth }))?;
        Ok((name, At { reader, word: value, depth }))
    }
}

impl<'de> de::VariantAccess<'de> for At<'_, 'de> {
    type Error = Failure;

    fn unit_variant(self) -> Result<(), Failure> {
        de::Deserialize::deserialize(self)
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Failure> {
        seed.deserialize(self)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _len: usize, visitor: V) -> Result<V::Value, Failure> {
        self.deserialize_seq(visitor)
    }

    fn struct_variant<V: Visitor<'de>>(self, fields: &'static [&'static str], visitor: V) -> Result<V::Value, Failure> {
        self.deserialize_struct("", fields, visitor)
    }
}
