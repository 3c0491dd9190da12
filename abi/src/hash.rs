//! The hash of a string's bytes, as cached in a string's header: one function for the guest, the compiler and the host.
//!
//! It decides speed only, never meaning. Multiply-and-fold over eight bytes at a time (the idea of wyhash and FxHash).

const K0: u64 = 0x9e37_79b9_7f4a_7c15;
const K1: u64 = 0xd6e8_feb8_6659_fd93;
/// State of a hash of no bytes, before the length goes in; also its last part.
pub const SEED: u64 = K1;

/// Folds one 64-bit part into a state: the high half of a product reaches every bit.
#[inline]
pub const fn mix(state: u64, part: u64) -> u64 {
    let x = (state ^ part).wrapping_mul(K0);
    x ^ (x >> 32)
}

/// The hash of a string. Never 0, since 0 in a header means "not computed yet".
#[inline]
pub const fn hash_bytes(bytes: &[u8]) -> u32 {
    let mut state = K1 ^ bytes.len() as u64;
    let mut rest = bytes;
    while let Some((head, tail)) = rest.split_first_chunk::<8>() {
        state = mix(state, u64::from_le_bytes(*head));
        rest = tail;
    }
    if !rest.is_empty() {
        let mut part = 0;
        let mut i = rest.len();
        while i > 0 {
            i -= 1;
            part = (part << 8) | rest[i] as u64;
        }
        state = mix(state, part);
    }
    let folded = mix(state, K1) as u32;
    if folded == 0 { 1 } else { folded }
}
