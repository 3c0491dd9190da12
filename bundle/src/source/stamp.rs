//! What the system says about a path without reading it: enough to notice any change soon.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;

use crate::folder;
use crate::limits::Limits;

/// Names, identities, sizes and times of everything below a path, as one number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stamp(u64);

impl Stamp {
    /// Cost: one call of the system per file.
    pub(super) fn of(path: &Path, limits: &Limits) -> Self {
        let mut hasher = DefaultHasher::new();
        // A link that is swapped leads to another place, even if times and sizes there are the same.
        match fs::canonicalize(path) {
            Ok(resolved) => resolved.hash(&mut hasher),
            Err(e) => format!("{:?}", e.kind()).hash(&mut hasher),
        }
        if let Ok(meta) = fs::metadata(path) {
            file(&meta, &mut hasher);
            if meta.is_dir() {
                let end = folder::walk(path, limits, &mut |_, below, meta| {
                    below.hash(&mut hasher);
                    file(meta, &mut hasher);
                    Ok(())
                });
                if let Err(e) = end {
                    e.to_string().hash(&mut hasher);
                }
            }
        }
        Self(hasher.finish())
    }
}

#[cfg(unix)]
fn file(meta: &fs::Metadata, hasher: &mut DefaultHasher) {
    use std::os::unix::fs::MetadataExt;
    (meta.dev(), meta.ino(), meta.size(), meta.mode()).hash(hasher);
    (meta.mtime(), meta.mtime_nsec(), meta.ctime(), meta.ctime_nsec()).hash(hasher);
}

#[cfg(not(unix))]
fn file(meta: &fs::Metadata, hasher: &mut DefaultHasher) {
    (meta.len(), meta.is_dir(), meta.modified().ok(), meta.created().ok()).hash(hasher);
}
