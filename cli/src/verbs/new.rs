//! `writ new`

use std::path::PathBuf;
use std::process::ExitCode;

use crate::failure::{Failure, to_stdout};
use crate::rust;

/// Start a policy: a folder with sources and tests
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The folder to make; its last part is the name
    #[arg(value_name = "NAME")]
    path: PathBuf,
    /// A crate with a policy in Rust
    #[arg(long, required = true)]
    rust: bool,
    /// The folder of writ-guest-sdk to depend on, in place of its published version
    #[arg(long, value_name = "FOLDER")]
    sdk: Option<PathBuf>,
}

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    debug_assert!(arguments.rust, "the only kind that there is");
    rust::create(&arguments.path, arguments.sdk.as_deref())?;
    let path = arguments.path.display();
    to_stdout(&format!("{path}: run `cargo test` in it, and `writ build {path}` for a bundle\n"))?;
    Ok(ExitCode::SUCCESS)
}
