//! Writes bundles: OPA's order of files, and the same bytes whenever the contents are the same.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Write};
use std::path::Path;

use flate2::{Compression, GzBuilder};
use tar::{Builder, EntryType, Header};
use writ_value::json;

use crate::archive::normalize;
use crate::assemble::{Bundle, File};
use crate::delta;
use crate::error::BundleError;
use crate::limits::Limits;
use crate::manifest::Manifest;
use crate::part::{MANIFEST, SIGNATURES};
use crate::signature::Signer;

impl Bundle {
    /// The bundle as files, in OPA's order: `data.json`, the Rego sources, the Wasm modules, `.manifest` (unless it says nothing); for a delta
    /// bundle `patch.json` and `.manifest`.
    pub fn to_files(&self) -> Vec<File> {
        let line = |path: &str, mut text: String| {
            text.push('\n');
            File { path: path.to_owned(), bytes: text.into_bytes() }
        };
        let mut files = Vec::new();
        if self.is_delta() {
            files.push(line("patch.json", json::to_string(&delta::to_value(&self.patch))));
        } else {
            files.push(line("data.json", json::to_string(&self.data)));
            files.extend(self.modules.iter().chain(&self.wasm).cloned());
        }
        if self.manifest != Manifest::default() {
            files.push(line(MANIFEST, self.manifest.to_json()));
        }
        files
    }

    /// Writes the bundle as `.tar.gz`. No clock, no owner and no compressor's name go in.
    ///
    /// # Errors
    /// What `target` reports, and a path that tar cannot hold.
    pub fn write(&self, target: impl Write) -> io::Result<()> {
        write_files(&self.to_files(), target)
    }

    /// Writes the bundle with its signature as `.tar.gz`.
    ///
    /// # Errors
    /// [`BundleError::Signature`] when the key fails, [`BundleError::Io`] for what `target` reports.
    pub fn write_signed(&self, signer: &Signer, target: impl Write) -> Result<(), BundleError> {
        let files = self.signed_files(signer)?;
        write_files(&files, target).map_err(|e| BundleError::io("bundle", &e))
    }

    /// Writes the bundle to a file, with its signature if there is a signer. The file is there as a whole or not at all: whoever reads it
    /// meanwhile sees what was there before.
    ///
    /// # Errors
    /// As [`Bundle::write_signed`].
    pub fn write_file(&self, path: &Path, signer: Option<&Signer>) -> Result<(), BundleError> {
        let files = match signer {
            Some(signer) => self.signed_files(signer)?,
            None => self.to_files(),
        };
        write_atomically(path, |target| write_files(&files, target))
    }

    fn signed_files(&self, signer: &Signer) -> Result<Vec<File>, BundleError> {
        let mut files = self.to_files();
        let signature = signer.sign_file(&files, "")?;
        let at = files.iter().position(|f| f.path == MANIFEST).unwrap_or(files.len());
        files.insert(at, signature);
        Ok(files)
    }
}

/// Writes files as `.tar.gz`; names that no reader would take are refused.
fn write_files(files: &[File], target: impl Write) -> io::Result<()> {
    let gzip = GzBuilder::new().mtime(0).operating_system(255).write(target, Compression::best());
    let mut archive = Builder::new(gzip);
    let mut seen = BTreeSet::new();
    for File { path, bytes } in files {
        let refuse = |problem: String| io::Error::new(io::ErrorKind::InvalidInput, problem);
        let path = &normalize(path, &Limits::default()).map_err(|e| refuse(e.to_string()))?;
        if !seen.insert(path.clone()) {
            return Err(refuse(format!("{path}: the name stands in the bundle twice")));
        }
        append(&mut archive, path, bytes)?;
    }
    archive.into_inner()?.finish()?.flush()
}

/// Writes `.signatures.json` into a folder, as a whole or not at all.
///
/// # Errors
/// [`BundleError::Io`].
pub fn write_signatures(folder: &Path, file: &File) -> Result<(), BundleError> {
    write_atomically(&folder.join(SIGNATURES), |target| target.write_all(&file.bytes))
}

/// Writes a temporary file beside the target, brings it to the disk and puts it in place.
fn write_atomically(path: &Path, contents: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), BundleError> {
    let failed = |e: io::Error| BundleError::io(path.display().to_string(), &e);
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = temporary(folder).map_err(failed)?;
    let mut buffer = io::BufWriter::new(file.as_file_mut());
    contents(&mut buffer).and_then(|()| buffer.flush()).map_err(failed)?;
    drop(buffer);
    file.as_file().sync_all().map_err(failed)?;
    file.persist(path).map_err(|e| failed(e.error))?;
    // The rename itself is only lasting once the folder is written; a file system that cannot do that is no reason to fail.
    if let Ok(folder) = fs::File::open(folder) {
        let _ = folder.sync_all();
    }
    Ok(())
}

/// With the permissions that any new file gets, not the owner's alone.
fn temporary(folder: &Path) -> io::Result<tempfile::NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix("..writ-");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    builder.tempfile_in(folder)
}

fn append(archive: &mut Builder<impl Write>, path: &str, bytes: &[u8]) -> io::Result<()> {
    let mut header = Header::new_gnu();
    header.set_entry_type(EntryType::Regular);
    header.set_size(bytes.len() as u64);
    header.set_mode(0o600);
    header.set_mtime(0);
    header.set_uid(0);
    header.set_gid(0);
    // OPA's names begin with `/`, which the crate would take off: short ones are written as they are.
    let name = format!("/{}", path.trim_start_matches('/'));
    match header.as_old_mut().name.get_mut(..name.len()) {
        Some(field) if name.len() < 100 => {
            field.copy_from_slice(name.as_bytes());
            header.set_cksum();
            archive.append(&header, bytes)
        }
        _ => archive.append_data(&mut header, name.trim_start_matches('/'), bytes),
    }
}
