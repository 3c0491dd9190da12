//! `writ build`

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;

use writ_bundle::{Bundle, File, Manifest, WasmEntrypoint};
use writ_compiler::syntax::RegoVersion;
use writ_compiler::{Options, compile, diag};
use writ_value::Value;

use crate::failure::{Failure, POLICY, to_stderr};
use crate::load::{self, Bundles, Module, Wanted};

/// Path of the compiled module in the bundle.
const WASM: &str = "policy.wasm";

/// Compile policies into a bundle
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Rego and data files, or folders of them
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<String>,
    /// The bundle to write
    #[arg(short, long, default_value = "bundle.tar.gz", value_name = "FILE")]
    output: PathBuf,
    /// Rule or package that the bundle is asked for, such as `authz/allow`; may be repeated. Rules annotated as entrypoints are added
    #[arg(short, long = "entrypoint", value_name = "PATH")]
    entrypoints: Vec<String>,
    /// The paths are bundles
    #[arg(short, long)]
    bundle: bool,
    /// Revision for the manifest
    #[arg(short, long, default_value = "", hide_default_value = true)]
    revision: String,
    /// What to compile to
    #[arg(short, long, value_enum, default_value_t = Target::Wasm)]
    target: Target,
    /// Read the sources as Rego v0
    #[arg(long)]
    v0_compatible: bool,
    /// Also report unused variables and imports, shadowing and other bad style
    #[arg(short = 'S', long)]
    strict: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Target {
    /// A WebAssembly module, with the sources beside it
    Wasm,
    /// The sources alone, checked
    Rego,
}

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let (modules, data, manifest) = load(arguments)?;
    let version = super::rego_version(arguments.v0_compatible);
    let options = Options {
        entrypoints: arguments.entrypoints.clone(),
        rego_version: version,
        strict: arguments.strict,
        data: Some(data.clone()),
        ..Options::default()
    };
    let output = compile(&load::sources(&modules), &options);
    to_stderr(&diag::render::render_all(&output.sources, &output.diagnostics));
    let Some(wasm) = output.wasm else { return Err(Failure::Shown(POLICY)) };
    let mut bundle = Bundle { manifest, data, modules: files(&modules)?, ..Bundle::default() };
    if !arguments.revision.is_empty() {
        bundle.manifest.revision.clone_from(&arguments.revision);
    }
    set_versions(&mut bundle.manifest, &modules, version);
    bundle.manifest.wasm.clear();
    if arguments.target == Target::Wasm {
        if output.entrypoints.is_empty() {
            let hint = "give one with `-e path/to/rule`, or annotate a rule with `entrypoint: true`";
            return Err(Failure::usage(format!("wasm compilation requires at least one entrypoint: {hint}")));
        }
        bundle.wasm.push(File { path: WASM.to_owned(), bytes: wasm });
        bundle.manifest.wasm = output.entrypoints.into_iter().map(resolver).collect();
    }
    bundle.write_file(&arguments.output, None).map_err(|e| Failure::usage(format!("cannot write {e}")))?;
    Ok(ExitCode::SUCCESS)
}

fn load(arguments: &Arguments) -> Result<(Vec<Module>, Value, Manifest), Failure> {
    if arguments.bundle {
        let bundles = Bundles::open(&arguments.paths)?;
        return Ok((bundles.modules, bundles.data, bundles.manifest));
    }
    let loaded = load::files(&arguments.paths, Wanted::All)?;
    Ok((loaded.modules, loaded.data.into_value(), Manifest::default()))
}

fn resolver(entrypoint: String) -> WasmEntrypoint {
    WasmEntrypoint { entrypoint, module: format!("/{WASM}"), annotations: None }
}

/// The sources as files of the bundle.
fn files(modules: &[Module]) -> Result<Vec<File>, Failure> {
    let mut by_path: BTreeMap<&str, &str> = BTreeMap::new();
    for module in modules {
        if let Some(other) = by_path.insert(&module.path, &module.source.name) {
            let text = format!("{} and {other} would both be /{} in the bundle", module.source.name, module.path);
            return Err(Failure::usage(text));
        }
    }
    Ok(modules.iter().map(|m| File { path: m.path.clone(), bytes: m.source.text.clone() }).collect())
}

/// Says the Rego version of the bundle, and of each file that differs from it.
fn set_versions(manifest: &mut Manifest, modules: &[Module], default: RegoVersion) {
    let number = |version| u8::from(version != RegoVersion::V0);
    manifest.rego_version = Some(number(default));
    manifest.file_rego_versions = modules
        .iter()
        .filter_map(|m| Some((format!("/{}", m.path), number(m.source.rego_version?))))
        .filter(|(_, version)| *version != number(default))
        .collect();
}
