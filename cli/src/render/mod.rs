//! What the command prints. OPA's output, byte for byte, is the reference for results; errors for authors show the source.

pub(crate) mod errors;
pub(crate) mod inspect;
pub(crate) mod json;
pub(crate) mod result;
mod table;

#[cfg(test)]
mod tests;
