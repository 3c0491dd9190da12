//! Between Rust values and words of linear memory, by serde, without text in between.

// Natively there are no words but in tests.
#[cfg(any(target_arch = "wasm32", test))]
#[cfg_attr(not(target_arch = "wasm32"), allow(dead_code, reason = "frames are tested through modules"))]
mod de;
#[cfg(any(target_arch = "wasm32", test))]
mod key;
#[cfg(any(target_arch = "wasm32", test))]
mod ser;

use std::fmt;

#[cfg(target_arch = "wasm32")]
pub(crate) use de::Frame;
#[cfg(any(target_arch = "wasm32", test))]
pub(crate) use de::Value;
#[cfg(any(target_arch = "wasm32", test))]
pub(crate) use ser::to_word;

/// Why a value does not fit.
#[derive(Debug)]
pub(crate) struct Error(String);

impl Error {
    #[cold]
    pub(crate) fn text(message: &str) -> Self {
        Self(message.to_owned())
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Error {}

impl serde::de::Error for Error {
    #[cold]
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self(message.to_string())
    }
}

impl serde::ser::Error for Error {
    #[cold]
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self(message.to_string())
    }
}

#[cfg(test)]
mod tests;
