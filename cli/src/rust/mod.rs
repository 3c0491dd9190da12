//! Policies in Rust: a crate to a bundle, and a new crate.

mod cargo;
mod project;
mod toolchain;

use std::path::{Path, PathBuf};

use writ_bundle::{Bundle, File, WasmEntrypoint};
use writ_compiler::finish;
use writ_runtime::{Engine, EngineConfig, Module};

use crate::failure::{Failure, POLICY};

pub(crate) use project::create;

/// The crate that `paths` name: one folder with a `Cargo.toml`.
pub(crate) fn crate_folder(paths: &[String]) -> Option<PathBuf> {
    let folder = Path::new(paths.first()?);
    folder.join("Cargo.toml").is_file().then(|| folder.to_owned())
}

/// A finished module with its entrypoints.
#[derive(Debug)]
pub(crate) struct Built {
    wasm: Vec<u8>,
    entrypoints: Vec<String>,
}

/// Builds a crate with cargo, whose messages go to standard error, and finishes the module.
pub(crate) fn build(folder: &Path) -> Result<Built, Failure> {
    let raw = cargo::build(folder)?;
    let refused =
        |what: &str, e: &dyn std::fmt::Display| Failure::Message(format!("{}: {what}: {e}", folder.display()), POLICY);
    let engine = Engine::new(&EngineConfig::default()).map_err(|e| Failure::usage(e.to_string()))?;
    let module = Module::new(&engine, &raw).map_err(|e| refused("the module does not run", &e))?;
    let description = module.description().map_err(|e| refused("the module does not describe itself", &e))?;
    let missing = "it exports no policy: name the entrypoints with `writ_guest_sdk::module!(…)` in src/lib.rs";
    let description = description.ok_or_else(|| refused("no entrypoints", &missing))?;
    let wasm = finish(&raw, &description).map_err(|e| refused(e.code(), &e))?;
    let module = Module::new(&engine, &wasm).map_err(|e| refused("the finished module does not run", &e))?;
    let entrypoints = module.entrypoints().keys().cloned().collect();
    Ok(Built { wasm, entrypoints })
}

impl Built {
    /// Puts the module into a bundle, as the file `path`.
    pub(crate) fn add_to(self, bundle: &mut Bundle, path: &str) {
        let module = format!("/{path}");
        let of = |entrypoint| WasmEntrypoint { entrypoint, module: module.clone(), annotations: None };
        bundle.manifest.wasm.extend(self.entrypoints.into_iter().map(of));
        bundle.wasm.push(File { path: path.to_owned(), bytes: self.wasm });
    }
}

/// The data of a crate: `data.json` or `data.yaml` in its folder.
pub(crate) fn data_files(folder: &Path) -> Vec<String> {
    let files = ["data.json", "data.yaml", "data.yml"].map(|name| folder.join(name));
    files.into_iter().filter(|file| file.is_file()).map(|file| file.display().to_string()).collect()
}
