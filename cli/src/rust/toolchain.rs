//! What compiles Rust to Wasm here: a target that rustup installed, or Debian's compiler with the sources of its library.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::failure::Failure;

/// Target of a module: no system at all.
pub(super) const TARGET: &str = "wasm32-unknown-unknown";

/// How to call cargo.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Toolchain {
    /// The usual compiler has the target.
    Installed,
    /// Another compiler that builds the library itself, and the linker.
    FromSource { rustc: PathBuf, linker: PathBuf },
}

/// Finds one.
pub(super) fn find() -> Result<Toolchain, Failure> {
    let rustc = std::env::var_os("RUSTC").map_or_else(|| PathBuf::from("rustc"), PathBuf::from);
    let sysroot = printed(&rustc, &["--print", "sysroot"]);
    let Some(sysroot) = sysroot.map(PathBuf::from) else {
        return Err(Failure::usage("there is no `rustc`: install Rust from https://rustup.rs"));
    };
    let has_core = |folder: &Path| {
        let files = std::fs::read_dir(folder).into_iter().flatten().flatten();
        files.into_iter().any(|file| file.file_name().to_string_lossy().starts_with("libcore-"))
    };
    if has_core(&sysroot.join("lib/rustlib").join(TARGET).join("lib")) {
        return Ok(Toolchain::Installed);
    }
    let other = std::env::var_os("WRIT_WASM_RUSTC").map_or_else(|| PathBuf::from("/usr/bin/rustc"), PathBuf::from);
    let has_source = printed(&other, &["--print", "sysroot"])
        .is_some_and(|root| Path::new(&root).join("lib/rustlib/src/rust/library/core").is_dir());
    if let (true, Some(linker)) = (has_source, linker(&rustc, &sysroot)) {
        return Ok(Toolchain::FromSource { rustc: other, linker });
    }
    Err(Failure::usage(format!(
        "the compiler cannot build for {TARGET}. Install the target:\n  \
         rustup target add {TARGET}\n\
         or, on Debian 12, where rustup is not there or cannot download:\n  \
         scripts/install-wasm32-debian.sh\n\
         in the tree of Writ, which installs rustc-web, rust-web-src and wasi-libc"
    )))
}

fn linker(rustc: &Path, sysroot: &Path) -> Option<PathBuf> {
    if let Some(linker) = std::env::var_os("WRIT_RUST_LLD") {
        return Some(linker.into());
    }
    let version = printed(rustc, &["-vV"])?;
    let host = version.lines().find_map(|line| line.strip_prefix("host: "))?;
    let linker = sysroot.join("lib/rustlib").join(host).join("bin/rust-lld");
    linker.is_file().then_some(linker)
}

fn printed(program: &Path, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
