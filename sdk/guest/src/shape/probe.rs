//! A deserializer that gives nothing: it leads a type to one place and notes what the type asks for there.

use std::cell::Cell;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

use crate::words::Error;

/// One step towards a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    Field(&'static str),
    /// An element of a sequence, or a value of a map.
    Element,
}

/// What a type asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Found {
    Nothing,
    Scalar,
    Whole,
    Each,
    Struct { name: &'static str, fields: &'static [&'static str] },
}

/// A key that no type has.
const UNKNOWN: &str = "\u{0}writ";

/// What `T` asks for at the place; `None` when it cannot be led there.
pub(super) fn ask<T: Deserialize<'static>>(path: &[Step]) -> Option<Found> {
    let found = Cell::new(None);
    // Always an error: that is how the probe ends.
    let _ = T::deserialize(Probe { path, found: &found });
    found.get()
}

#[derive(Clone, Copy)]
struct Probe<'p> {
    path: &'p [Step],
    found: &'p Cell<Option<Found>>,
}

#[cold]
fn end<T>() -> Result<T, Error> {
    Err(Error::text("probed"))
}

impl<'p> Probe<'p> {
    /// Ends here: a place is no place inside of it.
    fn leaf<T>(self, found: Found) -> Result<T, Error> {
        if self.path.is_empty() {
            self.found.set(Some(found));
        }
        end()
    }

    fn below(self) -> Option<(Step, Self)> {
        let (step, path) = self.path.split_first()?;
        Some((*step, Probe { path, ..self }))
    }
}

macro_rules! leaves {
    ($($found:ident: $($name:ident)*;)*) => {$($(
        fn $name<V: Visitor<'static>>(self, _: V) -> Result<V::Value, Error> {
            self.leaf(Found::$found)
        }
    )*)*};
}

impl Deserializer<'static> for Probe<'_> {
    type Error = Error;

    leaves! {
        Scalar: deserialize_bool deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_i128
                deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 deserialize_u128 deserialize_f32 deserialize_f64
                deserialize_char deserialize_str deserialize_string deserialize_unit deserialize_identifier;
        Whole: deserialize_any deserialize_bytes deserialize_byte_buf;
        Nothing: deserialize_ignored_any;
    }

    fn deserialize_option<V: Visitor<'static>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_some(self)
    }

    fn deserialize_unit_struct<V: Visitor<'static>>(self, _: &'static str, _: V) -> Result<V::Value, Error> {
        self.leaf(Found::Scalar)
    }

    fn deserialize_newtype_struct<V: Visitor<'static>>(self, _: &'static str, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_tuple<V: Visitor<'static>>(self, _: usize, _: V) -> Result<V::Value, Error> {
        self.leaf(Found::Whole)
    }

    fn deserialize_tuple_struct<V: Visitor<'static>>(self, _: &'static str, _: usize, _: V) -> Result<V::Value, Error> {
        self.leaf(Found::Whole)
    }

    fn deserialize_enum<V: Visitor<'static>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, Error> {
        self.leaf(Found::Whole)
    }

    fn deserialize_seq<V: Visitor<'static>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.below() {
            None => self.leaf(Found::Each),
            Some((Step::Element, below)) => visitor.visit_seq(One { key: "", below }),
            Some(_) => end(),
        }
    }

    fn deserialize_map<V: Visitor<'static>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.below() {
            None => self.leaf(Found::Each),
            Some((Step::Element, below)) => visitor.visit_map(One { key: UNKNOWN, below }),
            Some(_) => end(),
        }
    }

    fn deserialize_struct<V: Visitor<'static>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        match self.below() {
            // A struct that refuses unknown fields must see them.
            None => {
                self.found.set(Some(Found::Whole));
                visitor.visit_map(Stranger { found: self.found, tolerant: Found::Struct { name, fields } })
            }
            Some((Step::Field(key), below)) => visitor.visit_map(One { key, below }),
            Some(_) => end(),
        }
    }
}

/// A collection with one element.
struct One<'p> {
    key: &'static str,
    below: Probe<'p>,
}

impl SeqAccess<'static> for One<'_> {
    type Error = Error;

    fn next_element_seed<T: DeserializeSeed<'static>>(&mut self, seed: T) -> Result<Option<T::Value>, Error> {
        seed.deserialize(self.below).map(Some)
    }
}

impl MapAccess<'static> for One<'_> {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'static>>(&mut self, seed: K) -> Result<Option<K::Value>, Error> {
        seed.deserialize(serde::de::value::BorrowedStrDeserializer::new(self.key)).map(Some)
    }

    fn next_value_seed<T: DeserializeSeed<'static>>(&mut self, seed: T) -> Result<T::Value, Error> {
        seed.deserialize(self.below)
    }
}

/// An object with a key that the struct does not have.
struct Stranger<'p> {
    found: &'p Cell<Option<Found>>,
    tolerant: Found,
}

impl MapAccess<'static> for Stranger<'_> {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'static>>(&mut self, seed: K) -> Result<Option<K::Value>, Error> {
        seed.deserialize(serde::de::value::BorrowedStrDeserializer::new(UNKNOWN)).map(Some)
    }

    fn next_value_seed<T: DeserializeSeed<'static>>(&mut self, _: T) -> Result<T::Value, Error> {
        self.found.set(Some(self.tolerant));
        end()
    }
}
