//! Runs cases, each in a thread of its own, so that neither a panic nor an endless loop in one reaches the others.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use writ_compiler::plan::OptLevel;
use writ_runtime::{EvalError, Outcome};

use super::case::Case;
use super::compare::compare;
use super::known::Known;
use crate::evaluate::{Failure, Request, evaluate};

/// Longest that one case may take, compilation included.
const CASE_TIME: Duration = Duration::from_secs(60);

/// What became of a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// As wanted.
    Passed,
    /// Not as wanted: what was wanted and what came.
    Failed(String),
}

/// A case with its verdict.
#[derive(Debug, Clone)]
pub struct Report {
    /// Name of the file.
    pub folder: String,
    /// The case's name.
    pub note: String,
    /// What became of it.
    pub verdict: Verdict,
}

/// Counts over a run.
#[derive(Debug, Clone, Default)]
pub struct Summary {
    /// Passed cases.
    pub passed: usize,
    /// Failed cases, known ones included.
    pub failed: usize,
    /// Failed cases that are not known to fail.
    pub unexpected: Vec<Report>,
    /// Cases that are known to fail and passed.
    pub fixed: Vec<Report>,
}

impl Summary {
    /// Sorts reports by what was known.
    pub fn new(reports: &[Report], known: &Known) -> Self {
        let mut summary = Self::default();
        for report in reports {
            let is_known = known.reason(&report.folder, &report.note).is_some();
            if report.verdict == Verdict::Passed {
                summary.passed += 1;
                if is_known {
                    summary.fixed.push(report.clone());
                }
            } else {
                summary.failed += 1;
                if !is_known {
                    summary.unexpected.push(report.clone());
                }
            }
        }
        summary
    }

    /// True when nothing failed but what is known to fail, and all of that did.
    pub fn is_as_expected(&self) -> bool {
        self.unexpected.is_empty() && self.fixed.is_empty()
    }
}

/// Runs all cases on `threads` threads, compiled at an optimisation level; reports come in the order of the cases.
pub fn run(cases: &[Case], threads: usize, level: OptLevel) -> Vec<Report> {
    let next = AtomicUsize::new(0);
    let reports: Mutex<Vec<Option<Report>>> = Mutex::new(vec![None; cases.len()]);
    std::thread::scope(|scope| {
        for _ in 0..threads.max(1) {
            scope.spawn(|| {
                loop {
                    let n = next.fetch_add(1, Ordering::Relaxed);
                    let Some(case) = cases.get(n) else { return };
                    let report = Report {
                        folder: case.folder.clone(),
                        note: case.note.clone(),
                        verdict: run_guarded(case, level),
                    };
                    if let Ok(mut reports) = reports.lock()
                        && let Some(slot) = reports.get_mut(n)
                    {
                        *slot = Some(report);
                    }
                }
            });
        }
    });
    reports.into_inner().unwrap_or_default().into_iter().flatten().collect()
}

/// The verdict on one case, whatever it does.
fn run_guarded(case: &Case, level: OptLevel) -> Verdict {
    let (send, receive) = mpsc::channel();
    let case = Arc::new(case.clone());
    let worker = std::thread::Builder::new().stack_size(8 << 20).spawn(move || {
        let verdict = catch_unwind(AssertUnwindSafe(|| verdict(&case, level)))
            .unwrap_or_else(|panic| Verdict::Failed(format!("panic: {}", panic_text(&*panic))));
        // Nobody listens any more when the case took too long.
        let _ = send.send(verdict);
    });
    match worker {
        Ok(_) => receive
            .recv_timeout(CASE_TIME)
            .unwrap_or_else(|_| Verdict::Failed(format!("took longer than {CASE_TIME:?}"))),
        Err(error) => Verdict::Failed(format!("no thread: {error}")),
    }
}

fn panic_text(panic: &(dyn std::any::Any + Send)) -> String {
    match (panic.downcast_ref::<&str>(), panic.downcast_ref::<String>()) {
        (Some(text), _) => (*text).to_owned(),
        (None, Some(text)) => text.clone(),
        (None, None) => "without a message".to_owned(),
    }
}

fn verdict(case: &Case, level: OptLevel) -> Verdict {
    match compare(case, &evaluate_case(case, level)) {
        Ok(()) => Verdict::Passed,
        Err(difference) => Verdict::Failed(difference),
    }
}

/// Evaluates the case's query.
///
/// # Errors
/// As [`evaluate`].
pub fn evaluate_case(case: &Case, level: OptLevel) -> Result<Outcome, Failure> {
    // The names that OPA's own runner gives them; some expected messages hold them.
    let names: Vec<String> = (0..case.modules.len()).map(|n| format!("test-{n}.rego")).collect();
    evaluate(&Request {
        modules: names.iter().map(String::as_str).zip(case.modules.iter().map(String::as_str)).collect(),
        query: &case.query,
        data: case.data.clone(),
        input: input(case)?,
        strict_builtin_errors: case.strict_error,
        v0: case.v0,
        opt_level: level,
    })
}

/// The case's input; a term is evaluated like any query.
fn input(case: &Case) -> Result<Option<writ_value::Value>, Failure> {
    let Some(term) = &case.input_term else { return Ok(case.input.clone()) };
    let query = format!("x = {term}");
    let outcome = evaluate(&Request { query: &query, ..Request::default() })?;
    let undefined = || Failure::Eval(EvalError::input("the case's `input_term` is undefined"));
    let Outcome::Query(rows) = outcome else { return Err(undefined()) };
    let value = rows.into_iter().flat_map(|row| row.bindings).map(|(_, value)| value).next();
    value.map(Some).ok_or_else(undefined)
}
