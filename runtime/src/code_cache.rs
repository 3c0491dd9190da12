//! Compiled code on disk, so that a module is compiled once per machine and not once per start.
//!
//! ```text
//!   file NAME = hex of SHA-256(module, engine version, settings, CPU features)
//!   content   = magic, HMAC-SHA-256(key; NAME, code), code
//! ```
//!
//! Machine code is run as it is, so only what this cache wrote itself is: the key is the embedder's, or lies in a file of the folder that nobody else
//! may read. Anything that does not match is as good as absent, and the module is compiled again.
#![allow(unsafe_code, reason = "wasmtime cannot know that compiled code is what it once wrote")]

use std::fs::{self, File, OpenOptions};
use std::hash::{Hash, Hasher};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

use crate::engine::{Engine, Haste};
use crate::faults::{self, Point};

const MAGIC: &[u8; 16] = b"writ code 1\0\0\0\0\0";
const MAC_BYTES: usize = 32;
/// Name of the file with the key.
const KEY_FILE: &str = "key";
/// Compiled code is some times larger than the module, whose size is bounded.
const MAX_FILE_BYTES: u64 = 2 << 30;

/// Key of the code that belongs to a module and an engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Name([u8; 32]);

/// A folder with compiled code.
pub(crate) struct CodeCache {
    folder: PathBuf,
    key: [u8; 32],
}

/// Where compiled code is kept.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct CodeCacheConfig {
    /// The folder, which is made when it is not there. Whoever can write to it can at most make loading slower.
    pub folder: PathBuf,
    /// The secret with which files are authenticated; `None`: one that is made at first and kept in the folder, readable by the owner alone.
    pub key: Option<[u8; 32]>,
}

impl CodeCacheConfig {
    /// A cache in `folder` with a key of its own there.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into(), key: None }
    }
}

impl std::fmt::Debug for CodeCacheConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CodeCacheConfig").field("folder", &self.folder).finish_non_exhaustive()
    }
}

impl CodeCache {
    pub(crate) fn open(config: &CodeCacheConfig) -> io::Result<Self> {
        let folder = config.folder.clone();
        fs::create_dir_all(&folder)?;
        let key = match config.key {
            Some(key) => key,
            None => own_key(&folder)?,
        };
        Ok(Self { folder, key })
    }

    /// The code for `wasm`: from the cache, or compiled and then put there. A cache that fails costs time, never a module.
    pub(crate) fn load(&self, engine: &Engine, wasm: &[u8], haste: Haste) -> wasmtime::Result<wasmtime::Module> {
        let name = Name::of(engine.wasm(), wasm);
        if let Some(module) = self.read(engine.wasm(), name) {
            tracing::debug!(file = %name, "compiled code found");
            return Ok(module);
        }
        let module = engine.make_code(wasm, haste)?;
        let code = module.serialize()?;
        if let Err(error) = self.write(name, &code) {
            tracing::warn!(file = %name, %error, "compiled code not kept");
        }
        Ok(module)
    }

    fn read(&self, engine: &wasmtime::Engine, name: Name) -> Option<wasmtime::Module> {
        let file = File::open(self.folder.join(name.to_string())).ok()?;
        let mut bytes = Vec::new();
        bytes.reserve_exact(usize::try_from(file.metadata().ok()?.len().min(MAX_FILE_BYTES)).ok()?);
        file.take(MAX_FILE_BYTES).read_to_end(&mut bytes).ok()?;
        let (mac, code) = bytes.strip_prefix(MAGIC)?.split_at_checked(MAC_BYTES)?;
        self.mac(name, code)?.verify_slice(mac).ok()?;
        // SAFETY: the code is what `Module::serialize` gave to this cache for the same module, version, settings and CPU features: all of that is
        // authenticated with a key that only this cache's owner has.
        unsafe { wasmtime::Module::deserialize(engine, code) }.ok()
    }

    /// Whole files only: written under another name first.
    fn write(&self, name: Name, code: &[u8]) -> io::Result<()> {
        static SERIAL: AtomicU64 = AtomicU64::new(0);
        let mac = self.mac(name, code).ok_or(io::ErrorKind::InvalidInput)?.finalize().into_bytes();
        let serial = SERIAL.fetch_add(1, Ordering::Relaxed);
        let draft = self.folder.join(format!("{name}.{}.{serial}.draft", std::process::id()));
        let written = private_file(&draft).and_then(|mut file| {
            for part in [&MAGIC[..], &mac, code] {
                faults::hit(Point::FileWrite).map_err(io::Error::other)?;
                file.write_all(part)?;
            }
            faults::hit(Point::FileWrite).map_err(io::Error::other)?;
            fs::rename(&draft, self.folder.join(name.to_string()))
        });
        if written.is_err() {
            let _ = fs::remove_file(&draft);
        }
        written
    }

    fn mac(&self, name: Name, code: &[u8]) -> Option<Hmac<Sha256>> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.key).ok()?;
        mac.update(MAGIC);
        mac.update(&name.0);
        mac.update(code);
        Some(mac)
    }
}

impl Name {
    fn of(engine: &wasmtime::Engine, wasm: &[u8]) -> Self {
        let mut parts = Parts(Sha256::new());
        // Version of wasmtime, target, settings of the compiler, CPU features.
        engine.precompile_compatibility_hash().hash(&mut parts);
        parts.0.update(Sha256::digest(wasm));
        Self(parts.0.finalize().into())
    }
}

impl std::fmt::Display for Name {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// Feeds what is hashed to SHA-256.
struct Parts(Sha256);

impl Hasher for Parts {
    fn finish(&self) -> u64 {
        0
    }

    fn write(&mut self, bytes: &[u8]) {
        self.0.update((bytes.len() as u64).to_le_bytes());
        self.0.update(bytes);
    }
}

/// The key in the folder, made if it is not there. A key that others can read, or that is none, is replaced: all code is compiled again.
fn own_key(folder: &Path) -> io::Result<[u8; 32]> {
    let path = folder.join(KEY_FILE);
    if let Some(key) = read_key(&path) {
        return Ok(key);
    }
    let mut key = [0; 32];
    getrandom::fill(&mut key).map_err(io::Error::other)?;
    let draft = folder.join(format!("{KEY_FILE}.{}.draft", std::process::id()));
    let written = private_file(&draft).and_then(|mut file| {
        faults::hit(Point::FileWrite).map_err(io::Error::other)?;
        file.write_all(&key)?;
        fs::rename(&draft, &path)
    });
    if written.is_err() {
        let _ = fs::remove_file(&draft);
    }
    written?;
    // Another process may have been quicker: what lies there now counts.
    Ok(read_key(&path).unwrap_or(key))
}

fn read_key(path: &Path) -> Option<[u8; 32]> {
    let file = File::open(path).ok()?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        let meta = file.metadata().ok()?;
        if !meta.is_file() || meta.mode() & 0o077 != 0 {
            return None;
        }
    }
    let mut bytes = Vec::new();
    file.take(33).read_to_end(&mut bytes).ok()?;
    bytes.try_into().ok()
}

/// A new file that only its owner can read.
fn private_file(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}
