//! Keys: a hash, the scope, the projection's bytes, one after the other in the buffer that the projection was written into.
//!
//! ```text
//!   [hash: 8 bytes][scope: 16 bytes][frame …]
//! ```
//!
//! The scope names code, data and entrypoint: decisions in one scope differ only by their frames. Keys are compared in full; the hash in front of them
//! only saves hashing them again. It is seeded by the process, so that inputs cannot be made to collide on purpose.

use std::hash::{BuildHasher, Hasher};
use std::sync::OnceLock;

use foldhash::SharedSeed;
use foldhash::fast::FoldHasher;
use writ_runtime::FrameBuffer;

/// Bytes in front of the frame.
pub(crate) const HEAD: usize = 24;
/// Bytes of a scope.
pub(crate) type Scope = [u8; 16];

/// Completes the key of the frame in the buffer: its hash.
#[inline]
pub(crate) fn complete(buffer: &mut FrameBuffer, scope: &Scope) -> u64 {
    if let Some(place) = buffer.head_mut().get_mut(8..HEAD) {
        place.copy_from_slice(scope);
    }
    let hash = hash(buffer.bytes().get(8..).unwrap_or_default());
    if let Some(place) = buffer.head_mut().first_chunk_mut() {
        *place = hash.to_le_bytes();
    }
    hash
}

#[inline]
fn hash(bytes: &[u8]) -> u64 {
    static SEEDS: OnceLock<(u64, SharedSeed)> = OnceLock::new();
    let (own, shared) = SEEDS.get_or_init(|| {
        // The standard library seeds its hash maps from the system's randomness.
        let random = || std::collections::hash_map::RandomState::new().hash_one(0);
        (random(), SharedSeed::from_u64(random()))
    });
    let mut hasher = FoldHasher::with_seed(*own, shared);
    hasher.write(bytes);
    hasher.finish()
}

/// Takes the hash that a key begins with.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Stored(u64);

impl Hasher for Stored {
    #[inline]
    fn write(&mut self, bytes: &[u8]) {
        self.0 = bytes.first_chunk().map_or(0, |first| u64::from_le_bytes(*first));
    }

    /// The length of the slice, which the hash covers already.
    #[inline]
    fn write_usize(&mut self, _: usize) {}

    #[inline]
    fn finish(&self) -> u64 {
        self.0
    }
}

/// Makes [`Stored`].
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct ByStored;

impl BuildHasher for ByStored {
    type Hasher = Stored;

    fn build_hasher(&self) -> Stored {
        Stored::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_covers_the_scope_and_is_found_again() {
        let key = |scope: u8| {
            let mut buffer = FrameBuffer::new(HEAD);
            let hash = complete(&mut buffer, &[scope; 16]);
            assert_eq!(ByStored.hash_one(buffer.bytes()), hash);
            (hash, buffer.bytes().to_vec())
        };
        assert_eq!(key(1), key(1));
        assert_ne!(key(1).0, key(2).0);
        assert_eq!(key(1).1.len(), HEAD);
        assert_eq!(hash(b"ab"), hash(b"ab"));
        assert_ne!(hash(b"ab"), hash(b"ba"));
    }
}
