//! Keys: revision, entrypoint and the projection's bytes, one after the other, so that comparing bytes compares all of it.

use std::sync::Arc;

use writ_runtime::RevisionId;

/// A key that is being made; its buffer is used again.
#[derive(Debug, Default)]
pub(crate) struct Key(Vec<u8>);

impl Key {
    /// Begins a key. What [`Self::projection`] is given to write follows.
    pub(crate) fn begin(&mut self, revision: RevisionId, entrypoint: &str) {
        self.0.clear();
        self.0.extend_from_slice(&revision.0.to_le_bytes());
        // The length keeps apart what a name and the bytes behind it could otherwise share.
        self.0.extend_from_slice(&(entrypoint.len() as u64).to_le_bytes());
        self.0.extend_from_slice(entrypoint.as_bytes());
    }

    /// Appends the projection.
    pub(crate) fn push(&mut self, projection: &[u8]) {
        self.0.extend_from_slice(projection);
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0
    }

    pub(crate) fn owned(&self) -> Arc<[u8]> {
        self.0.as_slice().into()
    }
}
