//! The engines that are compared, behind one trait.

mod floor;
mod opa_go;
mod opa_wasm;
mod regorus;
mod writ;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use serde::Serialize;
use writ_value::Value;

use crate::case::Case;
use crate::measure::Samples;

/// What a decision says; `None`: undefined.
pub type Answer = Option<Value>;

/// An engine, or a way of using one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Engine {
    /// This project, through its host SDK.
    Writ,
    /// regorus' interpreter: `Engine::eval_rule`.
    RegorusEngine,
    /// regorus' `CompiledPolicy::eval_with_input`.
    RegorusCompiled,
    /// regorus' virtual machine.
    RegorusRvm,
    /// OPA's Go evaluator, a prepared query.
    OpaGo,
    /// What OPA compiles to Wasm, run by the crate opa-wasm.
    OpaWasm,
    /// What nobody can be faster than: `serde_json` scanning the text without keeping anything, and a call of a Wasm function that does nothing.
    Floor,
}

impl Engine {
    /// All of them.
    pub const ALL: [Engine; 7] = [
        Engine::Writ,
        Engine::RegorusRvm,
        Engine::RegorusCompiled,
        Engine::RegorusEngine,
        Engine::OpaGo,
        Engine::OpaWasm,
        Engine::Floor,
    ];

    /// For tables and JSON.
    pub fn name(self) -> &'static str {
        match self {
            Engine::Writ => "writ",
            Engine::RegorusEngine => "regorus-engine",
            Engine::RegorusCompiled => "regorus-compiled",
            Engine::RegorusRvm => "regorus-rvm",
            Engine::OpaGo => "opa-go",
            Engine::OpaWasm => "opa-wasm",
            Engine::Floor => "floor",
        }
    }
}

/// The form in which the input is handed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// JSON text.
    Json,
    /// The engine's own form, made before the clock starts.
    Native,
    /// A Rust struct.
    Struct,
}

impl Mode {
    /// For tables and JSON.
    pub fn name(self) -> &'static str {
        match self {
            Mode::Json => "json",
            Mode::Native => "native",
            Mode::Struct => "struct",
        }
    }
}

/// An engine with a case loaded.
pub trait Peer {
    /// Which it is.
    fn engine(&self) -> Engine;

    /// Forms of input that it takes.
    fn modes(&self) -> Vec<Mode>;

    /// Decides once; `None` if the engine decides nothing (the floor).
    ///
    /// # Errors
    /// What the engine says.
    fn answer(&mut self, mode: Mode) -> Result<Option<Answer>, String>;

    /// Decides for about `slice`.
    ///
    /// # Errors
    /// What the engine says.
    fn run(&mut self, mode: Mode, slice: Duration) -> Result<Samples, String>;
}

/// What the engines share: tools that were found, processes that were started.
#[derive(Debug, Default)]
pub struct Setup {
    go: Option<Result<opa_go::Process, String>>,
    versions: BTreeMap<&'static str, String>,
}

impl Setup {
    /// Loads a case into an engine.
    ///
    /// # Errors
    /// Why the engine is not there, or does not take the case.
    pub fn peer(&mut self, engine: Engine, case: &Case) -> Result<Box<dyn Peer>, String> {
        Ok(match engine {
            Engine::Writ => Box::new(writ::WritPeer::new(case)?),
            Engine::RegorusEngine => Box::new(regorus::EnginePeer::new(case)?),
            Engine::RegorusCompiled => Box::new(regorus::CompiledPeer::new(case)?),
            Engine::RegorusRvm => Box::new(regorus::RvmPeer::new(case)?),
            Engine::OpaGo => {
                let process = self.go.get_or_insert_with(opa_go::Process::start).as_ref().map_err(Clone::clone)?;
                let peer = opa_go::GoPeer::new(process, case)?;
                self.versions.insert("OPA (Go library)", peer.version.clone());
                Box::new(peer)
            }
            Engine::OpaWasm => Box::new(opa_wasm::WasmPeer::new(case)?),
            Engine::Floor => Box::new(floor::FloorPeer::new(case)?),
        })
    }

    /// Versions that engines told.
    pub fn versions(&self) -> &BTreeMap<&'static str, String> {
        &self.versions
    }
}

/// A program on the path, or where Go installs.
pub(crate) fn find(program: &str) -> Option<PathBuf> {
    let mut folders: Vec<PathBuf> = std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()).collect();
    if let Some(home) = std::env::var_os("HOME") {
        folders.push(PathBuf::from(home).join("go/bin"));
    }
    folders.push("/usr/local/go/bin".into());
    folders.into_iter().map(|folder| folder.join(program)).find(|path| path.is_file())
}

/// Runs a program to its end: what it wrote, or what it complained about.
pub(crate) fn output(command: &mut Command) -> Result<String, String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command.output().map_err(|e| format!("{name}: {e}"))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let complaint = String::from_utf8_lossy(&output.stderr);
    let first = complaint.lines().find(|line| !line.trim().is_empty()).unwrap_or("no word why").trim();
    Err(format!("{name}: {first}"))
}

/// A folder of its own below the system's for temporary files; removed when dropped.
#[derive(Debug)]
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new() -> Result<Self, String> {
        static NEXT: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
        let n = NEXT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("writ-compare-{}-{n}", std::process::id()));
        std::fs::create_dir_all(&path).map_err(|e| format!("{}: {e}", path.display()))?;
        Ok(Folder(path))
    }

    /// Writes a file: its path.
    pub(crate) fn write(&self, name: &str, bytes: &[u8]) -> Result<PathBuf, String> {
        let path = self.0.join(name);
        std::fs::write(&path, bytes).map_err(|e| format!("{}: {e}", path.display()))?;
        Ok(path)
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // Files left behind in the system's folder harm nobody.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Reads an answer that an engine gave as JSON text.
pub(crate) fn parse(text: &str) -> Result<Value, String> {
    writ_value::json::parse(text.as_bytes()).map_err(|e| format!("its answer is not JSON: {e}"))
}

pub(crate) fn say(error: impl std::fmt::Display) -> String {
    // One line, as it goes into a table.
    error.to_string().lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" ")
}
