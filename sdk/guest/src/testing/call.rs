//! One native call: documents from JSON.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::entrypoint::Entrypoint;
use crate::error::PolicyError;

/// Input and data of one call.
#[derive(Debug)]
pub struct Call<'a> {
    pub(crate) input: Option<&'a Value>,
    pub(crate) data: Option<&'a Value>,
}

impl<'a> Call<'a> {
    /// The input as a `T`.
    ///
    /// # Errors
    /// When it does not fit.
    pub fn input<T: Deserialize<'a>>(&self) -> Result<T, PolicyError> {
        read("input", self.input)
    }

    /// The data as a `T`.
    ///
    /// # Errors
    /// When they do not fit.
    pub fn data<T: Deserialize<'a> + Sync>(&self, entrypoint: &'static Entrypoint) -> Result<Box<T>, PolicyError> {
        let data = self.data.and_then(|data| entrypoint.data_path().try_fold(data, |value, key| value.get(key)));
        read("data", data).map(Box::new)
    }

    /// Only a module keeps data.
    ///
    /// # Errors
    /// Never.
    pub fn prepare<T: Deserialize<'a> + Sync>(&self, _: &'static Entrypoint) -> Result<(), PolicyError> {
        Ok(())
    }
}

fn read<'a, T: Deserialize<'a>>(what: &str, value: Option<&'a Value>) -> Result<T, PolicyError> {
    let name = std::any::type_name::<T>();
    match value {
        Some(value) => T::deserialize(value).map_err(|e| PolicyError::unfit(what, name, &e)),
        // Only what takes a missing document takes one.
        None => T::deserialize(Missing).map_err(|e| PolicyError::unfit(what, name, &e)),
    }
}

/// No document.
struct Missing;

impl<'de> serde::Deserializer<'de> for Missing {
    type Error = serde_json::Error;

    fn deserialize_any<V: serde::de::Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        Err(serde::de::Error::invalid_type(serde::de::Unexpected::Other("undefined"), &visitor))
    }

    fn deserialize_option<V: serde::de::Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        visitor.visit_none()
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct newtype_struct seq
        tuple tuple_struct map struct enum identifier ignored_any
    }
}

/// An answer; `None` is undefined.
#[derive(Debug)]
pub struct Output(pub(crate) Option<Value>);

impl Output {
    pub(crate) fn undefined() -> Self {
        Self(None)
    }

    pub(crate) fn of<T: Serialize>(value: &T) -> Result<Self, PolicyError> {
        Ok(Self(Some(serde_json::to_value(value)?)))
    }
}
