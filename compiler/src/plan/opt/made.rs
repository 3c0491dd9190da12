//! Functions of the guest that passes put into plans: built-ins that no policy can name.
//!
//! Each stands for built-ins that a policy called, fails where they fail and with their errors, and depends on its arguments only.

/// `(rows, text, lengths)`: the values of those keys of an object that a text begins with, shortest first (`guest/src/builtins/prefixes.rs`).
pub(super) const PREFIXES: &str = "internal.prefixes";
/// `(text, delimiter, n)`: the part of that number of what `split` gives.
pub(super) const SPLIT_AT: &str = "internal.split_at";

/// Whether a built-in is one that looks rules up in place of testing each.
pub(in crate::plan) fn is_index(name: &str) -> bool {
    name == PREFIXES
}

/// Whether a built-in is one of these.
pub(in crate::plan) fn is_made(name: &str) -> bool {
    [PREFIXES, SPLIT_AT].contains(&name)
}
