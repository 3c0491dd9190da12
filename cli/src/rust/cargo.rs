//! Runs cargo.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use writ_value::{Value, json};

use super::toolchain::{self, Target, Toolchain};
use crate::failure::{Failure, POLICY};

/// Profile of a module: small and fast, whatever the crate's own says. Names stay until the module is finished.
const PROFILE: [&str; 6] = [
    "profile.release.opt-level=3",
    "profile.release.lto=\"fat\"",
    "profile.release.codegen-units=1",
    "profile.release.panic=\"abort\"",
    "profile.release.debug=false",
    "profile.release.strip=\"none\"",
];

/// Stack of a module in bytes: other hosts of the OPA ABI give five pages at first, for everything.
const STACK_BYTES: usize = 128 << 10;

/// The module as cargo builds it, for `target` or else for what the crate names as `package.metadata.writ.target`.
pub(super) fn build(folder: &Path, target: Option<Target>) -> Result<Vec<u8>, Failure> {
    let manifest = folder.join("Cargo.toml");
    let Metadata { target_folder, target: named } = metadata(&manifest)?;
    let target = target.or(named).unwrap_or(Target::Unknown);
    let toolchain = toolchain::find(target)?;
    let mut cargo = cargo();
    cargo.args(["rustc", "--release", "--lib", "--crate-type", "cdylib", "--target", target.name()]);
    cargo.arg("--manifest-path").arg(&manifest).args(["--message-format", "json-render-diagnostics"]);
    for line in PROFILE {
        cargo.args(["--config", line]);
    }
    // A folder of its own: another compiler may be at work here than on the crate's tests.
    cargo.env("CARGO_TARGET_DIR", target_folder.join("writ")).env("CARGO_INCREMENTAL", "0");
    cargo.env_remove("RUSTFLAGS").env_remove("CARGO_ENCODED_RUSTFLAGS");
    let variable = |name: &str| format!("CARGO_TARGET_{}_{name}", target.name().to_uppercase().replace('-', "_"));
    let mut flags = format!("-Cpanic=abort -Clink-arg=--stack-first -Clink-arg=-zstack-size={STACK_BYTES}");
    if let Toolchain::FromSource { rustc, linker, libc } = &toolchain {
        cargo.args(["-Z", "build-std=std,panic_abort"]);
        cargo.env("RUSTC", rustc).env("RUSTC_BOOTSTRAP", "1").env(variable("LINKER"), linker);
        if let Some(libc) = libc {
            flags.push_str(&format!(" -L{} -Clink-self-contained=no", libc.display()));
        }
    }
    if let Some(home) = std::env::var_os("HOME") {
        // Places of panics are to be the same wherever the module is built.
        flags.push_str(&format!(" --remap-path-prefix={}/.cargo=cargo", Path::new(&home).display()));
    }
    cargo.env(variable("RUSTFLAGS"), flags);
    let output = cargo.stdin(Stdio::null()).stderr(Stdio::inherit()).output();
    let output = output.map_err(|e| Failure::usage(format!("cannot run cargo: {e}")))?;
    if !output.status.success() {
        return Err(Failure::Message(format!("{} does not build", folder.display()), POLICY));
    }
    let artifact = String::from_utf8_lossy(&output.stdout).lines().rev().find_map(artifact);
    let artifact =
        artifact.ok_or_else(|| Failure::usage("cargo built no module: the crate needs a library, `src/lib.rs`"))?;
    std::fs::read(&artifact).map_err(|e| Failure::usage(format!("{}: {e}", artifact.display())))
}

/// Cargo as the environment names it, so that a verb that cargo runs uses the same.
fn cargo() -> Command {
    Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

/// What cargo says about a crate.
struct Metadata {
    /// Where its workspace builds.
    target_folder: PathBuf,
    /// What it wants to be built for.
    target: Option<Target>,
}

fn metadata(manifest: &Path) -> Result<Metadata, Failure> {
    let mut cargo = cargo();
    cargo.args(["metadata", "--no-deps", "--format-version", "1", "--manifest-path"]).arg(manifest);
    let output = cargo.stderr(Stdio::inherit()).output();
    let output =
        output.map_err(|e| Failure::usage(format!("cannot run cargo ({e}): install Rust from https://rustup.rs")))?;
    let metadata = json::parse(&output.stdout).ok().filter(|_| output.status.success());
    let folder = metadata.as_ref().and_then(|m| m.get("target_directory")).and_then(Value::as_str);
    let no_crate = || Failure::usage(format!("{} is no crate", manifest.display()));
    let target_folder = folder.map(PathBuf::from).ok_or_else(no_crate)?;
    Ok(Metadata { target_folder, target: named_target(metadata.as_ref(), manifest)? })
}

/// `package.metadata.writ.target` of the crate itself, which is one of those of its workspace.
fn named_target(metadata: Option<&Value>, manifest: &Path) -> Result<Option<Target>, Failure> {
    let own = manifest.canonicalize().ok();
    let is_own = |package: &&Value| {
        let path = package.get("manifest_path").and_then(Value::as_str).map(Path::new);
        path.and_then(|path| path.canonicalize().ok()) == own
    };
    let packages = metadata.and_then(|metadata| metadata.get("packages")).and_then(Value::as_array);
    let package = packages.unwrap_or_default().iter().find(is_own);
    let fields = ["metadata", "writ", "target"];
    let Some(named) = fields.iter().try_fold(package, |at, field| Some(at?.get(field))).flatten() else {
        return Ok(None);
    };
    let known = named.as_str().and_then(Target::of_name);
    let unknown = "`package.metadata.writ.target` is neither `wasm32-unknown-unknown` nor `wasm32-wasip1`";
    known.map(Some).ok_or_else(|| Failure::usage(format!("{}: {unknown}", manifest.display())))
}

/// The module that a line of cargo's messages names.
fn artifact(line: &str) -> Option<PathBuf> {
    let message = json::parse(line.as_bytes()).ok()?;
    if message.get("reason")?.as_str()? != "compiler-artifact" {
        return None;
    }
    let files = message.get("filenames")?.as_array()?;
    files.iter().filter_map(Value::as_str).find(|file| file.ends_with(".wasm")).map(PathBuf::from)
}
