//! `writ capabilities`

use std::process::ExitCode;

use writ_compiler::capabilities::Capabilities;

use crate::failure::{Failure, to_stdout};
use crate::load;
use crate::render;

/// Print what policies may use, in OPA's format; without arguments the versions whose capabilities are known
#[derive(Debug, clap::Args)]
#[group(multiple = false)]
pub(crate) struct Arguments {
    /// Those of this compiler
    #[arg(long)]
    current: bool,
    /// Those of a version of OPA
    #[arg(long, value_name = "VERSION")]
    version: Option<String>,
    /// Those of a file
    #[arg(long, value_name = "FILE")]
    file: Option<String>,
}

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let capabilities = match (&arguments.version, &arguments.file) {
        (Some(version), _) if version != load::OPA_VERSION => {
            return Err(Failure::usage(format!("no capabilities version found {version}")));
        }
        (None, None) if !arguments.current => {
            to_stdout(&format!("{}\n", load::OPA_VERSION))?;
            return Ok(ExitCode::SUCCESS);
        }
        (_, Some(file)) => load::capabilities(Some(file))?.unwrap_or_default(),
        _ => Capabilities::current(),
    };
    to_stdout(&render::json::indent(&capabilities.to_json()))?;
    Ok(ExitCode::SUCCESS)
}
