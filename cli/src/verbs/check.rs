//! `writ check`

use std::process::ExitCode;

use writ_compiler::{Options, check_sources, diag};

use crate::failure::{Failure, POLICY, to_stderr};
use crate::load::{self, Bundles, Wanted};
use crate::render;
use crate::trust::Ignoring;

/// Check Rego sources and rule documents, and report all errors
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Rego files and rule documents (`*.rules.yaml`, `*.rules.json`), or folders of them
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<String>,
    /// The paths are bundles: each file is of the Rego version that the manifest says
    #[arg(short, long)]
    bundle: bool,
    #[command(flatten)]
    ignoring: Ignoring,
    /// How errors are printed
    #[arg(short, long, value_enum, default_value_t = Format::Pretty)]
    format: Format,
    /// What policies may use: a file in OPA's format, or a version of OPA
    #[arg(long, value_name = "FILE")]
    capabilities: Option<String>,
    /// Also report unused variables and imports, shadowing and other bad style
    #[arg(short = 'S', long)]
    strict: bool,
    /// Read the sources as Rego v0
    #[arg(long)]
    v0_compatible: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// With the source line underlined
    Pretty,
    /// As a JSON object
    Json,
}

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let reader = arguments.ignoring.reader();
    let modules = if arguments.bundle {
        Bundles::open(&arguments.paths, &reader)?.modules
    } else {
        load::files(&arguments.paths, Wanted::Rego, &reader)?.modules
    };
    let options = Options {
        rego_version: super::rego_version(arguments.v0_compatible),
        strict: arguments.strict,
        prints: true,
        capabilities: load::capabilities(arguments.capabilities.as_deref())?,
        ..Options::default()
    };
    let output = check_sources(&load::sources(&modules), &options);
    let text = match arguments.format {
        Format::Pretty => diag::render::render_all(&output.sources, &output.diagnostics),
        Format::Json if output.diagnostics.is_empty() => String::new(),
        Format::Json => render::json::indent(&diag::json::report(&output.sources, &output.diagnostics)),
    };
    to_stderr(&text);
    if diag::has_errors(&output.diagnostics) { Err(Failure::Shown(POLICY)) } else { Ok(ExitCode::SUCCESS) }
}
