//! Paths of `--bundle`: archives and folders, loaded as bundles and merged.

use std::path::Path;

use writ_bundle::{Bundle, Documents, File, Limits, Manifest};
use writ_compiler::Source;
use writ_compiler::syntax::RegoVersion;
use writ_value::Value;

use super::{LoadErrors, Module};

/// Bundles that are used together.
#[derive(Debug)]
pub(crate) struct Bundles {
    pub(crate) modules: Vec<Module>,
    pub(crate) data: Value,
    /// Of the only bundle; of several, their roots.
    pub(crate) manifest: Manifest,
    /// Wasm modules of the only bundle; several are not merged.
    pub(crate) wasm: Vec<File>,
}

impl Bundles {
    /// Loads and merges. Roots of different bundles must not overlap.
    pub(crate) fn open(paths: &[String]) -> Result<Self, LoadErrors> {
        let mut errors = LoadErrors::default();
        let mut bundles = Vec::new();
        for path in paths {
            match Bundle::open(Path::new(path), &Limits::default()) {
                Ok(bundle) => bundles.push((path.as_str(), bundle)),
                Err(e) => errors.0.push(format!("bundle {path}: {e}")),
            }
        }
        check_roots(&bundles, &mut errors);
        let mut modules = Vec::new();
        let mut documents = Documents::default();
        for (path, bundle) in &bundles {
            let folder =
                if Path::new(path).is_dir() { format!("{}/", path.trim_end_matches('/')) } else { String::new() };
            modules.extend(self::modules(bundle, &folder));
            if let Err(e) = documents.insert(&[], bundle.data.clone(), path) {
                errors.0.push(e.to_string());
            }
        }
        if !errors.0.is_empty() {
            return Err(errors);
        }
        super::sort(&mut modules);
        let several = bundles.len() > 1;
        let roots = bundles.iter().flat_map(|(_, b)| b.manifest.roots.iter().cloned()).collect();
        let (manifest, wasm) = match bundles.pop() {
            Some((_, bundle)) if !several => (bundle.manifest, bundle.wasm),
            _ => (Manifest { roots, ..Manifest::default() }, Vec::new()),
        };
        Ok(Self { modules, data: documents.into_value(), manifest, wasm })
    }
}

/// The modules of a bundle, each in the Rego version that the manifest says. `folder` stands in front of their names.
pub(super) fn modules(bundle: &Bundle, folder: &str) -> Vec<Module> {
    let one = |file: &File| {
        let version = bundle.manifest.rego_version_of(&file.path);
        let version = version.map(|v| if v == 0 { RegoVersion::V0 } else { RegoVersion::V1 });
        let name = format!("{folder}{}", file.path);
        Module { source: Source { name, text: file.bytes.clone(), rego_version: version }, path: file.path.clone() }
    };
    bundle.modules.iter().map(one).collect()
}

fn check_roots(bundles: &[(&str, Bundle)], errors: &mut LoadErrors) {
    let covers = |a: &str, b: &str| {
        a.is_empty() || b.strip_prefix(a).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    for (i, (path, bundle)) in bundles.iter().enumerate() {
        for (other_path, other) in &bundles[i + 1..] {
            let overlap =
                bundle.manifest.roots.iter().any(|a| other.manifest.roots.iter().any(|b| covers(a, b) || covers(b, a)));
            if overlap {
                let message = format!(
                    "detected overlapping roots in manifests for these bundles: [{path}, {other_path}] ({:?} and {:?})",
                    bundle.manifest.roots, other.manifest.roots
                );
                errors.0.push(message);
            }
        }
    }
}
