//! `writ sign`

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use writ_bundle::{File, Part, folder_name, write_signatures};

use crate::failure::Failure;
use crate::trust::{Ignoring, Signing};

/// Sign a bundle: write its `.signatures.json`
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Bundle files, or folders laid out as bundles; one signature is made for all
    #[arg(required = true, value_name = "BUNDLE")]
    paths: Vec<String>,
    /// The paths are bundles; nothing else can be signed
    #[arg(short, long, required = true)]
    bundle: bool,
    #[command(flatten)]
    signing: Signing,
    /// Algorithm of the signature
    #[arg(long, default_value = "RS256", value_name = "NAME")]
    signing_alg: String,
    /// Folder to write `.signatures.json` to
    #[arg(short, long, default_value = ".", value_name = "FOLDER")]
    output_file_path: PathBuf,
}

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let failed = |e: writ_bundle::BundleError| Failure::usage(e.to_string());
    let signer = arguments.signing.signer(&arguments.signing_alg, "")?;
    let signer = signer.ok_or_else(|| {
        Failure::usage(
            "specify the secret (HMAC) or path of the PEM file containing the private key with --signing-key",
        )
    })?;
    let reader = Ignoring { ignore: Vec::new() }.reader();
    let mut files = Vec::new();
    for path in &arguments.paths {
        let path = Path::new(path);
        // OPA puts a folder's path in front of the names, and looks for them there when it verifies a folder.
        let prefix = if path.is_dir() { format!("{}/", folder_name(path)) } else { String::new() };
        let found = reader.files(path).map_err(failed)?.into_iter();
        let found = found.filter(|file| Part::of(&file.path) != Some(Part::Signatures));
        files.extend(
            found
                .map(|file| File { path: format!("{prefix}{}", file.path).trim_start_matches('/').to_owned(), ..file }),
        );
    }
    let signature = signer.sign_file(&files, "").map_err(failed)?;
    write_signatures(&arguments.output_file_path, &signature).map_err(failed)?;
    Ok(ExitCode::SUCCESS)
}
