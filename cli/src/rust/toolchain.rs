//! What compiles Rust to Wasm here: a target that rustup installed, or Debian's compiler with the sources of its library.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::failure::Failure;

/// What a crate is compiled for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Target {
    /// No system at all.
    Unknown,
    /// The first WASI.
    Wasip1,
}

impl Target {
    /// Its name, as compilers have it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Unknown => "wasm32-unknown-unknown",
            Self::Wasip1 => "wasm32-wasip1",
        }
    }

    /// The target of this name.
    pub(crate) fn of_name(name: &str) -> Option<Self> {
        [Self::Unknown, Self::Wasip1].into_iter().find(|target| target.name() == name)
    }
}

/// How to call cargo.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Toolchain {
    /// The usual compiler has the target.
    Installed,
    /// Another compiler that builds the library itself, the linker, and the folder of WASI's C library where the target needs it.
    FromSource { rustc: PathBuf, linker: PathBuf, libc: Option<PathBuf> },
}

/// Finds one.
pub(super) fn find(target: Target) -> Result<Toolchain, Failure> {
    let rustc = std::env::var_os("RUSTC").map_or_else(|| PathBuf::from("rustc"), PathBuf::from);
    let sysroot = printed(&rustc, &["--print", "sysroot"]);
    let Some(sysroot) = sysroot.map(PathBuf::from) else {
        return Err(Failure::usage("there is no `rustc`: install Rust from https://rustup.rs"));
    };
    let has_core = |folder: &Path| {
        let files = std::fs::read_dir(folder).into_iter().flatten().flatten();
        files.into_iter().any(|file| file.file_name().to_string_lossy().starts_with("libcore-"))
    };
    let name = target.name();
    if has_core(&sysroot.join("lib/rustlib").join(name).join("lib")) {
        return Ok(Toolchain::Installed);
    }
    let other = path("WRIT_WASM_RUSTC", "/usr/bin/rustc");
    let has_source = printed(&other, &["--print", "sysroot"])
        .is_some_and(|root| Path::new(&root).join("lib/rustlib/src/rust/library/core").is_dir());
    let libc = (target == Target::Wasip1).then(|| path("WRIT_WASI_LIBC", "/usr/lib/wasm32-wasi"));
    let has_libc = libc.as_ref().is_none_or(|folder| folder.join("libc.a").is_file());
    if let (true, true, Some(linker)) = (has_source, has_libc, linker(&rustc, &sysroot)) {
        return Ok(Toolchain::FromSource { rustc: other, linker, libc });
    }
    Err(Failure::usage(format!(
        "the compiler cannot build for {name}. Install the target:\n  \
         rustup target add {name}\n\
         or, on Debian 12, where rustup is not there or cannot download:\n  \
         scripts/install-wasm32-debian.sh\n\
         in the tree of Writ, which installs rustc-web, rust-web-src and wasi-libc"
    )))
}

fn path(variable: &str, default: &str) -> PathBuf {
    std::env::var_os(variable).map_or_else(|| PathBuf::from(default), PathBuf::from)
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
