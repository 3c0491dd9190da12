//! Types of constants, and the keys of objects with known properties.

use super::Type;

/// A constant key of an object type.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key(String);

impl Key {
    /// A string key.
    #[allow(clippy::should_implement_trait, reason = "no error is possible")]
    pub fn from_str(text: &str) -> Key {
        Key(text.to_owned())
    }

    /// The number that this key is, if it can be the index of an array.
    pub fn as_index(&self) -> Option<usize> {
        None
    }

    /// As it prints within a type.
    pub fn plain(&self) -> &str {
        &self.0
    }
}

impl Type {
    /// The type of a constant.
    pub fn of_value(_key: &Key) -> Type {
        Type::String
    }
}
