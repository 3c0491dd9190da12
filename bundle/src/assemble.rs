//! From files to a bundle: which file is what, and whether they fit together.

use std::io::Read;
use std::path::Path;

use writ_value::Value;

use crate::data::{Documents, Format, parse_document};
use crate::error::BundleError;
use crate::limits::Limits;
use crate::manifest::Manifest;
use crate::{archive, folder};

const MANIFEST: &str = ".manifest";
const PATCH: &str = "patch.json";
const SIGNATURES: &str = ".signatures.json";
const WASM: &str = "policy.wasm";

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
    /// Rego sources, in the order in which they came.
    pub modules: Vec<File>,
    /// Wasm modules.
    pub wasm: Vec<File>,
}

impl Bundle {
    /// Reads a file (`.tar.gz`) or a folder.
    ///
    /// # Errors
    /// [`BundleError`], all variants.
    pub fn open(path: &Path, limits: &Limits) -> Result<Self, BundleError> {
        let io = |e: &std::io::Error| BundleError::io(path.display().to_string(), e);
        let meta = std::fs::metadata(path).map_err(|e| io(&e))?;
        if meta.is_dir() {
            return Self::assemble(folder::read(path, limits)?);
        }
        let file = std::fs::File::open(path).map_err(|e| io(&e))?;
        Self::read(std::io::BufReader::new(file), limits)
    }

    /// Reads a `.tar.gz`.
    ///
    /// # Errors
    /// [`BundleError`], all variants.
    pub fn read(source: impl Read, limits: &Limits) -> Result<Self, BundleError> {
        Self::assemble(archive::read(source, limits)?)
    }

    /// The Wasm module that the manifest names for `entrypoint`.
    pub fn wasm_for(&self, entrypoint: &str) -> Option<&File> {
        let entry = self.manifest.wasm.iter().find(|w| w.entrypoint == entrypoint)?;
        self.wasm.iter().find(|f| f.path == entry.module.trim_start_matches('/'))
    }

    fn assemble(files: Vec<File>) -> Result<Self, BundleError> {
        let mut manifest = Manifest::default();
        let mut documents = Documents::default();
        let mut modules = Vec::new();
        let mut wasm = Vec::new();
        for file in files {
            match Part::of(&file.path) {
                Some(Part::Manifest) => manifest = Manifest::parse(&file.bytes)?,
                Some(Part::Data(format)) => {
                    let document = parse_document(&file.path, &file.bytes, format)?;
                    documents.insert(&folders(&file.path), document, &file.path)?;
                }
                Some(Part::Rego) => modules.push(file),
                Some(Part::Wasm) => wasm.push(file),
                Some(Part::Unsupported(what)) => return Err(BundleError::manifest(what)),
                None => {}
            }
        }
        let bundle = Self { manifest, data: documents.into_value(), modules, wasm };
        bundle.check()?;
        Ok(bundle)
    }

    fn check(&self) -> Result<(), BundleError> {
        if let Some(path) = outside(&self.manifest, &self.data, &mut Vec::new()) {
            return Err(BundleError::manifest(format!(
                "roots {:?} do not permit data at path '/{path}' (hint: check bundle directory structure)",
                self.manifest.roots
            )));
        }
        for (i, entry) in self.manifest.wasm.iter().enumerate() {
            if !self.wasm.iter().any(|f| f.path == entry.module.trim_start_matches('/')) {
                return Err(BundleError::manifest(format!("no such module in the bundle: {}", entry.module)));
            }
            if !self.manifest.owns(&entry.entrypoint) {
                let roots = &self.manifest.roots;
                let text = format!("entrypoint {} is not under the roots {roots:?}", entry.entrypoint);
                return Err(BundleError::manifest(text));
            }
            if self.manifest.wasm[..i].iter().any(|other| other.entrypoint == entry.entrypoint) {
                return Err(BundleError::manifest(format!("entrypoint {} comes twice", entry.entrypoint)));
            }
        }
        Ok(())
    }
}

/// What a file of a bundle is. Anything else is ignored, as by OPA.
enum Part {
    Manifest,
    Data(Format),
    Rego,
    Wasm,
    /// Part of the format, but not of this reader: refused, since leaving it out would change the meaning.
    Unsupported(&'static str),
}

impl Part {
    fn of(path: &str) -> Option<Self> {
        let name = path.rsplit('/').next().unwrap_or(path);
        match name {
            _ if path == MANIFEST => Some(Self::Manifest),
            _ if path == PATCH => Some(Self::Unsupported("delta bundles are not supported")),
            _ if path == SIGNATURES => Some(Self::Unsupported("signed bundles are not supported")),
            WASM => Some(Self::Wasm),
            "data.json" => Some(Self::Data(Format::Json)),
            "data.yaml" | "data.yml" => Some(Self::Data(Format::Yaml)),
            _ if name.ends_with(".rego") => Some(Self::Rego),
            _ => None,
        }
    }
}

/// True when a file of this path belongs to a bundle.
pub(crate) fn is_part(path: &str) -> bool {
    Part::of(path).is_some()
}

/// The folders of a path: where its data belong.
fn folders(path: &str) -> Vec<String> {
    let mut parts: Vec<_> = path.split('/').map(str::to_owned).collect();
    parts.pop();
    parts
}

/// The first path with a value outside of the roots. A folder above a root is fine as long as it holds nothing else.
fn outside(manifest: &Manifest, value: &Value, path: &mut Vec<String>) -> Option<String> {
    let here = path.join("/");
    if manifest.owns(&here) {
        return None;
    }
    let below = format!("{here}/");
    let above_root = path.is_empty() || manifest.roots.iter().any(|root| root.starts_with(&below));
    match value.as_object() {
        Some(entries) if above_root => entries.iter().find_map(|(key, value)| {
            path.push(key.as_str().unwrap_or_default().to_owned());
            let found = outside(manifest, value, path);
            path.pop();
            found
        }),
        _ => Some(here),
    }
}
