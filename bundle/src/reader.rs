//! How a bundle is read: bounds, signatures, what is ignored.

use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use crate::assemble::{Bundle, File};
use crate::error::BundleError;
use crate::limits::Limits;
use crate::part::Part;
use crate::signature::{SignatureError, Signatures, Verification};
use crate::{archive, folder, pattern};

/// Reads bundles. Plain data; [`Reader::default`] has the default limits and refuses signed bundles, since it has no key.
#[derive(Debug, Clone, Default)]
pub struct Reader {
    /// Bounds.
    pub limits: Limits,
    /// What is done about signatures.
    pub trust: Trust,
    /// Patterns (as of [`crate::matches_name`]) of file and folder names that are left out.
    pub ignore: Vec<String>,
}

/// What is done about signatures.
#[derive(Debug, Clone, Default)]
pub enum Trust {
    /// No key is configured: unsigned bundles are read, a signed one is refused, since whoever signed it expects a check.
    #[default]
    Unsigned,
    /// Signatures are not looked at.
    Unchecked,
    /// Only a bundle that is signed as a whole with a known key is read.
    Signed(Arc<Verification>),
}

impl Reader {
    /// Reads a file (`.tar.gz`) or a folder.
    ///
    /// # Errors
    /// [`BundleError`], all variants but those of several bundles.
    pub fn open(&self, path: &Path) -> Result<Bundle, BundleError> {
        let (files, prefix) = self.list(path)?;
        self.accept(files, &prefix)
    }

    /// Reads a `.tar.gz`.
    ///
    /// # Errors
    /// As [`Reader::open`].
    pub fn read(&self, source: impl Read) -> Result<Bundle, BundleError> {
        self.accept(archive::read(source, &self.limits)?, "")
    }

    /// All files of an archive or a folder, those that OPA ignores included, as they are: nothing but the bounds and names is checked.
    ///
    /// # Errors
    /// [`BundleError::Io`], [`BundleError::NotABundle`], [`BundleError::Limit`], [`BundleError::Path`].
    pub fn files(&self, path: &Path) -> Result<Vec<File>, BundleError> {
        if is_folder(path)? { folder::read(path, &self.limits, &|_| true) } else { self.unpack(path) }
    }

    /// The files that matter, and what stands in front of their names in a signature.
    pub(crate) fn list(&self, path: &Path) -> Result<(Vec<File>, String), BundleError> {
        if !is_folder(path)? {
            return Ok((self.unpack(path)?, String::new()));
        }
        // A signature is for all files; without one, what is not wanted need not be read.
        let checked = matches!(self.trust, Trust::Signed(_));
        let wanted = |path: &str| checked || !self.ignores(path) && (Part::of(path).is_some());
        Ok((folder::read(path, &self.limits, &wanted)?, folder::name(path)))
    }

    /// Makes a bundle of files, once their signature holds. `prefix` may stand in front of the names in it.
    pub(crate) fn accept(&self, mut files: Vec<File>, prefix: &str) -> Result<Bundle, BundleError> {
        let found: Vec<File> = files.extract_if(.., |f| Part::of(&f.path) == Some(Part::Signatures)).collect();
        let signatures = match (&self.trust, found.as_slice()) {
            (Trust::Unchecked, _) | (_, []) => None,
            (_, [file]) => Some(Signatures::parse(&file.bytes)?),
            (_, [one, other, ..]) => {
                let message = format!("bundle contains multiple signatures files: {:?} and {:?}", one.path, other.path);
                return Err(BundleError::Signature(SignatureError::Malformed { message }));
            }
        };
        match &self.trust {
            Trust::Unchecked => {}
            Trust::Unsigned => crate::signature::refuse_signed(signatures.as_ref())?,
            Trust::Signed(verification) => verification.check(signatures.as_ref(), &files, prefix)?,
        }
        files.retain(|f| !self.ignores(&f.path));
        Bundle::assemble(files, &self.limits)
    }

    /// True when a part of the path matches a pattern of what is ignored.
    pub fn ignores(&self, path: &str) -> bool {
        let ignored = |name: &str| self.ignore.iter().any(|pattern| pattern::matches_name(pattern, name));
        !self.ignore.is_empty() && path.split('/').any(ignored)
    }

    fn unpack(&self, path: &Path) -> Result<Vec<File>, BundleError> {
        let file = std::fs::File::open(path).map_err(|e| BundleError::io(path.display().to_string(), &e))?;
        archive::read(std::io::BufReader::new(file), &self.limits)
    }
}

fn is_folder(path: &Path) -> Result<bool, BundleError> {
    let meta = std::fs::metadata(path).map_err(|e| BundleError::io(path.display().to_string(), &e))?;
    Ok(meta.is_dir())
}
