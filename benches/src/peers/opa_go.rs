//! OPA's Go evaluator: a process of `peers/opa-go`, which measures its own decisions; a line of JSON to and fro for each turn.

use std::cell::RefCell;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::rc::Rc;
use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value as Json, json};

use super::{Answer, Engine, Folder, Mode, Peer, find, output, parse, say};
use crate::case::Case;
use crate::measure::Samples;

/// A running process; it ends when this is dropped.
#[derive(Debug, Clone)]
pub(super) struct Process {
    pipes: Rc<RefCell<Pipes>>,
}

#[derive(Debug)]
struct Pipes {
    child: Child,
    to: Option<ChildStdin>,
    from: BufReader<ChildStdout>,
}

#[derive(Debug, Deserialize)]
#[serde(default)]
#[derive(Default)]
struct Reply {
    version: String,
    defined: bool,
    answer: Json,
    batches: Vec<f64>,
    singles: Vec<f64>,
    error: String,
}

impl Process {
    /// Builds the program if Go is there, and starts it.
    pub(super) fn start() -> Result<Self, String> {
        let go = find("go").ok_or("Go is not installed")?;
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("peers/opa-go");
        let binary = built();
        output(Command::new(go).arg("build").arg("-o").arg(&binary).arg(".").current_dir(source))?;
        let mut child =
            Command::new(&binary).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().map_err(|e| e.to_string())?;
        let to = child.stdin.take();
        let from = child.stdout.take().ok_or("no pipe to the Go program")?;
        let pipes = Pipes { child, to, from: BufReader::new(from) };
        Ok(Process { pipes: Rc::new(RefCell::new(pipes)) })
    }

    fn ask(&self, request: &Json) -> Result<Reply, String> {
        let mut pipes = self.pipes.borrow_mut();
        let to = pipes.to.as_mut().ok_or("the Go program has ended")?;
        writeln!(to, "{request}").and_then(|()| to.flush()).map_err(|e| format!("the Go program: {e}"))?;
        let mut line = String::new();
        pipes.from.read_line(&mut line).map_err(|e| format!("the Go program: {e}"))?;
        let reply: Reply = serde_json::from_str(&line).map_err(|e| format!("the Go program: {e}"))?;
        if reply.error.is_empty() { Ok(reply) } else { Err(say(&reply.error)) }
    }
}

impl Drop for Pipes {
    fn drop(&mut self) {
        self.to = None;
        // It ends with its input; nobody is interested in how.
        let _ = self.child.wait();
    }
}

/// Beside what cargo builds.
fn built() -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
    let target = target.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../target"));
    target.join("peers/opa-go")
}

pub(super) struct GoPeer {
    process: Process,
    request: Json,
    pub(super) version: String,
    _files: Folder,
}

impl GoPeer {
    pub(super) fn new(process: &Process, case: &Case) -> Result<Self, String> {
        let files = Folder::new()?;
        let modules: Vec<&str> = case.policy.iter().map(|(_, text)| text.as_str()).collect();
        let data = case.data.as_ref().map(|data| files.write("data.json", data)).transpose()?;
        let request = json!({
            "op": "load",
            "modules": modules,
            "data": data.unwrap_or_default(),
            "input": files.write("input.json", &case.input)?,
            "query": case.query,
        });
        let version = process.ask(&request)?.version;
        Ok(GoPeer { process: process.clone(), request, version, _files: files })
    }
}

impl Peer for GoPeer {
    fn engine(&self) -> Engine {
        Engine::OpaGo
    }

    fn modes(&self) -> Vec<Mode> {
        vec![Mode::Json, Mode::Native]
    }

    fn answer(&mut self, _: Mode) -> Result<Option<Answer>, String> {
        let reply = self.process.ask(&self.request)?;
        if !reply.defined {
            return Ok(Some(None));
        }
        parse(&reply.answer.to_string()).map(|value| Some(Some(value)))
    }

    fn run(&mut self, mode: Mode, slice: Duration) -> Result<Samples, String> {
        let nanos = u64::try_from(slice.as_nanos()).unwrap_or(u64::MAX);
        let reply = self.process.ask(&json!({"op": "run", "mode": mode.name(), "nanos": nanos}))?;
        Ok(Samples { batches: reply.batches, singles: reply.singles })
    }
}
