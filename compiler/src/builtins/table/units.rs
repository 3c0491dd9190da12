//! Amounts with unit suffixes.

use super::super::entry::{Builtin, guest};

pub(super) const TABLE: &[Builtin] =
    &[guest("units.parse", "(x: string) => y: number"), guest("units.parse_bytes", "(x: string) => y: number")];
