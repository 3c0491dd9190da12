//! `writ new --rust`: a crate that builds and passes its tests as it is.

use std::fs;
use std::path::{Path, PathBuf};

use crate::failure::Failure;

/// Files of a new crate, with `{…}` for what differs.
const FILES: [(&str, &str); 4] = [
    ("Cargo.toml", include_str!("template/Cargo.toml.txt")),
    ("src/lib.rs", include_str!("template/lib.rs.txt")),
    ("data.json", include_str!("template/data.json")),
    (".gitignore", "/target\n/bundle.tar.gz\n"),
];

/// Makes the folder `path`; its last part is the crate's name.
pub(crate) fn create(path: &Path, sdk: Option<&Path>) -> Result<(), Failure> {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    if !is_crate_name(name) {
        return Err(Failure::usage(format!(
            "`{name}` is no name of a crate: letters, digits, `-` and `_`, a letter first"
        )));
    }
    if path.exists() {
        return Err(Failure::usage(format!("{} is there already", path.display())));
    }
    let written = || -> std::io::Result<()> {
        fs::create_dir_all(path.join("src"))?;
        for (file, text) in FILES {
            let text = text.replace("{name}", name).replace("{package}", &name.replace('-', "_"));
            fs::write(path.join(file), text.replace("{sdk}", &dependency(sdk)?))?;
        }
        Ok(())
    };
    written().map_err(|e| Failure::usage(format!("{}: {e}", path.display())))
}

fn is_crate_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
}

/// The SDK: a folder that was given, the tree that this command was built from if it is still there, or else its version.
fn dependency(sdk: Option<&Path>) -> std::io::Result<String> {
    let tree = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../sdk/guest"));
    let folder = match sdk {
        Some(folder) => Some(folder.canonicalize()?),
        None => tree.canonicalize().ok().filter(|folder| folder.join("Cargo.toml").is_file()),
    };
    Ok(match folder {
        Some(folder) => format!("{{ path = {:?} }}", folder.display().to_string()),
        None => format!("{:?}", env!("CARGO_PKG_VERSION")),
    })
}
