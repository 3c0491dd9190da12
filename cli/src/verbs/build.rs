//! `writ build`

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;

use writ_bundle::{Bundle, File, Manifest, Signer, Trust, WasmEntrypoint};
use writ_compiler::source::SourceMap;
use writ_compiler::syntax::RegoVersion;
use writ_compiler::{Description, Options, Source, compile, describe, diag, rules};
use writ_value::Value;

use crate::failure::{Failure, POLICY, to_stderr, to_stdout};
use crate::load::{self, Bundles, Module, Wanted};
use crate::rust::{self, WASM};
use crate::trust::{Ignoring, Signing, Verifying};

/// Compile policies into a bundle
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Rego files, rule documents (`*.rules.yaml`, `*.rules.json`) and data files, or folders of them; crates with policies in Rust, or bundles of them, whose entrypoints the Rego may call
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
    #[command(flatten)]
    ignoring: Ignoring,
    #[command(flatten)]
    signing: Signing,
    /// Algorithm of signatures, those made and those verified
    #[arg(long, default_value = "RS256", value_name = "NAME")]
    signing_alg: String,
    #[command(flatten)]
    verifying: Verifying,
    /// Print what the rule documents amount to, and write no bundle
    #[arg(long, value_enum, conflicts_with_all = ["target", "output", "revision", "entrypoints"])]
    emit: Option<Emit>,
    /// Read the sources as Rego v0
    #[arg(long)]
    v0_compatible: bool,
    /// How much work goes into the code: 0 none, 1 each rule by itself, 2 the rule index and all else. Every level gives the same decisions
    #[arg(short = 'O', long = "optimize", default_value_t = 2, value_name = "LEVEL", value_parser = clap::value_parser!(u8).range(0..=2))]
    optimize: u8,
    /// Print what the compiled rules read, which are indexed and how, what they scan and what stays expensive; write no bundle
    #[arg(long)]
    explain_plan: bool,
    /// What policies may use: a file in OPA's format, or a version of OPA
    #[arg(long, value_name = "FILE")]
    capabilities: Option<String>,
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
    /// As `wasm`, crates for `wasm32-unknown-unknown` whatever they name
    #[value(name = "wasm32-unknown-unknown")]
    Unknown,
    /// As `wasm`, crates for WASI
    #[value(name = "wasm32-wasip1")]
    Wasip1,
}

impl Target {
    /// What crates are compiled for, where it does not depend on them.
    fn of_crates(self) -> Option<rust::Target> {
        match self {
            Self::Wasm | Self::Rego => None,
            Self::Unknown => Some(rust::Target::Unknown),
            Self::Wasip1 => Some(rust::Target::Wasip1),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Emit {
    /// As Rego
    Rego,
}

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let signer = arguments.signing.signer(&arguments.signing_alg, &arguments.verifying.verification_key_id)?;
    let Loaded { modules, data, manifest, rust } = load(arguments)?;
    if arguments.emit == Some(Emit::Rego) {
        return emit_rego(&modules);
    }
    let version = super::rego_version(arguments.v0_compatible);
    let options = Options {
        entrypoints: arguments.entrypoints.clone(),
        rego_version: version,
        strict: arguments.strict,
        data: Some(data.clone()),
        opt_level: super::opt_level(arguments.optimize),
        capabilities: rust::capabilities(load::capabilities(arguments.capabilities.as_deref())?, &rust)?,
        ..Options::default()
    };
    if arguments.explain_plan {
        return explain(&load::sources(&modules), &options);
    }
    if modules.is_empty() && !rust.is_empty() {
        return write(arguments, Bundle { manifest, data, ..Bundle::default() }, rust, signer.as_ref());
    }
    let output = compile(&load::sources(&modules), &options);
    to_stderr(&diag::render::render_all(&output.sources, &output.diagnostics));
    let described = describe(&load::sources(&modules), &options).unwrap_or_default();
    let Some(wasm) = output.wasm else { return Err(Failure::Shown(POLICY)) };
    let mut bundle = Bundle { manifest, data, modules: files(&modules)?, ..Bundle::default() };
    set_versions(&mut bundle.manifest, &modules, version);
    if arguments.target != Target::Rego {
        if output.entrypoints.is_empty() {
            let hint = "give one with `-e path/to/rule`, or annotate a rule with `entrypoint: true`";
            return Err(Failure::usage(format!("wasm compilation requires at least one entrypoint: {hint}")));
        }
        bundle.wasm.push(File { path: WASM.to_owned(), bytes: wasm });
        bundle.manifest.wasm =
            output.entrypoints.into_iter().map(|entrypoint| resolver(entrypoint, &described)).collect();
    }
    write(arguments, bundle, rust, signer.as_ref())
}

/// Adds the modules in Rust and writes the bundle.
fn write(
    arguments: &Arguments,
    mut bundle: Bundle,
    rust: Vec<rust::Built>,
    signer: Option<&Signer>,
) -> Result<ExitCode, Failure> {
    if !arguments.revision.is_empty() {
        bundle.manifest.revision.clone_from(&arguments.revision);
    }
    if arguments.target != Target::Rego {
        rust.into_iter().for_each(|built| built.add_to(&mut bundle));
        let entries = &bundle.manifest.wasm;
        let twice = |at: usize| entries[..at].iter().any(|other| other.entrypoint == entries[at].entrypoint);
        if let Some(at) = (0..entries.len()).find(|&at| twice(at)) {
            let name = &entries[at].entrypoint;
            return Err(Failure::Message(format!("the entrypoint `{name}` is that of two modules"), POLICY));
        }
    }
    bundle.write_file(&arguments.output, signer).map_err(|e| Failure::usage(format!("cannot write {e}")))?;
    Ok(ExitCode::SUCCESS)
}

/// Prints the Rego of all rule documents.
fn emit_rego(modules: &[Module]) -> Result<ExitCode, Failure> {
    let mut sources = SourceMap::default();
    let mut text = Vec::new();
    let mut failed = false;
    for module in modules.iter().filter(|m| rules::is_document_name(&m.source.name)) {
        let (document, found) = rules::parse(&mut sources, &module.source.name, &module.source.text);
        to_stderr(&diag::render::render_all(&sources, &found));
        failed |= document.is_none();
        text.extend(document.map(|document| rules::to_rego(&document)));
    }
    if failed {
        return Err(Failure::Shown(POLICY));
    }
    if text.is_empty() {
        return Err(Failure::usage("there is no rule document among the paths"));
    }
    to_stdout(&text.join("\n"))?;
    Ok(ExitCode::SUCCESS)
}

/// `--explain-plan`.
fn explain(sources: &[Source], options: &Options) -> Result<ExitCode, Failure> {
    match writ_compiler::explain(sources, options) {
        Ok(text) => {
            to_stdout(&text)?;
            Ok(ExitCode::SUCCESS)
        }
        Err(output) => {
            to_stderr(&diag::render::render_all(&output.sources, &output.diagnostics));
            Err(Failure::Shown(POLICY))
        }
    }
}

/// What a bundle is made of.
struct Loaded {
    modules: Vec<Module>,
    data: Value,
    manifest: Manifest,
    rust: Vec<rust::Built>,
}

fn load(arguments: &Arguments) -> Result<Loaded, Failure> {
    if arguments.bundle {
        let reader = arguments.verifying.reader(&arguments.signing_alg, &arguments.ignoring, Trust::Unsigned)?;
        let Bundles { modules, data, mut manifest, compiled, .. } = Bundles::open(&arguments.paths, &reader)?;
        manifest.wasm.clear();
        return Ok(Loaded { modules, data, manifest, rust: rust::of_bundles(compiled)? });
    }
    let (crates, mut paths) = rust::split(&arguments.paths);
    paths.extend(crates.iter().flat_map(|folder| rust::data_files(folder)));
    let loaded = load::files(&paths, Wanted::All, &arguments.ignoring.reader())?;
    let mut rust = crates
        .iter()
        .map(|folder| rust::build(folder, arguments.target.of_crates()))
        .collect::<Result<Vec<_>, Failure>>()?;
    rust.extend(rust::of_bundles(loaded.compiled)?);
    Ok(Loaded { modules: loaded.modules, data: loaded.data.into_value(), manifest: Manifest::default(), rust })
}

/// An entry of the manifest, with the annotations of the rule that it names.
fn resolver(entrypoint: String, described: &[Description]) -> WasmEntrypoint {
    let path: Vec<Value> = entrypoint.split('/').map(Value::from).collect();
    let blocks = described.iter().flat_map(|module| &module.annotations);
    let annotations: Vec<Value> =
        blocks.filter(|b| b.is_rule && b.path == path).map(|block| block.value.clone()).collect();
    let annotations = (!annotations.is_empty()).then(|| Value::from(annotations));
    WasmEntrypoint { entrypoint, module: format!("/{WASM}"), annotations }
}

/// The sources as files of the bundle: Rego as it is, rule documents as the Rego that they amount to, which every OPA can run.
fn files(modules: &[Module]) -> Result<Vec<File>, Failure> {
    let mut by_path: BTreeMap<String, &str> = BTreeMap::new();
    let mut files = Vec::new();
    for module in modules {
        let file = file(module);
        if let Some(other) = by_path.insert(file.path.clone(), &module.source.name) {
            let text = format!("{} and {other} would both be /{} in the bundle", module.source.name, file.path);
            return Err(Failure::usage(text));
        }
        files.push(file);
    }
    Ok(files)
}

fn file(module: &Module) -> File {
    let document = rules::is_document_name(&module.source.name)
        .then(|| rules::parse(&mut SourceMap::default(), &module.source.name, &module.source.text).0)
        .flatten();
    match document {
        Some(document) => File { path: rules::rego_name(&module.path), bytes: rules::to_rego(&document).into_bytes() },
        None => File { path: module.path.clone(), bytes: module.source.text.clone() },
    }
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
