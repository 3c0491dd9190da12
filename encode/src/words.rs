//! Bytes as words of eight: what is short is handled without a loop over bytes.

use writ_abi::hash::mix;

/// The first eight bytes, little-endian, with zeros where there are fewer.
#[inline]
pub(crate) fn prefix(bytes: &[u8]) -> u64 {
    match bytes.first_chunk::<8>() {
        Some(head) => u64::from_le_bytes(*head),
        None => short(bytes),
    }
}

/// Up to seven bytes as a word. The loads overlap; what lies in both is the same.
#[inline]
fn short(bytes: &[u8]) -> u64 {
    let len = bytes.len();
    if let (Some(head), Some(tail)) = (bytes.first_chunk::<4>(), bytes.last_chunk::<4>()) {
        return u64::from(u32::from_le_bytes(*head)) | u64::from(u32::from_le_bytes(*tail)) << ((len - 4) * 8);
    }
    match bytes {
        [] => 0,
        [first, ..] => {
            let middle = u64::from(bytes[len / 2]) << (len / 2 * 8);
            u64::from(*first) | middle | u64::from(bytes[len - 1]) << ((len - 1) * 8)
        }
    }
}

/// [`writ_abi::hash::hash_bytes`], without its loop over the last bytes.
#[inline]
pub(crate) fn hash(bytes: &[u8]) -> u32 {
    let mut state = writ_abi::hash::SEED ^ bytes.len() as u64;
    let (words, rest) = bytes.as_chunks::<8>();
    for word in words {
        state = mix(state, u64::from_le_bytes(*word));
    }
    if !rest.is_empty() {
        let tail = match bytes.last_chunk::<8>() {
            Some(last) => u64::from_le_bytes(*last) >> ((8 - rest.len()) * 8),
            None => short(rest),
        };
        state = mix(state, tail);
    }
    match mix(state, writ_abi::hash::SEED) as u32 {
        0 => 1,
        hash => hash,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_those_of_the_bytes() {
        let bytes: Vec<u8> = (0..100u32).map(|n| (n * 37 + 11) as u8).collect();
        for start in 0..20 {
            for end in start..bytes.len() {
                let part = &bytes[start..end];
                assert_eq!(hash(part), writ_abi::hash::hash_bytes(part), "{start}..{end}");
                let slow = part.iter().take(8).rev().fold(0, |word, byte| (word << 8) | u64::from(*byte));
                assert_eq!(prefix(part), slow, "{start}..{end}");
            }
        }
    }
}
