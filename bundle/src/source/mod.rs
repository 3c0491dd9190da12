//! A file or folder that is watched: what is read anew when it changes.
//!
//! ```text
//!   stamp (names, inodes, times, sizes) ─changed?─▶ wait until quiet ─▶ read ─▶ same stamp as before? ─▶ other contents? ─▶ deliver
//! ```
//!
//! Polls, so that it works alike on every file system, with files that are replaced by rename, and with folders behind a link that is
//! swapped (as a mounted ConfigMap's). What changed while it was read is read again and never delivered.

mod stamp;
mod watcher;

use std::fmt;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use crate::assemble::{Bundle, File};
use crate::error::BundleError;
use crate::reader::Reader;
use watcher::{Target, Watcher};

/// How a path is watched, and how it is read.
#[derive(Debug, Clone)]
pub struct WatchOptions {
    /// Bounds, keys, what is ignored.
    pub reader: Reader,
    /// Time between two looks. Default 250 ms. A look at many files takes at most a twentieth of the time.
    pub interval: Duration,
    /// How long nothing must change before it is read. Default 100 ms.
    pub settle: Duration,
    /// How long changes that never pause hold up reading. Default 2 s.
    pub patience: Duration,
}

impl Default for WatchOptions {
    fn default() -> Self {
        Self {
            reader: Reader::default(),
            interval: Duration::from_millis(250),
            settle: Duration::from_millis(100),
            patience: Duration::from_secs(2),
        }
    }
}

/// A watched path. Dropping it ends the watching: when the drop returns, no call is under way and none will come, unless the drop happens
/// within a call.
pub struct Source {
    bell: Arc<watcher::Bell>,
    thread: Option<JoinHandle<()>>,
}

impl Source {
    /// Watches a bundle, archive or folder. `on_change` is called on a thread of its own with what is there now and with everything that
    /// comes after: a bundle that was read as a whole, or why what is there now is none. Contents that were delivered last are not delivered
    /// again. A call that panics ends neither the watching nor the process.
    ///
    /// # Errors
    /// [`BundleError::Io`] when there is no thread to be had.
    pub fn watch(
        path: impl AsRef<Path>,
        options: WatchOptions,
        on_change: impl FnMut(Result<Bundle, BundleError>) + Send + 'static,
    ) -> Result<Self, BundleError> {
        Self::start(Watcher::new(BundleTarget::new(path.as_ref(), &options), options), on_change)
    }

    /// Reads a bundle now and watches it from there: `on_change` is called only with what comes after the bundle that is returned.
    ///
    /// # Errors
    /// Why what is there now is no bundle; then nothing is watched.
    pub fn open(
        path: impl AsRef<Path>,
        options: WatchOptions,
        on_change: impl FnMut(Result<Bundle, BundleError>) + Send + 'static,
    ) -> Result<(Bundle, Self), BundleError> {
        let mut watcher = Watcher::new(BundleTarget::new(path.as_ref(), &options), options);
        let bundle = watcher.read_now()?;
        Ok((bundle, Self::start(watcher, on_change)?))
    }

    /// Watches a file of any kind, such as a Wasm module: as [`Source::watch`], with its bytes.
    ///
    /// # Errors
    /// As [`Source::watch`].
    pub fn watch_bytes(
        path: impl AsRef<Path>,
        options: WatchOptions,
        on_change: impl FnMut(Result<Vec<u8>, BundleError>) + Send + 'static,
    ) -> Result<Self, BundleError> {
        Self::start(Watcher::new(BytesTarget::new(path.as_ref(), &options), options), on_change)
    }

    /// Looks now instead of after the interval.
    pub fn poke(&self) {
        self.bell.poke();
    }

    fn start<T: Target>(
        watcher: Watcher<T>,
        on_change: impl FnMut(Result<T::Output, BundleError>) + Send + 'static,
    ) -> Result<Self, BundleError> {
        let bell = Arc::new(watcher::Bell::default());
        let for_thread = bell.clone();
        // Room for documents nested as deeply as they may be.
        let builder = std::thread::Builder::new().name("writ-watch".to_owned()).stack_size(16 << 20);
        let thread = builder
            .spawn(move || watcher.run(&for_thread, on_change))
            .map_err(|e| BundleError::io("thread to watch with", &e))?;
        Ok(Self { bell, thread: Some(thread) })
    }
}

impl Drop for Source {
    fn drop(&mut self) {
        self.bell.stop();
        if let Some(thread) = self.thread.take()
            && thread.thread().id() != std::thread::current().id()
        {
            let _ = thread.join();
        }
    }
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Source").finish_non_exhaustive()
    }
}

/// A bundle: its files, and from them the bundle.
#[derive(Debug)]
struct BundleTarget {
    path: std::path::PathBuf,
    reader: Reader,
}

impl BundleTarget {
    fn new(path: &Path, options: &WatchOptions) -> Self {
        Self { path: path.to_owned(), reader: options.reader.clone() }
    }
}

impl Target for BundleTarget {
    type Output = Bundle;

    fn path(&self) -> &Path {
        &self.path
    }

    fn read(&self) -> Result<Vec<File>, BundleError> {
        Ok(self.reader.list(&self.path)?.0)
    }

    fn finish(&self, files: Vec<File>) -> Result<Bundle, BundleError> {
        let is_folder = std::fs::metadata(&self.path).is_ok_and(|meta| meta.is_dir());
        let prefix = if is_folder { crate::folder::name(&self.path) } else { String::new() };
        self.reader.accept(files, &prefix)
    }
}

/// One file, as it is.
#[derive(Debug)]
struct BytesTarget {
    path: std::path::PathBuf,
    limit: u64,
}

impl BytesTarget {
    fn new(path: &Path, options: &WatchOptions) -> Self {
        Self { path: path.to_owned(), limit: options.reader.limits.file_bytes }
    }
}

impl Target for BytesTarget {
    type Output = Vec<u8>;

    fn path(&self) -> &Path {
        &self.path
    }

    fn read(&self) -> Result<Vec<File>, BundleError> {
        let io = |e: &std::io::Error| BundleError::io(self.path.display().to_string(), e);
        let mut bytes = Vec::new();
        let file = std::fs::File::open(&self.path).map_err(|e| io(&e))?;
        file.take(self.limit.saturating_add(1)).read_to_end(&mut bytes).map_err(|e| io(&e))?;
        if bytes.len() as u64 > self.limit {
            let path = self.path.display().to_string();
            return Err(BundleError::Limit { what: "bytes of a file", path, limit: self.limit });
        }
        Ok(vec![File { path: String::new(), bytes }])
    }

    fn finish(&self, mut files: Vec<File>) -> Result<Vec<u8>, BundleError> {
        Ok(files.pop().map(|file| file.bytes).unwrap_or_default())
    }
}
