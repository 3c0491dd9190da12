//! Reads an unpacked bundle from a folder, within the same bounds as an archive.

use std::fs;
use std::io::Read;
use std::path::Path;

use crate::archive::normalize;
use crate::assemble::File;
use crate::error::{BundleError, PathProblem};
use crate::limits::Limits;

/// The files below `root` that are wanted, in the order of their names. Links are followed: they are the owner's of the folder (as in a
/// mounted ConfigMap), and depth and number of entries are bounded. Names that begin with `..` are left out: a mounted ConfigMap keeps
/// there what its links lead to.
pub(crate) fn read(root: &Path, limits: &Limits, wanted: &dyn Fn(&str) -> bool) -> Result<Vec<File>, BundleError> {
    let mut files = Vec::new();
    let mut total = 0;
    walk(root, limits, &mut |path, below, _| {
        if wanted(below) {
            files.push(file(path, below, limits, &mut total)?);
        }
        Ok(())
    })?;
    Ok(files)
}

/// What OPA puts in front of the names of a folder's files in a signature: the folder's path without `/` and `.` around it.
pub fn name(root: &Path) -> String {
    let mut parts: Vec<String> = Vec::new();
    for part in root.components() {
        match part {
            std::path::Component::Normal(part) => parts.push(part.to_string_lossy().into_owned()),
            std::path::Component::ParentDir if parts.last().is_some_and(|p| p != "..") => {
                parts.pop();
            }
            std::path::Component::ParentDir => parts.push("..".to_owned()),
            _ => {}
        }
    }
    parts.join("/")
}

/// Told of each file: where it is, its path below the root, what the system says about it.
pub(crate) type Visit<'a> = dyn FnMut(&Path, &str, &fs::Metadata) -> Result<(), BundleError> + 'a;

/// Visits the plain files below `root` in the order of their names.
pub(crate) fn walk(root: &Path, limits: &Limits, visit: &mut Visit<'_>) -> Result<(), BundleError> {
    Walk { limits, n_entries: 0, visit }.folder(root, "", 0)
}

struct Walk<'a, 'b> {
    limits: &'a Limits,
    n_entries: usize,
    visit: &'a mut Visit<'b>,
}

impl Walk<'_, '_> {
    fn folder(&mut self, folder: &Path, below: &str, depth: usize) -> Result<(), BundleError> {
        let io = |error: &std::io::Error| BundleError::io(folder.display().to_string(), error);
        if depth > self.limits.path_depth {
            return Err(BundleError::Path { path: below.to_owned(), problem: PathProblem::TooDeep });
        }
        let mut names = Vec::new();
        for entry in fs::read_dir(folder).map_err(|e| io(&e))? {
            self.n_entries += 1;
            if self.n_entries > self.limits.files {
                let limit = self.limits.files as u64;
                return Err(BundleError::Limit { what: "files", path: below.to_owned(), limit });
            }
            names.push(entry.map_err(|e| io(&e))?.file_name());
        }
        names.sort();
        for name in names {
            let Some(text) = name.to_str() else {
                let path = format!("{below}{}", name.to_string_lossy());
                return Err(BundleError::Path { path, problem: PathProblem::Character });
            };
            if text.starts_with("..") {
                continue;
            }
            let path = folder.join(&name);
            let below = format!("{below}{text}");
            let meta = fs::metadata(&path).map_err(|e| BundleError::io(path.display().to_string(), &e))?;
            if meta.is_dir() {
                self.folder(&path, &format!("{below}/"), depth + 1)?;
            } else if meta.is_file() {
                (self.visit)(&path, &below, &meta)?;
            }
        }
        Ok(())
    }
}

/// Reads at most what the limits allow, whatever size the system told before.
fn file(path: &Path, below: &str, limits: &Limits, total: &mut u64) -> Result<File, BundleError> {
    let limit = |what, limit| Err(BundleError::Limit { what, path: below.to_owned(), limit });
    let io = |e: &std::io::Error| BundleError::io(path.display().to_string(), e);
    let mut bytes = Vec::new();
    let file = fs::File::open(path).map_err(|e| io(&e))?;
    file.take(limits.file_bytes.saturating_add(1)).read_to_end(&mut bytes).map_err(|e| io(&e))?;
    *total += bytes.len() as u64;
    if bytes.len() as u64 > limits.file_bytes {
        return limit("bytes of a file", limits.file_bytes);
    }
    if *total > limits.total_bytes {
        return limit("bytes of all files", limits.total_bytes);
    }
    Ok(File { path: normalize(below, limits)?, bytes })
}
