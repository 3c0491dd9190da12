//! Operations on the bits of integers.

use super::super::entry::{Builtin, guest};

pub(super) const TABLE: &[Builtin] = &[
    guest("bits.and", "(x: number, y: number) => z: number"),
    guest("bits.lsh", "(x: number, s: number) => z: number"),
    guest("bits.negate", "(x: number) => z: number"),
    guest("bits.or", "(x: number, y: number) => z: number"),
    guest("bits.rsh", "(x: number, s: number) => z: number"),
    guest("bits.xor", "(x: number, y: number) => z: number"),
];
