//! From files to a bundle: which file is what, and whether they fit together.

use std::io::Read;
use std::path::Path;

use writ_value::Value;

use crate::data::{Documents, parse_document};
use crate::error::{BundleError, Owned};
use crate::limits::Limits;
use crate::manifest::Manifest;
use crate::part::Part;
use crate::patch::Operation;
use crate::reader::Reader;
use crate::{delta, roots};

/// A file of a bundle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Path in the bundle, without `/` in front.
    pub path: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// The contents of a bundle.
#[derive(Debug, Clone)]
pub struct Bundle {
    /// What it says about itself.
    pub manifest: Manifest,
    /// Its data, merged.
    pub data: Value,
    /// Rego sources and rule documents (`*.rules.yaml`, `*.rules.yml`, `*.rules.json`), in the order in which they came.
    pub modules: Vec<File>,
    /// Wasm modules.
    pub wasm: Vec<File>,
    /// Of a delta bundle: its changes, for the data of the bundle that is loaded. Otherwise empty.
    pub patch: Vec<Operation>,
}

impl Bundle {
    /// Reads a file (`.tar.gz`) or a folder, unsigned: a [`Reader`] with these limits.
    ///
    /// # Errors
    /// As [`Reader::open`].
    pub fn open(path: &Path, limits: &Limits) -> Result<Self, BundleError> {
        Reader { limits: *limits, ..Reader::default() }.open(path)
    }

    /// Reads a `.tar.gz`, unsigned: a [`Reader`] with these limits.
    ///
    /// # Errors
    /// As [`Reader::read`].
    pub fn read(source: impl Read, limits: &Limits) -> Result<Self, BundleError> {
        Reader { limits: *limits, ..Reader::default() }.read(source)
    }

    /// The Wasm module that the manifest names for `entrypoint`.
    pub fn wasm_for(&self, entrypoint: &str) -> Option<&File> {
        let entry = self.manifest.wasm.iter().find(|w| w.entrypoint == entrypoint)?;
        self.wasm.iter().find(|f| f.path == entry.module.trim_start_matches('/'))
    }

    pub(crate) fn assemble(files: Vec<File>, limits: &Limits) -> Result<Self, BundleError> {
        let mut bundle = Self::default();
        let mut documents = Documents::default();
        let mut has_data = false;
        let mut manifest = None;
        for file in files {
            match Part::of(&file.path) {
                Some(Part::Manifest) => {
                    if let Some(other) = manifest.replace(file.path.clone()) {
                        let text = format!("bundle contains multiple manifest files: {other:?} and {:?}", file.path);
                        return Err(BundleError::manifest(text));
                    }
                    bundle.manifest = Manifest::parse(&file.bytes)?;
                }
                Some(Part::BinaryManifest) => {
                    return Err(BundleError::manifest(format!(
                        "{}: this form of manifest is not supported",
                        file.path
                    )));
                }
                Some(Part::Data(format)) => {
                    has_data = true;
                    let document = parse_document(&file.path, &file.bytes, format)?;
                    documents.insert(&folders(&file.path), document, &file.path)?;
                }
                Some(Part::Patch) if bundle.is_delta() => return Err(BundleError::delta("there are several")),
                Some(Part::Patch) => bundle.patch = delta::parse(&file.bytes, limits)?,
                Some(Part::Rego) => bundle.modules.push(file),
                Some(Part::Wasm) => bundle.wasm.push(file),
                Some(Part::Signatures) | None => {}
            }
        }
        bundle.data = documents.into_value();
        bundle.check(has_data)?;
        Ok(bundle)
    }

    fn check(&self, has_data: bool) -> Result<(), BundleError> {
        if self.is_delta() {
            let others = [("data", has_data), ("policy", !self.modules.is_empty()), ("wasm", !self.wasm.is_empty())];
            if let Some((other, _)) = others.iter().find(|(_, there)| *there) {
                let text = format!("expected to contain only patch file but {other} files found");
                return Err(BundleError::delta(text));
            }
            return delta::check(&self.manifest, &self.patch);
        }
        roots::check_data(&self.manifest, &self.data)?;
        for (i, entry) in self.manifest.wasm.iter().enumerate() {
            if !self.wasm.iter().any(|f| f.path == entry.module.trim_start_matches('/')) {
                let text = format!("references wasm module '{}' but the module file does not exist", entry.module);
                return Err(BundleError::manifest(text));
            }
            if !self.manifest.owns(&entry.entrypoint) {
                return Err(roots::refuse(&self.manifest, entry.entrypoint.clone(), Owned::Entrypoint));
            }
            if self.manifest.wasm[..i].iter().any(|other| other.entrypoint == entry.entrypoint) {
                let text = format!("entrypoint '{}' cannot be used by more than one wasm module", entry.entrypoint);
                return Err(BundleError::manifest(text));
            }
        }
        Ok(())
    }
}

impl Default for Bundle {
    fn default() -> Self {
        Self {
            manifest: Manifest::default(),
            data: Value::empty_object(),
            modules: Vec::new(),
            wasm: Vec::new(),
            patch: Vec::new(),
        }
    }
}

/// The folders of a path: where its data belong.
fn folders(path: &str) -> Vec<String> {
    let mut parts: Vec<_> = path.split('/').map(str::to_owned).collect();
    parts.pop();
    parts
}
