//! Paths of `--bundle`: archives and folders, loaded as bundles and merged.

use std::path::Path;

use writ_bundle::{Bundle, Documents, File, Manifest, Reader, check_roots};
use writ_compiler::syntax::RegoVersion;
use writ_compiler::{Options, Source, describe, is_finished};
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
    /// Bundles with policies in Rust, which the Rego beside them may call: the path, and of what it holds those modules and their entrypoints.
    pub(crate) compiled: Vec<(String, Bundle)>,
}

impl Bundles {
    /// Loads and merges. Roots of different bundles must not overlap.
    pub(crate) fn open(paths: &[String], reader: &Reader) -> Result<Self, LoadErrors> {
        let mut errors = LoadErrors::default();
        let mut bundles = Vec::new();
        for path in paths {
            match reader.open(Path::new(path)) {
                Ok(bundle) if bundle.is_delta() => {
                    errors
                        .0
                        .push(format!("bundle {path}: a delta bundle is of use only to the bundle that it changes"));
                }
                Ok(bundle) => bundles.push((path.as_str(), bundle)),
                Err(e) => errors.0.push(format!("bundle {path}: {e}")),
            }
        }
        if let Err(e) = check_roots(bundles.iter().map(|(path, bundle)| (*path, &bundle.manifest))) {
            errors.0.push(e.to_string());
        }
        let mut modules = Vec::new();
        let mut documents = Documents::default();
        for (path, bundle) in &bundles {
            let folder =
                if Path::new(path).is_dir() { format!("{}/", path.trim_end_matches('/')) } else { String::new() };
            let own = self::modules(bundle, &folder);
            check_packages(&bundle.manifest, &own, &mut errors);
            modules.extend(own);
            if let Err(e) = documents.insert(&[], bundle.data.clone(), path) {
                errors.0.push(e.to_string());
            }
        }
        if !errors.0.is_empty() {
            return Err(errors);
        }
        super::sort(&mut modules);
        let compiled =
            bundles.iter().filter_map(|(path, bundle)| Some(((*path).to_owned(), in_rust(bundle)?))).collect();
        let several = bundles.len() > 1;
        let roots = bundles.iter().flat_map(|(_, b)| b.manifest.roots.iter().cloned()).collect();
        let (manifest, wasm) = match bundles.pop() {
            Some((_, bundle)) if !several => (bundle.manifest, bundle.wasm),
            _ => (Manifest { roots, ..Manifest::default() }, Vec::new()),
        };
        Ok(Self { modules, data: documents.into_value(), manifest, wasm, compiled })
    }
}

/// Every package must lie in a root. A module that cannot be parsed is reported when it is compiled.
fn check_packages(manifest: &Manifest, modules: &[Module], errors: &mut LoadErrors) {
    if manifest.owns("") {
        return;
    }
    for module in modules {
        let source = std::slice::from_ref(&module.source);
        let in_version = |rego_version| describe(source, &Options { rego_version, ..Options::default() });
        let described = in_version(RegoVersion::V1).or_else(|_| in_version(RegoVersion::V0)).unwrap_or_default();
        for module in described {
            if !manifest.owns(&module.package.join("/")) {
                let roots = manifest.roots.join(" ");
                let package = module.package.join(".");
                let text =
                    format!("manifest roots [{roots}] do not permit 'package {package}' in module '{}'", module.file);
                errors.0.push(text);
            }
        }
    }
}

/// Of a bundle what cannot be compiled anew from its Rego: its policies in Rust.
pub(crate) fn in_rust(bundle: &Bundle) -> Option<Bundle> {
    let wasm: Vec<File> = bundle.wasm.iter().filter(|file| is_finished(&file.bytes)).cloned().collect();
    let manifest = Manifest { wasm: bundle.manifest.wasm.clone(), ..Manifest::default() };
    (!wasm.is_empty()).then(|| Bundle { manifest, wasm, ..Bundle::default() })
}

/// The modules of a bundle, each in the Rego version that the manifest says. `folder` stands in front of their names.
pub(crate) fn modules(bundle: &Bundle, folder: &str) -> Vec<Module> {
    let one = |file: &File| {
        let version = bundle.manifest.rego_version_of(&file.path);
        let version = version.map(|v| if v == 0 { RegoVersion::V0 } else { RegoVersion::V1 });
        let name = format!("{folder}{}", file.path);
        Module { source: Source { name, text: file.bytes.clone(), rego_version: version }, path: file.path.clone() }
    };
    bundle.modules.iter().map(one).collect()
}
