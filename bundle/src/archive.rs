//! Reads a `.tar.gz` into files, within bounds.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::io::{self, Read};
use std::rc::Rc;

use flate2::read::MultiGzDecoder;
use tar::EntryType;

use crate::assemble::File;
use crate::error::BundleError;
use crate::limits::Limits;

/// The plain files of the archive, in its order. Folders are skipped, links and devices refused.
pub(crate) fn read(source: impl Read, limits: &Limits) -> Result<Vec<File>, BundleError> {
    let compressed = Rc::new(Cell::new(0));
    let source = Counted { inner: source, count: compressed.clone() };
    let mut archive = tar::Archive::new(MultiGzDecoder::new(source));
    let mut files = Vec::new();
    let mut seen = BTreeSet::new();
    let mut budget = Budget { limits, compressed, total: 0 };
    for entry in archive.entries().map_err(broken)? {
        let mut entry = entry.map_err(broken)?;
        let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        match entry.header().entry_type() {
            EntryType::Regular | EntryType::Continuous => {}
            EntryType::Directory | EntryType::XGlobalHeader => continue,
            _ => return Err(BundleError::Path { path: name, message: "it is no plain file".to_owned() }),
        }
        let path = normalize(&name, limits)?;
        if !seen.insert(path.clone()) {
            return Err(BundleError::Path { path, message: "it comes twice".to_owned() });
        }
        if files.len() == limits.files {
            return Err(BundleError::Limit { what: "files", path: String::new(), limit: limits.files as u64 });
        }
        let bytes = budget.read(&path, &mut entry)?;
        files.push(File { path, bytes });
    }
    finish(&mut archive.into_inner(), limits)?;
    Ok(files)
}

/// Reads what is behind tar's own end, so that gzip's checksum is compared and a cut-off archive is noticed.
fn finish(decoder: &mut impl Read, limits: &Limits) -> Result<(), BundleError> {
    let allowed = limits.ratio_floor_bytes;
    let n = io::copy(&mut decoder.take(allowed + 1), &mut io::sink()).map_err(broken)?;
    if n > allowed {
        return Err(BundleError::Limit { what: "bytes behind the archive", path: String::new(), limit: allowed });
    }
    Ok(())
}

struct Budget<'a> {
    limits: &'a Limits,
    /// Bytes of the archive read so far.
    compressed: Rc<Cell<u64>>,
    /// Bytes of files read so far.
    total: u64,
}

impl Budget<'_> {
    /// Reads in pieces and checks after each, since the size in a header is only a claim.
    fn read(&mut self, path: &str, entry: &mut impl Read) -> Result<Vec<u8>, BundleError> {
        let limit = |what, limit| BundleError::Limit { what, path: path.to_owned(), limit };
        let mut bytes = Vec::new();
        let mut piece = [0; 16 << 10];
        loop {
            let n = entry.read(&mut piece).map_err(broken)?;
            if n == 0 {
                return Ok(bytes);
            }
            bytes.extend_from_slice(&piece[..n]);
            self.total += n as u64;
            if bytes.len() as u64 > self.limits.file_bytes {
                return Err(limit("bytes of a file", self.limits.file_bytes));
            }
            if self.total > self.limits.total_bytes {
                return Err(limit("bytes of all files", self.limits.total_bytes));
            }
            let allowed = self.compressed.get().saturating_mul(self.limits.ratio);
            if self.total > allowed.max(self.limits.ratio_floor_bytes) {
                return Err(limit("bytes for each byte of the archive", self.limits.ratio));
            }
        }
    }
}

/// The path inside of the bundle, without `/` or `./` in front.
pub(crate) fn normalize(name: &str, limits: &Limits) -> Result<String, BundleError> {
    let refuse = |message: &str| Err(BundleError::Path { path: name.to_owned(), message: message.to_owned() });
    if name.len() > limits.path_bytes {
        return refuse("the name is too long");
    }
    if name.contains(['\0', '\\']) {
        return refuse("the name holds a character that is not accepted");
    }
    let mut parts = Vec::new();
    for part in name.split('/') {
        match part {
            "" | "." => {}
            ".." => return refuse("the name leads out of the bundle"),
            part => parts.push(part),
        }
    }
    if parts.len() > limits.path_depth {
        return refuse("too many folders on the way");
    }
    if parts.is_empty() { refuse("the name is empty") } else { Ok(parts.join("/")) }
}

fn broken(error: io::Error) -> BundleError {
    BundleError::NotABundle { message: error.to_string() }
}

/// Counts what is read.
struct Counted<R> {
    inner: R,
    count: Rc<Cell<u64>>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buffer)?;
        self.count.set(self.count.get() + n as u64);
        Ok(n)
    }
}
