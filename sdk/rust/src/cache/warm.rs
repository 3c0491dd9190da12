//! Warming up: deciding on recorded inputs, so that their answers are there when callers come.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use flate2::read::GzDecoder;
use writ_value::{Value, json};

use crate::error::Error;
use crate::writ::Writ;

/// Bytes of a file that are read at most, unpacked.
const MAX_BYTES: u64 = 256 << 20;
/// Longest line, or whole file where it is one array.
const MAX_TEXT: u64 = 64 << 20;

/// What warming up did.
///
/// ```
/// # fn main() -> Result<(), writ::Error> {
/// # let builder = writ::Writ::builder().rego("p.rego", "package p\nok if input.x").entrypoint("p/ok");
/// # let writ = builder.cache(writ::CacheConfig::default()).build()?;
/// let warmed = writ.warm_up("p/ok", ["{}", "no JSON"]);
/// assert_eq!((warmed.decided, warmed.failed, warmed.skipped), (1, 1, 0));
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct WarmUp {
    /// Inputs that were decided.
    pub decided: usize,
    /// Inputs on which there is no decision, or that are no JSON.
    pub failed: usize,
    /// Events of a log that are no decisions of this policy's entrypoints, or have no input.
    pub skipped: usize,
}

/// Decision logs in OPA's format: a JSON array of events or an event per line, packed with gzip or not.
///
/// ```
/// # fn main() -> Result<(), writ::Error> {
/// # let builder = writ::Writ::builder().rego("p.rego", "package p\nok if input.x").entrypoint("p/ok");
/// # let writ = builder.cache(writ::CacheConfig::default()).build()?;
/// # let folder = tempfile::tempdir().expect("a folder");
/// # std::fs::write(folder.path().join("decisions.json"), r#"[{"path": "p/ok", "input": {"x": 1}}]"#).expect("written");
/// let warmed = writ.warm_up_from_log(&writ::DecisionLog::NewestIn(folder.path().into()))?;
/// assert_eq!(warmed.decided, 1);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum DecisionLog {
    /// This file.
    File(PathBuf),
    /// The file of this folder that was changed last.
    NewestIn(PathBuf),
}

impl Writ {
    /// Decides on inputs, so that their answers are in the cache.
    ///
    /// ```
    /// # fn main() -> Result<(), writ::Error> {
    /// # let builder = writ::Writ::builder().rego("p.rego", "package p\nok if input.x").entrypoint("p/ok");
    /// let writ = builder.cache(writ::CacheConfig::default()).build()?;
    /// let warmed = writ.warm_up("p/ok", [r#"{"x": 1}"#, r#"{"x": 2}"#, "no JSON"]);
    /// assert_eq!((warmed.decided, warmed.failed), (2, 1));
    /// assert!(writ.decide("p/ok", r#"{"x": 2}"#)?.cached);
    /// # Ok(())
    /// # }
    /// ```
    pub fn warm_up<I: AsRef<[u8]>>(&self, entrypoint: &str, inputs: impl IntoIterator<Item = I>) -> WarmUp {
        let mut warmed = WarmUp::default();
        inputs.into_iter().for_each(|input| warmed.decide(self, entrypoint, input.as_ref()));
        warmed
    }

    /// Decides on the inputs of a file: one per line, or a JSON array of them; packed with gzip if its name ends in `.gz`.
    ///
    /// ```
    /// # fn main() -> Result<(), writ::Error> {
    /// # let builder = writ::Writ::builder().rego("p.rego", "package p\nok if input.x").entrypoint("p/ok");
    /// # let writ = builder.cache(writ::CacheConfig::default()).build()?;
    /// # let folder = tempfile::tempdir().expect("a folder");
    /// let path = folder.path().join("inputs.jsonl");
    /// std::fs::write(&path, "{\"x\": 1}\n{\"x\": 2}\n").expect("written");
    /// assert_eq!(writ.warm_up_from_file("p/ok", &path)?.decided, 2);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::WarmUp`] when the file cannot be read or is too large (256 MiB; 64 MiB for an array or a line). What was decided by then is kept.
    pub fn warm_up_from_file(&self, entrypoint: &str, path: impl AsRef<Path>) -> Result<WarmUp, Error> {
        let mut warmed = WarmUp::default();
        each_text(path.as_ref(), &mut |text| warmed.decide(self, entrypoint, text))?;
        Ok(warmed)
    }

    /// Decides on the inputs of a decision log, each for the entrypoint that its event names.
    ///
    /// ```
    /// # fn main() -> Result<(), writ::Error> {
    /// # let builder = writ::Writ::builder().rego("p.rego", "package p\nok if input.x").entrypoint("p/ok");
    /// # let writ = builder.cache(writ::CacheConfig::default()).build()?;
    /// # let folder = tempfile::tempdir().expect("a folder");
    /// let path = folder.path().join("decisions.json");
    /// std::fs::write(&path, r#"[{"path": "p/ok", "input": {"x": 1}}, {"path": "p/other", "input": {}}]"#).expect("written");
    /// let warmed = writ.warm_up_from_log(&writ::DecisionLog::File(path))?;
    /// assert_eq!((warmed.decided, warmed.skipped), (1, 1));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Writ::warm_up_from_file`]; [`Error::WarmUp`] when the folder has no file.
    pub fn warm_up_from_log(&self, log: &DecisionLog) -> Result<WarmUp, Error> {
        let path = match log {
            DecisionLog::File(path) => path.clone(),
            DecisionLog::NewestIn(folder) => newest(folder)?,
        };
        let mut warmed = WarmUp::default();
        let revision = self.policy().revision();
        let known = |path: &str| revision.unchanged_since(path).is_some();
        each_text(&path, &mut |text| {
            let Ok(event) = json::parse(text) else {
                warmed.failed += 1;
                return;
            };
            let asked = event.get("path").and_then(Value::as_str).map(|path| path.trim_matches('/').replace('.', "/"));
            match (asked.filter(|path| known(path)), event.get("input")) {
                (Some(path), Some(input)) => warmed.decide(self, &path, json::to_string(input).as_bytes()),
                _ => warmed.skipped += 1,
            }
        })?;
        Ok(warmed)
    }
}

impl WarmUp {
    fn decide(&mut self, writ: &Writ, entrypoint: &str, input: &[u8]) {
        match writ.decide(entrypoint, input) {
            Ok(_) => self.decided += 1,
            Err(_) => self.failed += 1,
        }
    }
}

fn newest(folder: &Path) -> Result<PathBuf, Error> {
    let wrong = |e: std::io::Error| refused(folder, &e.to_string());
    let mut newest = None;
    for entry in std::fs::read_dir(folder).map_err(wrong)? {
        let entry = entry.map_err(wrong)?;
        let about = entry.metadata().map_err(wrong)?;
        let candidate = (about.modified().map_err(wrong)?, entry.path());
        if about.is_file() && newest.as_ref().is_none_or(|best| *best < candidate) {
            newest = Some(candidate);
        }
    }
    newest.map(|(_, path)| path).ok_or_else(|| refused(folder, "there is no file in it"))
}

#[cold]
fn refused(path: &Path, why: &str) -> Error {
    Error::WarmUp(format!("{}: {why}", path.display()))
}

/// Each JSON text of a file: the elements of the array that it is, or its lines.
fn each_text(path: &Path, found: &mut dyn FnMut(&[u8])) -> Result<(), Error> {
    let wrong = |e: std::io::Error| refused(path, &e.to_string());
    let file = File::open(path).map_err(wrong)?;
    let packed = path.extension().is_some_and(|extension| extension == "gz");
    let bytes: Box<dyn Read> = if packed { Box::new(GzDecoder::new(file)) } else { Box::new(file) };
    // One byte more than allowed, so that a file that is too long is not taken for a shorter one.
    let mut text = BufReader::new(bytes.take(MAX_BYTES + 1));
    let is_array = loop {
        match text.fill_buf().map_err(wrong)?.first().copied() {
            Some(byte) if byte.is_ascii_whitespace() => text.consume(1),
            first => break first == Some(b'['),
        }
    };
    if is_array {
        let mut all = Vec::new();
        text.take(MAX_TEXT + 1).read_to_end(&mut all).map_err(wrong)?;
        if all.len() as u64 > MAX_TEXT {
            return Err(refused(path, "an array of more than 64 MiB; write one element per line"));
        }
        let elements = json::parse(&all).map_err(|e| refused(path, &e.to_string()))?;
        elements.as_array().unwrap_or_default().iter().for_each(|element| found(json::to_string(element).as_bytes()));
        return Ok(());
    }
    let (mut line, mut seen) = (Vec::new(), 0);
    loop {
        line.clear();
        (&mut text).take(MAX_TEXT + 1).read_until(b'\n', &mut line).map_err(wrong)?;
        seen += line.len() as u64;
        if line.is_empty() {
            return Ok(());
        }
        if line.len() as u64 > MAX_TEXT || seen > MAX_BYTES {
            return Err(refused(path, "more than 256 MiB, or a line of more than 64 MiB"));
        }
        let trimmed = line.trim_ascii();
        if !trimmed.is_empty() {
            found(trimmed);
        }
    }
}
