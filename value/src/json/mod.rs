//! JSON text: a strict parser with places in its errors, and the printer whose output equals OPA's byte for byte.

mod error;
mod parse;
mod print;

pub use error::{JsonError, JsonErrorKind};
pub use parse::{Limits, parse, parse_with};
pub use print::{to_string, to_string_indented, to_string_pretty, write, write_string};

#[cfg(test)]
mod tests;
