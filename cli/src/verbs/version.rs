//! `writ version`

use std::process::ExitCode;

use crate::failure::{Failure, to_stdout};

/// Print the version
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {}

pub(crate) fn run(_: &Arguments) -> Result<ExitCode, Failure> {
    let (major, minor) = writ_abi::names::ABI_VERSION;
    to_stdout(&format!(
        "Version: {}\nRego Version: v1\nWebAssembly ABI: {major}.{minor}\n",
        env!("CARGO_PKG_VERSION")
    ))?;
    Ok(ExitCode::SUCCESS)
}
