//! Paths of `--data` and of `build` and `check`: Rego, rule documents and data files, and folders of them, as OPA loads them.
//!
//! A folder's data files stand below `data` at their folder's path; a single file stands at the root; `a.b:file.json` puts it below `data.a.b`.

use std::collections::BTreeSet;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use writ_bundle::{Format, Reader, parse_document};
use writ_compiler::Source;

use super::{LoadErrors, Loaded, Module};

/// Folders within folders that are followed.
const MAX_DEPTH: usize = 64;
/// Largest file that is read.
const MAX_FILE_BYTES: u64 = 1 << 30;

/// Which files are looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// Rego and data.
    All,
    /// Rego and rule documents only.
    Rego,
}

/// Loads all `paths`; `reader` says what is ignored and how bundles are read. Every error is collected, not only the first.
pub(crate) fn files(paths: &[String], wanted: Wanted, reader: &Reader) -> Result<Loaded, LoadErrors> {
    let (loaded, errors) = (Loaded::default(), LoadErrors::default());
    let mut loader = Loader { loaded, errors, seen: BTreeSet::new(), wanted, reader };
    for path in paths {
        let (prefix, path) = split_prefix(path);
        loader.path(Path::new(path), &prefix, 0);
    }
    super::sort(&mut loader.loaded.modules);
    if loader.errors.0.is_empty() { Ok(loader.loaded) } else { Err(loader.errors) }
}

struct Loader<'a> {
    loaded: Loaded,
    errors: LoadErrors,
    /// Files with their place below `data`, so that one given twice is loaded once.
    seen: BTreeSet<(Vec<String>, PathBuf)>,
    wanted: Wanted,
    reader: &'a Reader,
}

impl Loader<'_> {
    fn path(&mut self, path: &Path, at: &[String], depth: usize) {
        let result = match fs::metadata(path) {
            Ok(meta) if meta.is_dir() => self.folder(path, at, depth),
            Ok(meta) if depth == 0 && meta.len() > MAX_FILE_BYTES => {
                Err(format!("{}: file is larger than {MAX_FILE_BYTES} bytes", path.display()))
            }
            Ok(_) => self.file(path, at, depth),
            Err(e) => Err(system("stat", path, &e)),
        };
        if let Err(message) = result {
            self.errors.0.push(message);
        }
    }

    fn folder(&mut self, folder: &Path, at: &[String], depth: usize) -> Result<(), String> {
        if depth > MAX_DEPTH {
            return Err(format!("{}: more than {MAX_DEPTH} folders within each other", folder.display()));
        }
        let mut at = at.to_vec();
        // The folder on the command line is the root; the names of those below it are the data's path.
        if depth > 0 {
            at.extend(folder.file_name().map(|name| name.to_string_lossy().into_owned()));
        }
        let mut names = Vec::new();
        for entry in fs::read_dir(folder).map_err(|e| system("open", folder, &e))? {
            names.push(entry.map_err(|e| system("open", folder, &e))?.file_name());
        }
        names.sort();
        for name in names {
            if !self.reader.ignores(&name.to_string_lossy()) {
                self.path(&folder.join(name), &at, depth + 1);
            }
        }
        Ok(())
    }

    fn file(&mut self, path: &Path, at: &[String], depth: usize) -> Result<(), String> {
        let name = path.display().to_string();
        let kind = Kind::of(&name);
        if !kind.is_wanted(self.wanted, depth) || !self.seen.insert((at.to_vec(), path.to_owned())) {
            return Ok(());
        }
        let bytes = read(path)?;
        match kind {
            Kind::Rego => self.module(&name, bytes),
            Kind::Data(format) => self.data(&name, &bytes, format, at)?,
            Kind::Archive => self.bundle(&name, &bytes, at)?,
            Kind::Other => self.guess(&name, bytes, at)?,
        }
        Ok(())
    }

    fn module(&mut self, name: &str, text: Vec<u8>) {
        let path = bundle_path(name);
        let source = Source { name: name.to_owned(), text, rego_version: None };
        self.loaded.modules.push(Module { source, path });
    }

    fn data(&mut self, name: &str, bytes: &[u8], format: Format, at: &[String]) -> Result<(), String> {
        let document = parse_document(name, bytes, format).map_err(|e| e.to_string())?;
        self.loaded.data.insert(at, document, name).map_err(|e| e.to_string())
    }

    fn bundle(&mut self, name: &str, bytes: &[u8], at: &[String]) -> Result<(), String> {
        let mut bundle = self.reader.read(bytes).map_err(|e| format!("bundle {name}: {e}"))?;
        self.loaded.modules.extend(super::bundles::modules(&bundle, ""));
        self.loaded.data.insert(at, std::mem::take(&mut bundle.data), name).map_err(|e| e.to_string())?;
        if bundle.modules.is_empty() && !bundle.wasm.is_empty() {
            self.loaded.compiled.push((name.to_owned(), bundle));
        } else if let Some(bundle) = super::bundles::in_rust(&bundle) {
            self.loaded.compiled.push((name.to_owned(), bundle));
        }
        Ok(())
    }

    /// A file named on the command line whose name says nothing: Rego if it starts like a module, otherwise JSON or YAML.
    fn guess(&mut self, name: &str, bytes: Vec<u8>, at: &[String]) -> Result<(), String> {
        if looks_like_rego(&bytes) {
            self.module(name, bytes);
            return Ok(());
        }
        let document = parse_document(name, &bytes, Format::Json)
            .or_else(|_| parse_document(name, &bytes, Format::Yaml))
            .map_err(|_| format!("{name}: can't recognize file type"))?;
        self.loaded.data.insert(at, document, name).map_err(|e| e.to_string())
    }
}

/// What a file's name says about it.
#[derive(Debug, Clone, Copy)]
enum Kind {
    /// Rego, or a rule document, which the compiler tells by the name.
    Rego,
    Data(Format),
    Archive,
    Other,
}

impl Kind {
    fn of(name: &str) -> Self {
        match Format::of(name) {
            _ if writ_compiler::rules::is_document_name(name) => Self::Rego,
            Some(format) => Self::Data(format),
            None if name.ends_with(".rego") => Self::Rego,
            None if name.ends_with(".tar.gz") => Self::Archive,
            None => Self::Other,
        }
    }

    fn is_wanted(self, wanted: Wanted, depth: usize) -> bool {
        match (self, wanted) {
            (Self::Rego, _) | (Self::Data(_) | Self::Archive, Wanted::All) => true,
            (Self::Other, Wanted::All) => depth == 0,
            (_, Wanted::Rego) => false,
        }
    }
}

/// The first line that is neither empty nor a comment starts with `package`.
fn looks_like_rego(text: &[u8]) -> bool {
    let text = String::from_utf8_lossy(text);
    let first = text.lines().map(str::trim).find(|line| !line.is_empty() && !line.starts_with('#'));
    first.is_some_and(|line| line.split_whitespace().next() == Some("package"))
}

/// `a.b:path` is loaded below `data.a.b`. `file://path` has no prefix.
fn split_prefix(path: &str) -> (Vec<String>, &str) {
    if let Some(path) = path.strip_prefix("file://") {
        return (Vec::new(), path);
    }
    match path.split_once(':') {
        Some((prefix, rest)) if !prefix.is_empty() => (prefix.split('.').map(str::to_owned).collect(), rest),
        _ => (Vec::new(), path),
    }
}

/// Path of a module in a bundle: as given, without what leads outside.
fn bundle_path(name: &str) -> String {
    let parts = name.split('/').filter(|part| !matches!(*part, "" | "." | ".."));
    parts.collect::<Vec<_>>().join("/")
}

/// Reads at most [`MAX_FILE_BYTES`], also of what has no size, such as a pipe.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    let file = fs::File::open(path).map_err(|e| system("open", path, &e))?;
    file.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes).map_err(|e| system("read", path, &e))?;
    if bytes.len() as u64 > MAX_FILE_BYTES {
        return Err(format!("{}: file is larger than {MAX_FILE_BYTES} bytes", path.display()));
    }
    Ok(bytes)
}

/// `open a/b: no such file or directory`, as Go words it.
fn system(action: &str, path: &Path, error: &std::io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or_default();
    format!(
        "{action} {}: {}{}",
        path.display(),
        text.chars().take(1).flat_map(char::to_lowercase).collect::<String>(),
        text.chars().skip(1).collect::<String>()
    )
}
