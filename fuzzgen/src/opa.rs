//! OPA as an evaluator: one long-lived process of `oracle/main.go`, a line of JSON to and fro for each program.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use writ_value::{Value, json};

use crate::evaluator::{Answer, Evaluator, Failure, Outcome, Outcomes, Rejection};
use crate::print;
use crate::program::Program;

/// A running oracle. It ends when this is dropped.
#[derive(Debug)]
pub struct Opa {
    process: Child,
    to: Option<ChildStdin>,
    from: BufReader<ChildStdout>,
}

impl Opa {
    /// Starts the program at `path`, built from `oracle/main.go`.
    ///
    /// # Errors
    /// It does not start.
    pub fn start(path: &Path) -> std::io::Result<Opa> {
        let mut process = Command::new(path).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let missing = || std::io::Error::other("no pipe to the oracle");
        let to = process.stdin.take().ok_or_else(missing)?;
        let from = BufReader::new(process.stdout.take().ok_or_else(missing)?);
        Ok(Opa { process, to: Some(to), from })
    }

    fn ask(&mut self, request: &str) -> std::io::Result<String> {
        let to = self.to.as_mut().ok_or_else(|| std::io::Error::other("oracle has ended"))?;
        to.write_all(request.as_bytes())?;
        to.write_all(b"\n")?;
        to.flush()?;
        let mut line = String::new();
        self.from.read_line(&mut line)?;
        Ok(line)
    }
}

impl Drop for Opa {
    fn drop(&mut self) {
        // Closing its input ends it.
        self.to = None;
        let _ = self.process.wait();
    }
}

impl Evaluator for Opa {
    fn name(&self) -> &str {
        "opa"
    }

    fn evaluate(&mut self, program: &Program) -> Result<Answer, Failure> {
        let broken = |e: &dyn std::fmt::Display| Failure::new(format!("oracle: {e}"));
        let answer = self.ask(&request(program)).map_err(|e| broken(&e))?;
        let answer = json::parse(answer.trim_end().as_bytes()).map_err(|e| broken(&e))?;
        if let Some(rejected) = answer.get("rejected").and_then(Value::as_array) {
            return Ok(Answer::Rejected(rejected.iter().map(rejection).collect()));
        }
        let list = |key: &str| answer.get(key).and_then(Value::as_array).unwrap_or(&[]).to_vec();
        let all = |asked: &Value| asked.as_array().unwrap_or(&[]).iter().map(outcome).collect();
        let outcomes: Vec<Outcomes> = list("documents").iter().chain(&list("queries")).map(all).collect();
        if outcomes.len() != program.documents().len() + program.queries.len() || outcomes.iter().any(Vec::is_empty) {
            return Err(Failure::new("oracle: answers are missing"));
        }
        Ok(Answer::Evaluated(outcomes))
    }
}

fn request(program: &Program) -> String {
    let mut out = String::from("{\"modules\":[");
    strings(&print::modules(program), &mut out);
    out.push_str("],\"documents\":[");
    strings(&program.documents(), &mut out);
    out.push_str("],\"queries\":[");
    strings(&print::queries(program), &mut out);
    out.push_str("],\"data\":");
    json::write(&program.data, &mut out);
    if let Some(input) = &program.input {
        out.push_str(",\"input\":");
        json::write(input, &mut out);
    }
    let flag = |name: &str, on: bool| if on { format!(",\"{name}\":true") } else { String::new() };
    out + &flag("v0", program.v0) + &flag("strict", program.strict) + "}"
}

fn strings(texts: &[String], out: &mut String) {
    for (i, text) in texts.iter().enumerate() {
        out.push_str(if i == 0 { "" } else { "," });
        json::write_string(text.as_bytes(), out);
    }
}

fn rejection(value: &Value) -> Rejection {
    let text = |key: &str| value.get(key).and_then(Value::as_str).unwrap_or("").to_owned();
    let number = |key: &str| {
        let n = value.get(key).and_then(Value::as_number).and_then(writ_value::Number::to_i64);
        n.and_then(|n| u32::try_from(n).ok()).unwrap_or(0)
    };
    Rejection { code: text("code"), message: text("message"), row: number("row"), col: number("col") }
}

fn outcome(value: &Value) -> Outcome {
    if let Some(code) = value.get("error").and_then(Value::as_str) {
        return Outcome::Error(code.to_owned());
    }
    if let Some(rows) = value.get("rows").and_then(Value::as_array) {
        return Outcome::solutions(rows.iter().cloned());
    }
    match value.get("value").and_then(|boxed| boxed.get("v")) {
        Some(value) => Outcome::Value(value.clone()),
        None => Outcome::Undefined,
    }
}
