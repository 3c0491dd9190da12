//! What a file of a bundle is, by its path.

use crate::data::Format;

pub(crate) const MANIFEST: &str = ".manifest";
pub(crate) const SIGNATURES: &str = ".signatures.json";
const PATCH: &str = "patch.json";
const WASM: &str = "policy.wasm";

/// What a file of a bundle is. Anything else is ignored, as by OPA.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Any name that ends in `.manifest`.
    Manifest,
    /// Any name that ends in `.manifest.pb`: not read, and since leaving it out would change what the bundle owns, refused.
    BinaryManifest,
    /// `.signatures.json`
    Signatures,
    /// `data.json`, `data.yaml`, `data.yml` in any folder.
    Data(Format),
    /// `patch.json`: the changes of a delta bundle.
    Patch,
    /// `*.rego` in any folder.
    Rego,
    /// `policy.wasm` in any folder.
    Wasm,
}

impl Part {
    /// What the file at `path` (in the bundle) is. As OPA, a manifest or signatures in any folder count for the whole
    /// bundle, which may hold only one of each.
    pub fn of(path: &str) -> Option<Self> {
        let name = path.rsplit('/').next().unwrap_or(path);
        match name {
            SIGNATURES => Some(Self::Signatures),
            _ if path.ends_with(MANIFEST) => Some(Self::Manifest),
            _ if path.ends_with(".manifest.pb") => Some(Self::BinaryManifest),
            PATCH => Some(Self::Patch),
            WASM => Some(Self::Wasm),
            "data.json" => Some(Self::Data(Format::Json)),
            "data.yaml" | "data.yml" => Some(Self::Data(Format::Yaml)),
            _ if name.ends_with(".rego") => Some(Self::Rego),
            // Rule documents are sources too; OPA ignores these files.
            _ if [".rules.yaml", ".rules.yml", ".rules.json"].iter().any(|end| name.ends_with(end)) => Some(Self::Rego),
            _ => None,
        }
    }
}
