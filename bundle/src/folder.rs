//! Reads an unpacked bundle from a folder, within the same bounds as an archive.

use std::fs;
use std::path::Path;

use crate::archive::normalize;
use crate::assemble::File;
use crate::error::BundleError;
use crate::limits::Limits;

/// The files below `root` that a bundle may hold, in the order of their names. Links are followed: they are the owner's of the folder (as in a
/// mounted ConfigMap), and the depth is bounded.
pub(crate) fn read(root: &Path, limits: &Limits) -> Result<Vec<File>, BundleError> {
    let mut walk = Walk { limits, files: Vec::new(), total: 0 };
    walk.folder(root, "", 0)?;
    Ok(walk.files)
}

struct Walk<'a> {
    limits: &'a Limits,
    files: Vec<File>,
    total: u64,
}

impl Walk<'_> {
    fn folder(&mut self, folder: &Path, below: &str, depth: usize) -> Result<(), BundleError> {
        let io = |error: &std::io::Error| BundleError::io(folder.display().to_string(), error);
        if depth > self.limits.path_depth {
            let message = "too many folders on the way".to_owned();
            return Err(BundleError::Path { path: folder.display().to_string(), message });
        }
        let mut names = Vec::new();
        for entry in fs::read_dir(folder).map_err(|e| io(&e))? {
            names.push(entry.map_err(|e| io(&e))?.file_name());
        }
        names.sort();
        for name in names {
            let path = folder.join(&name);
            let below = format!("{below}{}", name.to_string_lossy());
            let meta = fs::metadata(&path).map_err(|e| BundleError::io(path.display().to_string(), &e))?;
            if meta.is_dir() {
                self.folder(&path, &format!("{below}/"), depth + 1)?;
            } else if meta.is_file() && crate::assemble::is_part(&below) {
                self.file(&path, &below, meta.len())?;
            }
        }
        Ok(())
    }

    fn file(&mut self, path: &Path, below: &str, size: u64) -> Result<(), BundleError> {
        let shown = path.display().to_string();
        let limit = |what, limit| BundleError::Limit { what, path: shown.clone(), limit };
        if self.files.len() == self.limits.files {
            return Err(limit("files", self.limits.files as u64));
        }
        self.total += size;
        if size > self.limits.file_bytes {
            return Err(limit("bytes of a file", self.limits.file_bytes));
        }
        if self.total > self.limits.total_bytes {
            return Err(limit("bytes of all files", self.limits.total_bytes));
        }
        let bytes = fs::read(path).map_err(|e| BundleError::io(shown.clone(), &e))?;
        self.files.push(File { path: normalize(below, self.limits)?, bytes });
        Ok(())
    }
}
