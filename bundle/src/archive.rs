//! Reads a `.tar.gz` into files, within bounds: the only reader of archives. Nothing is ever unpacked to disk.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::io::{self, Read};
use std::rc::Rc;

use flate2::read::MultiGzDecoder;
use tar::{Entry, EntryType, PaxExtensions};

use crate::assemble::File;
use crate::error::{BundleError, PathProblem};
use crate::limits::Limits;

/// The plain files of the archive, in its order. Folders are skipped, links and devices refused.
pub(crate) fn read(source: impl Read, limits: &Limits) -> Result<Vec<File>, BundleError> {
    let meter = Rc::new(Meter::new(limits));
    let packed = Packed { inner: source, meter: meter.clone() };
    let plain = Plain { inner: MultiGzDecoder::new(packed), meter: meter.clone() };
    let mut archive = tar::Archive::new(plain);
    let broken = |error: io::Error| meter.explain(&error);
    let mut files = Files { limits, files: Vec::new(), seen: BTreeSet::new(), n_entries: 0, n_bytes: 0, name: None };
    for entry in archive.entries().map_err(broken)?.raw(true) {
        let mut entry = entry.map_err(broken)?;
        files.entry(&mut entry, &meter)?;
    }
    finish(&mut archive.into_inner(), limits, &meter)?;
    Ok(files.files)
}

/// Reads what is behind tar's own end, so that gzip's checksum is compared and a cut-off archive is noticed.
fn finish(decoder: &mut impl Read, limits: &Limits, meter: &Meter) -> Result<(), BundleError> {
    let allowed = limits.ratio_floor_bytes;
    let n = io::copy(&mut decoder.take(allowed.saturating_add(1)), &mut io::sink()).map_err(|e| meter.explain(&e))?;
    if n > allowed {
        return Err(limit("bytes behind the archive", "", allowed));
    }
    Ok(())
}

struct Files<'a> {
    limits: &'a Limits,
    files: Vec<File>,
    seen: BTreeSet<String>,
    n_entries: usize,
    n_bytes: u64,
    /// A name too long for a header, for the entry that follows.
    name: Option<Vec<u8>>,
}

impl Files<'_> {
    fn entry(&mut self, entry: &mut Entry<'_, impl Read>, meter: &Meter) -> Result<(), BundleError> {
        self.n_entries += 1;
        if self.n_entries > self.limits.files {
            return Err(limit("files", "", self.limits.files as u64));
        }
        match entry.header().entry_type() {
            EntryType::XGlobalHeader => return Ok(()),
            EntryType::GNULongName => {
                let mut name = self.extension(entry, meter)?;
                if name.last() == Some(&0) {
                    name.pop();
                }
                self.name = Some(name);
                return Ok(());
            }
            EntryType::GNULongLink => return Ok(()),
            EntryType::XHeader => {
                let text = self.extension(entry, meter)?;
                if let Some(name) = pax_name(&text, meter)? {
                    self.name = Some(name);
                }
                return Ok(());
            }
            _ => {}
        }
        let name = self.name.take().unwrap_or_else(|| entry.path_bytes().into_owned());
        let name = text(name)?;
        match entry.header().entry_type() {
            EntryType::Regular | EntryType::Continuous => {}
            EntryType::Directory => return Ok(()),
            _ => return Err(BundleError::Path { path: name, problem: PathProblem::NotPlain }),
        }
        let path = normalize(&name, self.limits)?;
        if !self.seen.insert(path.clone()) {
            return Err(BundleError::Path { path, problem: PathProblem::Duplicate });
        }
        let bytes = contents(&path, entry, self.limits, meter)?;
        self.n_bytes += bytes.len() as u64;
        if self.n_bytes > self.limits.total_bytes {
            return Err(limit("bytes of all files", &path, self.limits.total_bytes));
        }
        self.files.push(File { path, bytes });
        Ok(())
    }

    /// The text of an entry that says something about the next one.
    fn extension(&self, entry: &mut impl Read, meter: &Meter) -> Result<Vec<u8>, BundleError> {
        // Room for the other things that such a header may say, such as times.
        let allowed = self.limits.path_bytes.saturating_add(4096);
        let mut text = Vec::new();
        entry.take(allowed as u64 + 1).read_to_end(&mut text).map_err(|e| meter.explain(&e))?;
        if text.len() > allowed {
            return Err(limit("bytes of a header", "", allowed as u64));
        }
        Ok(text)
    }
}

/// The name that a header of the pax form gives. A size in it would be another truth beside the header's, so it is refused.
fn pax_name(text: &[u8], meter: &Meter) -> Result<Option<Vec<u8>>, BundleError> {
    let mut name = None;
    for extension in PaxExtensions::new(text) {
        let extension = extension.map_err(|e| meter.explain(&e))?;
        match extension.key_bytes() {
            b"path" => name = Some(extension.value_bytes().to_vec()),
            b"size" => {
                return Err(BundleError::NotABundle { message: "a size stands outside of its header".to_owned() });
            }
            _ => {}
        }
    }
    Ok(name)
}

fn text(name: Vec<u8>) -> Result<String, BundleError> {
    String::from_utf8(name).map_err(|e| BundleError::Path {
        path: String::from_utf8_lossy(e.as_bytes()).into_owned(),
        problem: PathProblem::Character,
    })
}

/// Reads in pieces, since the size in a header is only a claim.
fn contents(path: &str, entry: &mut impl Read, limits: &Limits, meter: &Meter) -> Result<Vec<u8>, BundleError> {
    let mut bytes = Vec::new();
    let allowed = limits.file_bytes;
    entry.take(allowed.saturating_add(1)).read_to_end(&mut bytes).map_err(|e| match meter.explain(&e) {
        BundleError::Limit { what, limit, .. } => BundleError::Limit { what, path: path.to_owned(), limit },
        other => other,
    })?;
    if bytes.len() as u64 > allowed {
        return Err(limit("bytes of a file", path, allowed));
    }
    Ok(bytes)
}

/// The path inside of the bundle, without `/` or `./` in front.
pub(crate) fn normalize(name: &str, limits: &Limits) -> Result<String, BundleError> {
    let refuse = |problem| Err(BundleError::Path { path: name.to_owned(), problem });
    if name.len() > limits.path_bytes {
        let path = name.chars().take(100).chain("...".chars()).collect();
        return Err(BundleError::Path { path, problem: PathProblem::TooLong });
    }
    if name.contains(['\0', '\\']) {
        return refuse(PathProblem::Character);
    }
    let mut parts = Vec::new();
    for part in name.split('/') {
        match part {
            "" | "." => {}
            ".." => return refuse(PathProblem::Escape),
            part => parts.push(part),
        }
    }
    if parts.len() > limits.path_depth {
        return refuse(PathProblem::TooDeep);
    }
    if parts.is_empty() { refuse(PathProblem::Empty) } else { Ok(parts.join("/")) }
}

fn limit(what: &'static str, path: &str, limit: u64) -> BundleError {
    BundleError::Limit { what, path: path.to_owned(), limit }
}

/// What went into the decompressor and came out of it, headers and skipped entries included.
struct Meter {
    limits: Limits,
    packed: Cell<u64>,
    plain: Cell<u64>,
    /// The limit that was reached; the error on the way through the readers only says that there is one.
    reached: Cell<Option<(&'static str, u64)>>,
}

impl Meter {
    fn new(limits: &Limits) -> Self {
        Self { limits: *limits, packed: Cell::new(0), plain: Cell::new(0), reached: Cell::new(None) }
    }

    fn add_plain(&self, n: usize) -> io::Result<()> {
        let plain = self.plain.get().saturating_add(n as u64);
        self.plain.set(plain);
        // A header and padding for each entry do not count as contents.
        let overhead = (self.limits.files as u64).saturating_mul(2048);
        let ratio = self.packed.get().saturating_mul(self.limits.ratio).max(self.limits.ratio_floor_bytes);
        if plain > self.limits.total_bytes.saturating_add(overhead) {
            self.reached.set(Some(("bytes of all files", self.limits.total_bytes)));
        } else if plain > ratio {
            self.reached.set(Some(("bytes for each byte of the archive", self.limits.ratio)));
        } else {
            return Ok(());
        }
        Err(io::Error::other("limit reached"))
    }

    fn explain(&self, error: &io::Error) -> BundleError {
        match self.reached.get() {
            Some((what, allowed)) => limit(what, "", allowed),
            None => BundleError::NotABundle { message: error.to_string() },
        }
    }
}

/// Counts what is read from the archive.
struct Packed<R> {
    inner: R,
    meter: Rc<Meter>,
}

impl<R: Read> Read for Packed<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buffer)?;
        self.meter.packed.set(self.meter.packed.get().saturating_add(n as u64));
        Ok(n)
    }
}

/// Counts what the decompressor gives, and ends at the limit.
struct Plain<R> {
    inner: R,
    meter: Rc<Meter>,
}

impl<R: Read> Read for Plain<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buffer)?;
        self.meter.add_plain(n)?;
        Ok(n)
    }
}
