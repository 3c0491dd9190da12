//! `writ inspect`: what is in a bundle, without running or trusting it.

use std::path::Path;
use std::process::ExitCode;

use writ_bundle::{Bundle, File, Part, Signatures};
use writ_compiler::{Options, describe, diag};

use crate::failure::{Failure, POLICY, to_stderr, to_stdout};
use crate::load;
use crate::render::inspect::{self, Namespaces, Report};
use crate::trust::Ignoring;

/// Show what is in a bundle: manifest, packages and data, Wasm modules, signatures, annotations
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Bundle file, or a folder laid out as one
    #[arg(value_name = "BUNDLE")]
    path: String,
    /// How it is printed
    #[arg(short, long, value_enum, default_value_t = Format::Pretty)]
    format: Format,
    /// Also show annotations
    #[arg(short, long)]
    annotations: bool,
    /// Read modules as Rego v0 unless the bundle says otherwise
    #[arg(long)]
    v0_compatible: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// Tables
    Pretty,
    /// A JSON object
    Json,
}

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let failed = |e: writ_bundle::BundleError| Failure::usage(format!("bundle {}: {e}", arguments.path));
    let reader = Ignoring { ignore: Vec::new() }.reader();
    let path = Path::new(&arguments.path);
    let files = reader.files(path).map_err(failed)?;
    let bundle = reader.open(path).map_err(failed)?;
    let folder = if path.is_dir() { arguments.path.trim_end_matches('/').to_owned() } else { String::new() };
    let modules = load::bundle_modules(&bundle, &format!("{folder}/"));
    let options = Options { rego_version: super::rego_version(arguments.v0_compatible), ..Options::default() };
    let described = match describe(&load::sources(&modules), &options) {
        Ok(described) => described,
        Err(output) => {
            to_stderr(&diag::render::render_all(&output.sources, &output.diagnostics));
            return Err(Failure::Shown(POLICY));
        }
    };
    let report = Report {
        namespaces: namespaces(&bundle, &files, &described, &folder),
        signatures: signatures(&files).map_err(failed)?,
        archive: if path.is_dir() { String::new() } else { arguments.path.clone() },
        manifest: bundle.manifest,
        wasm: bundle.wasm.into_iter().map(|file| file.path).collect(),
        patch: bundle.patch,
        annotations: if arguments.annotations { inspect::annotations(&described) } else { Vec::new() },
    };
    match arguments.format {
        Format::Pretty => to_stdout(&inspect::pretty(&report))?,
        Format::Json => to_stdout(&inspect::json(&report))?,
    }
    Ok(ExitCode::SUCCESS)
}

/// What stands where in the data: packages of modules, then data files, then entrypoints.
fn namespaces(bundle: &Bundle, files: &[File], described: &[writ_compiler::Description], folder: &str) -> Namespaces {
    let mut namespaces = Namespaces::default();
    let mut add = |path: Vec<String>, file: String| {
        namespaces.entry(inspect::reference(&path)).or_default().push(file);
    };
    for module in described {
        add(module.package.clone(), module.file.clone());
    }
    for file in files.iter().filter(|f| matches!(Part::of(&f.path), Some(Part::Data(_)))) {
        let mut path: Vec<String> = file.path.split('/').map(str::to_owned).collect();
        path.pop();
        add(path, format!("{folder}/{}", file.path));
    }
    for entry in &bundle.manifest.wasm {
        add(entry.entrypoint.trim_start_matches('/').split('/').map(str::to_owned).collect(), entry.module.clone());
    }
    namespaces
}

fn signatures(files: &[File]) -> Result<Signatures, writ_bundle::BundleError> {
    let file = files.iter().find(|f| Part::of(&f.path) == Some(Part::Signatures));
    file.map_or_else(|| Ok(Signatures::default()), |file| Signatures::parse(&file.bytes))
}
