//! OPA as an oracle: one long-lived process of `oracle/main.go`, a line of JSON to and fro for each call.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::thread;

use writ_value::json;

use crate::case::{Case, Outcome};

/// A running oracle. It ends when this is dropped.
#[derive(Debug)]
pub struct Oracle {
    process: Child,
    to: Option<ChildStdin>,
    from: BufReader<ChildStdout>,
}

/// Builds the oracle with Go into `folder` and gives its path; `None` where that is not possible.
#[must_use]
pub fn build(folder: &Path) -> Option<PathBuf> {
    let path = folder.join("builtin-oracle");
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/oracle/build.sh");
    let status = Command::new(script).arg(&path).stderr(Stdio::null()).status().ok()?;
    status.success().then_some(path)
}

impl Oracle {
    /// Starts the program at `path`.
    ///
    /// # Errors
    /// It does not start.
    pub fn start(path: &Path) -> std::io::Result<Oracle> {
        let mut process = Command::new(path).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let missing = || std::io::Error::other("no pipe to the oracle");
        let to = process.stdin.take().ok_or_else(missing)?;
        let from = BufReader::new(process.stdout.take().ok_or_else(missing)?);
        Ok(Oracle { process, to: Some(to), from })
    }

    /// Asks for the outcomes of all cases; `meanwhile` runs while the oracle works.
    ///
    /// # Errors
    /// The oracle has ended.
    pub fn ask<R>(&mut self, cases: &[Case], meanwhile: impl FnOnce() -> R) -> std::io::Result<(Vec<Outcome>, R)> {
        let Some(to) = &mut self.to else { return Err(std::io::Error::other("the oracle has ended")) };
        let requests: String = cases.iter().map(|c| c.request() + "\n").collect();
        let from = &mut self.from;
        thread::scope(|scope| {
            let writer = scope.spawn(move || to.write_all(requests.as_bytes()).and_then(|()| to.flush()));
            let ours = meanwhile();
            let mut outcomes = Vec::with_capacity(cases.len());
            for case in cases {
                let mut line = Vec::new();
                if from.read_until(b'\n', &mut line)? == 0 {
                    return Err(std::io::Error::other(format!("the oracle ended at {case}")));
                }
                // What exceeds our limits on JSON cannot be compared.
                outcomes.push(json::parse(line.trim_ascii_end()).map_or(Outcome::Slow, |line| Outcome::read(&line)));
            }
            writer.join().map_err(|_| std::io::Error::other("writer panicked"))??;
            Ok((outcomes, ours))
        })
    }
}

impl Drop for Oracle {
    fn drop(&mut self) {
        // Closing its input ends it.
        self.to = None;
        let _ = self.process.wait();
    }
}
