//! The native built-ins, one file per namespace. Each is a plain function from words to an [`Answer`](crate::error::Answer).

pub mod compare;
