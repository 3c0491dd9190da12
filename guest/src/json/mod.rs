//! JSON text and Rego value text: parsing and printing.

pub mod dump;
pub mod parse;

/// Prints a value as compact JSON.
pub use dump::dump;
pub use parse::{Dialect, parse};

#[cfg(test)]
mod tests;
