//! Policies in Rust: crates to bundles, what policies in Rego beside them may call, and a new crate.

mod cargo;
mod project;
mod toolchain;

use std::path::{Path, PathBuf};

use writ_bundle::{Bundle, File, WasmEntrypoint};
use writ_compiler::capabilities::Capabilities;
use writ_compiler::finish;
use writ_runtime::{CandidateModule, Engine, EngineConfig, Module};
use writ_value::Value;

use crate::failure::{Failure, POLICY};

pub(crate) use project::create;
pub(crate) use toolchain::Target;

/// Path of the first module in a bundle.
pub(crate) const WASM: &str = "policy.wasm";

/// The crates among `paths` (folders with a `Cargo.toml`), and the other paths.
pub(crate) fn split(paths: &[String]) -> (Vec<PathBuf>, Vec<String>) {
    let is_crate = |path: &&String| Path::new(path).join("Cargo.toml").is_file();
    let (crates, others): (Vec<&String>, Vec<&String>) = paths.iter().partition(is_crate);
    (crates.into_iter().map(PathBuf::from).collect(), others.into_iter().cloned().collect())
}

/// A finished module with what it can be asked.
#[derive(Debug)]
pub(crate) struct Built {
    /// What it is called in a bundle with others.
    name: String,
    wasm: Vec<u8>,
    entrypoints: Vec<String>,
    /// What policies in Rego must be told to call it.
    capabilities: Vec<Value>,
}

/// Builds a crate with cargo, whose messages go to standard error, and finishes the module.
pub(crate) fn build(folder: &Path, target: Option<Target>) -> Result<Built, Failure> {
    let raw = cargo::build(folder, target)?;
    let refused =
        |what: &str, e: &dyn std::fmt::Display| Failure::Message(format!("{}: {what}: {e}", folder.display()), POLICY);
    let engine = engine()?;
    let module = Module::new(&engine, &raw).map_err(|e| refused("the module does not run", &e))?;
    let description = module.description().map_err(|e| refused("the module does not describe itself", &e))?;
    let missing = "it exports no policy: name the entrypoints with `writ_guest_sdk::module!(…)` in src/lib.rs";
    let description = description.ok_or_else(|| refused("no entrypoints", &missing))?;
    let wasm = finish(&raw, &description).map_err(|e| refused(e.code(), &e))?;
    let module = Module::new(&engine, &wasm).map_err(|e| refused("the finished module does not run", &e))?;
    let name = folder.canonicalize().ok().and_then(|folder| Some(folder.file_name()?.to_str()?.to_owned()));
    Ok(Built::new(name.unwrap_or_else(|| "crate".to_owned()), wasm, &module, None))
}

/// The modules of bundles that were built before: each with its path, called by their folders in it or by the archive's name.
pub(crate) fn of_bundles(bundles: Vec<(String, Bundle)>) -> Result<Vec<Built>, Failure> {
    let mut built = Vec::new();
    for (path, bundle) in bundles {
        built.extend(of_bundle(&path, bundle)?);
    }
    Ok(built)
}

fn of_bundle(path: &str, bundle: Bundle) -> Result<Vec<Built>, Failure> {
    let name = Path::new(path).file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let name = name.trim_end_matches(".tar.gz");
    let engine = engine()?;
    let (manifest, mut built) = (bundle.manifest, Vec::new());
    for file in bundle.wasm {
        let module = Module::new(&engine, &file.bytes).map_err(|e| Failure::Message(format!("{path}: {e}"), POLICY))?;
        let of_file = |entry: &&WasmEntrypoint| entry.module.trim_start_matches('/') == file.path;
        let named: Vec<String> = manifest.wasm.iter().filter(of_file).map(|entry| entry.entrypoint.clone()).collect();
        let folder = file.path.rsplit_once('/').map(|(folder, _)| folder.to_owned());
        let name = folder.unwrap_or_else(|| name.to_owned());
        built.push(Built::new(name, file.bytes, &module, (!named.is_empty()).then_some(named)));
    }
    Ok(built)
}

/// What policies in Rego may use beside these modules: what is `given`, and their entrypoints.
pub(crate) fn capabilities(given: Option<Capabilities>, rust: &[Built]) -> Result<Option<Capabilities>, Failure> {
    if rust.is_empty() {
        return Ok(given);
    }
    let mut capabilities = given.unwrap_or_else(Capabilities::current);
    for entry in rust.iter().flat_map(|built| &built.capabilities) {
        capabilities.add(entry).map_err(|e| Failure::usage(e.to_string()))?;
    }
    Ok(Some(capabilities))
}

/// For modules that are only asked what they have.
fn engine() -> Result<Engine, Failure> {
    let mut config = EngineConfig::default();
    config.optimize = false;
    Engine::new(&config).map_err(|e| Failure::usage(e.to_string()))
}

impl Built {
    /// `entrypoints`: those that count; `None`: all that the module has.
    fn new(name: String, wasm: Vec<u8>, module: &Module, entrypoints: Option<Vec<String>>) -> Self {
        let entrypoints = entrypoints.unwrap_or_else(|| module.entrypoints().keys().cloned().collect());
        let mut capabilities = module.capabilities();
        let is_asked = |entry: &Value| {
            let path = entry.get("entrypoint").and_then(Value::as_str);
            path.is_some_and(|path| entrypoints.iter().any(|known| known == path))
        };
        capabilities.retain(is_asked);
        Self { name, wasm, entrypoints, capabilities }
    }

    /// The module for a host, beside others.
    pub(crate) fn candidate(self) -> CandidateModule {
        CandidateModule { name: self.name, wasm: self.wasm.into(), entrypoints: Some(self.entrypoints) }
    }

    /// Puts the module into a bundle: as the one module, or in a folder of its own.
    pub(crate) fn add_to(self, bundle: &mut Bundle) {
        let free = |path: &String| !bundle.wasm.iter().any(|file| file.path == *path);
        let own = |n: u32| if n == 1 { self.name.clone() } else { format!("{}-{n}", self.name) };
        let mut paths = std::iter::once(WASM.to_owned()).chain((1..).map(|n| format!("{}/{WASM}", own(n))));
        // The numbers go on until there is one.
        let path = paths.find(free).unwrap_or_default();
        let module = format!("/{path}");
        let of = |entrypoint| WasmEntrypoint { entrypoint, module: module.clone(), annotations: None };
        bundle.manifest.wasm.extend(self.entrypoints.into_iter().map(of));
        bundle.wasm.push(File { path, bytes: self.wasm });
    }
}

/// The data of a crate: `data.json` or `data.yaml` in its folder.
pub(crate) fn data_files(folder: &Path) -> Vec<String> {
    let files = ["data.json", "data.yaml", "data.yml"].map(|name| folder.join(name));
    files.into_iter().filter(|file| file.is_file()).map(|file| file.display().to_string()).collect()
}
