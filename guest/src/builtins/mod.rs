//! The native built-ins, one file per namespace. Each is a plain function from words to an [`Answer`](crate::error::Answer).

pub mod aggregates;
pub mod arithmetic;
pub mod arrays;
pub mod bits;
pub mod compare;
pub mod encoding;
pub mod format;
pub mod graph;
pub mod json;
pub mod json_patch;
pub mod json_paths;
pub mod objects;
mod operand;
pub mod prefixes;
pub mod ranges;
mod search;
pub mod semver;
pub mod sets;
pub mod strings;
pub mod trim;
pub mod types;
pub mod units;
pub mod urlquery;

#[cfg(test)]
mod tests;
