//! The verbs: each with its arguments, what it does, and its exit codes.

pub(crate) mod build;
pub(crate) mod capabilities;
pub(crate) mod check;
pub(crate) mod eval;
pub(crate) mod inspect;
pub(crate) mod new;
pub(crate) mod sign;
pub(crate) mod version;

use writ_compiler::plan::OptLevel;
use writ_compiler::syntax::RegoVersion;

/// The level of a number that the command line has checked.
fn opt_level(number: u8) -> OptLevel {
    match number {
        0 => OptLevel::O0,
        1 => OptLevel::O1,
        _ => OptLevel::O2,
    }
}

/// The dialect of modules that do not say theirs.
fn rego_version(v0_compatible: bool) -> RegoVersion {
    if v0_compatible { RegoVersion::V0 } else { RegoVersion::V1 }
}
